#define _GNU_SOURCE

#include "app/serve.h"

#include "app/acting.h"
#include "app/alarming.h"
#include "app/core.h"
#include "app/http.h"
#include "app/markcopy.h"
#include "app/sock.h"
#include "base/fs.h"
#include "codec/text.h"
#include "service/activity.h"
#include "service/receipts.h"
#include "service/retaining.h"
#include "service/witness.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { LAST_ANSWERS_MS = 2000, PID_BYTES = 32 };

struct serving {
	const struct serve_options *options;
	struct serve_home home;
	struct link *link;
	struct queue *calls;
	struct http *http;
	struct http *shared; /* where the configuration names a socket */
	struct sock_users users;
	int api_fd;
	int stop_fd;
	struct zsock_address bound[LIMIT_ENDPOINTS];
	const char *listening[LIMIT_ENDPOINTS];
	size_t bound_count;
};

static void warn(const struct serve_options *options, const char *text)
{
	options->warn(options->context, text);
}

/*
 * The home.
 */

/* PROTOCOL.md M162: "A home MUST be served by one process at a time." */
static enum err lock_home(const char *home, int *fd)
{
	struct buf path = { 0 };
	struct buf holder = { 0 };
	if (!fs_exists(home)) {
		return err_set(ERR_NOTFOUND,
		    "there is no home %s; make one with `qsg init`", home);
	}
	enum err err = fs_check_private_dir(home);
	if (err == ERR_OK) {
		err = fs_join(home, "lock", &path);
	}
	if (err == ERR_OK) {
		err = fs_lock(buf_text(&path), fd);
	}
	if (err == ERR_BUSY) {
		if (fs_read(buf_text(&path), PID_BYTES, &holder) != ERR_OK) {
			buf_reset(&holder);
		}
		err = err_set(ERR_BUSY,
		    "home %s is already being served by process %ld", home,
		    strtol(buf_text(&holder), NULL, 10));
	}
	buf_clear(&path);
	buf_clear(&holder);
	return err;
}

static enum err open_keystore(
    const struct serve_options *options, struct keystore **out)
{
	struct buf path = { 0 };
	struct passphrase *passphrase = NULL;
	enum err err = options->passphrase(options->context, &passphrase);
	if (err == ERR_OK) {
		err = fs_join(options->home, "keys", &path);
	}
	if (err == ERR_OK) {
		err = keystore_open(buf_text(&path), passphrase, out);
	}
	passphrase_free(passphrase);
	buf_clear(&path);
	return err;
}

enum err serve_open_home(
    const struct serve_options *options, struct serve_home *out)
{
	struct node_options node = {
		.home = options->home,
		.clock = clock_system(),
		.rng = rng_system(),
		.progress = options->progress,
		.progress_context = options->context,
		.start_wait_ms = options->config->start_wait_ms,
		.accept_head = options->config->accept_head,
	};
	out->lock = -1;
	out->node = NULL;
	out->mark_copy = (struct buf){ 0 };
	enum err err = lock_home(options->home, &out->lock);
	if (err == ERR_OK) {
		err = open_keystore(options, &node.keystore);
	}
	if (err == ERR_OK && node.start_wait_ms != 0) {
		err = markcopy_path(
		    options->home, node.keystore, &out->mark_copy);
		if (err != ERR_OK) {
			keystore_close(node.keystore);
		}
	}
	if (err == ERR_OK) {
		node.mark_copy =
		    out->mark_copy.size > 0 ? buf_text(&out->mark_copy) : NULL;
		err = node_open(&node, &out->node);
	}
	if (err != ERR_OK) {
		serve_close_home(out);
	}
	return err;
}

void serve_close_home(struct serve_home *home)
{
	node_close(home->node);
	home->node = NULL;
	if (home->lock >= 0) {
		(void)close(home->lock);
		home->lock = -1;
	}
	buf_clear(&home->mark_copy);
}

/*
 * Addresses.
 */

static enum err bind_all(struct serving *serving)
{
	const struct config_list *listen = &serving->options->config->listen;
	const Qsg__Card *card = node_card(serving->home.node)->fields;
	/* Without --listen: where the card says. */
	size_t count = listen->count > 0 ? listen->count : card->n_endpoints;
	char *const *list = listen->count > 0 ? listen->items : card->endpoints;
	if (listen->count == 0 &&
	    serving->options->config->advertise.count > 0) {
		return err_set(ERR_USAGE,
		    "--advertise needs --listen: where peers are told to come "
		    "is not where this node listens");
	}
	enum err err = ERR_OK;
	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		err = link_bind(serving->link, list[i], &serving->bound[i]);
		if (err == ERR_OK) {
			serving->listening[i] = serving->bound[i].text;
			serving->bound_count++;
		}
	}
	return err;
}

