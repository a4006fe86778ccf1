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
	struct stat info;
	out->fd = -1;
	/* A node's other socket may stand for its home. */
	if (stat(home, &info) == 0 && S_ISSOCK(info.st_mode)) {
		int whole = snprintf(out->text, sizeof(out->text), "%s", home);
		return whole > 0 && (size_t)whole < sizeof(out->text)
		           ? ERR_OK
		           : err_set(ERR_INPUT, "%s is too long", home);
	}
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

static enum err bind_to(int fd, const struct sock_path *path, mode_t mode)
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
	if (chmod(path->text, mode) != 0 || listen(fd, BACKLOG) != 0) {
		return err_errno("cannot listen on the socket %s", SOCK_NAME);
	}
	return ERR_OK;
}

static enum err listen_on(const struct sock_path *path, mode_t mode, int *fd)
{
	enum err err = ERR_OK;
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0) {
		err = err_errno("cannot make a socket");
	} else {
		err = bind_to(*fd, path, mode);
	}
	if (err != ERR_OK && *fd >= 0) {
		(void)close(*fd);
		*fd = -1;
	}
	return err;
}

/* PROTOCOL.md M155: "The socket of the local interface in the home MUST be
 * readable and writable by its owner alone." */
enum err sock_listen(const char *home, int *fd)
{
	struct sock_path path;
	enum err err = sock_path(home, &path);
	if (err != ERR_OK) {
		return err;
	}
	err = listen_on(&path, 0600, fd);
	sock_path_close(&path);
	return err;
}

enum err sock_listen_at(const char *path, int *fd)
{
	struct sock_path at = { .fd = -1 };
	struct stat info;
	int size = snprintf(at.text, sizeof(at.text), "%s", path);
	if (path[0] != '/' || size < 0 || (size_t)size >= sizeof(at.text)) {
		return err_set(ERR_INPUT,
		    "socket must be an absolute path of at most %zu bytes",
		    sizeof(at.text) - 1);
	}
	if (lstat(path, &info) == 0 && !S_ISSOCK(info.st_mode)) {
		return err_set(
		    ERR_EXISTS, "%s is there, and is no socket", path);
	}
	return listen_on(&at, 0666, fd);
}

void sock_remove(const char *home)
{
	struct sock_path path;
	if (sock_path(home, &path) == ERR_OK) {
		(void)unlink(path.text);
		sock_path_close(&path);
	}
}

bool sock_listens(const struct sock_path *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		return false;
	}
	memcpy(address.sun_path, path->text, sizeof(address.sun_path));
	bool listens = connect(fd, (const struct sockaddr *)&address,
			   sizeof(address)) == 0;
	(void)close(fd);
	return listens;
}

/* PROTOCOL.md M156: "The node MUST serve the local interface only to its own
 * user, to root and to users that an enabled account names, as the kernel names
 * the caller, and MUST shut the connections of everybody else at once." */
bool sock_peer_may(int fd, struct sock_users *users, uint32_t *user)
{
	struct ucred caller;
	socklen_t size = sizeof(caller);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &caller, &size) != 0 ||
	    size != sizeof(caller)) {
		return false;
	}
	*user = caller.uid;
	if (caller.uid == geteuid() || caller.uid == 0) {
		return true;
	}
	size_t count = users == NULL ? 0 : atomic_load(&users->count);
	for (size_t i = 0; i < count && i < LIMIT_ACCOUNTS; i++) {
		if (atomic_load(&users->items[i]) == caller.uid) {
			return true;
		}
	}
	return false;
}
