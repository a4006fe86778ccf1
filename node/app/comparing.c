#define _POSIX_C_SOURCE 200809L

#include "app/comparing.h"

#include "app/guesses.h"
#include "base/queue.h"
#include "keys/password.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct comparing {
	const struct clock *clock;
	struct queue *waiting;
	struct password_cache *passwords; /* the thread's */
	pthread_t thread;
	atomic_bool stopped;
	pthread_mutex_t mutex; /* of what follows */
	struct guesses guesses;
};

/* A lock of ours can fail only by a bug of ours. */
static void lock(struct comparing *comparing)
{
	if (pthread_mutex_lock(&comparing->mutex) != 0) {
		abort();
	}
}

static void unlock(struct comparing *comparing)
{
	if (pthread_mutex_unlock(&comparing->mutex) != 0) {
		abort();
	}
}

/* As long as M463 has it, whether there is such an account or not. */
static enum err check_wait(
    struct comparing *comparing, const struct comparing_one *one)
{
	struct guesses_user *user = guesses_of(&comparing->guesses, one->user);
	int64_t wait_ms = 0;
	if (user == NULL) {
		return err_set(ERR_BUSY, "out of memory");
	}
	wait_ms =
	    guesses_wait_ms(user, one->name, clock_steady_ms(comparing->clock));
	return wait_ms == 0
	           ? ERR_OK
	           : err_set(ERR_BUSY,
			 "too many wrong passwords: try again in %lld s",
			 (long long)((wait_ms + 999) / 1000));
}

/* What came in at once waits as if it had come one after the other. */
static void compare(struct comparing *comparing, struct comparing_one *one)
{
	struct guesses_user *user = NULL;
	lock(comparing);
	enum err err = atomic_load(&comparing->stopped)
	                   ? err_set(ERR_BUSY, "the node is stopping")
	                   : check_wait(comparing, one);
	unlock(comparing);
	if (err == ERR_OK) {
		err = password_cached_check(
		    comparing->passwords, one->hash, span_text(one->password));
	}
	lock(comparing);
	user = guesses_of(&comparing->guesses, one->user);
	if (user != NULL) {
		user->under_way--;
	}
	if (user != NULL && err == ERR_DENIED) {
		guesses_wrong(
		    user, one->name, clock_steady_ms(comparing->clock));
	}
	unlock(comparing);
	one->answered(one->context, err);
}

static void *run(void *context)
{
	struct comparing *comparing = context;
	struct comparing_one *one = NULL;
	while ((one = queue_wait(comparing->waiting, -1)) != NULL) {
		compare(comparing, one);
	}
	return NULL;
}

static enum err start(struct comparing *comparing, size_t capacity)
{
	enum err err = queue_new(capacity, &comparing->waiting);
	comparing->passwords = password_cache_new();
	if (err == ERR_OK && comparing->passwords == NULL) {
		err = err_set(ERR_MEM, "out of memory");
	}
	if (err == ERR_OK &&
	    pthread_create(&comparing->thread, NULL, run, comparing) != 0) {
		err = err_set(ERR_MEM, "cannot start a thread");
	}
	return err;
}

enum err comparing_open(
    const struct clock *clock, size_t capacity, struct comparing **out)
{
	struct comparing *comparing = calloc(1, sizeof(*comparing));
	*out = NULL;
	if (comparing == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	comparing->clock = clock;
	if (pthread_mutex_init(&comparing->mutex, NULL) != 0) {
		free(comparing);
		return err_set(ERR_MEM, "cannot make a lock");
	}
	enum err err = start(comparing, capacity);
	if (err != ERR_OK) {
		comparing_free(comparing);
		return err;
	}
	*out = comparing;
	return ERR_OK;
}

enum err comparing_ask(struct comparing *comparing, struct comparing_one *one)
{
	struct guesses_user *user = NULL;
	lock(comparing);
	enum err err = check_wait(comparing, one);
	if (err == ERR_OK) {
		user = guesses_of(&comparing->guesses, one->user);
		if (user->under_way >= COMPARING_OF_ONE) {
			err = err_set(ERR_BUSY,
			    "too many passwords at once: try again in %u s",
			    COMPARING_OF_ONE);
		} else {
			user->under_way++;
		}
	}
	unlock(comparing);
	if (err == ERR_OK && queue_send(comparing->waiting, one) != ERR_OK) {
		err = err_set(ERR_BUSY, "the node is stopping");
	}
	return err;
}

void comparing_stop(struct comparing *comparing)
{
	/* One that is being compared ends first; the others are not begun. */
	atomic_store(&comparing->stopped, true);
	queue_close(comparing->waiting);
	(void)pthread_join(comparing->thread, NULL);
}

void comparing_free(struct comparing *comparing)
{
	if (comparing == NULL) {
		return;
	}
	queue_free(comparing->waiting, NULL);
	password_cache_free(comparing->passwords);
	guesses_clear(&comparing->guesses);
	(void)pthread_mutex_destroy(&comparing->mutex);
	free(comparing);
}
