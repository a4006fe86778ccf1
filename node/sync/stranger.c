#include "sync/stranger.h"

#include "base/clock.h"
#include "keys/curve.h"
#include "sync/zsock.h"

#include <zmq.h>

enum { PROOF_MS = 5000, LOOK_MS = 20 };

static int64_t now_ms(void)
{
	return clock_steady_ms(clock_system());
}

static enum err watch(const struct stranger_door *door, void *monitor)
{
	struct zsock_event event;
	int64_t until_ms = now_ms() + PROOF_MS;
	while (now_ms() < until_ms) {
		door->meanwhile(door->context);
		if (!zsock_event_wait(monitor, LOOK_MS, &event)) {
			continue;
		}
		if (event.event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) {
			return ERR_OK;
		}
		if (event.event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
			return err_set(ERR_DENIED,
			    "%s: a stranger can connect: not serving",
			    door->address);
		}
	}
	return err_set(ERR_NET,
	    "%s: cannot prove that strangers are turned away: not serving",
	    door->address);
}

enum err stranger_knock(const struct stranger_door *door)
{
	void *socket = NULL;
	void *monitor = NULL;
	enum err err = zsock_new(door->zmq, ZMQ_DEALER, &socket);
	if (err == ERR_OK) {
		err = zsock_set(socket, ZMQ_RECONNECT_IVL, -1);
	}
	if (err == ERR_OK) {
		err = curve_arm_stranger(socket, door->server);
	}
	if (err == ERR_OK) {
		err = zsock_monitor(door->zmq, socket, &monitor);
	}
	if (err == ERR_OK && zmq_connect(socket, door->address) != 0) {
		err = err_set(ERR_NET, "cannot connect to %s: %s",
		    door->address, zmq_strerror(zmq_errno()));
	}
	if (err == ERR_OK) {
		err = watch(door, monitor);
	}
	if (socket != NULL) {
		zsock_unmonitor(socket, monitor);
		zsock_close(socket);
	}
	return err;
}
