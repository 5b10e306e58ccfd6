/* SPDX-License-Identifier: BSD-3-Clause */
/* eventfds - eventfd: counter, semaphore mode, nearly full, flags, dup; and two threads that hand a token back and forth.  [victim] */
#include "victim.h"

#include <sys/eventfd.h>

static int there, back;

static void *partner(void *arg)
{
	eventfd_t value;

	while (!victim_over) {
		CHECK(eventfd_read(there, &value) == 0);
		CHECK_EQ(value, 1);
		CHECK(eventfd_write(back, 2) == 0);
	}
	return arg;
}

static void *first(void *arg)
{
	eventfd_t value;

	while (!victim_over) {
		CHECK(eventfd_write(there, 1) == 0);
		CHECK(eventfd_read(back, &value) == 0);
		CHECK_EQ(value, 2);
		victim_sleep_ms(1);
	}
	CHECK(eventfd_write(there, 1) == 0); /* the partner may wait once more */
	return arg;
}

int main(int argc, char **argv)
{
	int plain = eventfd(5, EFD_CLOEXEC), sem = eventfd(3, EFD_SEMAPHORE | EFD_NONBLOCK), full = eventfd(0, EFD_NONBLOCK), twin;
	pthread_t thread[2];
	eventfd_t value;

	(void)argc;
	there = eventfd(0, 0);
	back = eventfd(0, 0);
	CHECK(plain >= 0 && sem >= 0 && full >= 0 && there >= 0 && back >= 0);
	CHECK(eventfd_write(full, UINT64_MAX - 1) == 0);
	CHECK(eventfd_write(plain, 1ull << 40) == 0);
	twin = dup(plain);
	thread[0] = victim_thread(partner, NULL);
	thread[1] = victim_thread(first, NULL);
	victim_ready(argv);
	victim_hold(argv);
	victim_join(thread[1]);
	victim_join(thread[0]);
	CHECK(eventfd_read(twin, &value) == 0);
	CHECK_EQ(value, (1ull << 40) + 5);
	CHECK(fcntl(twin, F_SETFL, O_NONBLOCK) == 0);
	CHECK(eventfd_read(plain, &value) == -1 && errno == EAGAIN);
	CHECK_EQ(fcntl(plain, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(sem, F_GETFD), 0);
	for (int i = 0; i < 3; i++) {
		CHECK(eventfd_read(sem, &value) == 0);
		CHECK_EQ(value, 1);
	}
	CHECK(eventfd_read(sem, &value) == -1 && errno == EAGAIN);
	CHECK(eventfd_write(full, 1) == -1 && errno == EAGAIN);
	CHECK(eventfd_read(full, &value) == 0);
	CHECK_EQ(value, UINT64_MAX - 1);
	return victim_ok();
}
