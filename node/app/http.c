#define _POSIX_C_SOURCE 200809L

#include "app/http.h"

#include "app/comparing.h"
#include "app/places.h"
#include "app/sock.h"
#include "base/limits.h"
#include "base/log.h"
#include "service/accounts.h"

#include <microhttpd.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	MEMORY_BYTES = 32 * 1024,
	BLOCK_BYTES = 64 * 1024,
	NAP_MS = 2,
	FIRST_S = 10, /* until the first request begins */
	IDLE_S = 600
};

struct http {
	struct MHD_Daemon *daemon;
	struct queue *calls;
	struct sock_users *users;
	struct places places; /* the HTTP thread's */
	struct comparing *comparing;
	atomic_size_t body_bytes; /* of requests under way */
	atomic_size_t active;     /* requests under way */
};

/* One request. It belongs to the HTTP thread; its call goes to the node and
 * back, while the connection is suspended. */
struct request {
	struct http *http;
	struct MHD_Connection *connection;
	struct buf body;
	struct call *call;
	struct comparing_one comparison;
	uint32_t user;                        /* who connected */
	char account[LIMIT_ACCOUNT_NAME + 1]; /* "" as that user */
	char *password;
	size_t given;     /* of the piece of the answer that is here */
	bool sent;        /* the call has been handed over */
	atomic_bool back; /* and is back, with its answer */
	enum err refused;
	char why[256];
};

