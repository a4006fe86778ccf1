#define _GNU_SOURCE

#include "app/sock.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *test_sock_suite(void);

static int dial(const char *home)
{
	struct sock_path path;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	ck_assert_int_eq(sock_path(home, &path), ERR_OK);
	memcpy(address.sun_path, path.text, sizeof(address.sun_path));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(fd, 0);
	int done =
	    connect(fd, (const struct sockaddr *)&address, sizeof(address));
	sock_path_close(&path);
	if (done != 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* Listen, connect, see that both know who is there. M155 M156 */
static void works(const char *home)
{
	struct sock_path at;
	int listener = -1;
	struct stat info;
	uint32_t user = 0;
	char path[4096];
	(void)snprintf(path, sizeof(path), "%s/%s", home, SOCK_NAME);
	ck_assert_int_eq(sock_listen(home, &listener), ERR_OK);
	ck_assert_int_eq(stat(path, &info), 0);
	ck_assert(S_ISSOCK(info.st_mode));
	ck_assert_uint_eq(info.st_mode & 0777, 0600);
	int fd = dial(home);
	ck_assert_int_ge(fd, 0);
	int other = accept(listener, NULL, NULL);
	ck_assert_int_ge(other, 0);
	ck_assert(sock_peer_may(other, NULL, &user));
	ck_assert_uint_eq(user, geteuid());
	(void)close(other);
	(void)close(fd);
	(void)close(listener);
	/* Stale now: nobody answers, and it can be listened on again. */
	ck_assert_int_eq(dial(home), -1);
	ck_assert_int_eq(sock_listen(home, &listener), ERR_OK);
	fd = dial(home);
	ck_assert_int_ge(fd, 0);
	(void)close(fd);
	ck_assert_int_eq(sock_path(home, &at), ERR_OK);
	ck_assert(sock_listens(&at));
	(void)close(listener);
	ck_assert(!sock_listens(&at));
	sock_remove(home);
	ck_assert(!sock_listens(&at));
	sock_path_close(&at);
	ck_assert_int_ne(stat(path, &info), 0);
}

START_TEST(a_socket_works_and_is_private)
{
	char home[] = "/tmp/qsg-sock-XXXXXX";
	ck_assert_ptr_nonnull(mkdtemp(home));
	works(home);
	ck_assert_int_eq(rmdir(home), 0);
}
END_TEST

START_TEST(a_path_longer_than_an_address_works)
{
	char top[] = "/tmp/qsg-sock-XXXXXX";
	char home[400];
	ck_assert_ptr_nonnull(mkdtemp(top));
	(void)snprintf(home, sizeof(home), "%s/%0200d", top, 1);
	ck_assert_int_eq(mkdir(home, 0700), 0);
	works(home);
	ck_assert_int_eq(rmdir(home), 0);
	ck_assert_int_eq(rmdir(top), 0);
}
END_TEST

START_TEST(a_long_path_to_nowhere_is_told)
{
	char home[400];
	struct sock_path path;
	(void)snprintf(home, sizeof(home), "/tmp/nowhere/%0200d", 1);
	ck_assert_int_eq(sock_path(home, &path), ERR_NOTFOUND);
}
END_TEST

/* M156. Another user can only be played by root. */
START_TEST(another_user_may_not)
{
	char home[] = "/tmp/qsg-sock-XXXXXX";
	int listener = -1;
	int status = -1;
	if (geteuid() != 0) {
		printf("skipped: another_user_may_not (needs root)\n");
		return;
	}
	ck_assert_ptr_nonnull(mkdtemp(home));
	ck_assert_int_eq(sock_listen(home, &listener), ERR_OK);
	char path[64];
	(void)snprintf(path, sizeof(path), "%s/%s", home, SOCK_NAME);
	/* As if neither folder nor socket kept anybody out. */
	ck_assert_int_eq(chmod(home, 0755), 0);
	ck_assert_int_eq(chmod(path, 0666), 0);
	pid_t child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		_exit(setuid(65534) == 0 && dial(home) >= 0 ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	int other = accept(listener, NULL, NULL);
	ck_assert_int_ge(other, 0);
	uint32_t user = 0;
	struct sock_users users = { .count = 0 };
	ck_assert(!sock_peer_may(other, NULL, &user));
	ck_assert(!sock_peer_may(other, &users, &user));
	users.items[0] = 65533;
	users.items[1] = 65534;
	users.count = 1;
	ck_assert(!sock_peer_may(other, &users, &user));
	users.count = 2;
	ck_assert(sock_peer_may(other, &users, &user));
	ck_assert_uint_eq(user, 65534);
	(void)close(other);
	(void)close(listener);
	sock_remove(home);
	ck_assert_int_eq(rmdir(home), 0);
}
END_TEST

/* M156: what is no socket has no caller the kernel could name. */
START_TEST(who_cannot_be_named_may_not)
{
	int fds[2];
	ck_assert_int_eq(pipe(fds), 0);
	uint32_t user = 0;
	ck_assert(!sock_peer_may(fds[0], NULL, &user));
	ck_assert(!sock_peer_may(-1, NULL, &user));
	(void)close(fds[0]);
	(void)close(fds[1]);
}
END_TEST

/* M155 */
START_TEST(another_path_is_for_everybody_and_stands_for_the_home)
{
	char dir[] = "/tmp/qsg-sock-XXXXXX";
	char path[64];
	struct stat info;
	int listener = -1;
	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/shared", dir);
	ck_assert_int_eq(sock_listen_at(path, &listener), ERR_OK);
	ck_assert_int_eq(stat(path, &info), 0);
	ck_assert_uint_eq(info.st_mode & 0777, 0666);
	int fd = dial(path);
	ck_assert_int_ge(fd, 0);
	(void)close(fd);
	(void)close(listener);
	/* A stale one is replaced; a file is not. */
	ck_assert_int_eq(sock_listen_at(path, &listener), ERR_OK);
	(void)close(listener);
	ck_assert_int_eq(unlink(path), 0);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	(void)close(fd);
	ck_assert_int_eq(sock_listen_at(path, &listener), ERR_EXISTS);
	ck_assert_int_eq(sock_listen_at("relative", &listener), ERR_INPUT);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

Suite *test_sock_suite(void)
{
	Suite *suite = suite_create("sock");
	TCase *tests = tcase_create("sock");
	tcase_add_test(tests, a_socket_works_and_is_private);
	tcase_add_test(
	    tests, another_path_is_for_everybody_and_stands_for_the_home);
	tcase_add_test(tests, a_path_longer_than_an_address_works);
	tcase_add_test(tests, a_long_path_to_nowhere_is_told);
	tcase_add_test(tests, who_cannot_be_named_may_not);
	tcase_add_test(tests, another_user_may_not);
	suite_add_tcase(suite, tests);
	return suite;
}
