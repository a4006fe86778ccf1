#define _POSIX_C_SOURCE 200809L

#include "base/queue.h"

#include <check.h>

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

Suite *test_queue_suite(void);

enum { SENDERS = 4, ITEMS = 20000 };

static int numbers[SENDERS * ITEMS];

static bool readable(const struct queue *queue)
{
	struct pollfd fd = { .fd = queue_fd(queue), .events = POLLIN };
	return poll(&fd, 1, 0) == 1;
}

START_TEST(items_come_out_in_order_and_the_descriptor_follows)
{
	struct queue *queue = NULL;
	int items[3] = { 0 };
	ck_assert_int_eq(queue_new(3, &queue), ERR_OK);
	for (int round = 0; round < 5; round++) {
		ck_assert(!readable(queue));
		ck_assert_ptr_null(queue_receive(queue));
		for (int i = 0; i < 3; i++) {
			ck_assert_int_eq(queue_send(queue, &items[i]), ERR_OK);
			ck_assert(readable(queue));
		}
		for (int i = 0; i < 3; i++) {
			ck_assert(readable(queue));
			ck_assert_ptr_eq(queue_receive(queue), &items[i]);
		}
	}
	ck_assert(!readable(queue));
	queue_free(queue, NULL);
	queue_free(NULL, NULL);
}
END_TEST

START_TEST(wait_times_out_and_takes_what_is_there)
{
	struct queue *queue = NULL;
	int item = 0;
	ck_assert_int_eq(queue_new(1, &queue), ERR_OK);
	ck_assert_ptr_null(queue_wait(queue, 0));
	ck_assert_ptr_null(queue_wait(queue, 1));
	ck_assert_int_eq(queue_send(queue, &item), ERR_OK);
	ck_assert_ptr_eq(queue_wait(queue, 1999), &item);
	ck_assert_int_eq(queue_send(queue, &item), ERR_OK);
	ck_assert_ptr_eq(queue_wait(queue, -1), &item);
	queue_free(queue, NULL);
}
END_TEST

START_TEST(closing_refuses_sends_but_not_what_is_inside)
{
	struct queue *queue = NULL;
	int item = 0;
	ck_assert_int_eq(queue_new(2, &queue), ERR_OK);
	ck_assert_int_eq(queue_send(queue, NULL), ERR_INPUT);
	ck_assert_int_eq(queue_send(queue, &item), ERR_OK);
	queue_close(queue);
	queue_close(queue);
	ck_assert_int_eq(queue_send(queue, &item), ERR_STATE);
	ck_assert_ptr_eq(queue_wait(queue, -1), &item);
	ck_assert_ptr_null(queue_wait(queue, -1));
	ck_assert(readable(queue));
	queue_free(queue, NULL);
}
END_TEST

static unsigned int dropped;

static void drop(void *item)
{
	(void)item;
	dropped++;
}

START_TEST(freeing_drops_what_is_inside)
{
	struct queue *queue = NULL;
	int item = 0;
	dropped = 0;
	ck_assert_int_eq(queue_new(4, &queue), ERR_OK);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(queue_send(queue, &item), ERR_OK);
	}
	queue_free(queue, drop);
	ck_assert_uint_eq(dropped, 3);
	ck_assert_int_eq(queue_new(0, &queue), ERR_LIMIT);
}
END_TEST

struct sender {
	pthread_t thread;
	struct queue *queue;
	int *first;
	enum err last;
};

static void *send_many(void *context)
{
	struct sender *sender = context;
	for (int i = 0; i < ITEMS; i++) {
		enum err err = queue_send(sender->queue, sender->first + i);
		if (err != ERR_OK) {
			sender->last = err;
			break;
		}
	}
	return NULL;
}

static void start(struct sender *senders, struct queue *queue)
{
	for (int i = 0; i < SENDERS; i++) {
		senders[i] = (struct sender){
			.queue = queue,
			.first = numbers + (ptrdiff_t)i * ITEMS,
			.last = ERR_OK,
		};
		ck_assert_int_eq(pthread_create(&senders[i].thread, NULL,
				     send_many, &senders[i]),
		    0);
	}
}

START_TEST(many_senders_lose_and_double_nothing)
{
	struct queue *queue = NULL;
	struct sender senders[SENDERS];
	int *last[SENDERS] = { NULL };
	ck_assert_int_eq(queue_new(16, &queue), ERR_OK);
	start(senders, queue);
	for (int i = 0; i < SENDERS * ITEMS; i++) {
		int *item = queue_wait(queue, -1);
		ck_assert_ptr_nonnull(item);
		ptrdiff_t who = (item - numbers) / ITEMS;
		/* One sender's items keep their order. */
		ck_assert_ptr_eq(item,
		    last[who] == NULL ? numbers + who * ITEMS : last[who] + 1);
		last[who] = item;
	}
	for (int i = 0; i < SENDERS; i++) {
		ck_assert_int_eq(pthread_join(senders[i].thread, NULL), 0);
		ck_assert_int_eq(senders[i].last, ERR_OK);
	}
	ck_assert(!readable(queue));
	queue_free(queue, NULL);
}
END_TEST

START_TEST(closing_wakes_blocked_senders)
{
	struct queue *queue = NULL;
	struct sender senders[SENDERS];
	ck_assert_int_eq(queue_new(2, &queue), ERR_OK);
	start(senders, queue);
	ck_assert_ptr_nonnull(queue_wait(queue, -1));
	queue_close(queue);
	for (int i = 0; i < SENDERS; i++) {
		ck_assert_int_eq(pthread_join(senders[i].thread, NULL), 0);
		ck_assert_int_eq(senders[i].last, ERR_STATE);
	}
	queue_free(queue, NULL);
}
END_TEST

Suite *test_queue_suite(void)
{
	Suite *suite = suite_create("queue");
	TCase *tcase = tcase_create("queue");
	tcase_add_test(
	    tcase, items_come_out_in_order_and_the_descriptor_follows);
	tcase_add_test(tcase, wait_times_out_and_takes_what_is_there);
	tcase_add_test(tcase, closing_refuses_sends_but_not_what_is_inside);
	tcase_add_test(tcase, freeing_drops_what_is_inside);
	tcase_add_test(tcase, many_senders_lose_and_double_nothing);
	tcase_add_test(tcase, closing_wakes_blocked_senders);
	suite_add_tcase(suite, tcase);
	return suite;
}
