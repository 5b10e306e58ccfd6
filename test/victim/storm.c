/* SPDX-License-Identifier: BSD-3-Clause */
/* storm - threads created and ending all the time, joined and detached; every one does its sum.  [victim] */
#include "victim.h"

#include <semaphore.h>

static uint64_t done, begun;
static sem_t room; /* at most so many detached ones at once */

static void *brief(void *arg)
{
	uint64_t frame[32];

	victim_fill(frame, sizeof(frame), (long)arg);
	if ((long)arg % 8 == 3)
		sched_yield();
	victim_verify(frame, sizeof(frame), (long)arg, "frame");
	__atomic_add_fetch(&done, 1, __ATOMIC_SEQ_CST);
	return arg;
}

/* It detaches itself: pthread_detach by its maker reads the thread's memory once more after it may have ended (glibc bug 19951), and
 * whoever stands just there, by a signal or by preemption, dies of it. */
static void *brief_detached(void *arg)
{
	CHECK_EQ(pthread_detach(pthread_self()), 0);
	brief(arg);
	sem_post(&room);
	return NULL;
}

static void *maker(void *arg)
{
	pthread_t thread;
	void *value;

	for (long i = 1; !victim_over; i++) {
		__atomic_add_fetch(&begun, 1, __ATOMIC_SEQ_CST);
		if (arg) {
			while (sem_wait(&room))
				CHECK_EQ(errno, EINTR);
			CHECK_EQ(pthread_create(&thread, NULL, brief_detached, (void *)i), 0);
			continue;
		}
		CHECK_EQ(pthread_create(&thread, NULL, brief, (void *)i), 0);
		CHECK_EQ(pthread_join(thread, &value), 0);
		CHECK_EQ((long)value, i);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread[4];

	(void)argc;
	CHECK(sem_init(&room, 0, 20) == 0);
	for (long i = 0; i < 4; i++)
		thread[i] = victim_thread(maker, (void *)(i & 1));
	victim_ready(argv);
	victim_hold(argv);
	for (int i = 0; i < 4; i++)
		victim_join(thread[i]);
	for (int i = 0; i < 2000 && __atomic_load_n(&done, __ATOMIC_SEQ_CST) != begun; i++)
		victim_sleep_ms(5);
	CHECK_EQ(done, begun);
	return victim_ok();
}
