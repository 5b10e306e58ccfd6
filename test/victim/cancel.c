/* SPDX-License-Identifier: BSD-3-Clause */
/* cancel - cancellation: disabled, deferred, asynchronous, pending; clean-up handlers, key destructors, exit values.  [victim] */
#include "victim.h"

static int cleaned[4], destroyed;
static pthread_key_t key;
static int gate;

static void clean(void *arg)
{
	++*(int *)arg;
}

static void destroy(void *arg)
{
	CHECK_STR(arg, "value");
	__atomic_add_fetch(&destroyed, 1, __ATOMIC_SEQ_CST);
}

static void *run(void *arg)
{
	long kind = (long)arg;
	volatile uint64_t spins = 0;
	int old;

	CHECK_EQ(pthread_setspecific(key, "value"), 0);
	pthread_cleanup_push(clean, &cleaned[kind]);
	if (kind == 1)
		pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
	if (kind == 2 || kind == 3)
		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	__atomic_add_fetch(&gate, 1, __ATOMIC_SEQ_CST);
	if (kind == 0)
		pause();	/* a cancellation point */
	while (kind == 1)
		spins++;	/* none anywhere */
	while (!victim_over) {
		pthread_testcancel();
		victim_sleep_ms(2);
	}
	CHECK_EQ(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old), 0);
	CHECK_EQ(old, PTHREAD_CANCEL_DISABLE);
	if (kind == 3) {	/* the one cancelled before it was ready for it */
		pthread_testcancel();
		FAIL("a pending cancellation got lost");
	}
	pthread_cleanup_pop(0);
	return (void *)99;
}

int main(int argc, char **argv)
{
	pthread_t thread[4];
	void *value;

	(void)argc;
	CHECK_EQ(pthread_key_create(&key, destroy), 0);
	for (long i = 0; i < 4; i++)
		thread[i] = victim_thread(run, (void *)i);
	while (__atomic_load_n(&gate, __ATOMIC_SEQ_CST) < 4)
		victim_sleep_ms(1);
	CHECK_EQ(pthread_cancel(thread[3]), 0); /* stays pending */
	victim_ready(argv);
	victim_hold(argv);
	CHECK_EQ(pthread_cancel(thread[0]), 0);
	CHECK_EQ(pthread_cancel(thread[1]), 0);
	for (int i = 0; i < 4; i++) {
		CHECK_EQ(pthread_join(thread[i], &value), 0);
		CHECK(value == (i == 2 ? (void *)99 : PTHREAD_CANCELED));
		CHECK_EQ(cleaned[i], i != 2);
	}
	CHECK_EQ(destroyed, 4);
	return victim_ok();
}
