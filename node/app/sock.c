#define _GNU_SOURCE

#include "app/sock.h"

#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 128 };

enum err sock_path(const char *home, struct sock_path *out)
{
	out->fd = -1;
	int size =
	    snprintf(out->text, sizeof(out->text), "%s/%s", home, SOCK_NAME);
	if (size > 0 && (size_t)size < sizeof(out->text)) {
		return ERR_OK;
	}
	/* Too long for an address: go by the folder's descriptor. */
	out->fd = open(home, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (out->fd < 0) {
		return err_set(ERR_NOTFOUND, "there is no home %s", home);
	}
	(void)snprintf(out->text, sizeof(out->text), "/proc/self/fd/%d/%s",
	    out->fd, SOCK_NAME);
	return ERR_OK;
}

void sock_path_close(struct sock_path *path)
{
	if (path->fd >= 0) {
		(void)close(path->fd);
		path->fd = -1;
	}
}

static enum err bind_to(int fd, const struct sock_path *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	memcpy(address.sun_path, path->text, sizeof(address.sun_path));
	/* The lock is held, so a socket that is there belongs to nobody. */
	(void)unlink(path->text);
	mode_t old = umask(0177);
	int bound =
	    bind(fd, (const struct sockaddr *)&address, sizeof(address));
	int number = errno;
	(void)umask(old);
	if (bound != 0) {
		errno = number;
		return err_errno("cannot make the socket %s", SOCK_NAME);
	}
	/* PROTOCOL.md M155: "The socket of the local interface MUST be readable
	 * and writable by its owner alone." */
	if (chmod(path->text, 0600) != 0 || listen(fd, BACKLOG) != 0) {
		return err_errno("cannot listen on the socket %s", SOCK_NAME);
	}
	return ERR_OK;
}

enum err sock_listen(const char *home, int *fd)
{
	struct sock_path path;
	enum err err = sock_path(home, &path);
	if (err != ERR_OK) {
		return err;
	}
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0) {
		err = err_errno("cannot make a socket");
	} else {
		err = bind_to(*fd, &path);
	}
	if (err != ERR_OK && *fd >= 0) {
		(void)close(*fd);
		*fd = -1;
	}
	sock_path_close(&path);
	return err;
}

void sock_remove(const char *home)
{
	struct sock_path path;
	if (sock_path(home, &path) == ERR_OK) {
		(void)unlink(path.text);
		sock_path_close(&path);
	}
}

/* PROTOCOL.md M156: "The node MUST serve the local interface only to its own
 * user and to root, as the kernel names the caller." */
bool sock_peer_may(int fd)
{
	struct ucred caller;
	socklen_t size = sizeof(caller);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &caller, &size) != 0 ||
	    size != sizeof(caller)) {
		return false;
	}
	return caller.uid == geteuid() || caller.uid == 0;
}
