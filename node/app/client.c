#include "app/client.h"

#include "app/ops.h"
#include "app/sock.h"
#include "base/fs.h"
#include "base/limits.h"

#include <curl/curl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_BYTES_MOST = 1 << 30, CONNECT_MS = 5000 };

struct client {
	CURL *curl;
	struct curl_slist *headers;
	struct sock_path path;
	char *home;
	struct buf answer;
};

static size_t receive(char *data, size_t one, size_t size, void *context)
{
	struct client *client = context;
	(void)one;
	if (client->answer.size + size > ANSWER_BYTES_MOST ||
	    buf_append(&client->answer, span_of(data, size)) != ERR_OK) {
		return 0;
	}
	return size;
}

static enum err configure(struct client *client)
{
	client->headers = curl_slist_append(
	    client->headers, "Content-Type: application/json");
	/* Without waiting for leave to send a large body. */
	client->headers = curl_slist_append(client->headers, "Expect:");
	CURL *curl = client->curl;
	bool bad =
	    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH,
		client->path.text) != CURLE_OK ||
	    curl_easy_setopt(curl, CURLOPT_PROXY, "") != CURLE_OK ||
	    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) != CURLE_OK ||
	    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
		(long)CONNECT_MS) != CURLE_OK ||
	    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, client->headers) !=
		CURLE_OK ||
	    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive) !=
		CURLE_OK ||
	    curl_easy_setopt(curl, CURLOPT_WRITEDATA, client) != CURLE_OK;
	return bad ? err_set(ERR_IO, "cannot set up the client") : ERR_OK;
}

enum err client_open(const char *home, struct client **out)
{
	struct client *client = calloc(1, sizeof(*client));
	if (client == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	client->path.fd = -1;
	enum err err = sock_path(home, &client->path);
	if (err == ERR_OK) {
		client->home = malloc(strlen(home) + 1);
		client->curl = curl_easy_init();
		err = client->home == NULL || client->curl == NULL
		          ? err_set(ERR_MEM, "out of memory")
		          : ERR_OK;
	}
	if (err == ERR_OK) {
		memcpy(client->home, home, strlen(home) + 1);
		err = configure(client);
	}
	if (err != ERR_OK) {
		client_close(client);
		return err;
	}
	*out = client;
	return ERR_OK;
}

enum err client_as(
    struct client *client, const char *account, struct span password)
{
	char text[LIMIT_PASSPHRASE_BYTES + 1];
	if (password.size >= sizeof(text) ||
	    memchr(password.data, '\0', password.size) != NULL) {
		return err_set(ERR_INPUT, "that is no password");
	}
	memcpy(text, password.data, password.size);
	text[password.size] = '\0';
	bool bad =
	    curl_easy_setopt(client->curl, CURLOPT_HTTPAUTH,
		(long)CURLAUTH_BASIC) != CURLE_OK ||
	    curl_easy_setopt(client->curl, CURLOPT_USERNAME, account) !=
		CURLE_OK ||
	    curl_easy_setopt(client->curl, CURLOPT_PASSWORD, text) != CURLE_OK;
	sodium_memzero(text, sizeof(text));
	return bad ? err_set(ERR_MEM, "out of memory") : ERR_OK;
}

void client_close(struct client *client)
{
	if (client == NULL) {
		return;
	}
	if (client->curl != NULL) {
		curl_easy_cleanup(client->curl);
	}
	curl_slist_free_all(client->headers);
	sock_path_close(&client->path);
	buf_wipe(&client->answer);
	free(client->home);
	free(client);
}

/* What the node said was wrong, as an error of ours. */
static enum err reported(const struct client *client, long status)
{
	json_error_t error;
	json_t *answer = json_loadb(
	    (const char *)client->answer.data, client->answer.size, 0, &error);
	const json_t *of = json_object_get(answer, "error");
	const char *message = json_string_value(json_object_get(of, "message"));
	enum err err =
	    ops_err_named(json_string_value(json_object_get(of, "code")));
	if (message == NULL) {
		err = err_set(
		    ERR_IO, "the node answered with status %ld", status);
	} else {
		err = err_set(err, "%s", message);
	}
	json_decref(answer);
	return err;
}

static enum err perform(struct client *client, const char *operation)
{
	char url[128];
	(void)snprintf(url, sizeof(url), "http://qsg/v1/%.80s", operation);
	buf_reset(&client->answer);
	if (curl_easy_setopt(client->curl, CURLOPT_URL, url) != CURLE_OK) {
		return err_set(ERR_MEM, "out of memory");
	}
	CURLcode code = curl_easy_perform(client->curl);
	if (code == CURLE_COULDNT_CONNECT && !fs_exists(client->home)) {
		return err_set(ERR_NET,
		    "there is no home %s; make one with `qsg init`",
		    client->home);
	}
	bool there =
	    code == CURLE_COULDNT_CONNECT && sock_listens(&client->path);
	if (code == CURLE_COULDNT_CONNECT && !there) {
		return err_set(ERR_NET,
		    "no node serves %s; start one with `qsg serve --home %s`",
		    client->home, client->home);
	}
	/* Who is not served is hung up on, sooner or later. */
	if (there || code == CURLE_GOT_NOTHING || code == CURLE_SEND_ERROR ||
	    (code == CURLE_RECV_ERROR && client->answer.size == 0)) {
		return err_set(ERR_NET,
		    "the node gave no answer: it is stopping, or no enabled "
		    "account names your Unix user");
	}
	if (code != CURLE_OK) {
		return err_set(ERR_NET, "the node went away: %s",
		    curl_easy_strerror(code));
	}
	long status = 0;
	if (curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status) !=
	    CURLE_OK) {
		return err_set(ERR_IO, "no answer");
	}
	return status == 200 ? ERR_OK : reported(client, status);
}

enum err client_ask(struct client *client, const char *operation,
    const json_t *arguments, struct span *text)
{
	char *body = json_dumps(arguments, JSON_COMPACT);
	enum err err = ERR_OK;
	*text = (struct span){ 0 };
	if (body == NULL) {
		return err_set(ERR_INPUT, "the arguments are not UTF-8");
	}
	if (curl_easy_setopt(client->curl, CURLOPT_POSTFIELDSIZE_LARGE,
		(curl_off_t)strlen(body)) != CURLE_OK ||
	    curl_easy_setopt(client->curl, CURLOPT_POSTFIELDS, body) !=
		CURLE_OK) {
		err = err_set(ERR_MEM, "out of memory");
	} else {
		err = perform(client, operation);
		*text = buf_span(&client->answer);
	}
	free(body);
	return err;
}

enum err client_ask_json(struct client *client, const char *operation,
    const json_t *arguments, json_t **out)
{
	struct span text;
	json_error_t error;
	*out = NULL;
	enum err err = client_ask(client, operation, arguments, &text);
	if (text.size > 0) {
		*out = json_loadb((const char *)text.data, text.size,
		    JSON_DECODE_ANY, &error);
	}
	if (err == ERR_OK && *out == NULL) {
		err = err_set(ERR_FORMAT, "the node's answer is not JSON");
	}
	return err;
}