/* Takes over response. */
static enum MHD_Result send_response(struct MHD_Connection *connection,
    unsigned int status, struct MHD_Response *response)
{
	if (response == NULL) {
		return MHD_NO;
	}
	enum MHD_Result result = MHD_add_response_header(
	    response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
	if (result == MHD_YES) {
		result = MHD_queue_response(connection, status, response);
	}
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result respond(struct MHD_Connection *connection,
    unsigned int status, const struct buf *body,
    enum MHD_ResponseMemoryMode mode)
{
	return send_response(connection, status,
	    MHD_create_response_from_buffer(body->size, body->data, mode));
}

static enum MHD_Result respond_error(
    struct MHD_Connection *connection, enum err code, const char *message)
{
	struct buf body = { 0 };
	enum MHD_Result result = MHD_NO;
	if (call_error_body(code, message, &body) == ERR_OK) {
		result = respond(connection, ops_http_status(code), &body,
		    MHD_RESPMEM_MUST_COPY);
	}
	buf_clear(&body);
	return result;
}

static struct request *begin(
    struct http *http, struct MHD_Connection *connection)
{
	struct request *request = calloc(1, sizeof(*request));
	if (request != NULL) {
		request->http = http;
		request->connection = connection;
		atomic_fetch_add(&http->active, 1u);
	}
	return request;
}

static void refuse(struct request *request, enum err code)
{
	request->refused = code;
	strncpy(request->why, err_text(), sizeof(request->why) - 1);
}

/* What is over a limit is read to its end and thrown away, so that the answer
 * reaches the caller. */
static void take_body(struct request *request, const char *data, size_t size)
{
	size_t before = atomic_load(&request->http->body_bytes);
	if (request->refused != ERR_OK) {
		return;
	}
	if (request->body.size + size > LIMIT_REQUEST_BYTES) {
		refuse(
		    request, err_set(ERR_LIMIT, "a request is at most %u MiB",
				 LIMIT_REQUEST_BYTES >> 20));
	} else if (before + size > HTTP_BODY_BYTES) {
		refuse(request, err_set(ERR_BUSY, "too many large requests"));
	} else if (buf_append(&request->body, span_of(data, size)) != ERR_OK) {
		refuse(request, ERR_MEM);
	} else {
		atomic_fetch_add(&request->http->body_bytes, size);
		return;
	}
	atomic_fetch_sub(&request->http->body_bytes, request->body.size);
	buf_wipe(&request->body);
}

/* In the node's thread. */
static void answered(void *context)
{
	struct request *request = context;
	struct MHD_Connection *connection = request->connection;
	/* From here on the request is the HTTP thread's alone again. */
	atomic_store(&request->back, true);
	MHD_resume_connection(connection);
}

static void refuse_call(struct request *request, enum err err)
{
	struct ops_answer none = { 0 };
	call_fill(request->call, err, &none);
	answered(request);
}

/* To the node, while the connection is suspended. */
static void send_call(struct request *request)
{
	if (queue_send(request->http->calls, request->call) != ERR_OK) {
		refuse_call(request, err_set(ERR_BUSY, "the node is stopping"));
	}
}

static enum MHD_Result hand_over(struct request *request)
{
	request->call->answered = answered;
	request->call->context = request;
	request->sent = true;
	MHD_suspend_connection(request->connection);
	send_call(request);
	return MHD_YES;
}

/* The next bytes of an answer in pieces. What has been sent is let go of
 * before the node is asked for more. */
static ssize_t next_bytes(
    void *context, uint64_t position, char *out, size_t size)
{
	struct request *request = context;
	struct call *call = request->call;
	size_t left = call->body.size - request->given;
	(void)position;
	if (call->status != MHD_HTTP_OK) {
		/* The head said that all was well: cut it short. */
		return MHD_CONTENT_READER_END_WITH_ERROR;
	}
	if (left > 0) {
		size = size < left ? size : left;
		memcpy(out, call->body.data + request->given, size);
		request->given += size;
		return (ssize_t)size;
	}
	if (call->next == 0) {
		return MHD_CONTENT_READER_END_OF_STREAM;
	}
	buf_wipe(&call->body);
	request->given = 0;
	atomic_store(&request->back, false);
	(void)hand_over(request);
	return 0;
}

static enum MHD_Result respond_in_pieces(struct request *request)
{
	return send_response(request->connection, request->call->status,
	    MHD_create_response_from_callback(
		MHD_SIZE_UNKNOWN, BLOCK_BYTES, next_bytes, request, NULL));
}

static enum MHD_Result body_complete(
    struct request *request, const char *path, const char *method)
{
	struct call_request parts = {
		.method = method, .path = path, .body = buf_span(&request->body)
	};
	enum err err = request->refused;
	if (err != ERR_OK) {
		return respond_error(request->connection, err, request->why);
	}
	err = call_decode(&parts, &request->call);
	if (err != ERR_OK) {
		return respond_error(request->connection, err, err_text());
	}
	request->call->user = request->user;
	memcpy(
	    request->call->account, request->account, sizeof(request->account));
	return hand_over(request);
}

/* As HTTP has it: Authorization: Basic. A name that is none of an account is
 * kept as one that there is not. */
static void take_account(struct request *request)
{
	char *name = MHD_basic_auth_get_username_password(
	    request->connection, &request->password);
	if (name != NULL) {
		(void)snprintf(request->account, sizeof(request->account), "%s",
		    accounts_name_valid(name) ? name : "?");
	}
	free(name);
}

/* In the comparing thread. */
static void compared(void *context, enum err err)
{
	struct request *request = context;
	struct call *call = request->call;
	if (err != ERR_OK && err != ERR_DENIED) {
		refuse_call(request, err);
		return;
	}
	call->checked = err == ERR_OK;
	call->failed = !call->checked;
	send_call(request);
}

/* The node named the hash. */
static enum MHD_Result compare(struct request *request)
{
	struct call *call = request->call;
	call->wants_check = false;
	buf_wipe(&call->body);
	request->comparison = (struct comparing_one){ .user = request->user,
		.name = request->account,
		.hash = call->hash,
		.password = request->password == NULL ? "" : request->password,
		.answered = compared,
		.context = request };
	atomic_store(&request->back, false);
	MHD_suspend_connection(request->connection);
	enum err err =
	    comparing_ask(request->http->comparing, &request->comparison);
	if (err != ERR_OK) {
		refuse_call(request, err);
	}
	return MHD_YES;
}

/*
 * Connections.
 */

static bool get_caller(
    struct http *http, struct MHD_Connection *connection, uint32_t *user)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	return info != NULL &&
	       sock_peer_may(info->connect_fd, http->users, user);
}

static void shut(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	if (info != NULL) {
		(void)shutdown(info->connect_fd, SHUT_RDWR);
	}
}

/* The node's own user and root may do all there is: they may have all places,
 * too. */
static bool is_counted(uint32_t user)
{
	return user != 0 && user != geteuid();
}

/* Who is not served, and who says nothing, takes no place from others. What
 * place a connection has is its user's number and one. */
static void connected(void *context, struct MHD_Connection *connection,
    void **place, enum MHD_ConnectionNotificationCode what)
{
	struct http *http = context;
	uint32_t user = 0;
	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (*place != NULL) {
			places_leave(
			    &http->places, (uint32_t)((uintptr_t)*place - 1));
		}
		*place = NULL;
		return;
	}
	if (!get_caller(http, connection, &user)) {
		shut(connection);
	} else if (is_counted(user)) {
		if (places_take(&http->places, user)) {
			/* NOLINTNEXTLINE(performance-no-int-to-ptr): a number
			 */
			*place = (void *)((uintptr_t)user + 1);
		} else {
			shut(connection);
		}
	}
	(void)MHD_set_connection_option(
	    connection, MHD_CONNECTION_OPTION_TIMEOUT, (unsigned int)FIRST_S);
}

