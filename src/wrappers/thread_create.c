/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * thread_create.c - wrappers of pthread_create and thrd_create: no new thread's id is one that the
 * program knows as another's. [preload]
 *
 * Before the first restart: libc's own.  After it the kernel may give a new thread a number under
 * which the program knows an older thread; glibc would then send that one's cancellation to the
 * new one.  So the new thread looks at its id before anything of the program runs in it; one with
 * such an id ends at once and another is made: the kernel counts on, so its number is the next.
 */
#include "wrappers/ids.h"
#include "wrappers/preload.h"

#include <linux/futex.h>

/* A program's threads often bear numbers in a row: one try for each that it may know. */
#define TRIES_MAX (2 * CKPT_IDS_BOOT)

enum outcome { STARTING, RUNS, COLLIDES };

/* On the creator's stack, who waits until the new thread has read it. */
struct birth {
	void *(*fn)(void *);
	int (*fn_int)(void *);
	void *arg;
	int outcome;
	int tid;
};

/*
 * Copies what is needed out of birth, says how it stands, and returns whether the thread may run.
 */
static int birth_take(struct birth *birth, struct birth *own)
{
	int real = (int)raw_call0(SYS_gettid);
	int collides = ckpt_ids_collides(real);

	*own = *birth;
	birth->tid = real;
	if (!collides)
		ckpt_ids_born(real); /* a thread that has gone may have left a pair behind */
	__atomic_store_n(&birth->outcome, collides ? COLLIDES : RUNS, __ATOMIC_RELEASE);
	raw_call3(SYS_futex, (long)&birth->outcome, FUTEX_WAKE_PRIVATE, 1);
	return !collides;
}

static enum outcome birth_wait(struct birth *birth)
{
	int outcome;

	while ((outcome = __atomic_load_n(&birth->outcome, __ATOMIC_ACQUIRE)) == STARTING)
		raw_call6(SYS_futex, (long)&birth->outcome, FUTEX_WAIT_PRIVATE, STARTING, 0, 0, 0);
	return outcome;
}

static void *run_pthread(void *arg)
{
	struct birth own;

	return birth_take(arg, &own) ? own.fn(own.arg) : NULL;
}

static int run_thrd(void *arg)
{
	struct birth own;

	return birth_take(arg, &own) ? own.fn_int(own.arg) : 0;
}

/*
 * A thread that ends because of its id: gone from the kernel before its stack, which may be the
 * program's, is used again.
 */
static void bury(pthread_t th, int tid, int detached)
{
	struct timespec pause = { 0, 100000 };

	if (!detached) {
		REAL(pthread_join)(th, NULL);
		return;
	}
	while (!raw_call3(SYS_tgkill, raw_call0(SYS_getpid), tid, 0))
		raw_call3(SYS_nanosleep, (long)&pause, 0, 0);
}

int pthread_create(pthread_t *th, const pthread_attr_t *attr, void *(*fn)(void *), void *arg)
{
	int detached = 0, tries, ret;

	if (!ckpt_ids_active())
		return REAL(pthread_create)(th, attr, fn, arg);
	if (attr)
		pthread_attr_getdetachstate(attr, &detached);
	for (tries = 0; tries < TRIES_MAX; tries++) {
		struct birth birth = { .fn = fn, .arg = arg };

		ret = REAL(pthread_create)(th, attr, run_pthread, &birth);
		if (ret || birth_wait(&birth) == RUNS)
			return ret;
		bury(*th, birth.tid, detached == PTHREAD_CREATE_DETACHED);
	}
	return EAGAIN;
}

int thrd_create(thrd_t *th, thrd_start_t fn, void *arg)
{
	int tries, ret;

	if (!ckpt_ids_active())
		return REAL(thrd_create)(th, fn, arg);
	for (tries = 0; tries < TRIES_MAX; tries++) {
		struct birth birth = { .fn_int = fn, .arg = arg };

		ret = REAL(thrd_create)(th, run_thrd, &birth);
		if (ret != thrd_success || birth_wait(&birth) == RUNS)
			return ret;
		bury((pthread_t)*th, birth.tid, 0);
	}
	return thrd_error;
}