/* What the new card says, if there is to be one. */
struct endpoints {
	const char *list[LIMIT_ENDPOINTS];
	size_t count;
};

/* PROTOCOL.md M150: "A node MUST NOT advertise a wildcard address." */
static void add_advertisable(
    struct serving *serving, struct endpoints *out, const char *endpoint)
{
	char line[400];
	if (card_endpoint_advertisable(span_text(endpoint))) {
		out->list[out->count++] = endpoint;
		return;
	}
	(void)snprintf(line, sizeof(line),
	    "%.256s is not advertised: name where peers reach this node with "
	    "--advertise",
	    endpoint);
	warn(serving->options, line);
}

static enum err publish(struct serving *serving)
{
	const struct config *config = serving->options->config;
	struct endpoints endpoints = { .count = 0 };
	if (config->advertise.count > 0) {
		for (size_t i = 0; i < config->advertise.count; i++) {
			const char *endpoint = config->advertise.items[i];
			if (!card_endpoint_advertisable(span_text(endpoint))) {
				return err_set(ERR_INPUT,
				    "%s cannot be advertised", endpoint);
			}
			endpoints.list[endpoints.count++] = endpoint;
		}
	} else if (config->listen.count > 0) {
		for (size_t i = 0; i < serving->bound_count; i++) {
			add_advertisable(
			    serving, &endpoints, serving->listening[i]);
		}
	}
	if (endpoints.count == 0) {
		return ERR_OK;
	}
	enum err err = node_set_endpoints(
	    serving->home.node, endpoints.list, endpoints.count);
	if (err == ERR_STATE) {
		/* A node that may not sign still serves what it holds. */
		warn(serving->options, err_text());
		err = ERR_OK;
	}
	return err;
}

/*
 * Readiness.
 */

/* sd_notify by hand: a datagram to the socket systemd names. */
static void notify_systemd(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	if (path == NULL || (path[0] != '/' && path[0] != '@') ||
	    strlen(path) >= sizeof(address.sun_path)) {
		return;
	}
	memcpy(address.sun_path, path, strlen(path));
	if (path[0] == '@') {
		address.sun_path[0] = '\0';
	}
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		return;
	}
	socklen_t size =
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	(void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL,
	    (const struct sockaddr *)&address, size);
	(void)close(fd);
}

static void announce(const struct serving *serving)
{
	const struct node *node = serving->home.node;
	struct buf line = { 0 };
	enum err err =
	    buf_printf(&line, "serving %s", node_card(node)->fields->name);
	for (size_t i = 0; i < serving->bound_count && err == ERR_OK; i++) {
		err = buf_printf(&line, "%s%s", i == 0 ? " at " : ", ",
		    serving->listening[i]);
	}
	if (err == ERR_OK) {
		err = buf_printf(&line, ", fingerprint %s",
		    text_fingerprint(node_id(node)).text);
	}
	if (err == ERR_OK) {
		serving->options->ready(
		    serving->options->context, buf_text(&line));
	}
	buf_clear(&line);
	notify_systemd("READY=1");
}

/* Blocked in every thread made from now on; read from a descriptor. */
static enum err catch_signals(int *fd)
{
	sigset_t set;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) {
		return err_errno("cannot block signals");
	}
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR ||
	    signal(SIGHUP, SIG_IGN) == SIG_ERR) {
		return err_errno("cannot ignore signals");
	}
	*fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return *fd < 0 ? err_errno("cannot watch for signals") : ERR_OK;
}

/* What is not configured is filled in. */
static struct config_alarm alarms_of(const struct config *config)
{
	static char sendmail[] = "/usr/sbin/sendmail";
	struct config_alarm given = config->alarm;
	if (given.sendmail == NULL) {
		given.sendmail = sendmail;
	}
	if (given.repeat_s == 0) {
		given.repeat_s = 60 * ALARMING_REPEAT_MIN;
	}
	return given;
}

static enum err run_core(struct serving *serving)
{
	struct alarming alarms = { .given =
				       alarms_of(serving->options->config) };
	struct ops_core ops = {
		.node = serving->home.node,
		.alarm_repeat_s = alarms.given.repeat_s,
		.users = &serving->users,
		.serving = { .since_ms = clock_wall_ms(clock_system()),
		    .pid = (long)getpid(),
		    .listening = serving->listening,
		    .listening_count = serving->bound_count },
	};
	struct core_options options = {
		.ops = &ops,
		.link = serving->link,
		.calls = serving->calls,
		.alarms = &alarms,
		.stop_fd = serving->stop_fd,
	};
#ifdef QSG_TEST
	if (getenv("QSG_TEST_KILL_ZAP") != NULL) {
		link_kill_zap(serving->link);
	}
#endif
	announce(serving);
	enum err err = core_run(&options);
	alarm_bell_clear(&alarms.bell);
	return err;
}