/* The account may have been disabled since it connected. */
static struct request *admit(
    struct http *http, struct MHD_Connection *connection)
{
	uint32_t user = 0;
	struct request *request = NULL;
	if (get_caller(http, connection, &user)) {
		request = begin(http, connection);
	}
	if (request != NULL) {
		request->user = user;
		take_account(request);
		(void)MHD_set_connection_option(connection,
		    MHD_CONNECTION_OPTION_TIMEOUT, (unsigned int)IDLE_S);
	}
	return request;
}

/* libmicrohttpd calls this when the head of a request is there, for each piece
 * of its body, at its end, and once more when the connection is resumed. */
/* NOLINTNEXTLINE(readability-function-size): its signature is the library's */
static enum MHD_Result handle(void *context, struct MHD_Connection *connection,
    const char *path, const char *method, const char *version,
    const char *upload, size_t *upload_size, void **state)
{
	struct http *http = context;
	struct request *request = *state;
	(void)version;
	if (request == NULL) {
		request = admit(http, connection);
		*state = request;
		return request == NULL ? MHD_NO : MHD_YES;
	}
	if (*upload_size > 0) {
		take_body(request, upload, *upload_size);
		*upload_size = 0;
		return MHD_YES;
	}
	if (!request->sent) {
		return body_complete(request, path, method);
	}
	if (!atomic_load(&request->back)) {
		return MHD_NO;
	}
	if (request->call->wants_check) {
		return compare(request);
	}
	if (request->call->next != 0) {
		return respond_in_pieces(request);
	}
	/* The call, and its body, live until the request is completed. */
	return respond(connection, request->call->status, &request->call->body,
	    MHD_RESPMEM_PERSISTENT);
}

static void completed(void *context, struct MHD_Connection *connection,
    void **state, enum MHD_RequestTerminationCode code)
{
	struct http *http = context;
	struct request *request = *state;
	(void)connection;
	(void)code;
	if (request == NULL) {
		return;
	}
	/* What is with the node is not ours to free; it never gets here. */
	if (request->sent && !atomic_load(&request->back)) {
		return;
	}
	*state = NULL;
	atomic_fetch_sub(&http->body_bytes, request->body.size);
	atomic_fetch_sub(&http->active, 1u);
	call_free(request->call);
	buf_wipe(&request->body);
	if (request->password != NULL) {
		sodium_memzero(request->password, strlen(request->password));
		free(request->password);
	}
	free(request);
}

enum err http_open(int listen_fd, struct queue *calls, struct sock_users *users,
    struct http **out)
{
	struct http *http = calloc(1, sizeof(*http));
	if (http == NULL) {
		(void)close(listen_fd);
		return err_set(ERR_MEM, "out of memory");
	}
	enum err err =
	    comparing_open(clock_system(), HTTP_CONNECTIONS, &http->comparing);
	if (err != ERR_OK) {
		(void)close(listen_fd);
		free(http);
		return err;
	}
	http->calls = calls;
	http->users = users;
	http->daemon =
	    MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD |
				 MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC,
		0, NULL, NULL, handle, http, MHD_OPTION_LISTEN_SOCKET,
		listen_fd, MHD_OPTION_CONNECTION_LIMIT, HTTP_CONNECTIONS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_BYTES,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)IDLE_S,
		MHD_OPTION_NOTIFY_CONNECTION, connected, http,
		MHD_OPTION_NOTIFY_COMPLETED, completed, http, MHD_OPTION_END);
	if (http->daemon == NULL) {
		(void)close(listen_fd);
		comparing_stop(http->comparing);
		comparing_free(http->comparing);
		free(http);
		return err_set(ERR_IO, "cannot start the local interface");
	}
	*out = http;
	return ERR_OK;
}

void http_close(struct http *http, int wait_ms)
{
	struct timespec nap = { .tv_nsec = NAP_MS * 1000000L };
	if (http == NULL) {
		return;
	}
	MHD_socket fd = MHD_quiesce_daemon(http->daemon);
	comparing_stop(http->comparing);
	for (int waited = 0; waited < wait_ms && atomic_load(&http->active) > 0;
	     waited += NAP_MS) {
		(void)nanosleep(&nap, NULL);
	}
	MHD_stop_daemon(http->daemon);
	if (fd != MHD_INVALID_SOCKET) {
		(void)close(fd);
	}
	comparing_free(http->comparing);
	places_clear(&http->places);
	free(http);
}