/* Other users of this machine can't reach into the home. */
static enum err start_shared(struct serving *serving)
{
	const char *path = serving->options->config->socket;
	int fd = -1;
	if (path == NULL) {
		return ERR_OK;
	}
	enum err err = sock_listen_at(path, &fd);
	return err == ERR_OK ? http_open(fd, serving->calls, &serving->users,
				   &serving->shared)
	                     : err;
}

static void set_activity(struct serving *serving)
{
	const struct config *config = serving->options->config;
	struct node *node = serving->home.node;
	if (config->activity_interval_s != 0) {
		activity_set_interval(
		    node, 1000LL * config->activity_interval_s);
	}
	activity_tell_authors(node, config->tell_authors);
	acting_users(node, &serving->users);
}

/* Addresses are bound before the card changes, so that one that is taken
 * changes nothing. */
static enum err start(struct serving *serving)
{
	const char *home = serving->options->home;
	enum err err = link_open(serving->home.node, &serving->link);
	if (err == ERR_OK) {
		err = bind_all(serving);
	}
	if (err == ERR_OK) {
		err = link_prove(serving->link);
	}
	if (err == ERR_OK && serving->options->config->receipts_interval_s) {
		receipts_set_interval(serving->home.node,
		    1000LL * serving->options->config->receipts_interval_s);
	}
	if (err == ERR_OK) {
		retaining_set_time(serving->home.node,
		    serving->options->config->retention_minute);
		err = publish(serving);
	}
	if (err == ERR_OK) {
		set_activity(serving);
	}
	if (err == ERR_OK) {
		err = sock_listen(home, &serving->api_fd);
	}
	if (err == ERR_OK) {
		err = queue_new(HTTP_CALLS, &serving->calls);
	}
	if (err == ERR_OK) {
		int fd = serving->api_fd;
		err = http_open(
		    fd, serving->calls, &serving->users, &serving->http);
	}
	return err == ERR_OK ? start_shared(serving) : err;
}

/* Only after a failed start is anything left here. */
static void turn_away(struct queue *calls)
{
	struct call *call = NULL;
	if (calls == NULL) {
		return;
	}
	queue_close(calls);
	while ((call = queue_receive(calls)) != NULL) {
		struct ops_answer none = { 0 };
		call_fill(
		    call, err_set(ERR_BUSY, "the node is stopping"), &none);
		call->answered(call->context);
	}
}

static void finish(struct serving *serving)
{
	notify_systemd("STOPPING=1");
	turn_away(serving->calls);
	http_close(serving->http, LAST_ANSWERS_MS);
	http_close(serving->shared, LAST_ANSWERS_MS);
	if (serving->shared != NULL) {
		(void)unlink(serving->options->config->socket);
	}
	if (serving->api_fd >= 0) {
		sock_remove(serving->options->home);
	}
	queue_free(serving->calls, NULL);
	link_close(serving->link);
	if (serving->stop_fd >= 0) {
		(void)close(serving->stop_fd);
	}
	serve_close_home(&serving->home);
}

/* What to do about a start that failed, where there is something. */
static enum err explain(const struct serve_options *options, enum err err)
{
	char why[512];
	if (err != ERR_FULL) {
		return err;
	}
	(void)snprintf(why, sizeof(why), "%s", err_text());
	return err_set(err,
	    "%s: no space left on the disk: free some and start again (%s)",
	    options->home, why);
}

enum err serve_run(const struct serve_options *options)
{
	struct serving serving = { .options = options,
		.api_fd = -1,
		.stop_fd = -1,
		.home = { .lock = -1 } };
	log_set_level(options->config->level);
	enum err err = serve_open_home(options, &serving.home);
	if (err != ERR_OK) {
		return explain(options, err);
	}
	witness_set_policy(serving.home.node, &options->config->witness);
	err = catch_signals(&serving.stop_fd);
	if (err == ERR_OK) {
		err = explain(options, start(&serving));
	}
	if (err == ERR_OK) {
		err = run_core(&serving);
	}
	char why[512];
	(void)snprintf(why, sizeof(why), "%s", err_text());
	finish(&serving);
	return err == ERR_OK ? ERR_OK : err_set(err, "%s", why);
}
