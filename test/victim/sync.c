/* SPDX-License-Identifier: BSD-3-Clause */
/* sync KIND - threads that wait for each other: cond | condtimed | barrier | sem | rwlock | futex | once | spin.  [victim] */
#include "victim.h"

#include <limits.h>
#include <linux/futex.h>
#include <semaphore.h>

#define N 5

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_spinlock_t spin;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static sem_t sem;
static uint32_t word = 7;
static int open_now, through, gate;
static const char *kind;

static void slow_once(void)
{
	while (!open_now)
		victim_sleep_ms(2);
}

static void wait_cond(int timed)
{
	struct timespec until;

	CHECK_EQ(pthread_mutex_lock(&mutex), 0);
	while (!open_now) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec += 1000;
		CHECK_EQ(timed ? pthread_cond_timedwait(&cond, &mutex, &until) : pthread_cond_wait(&cond, &mutex), 0);
	}
	CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
}

static void wait_here(void)
{
	if (!strcmp(kind, "cond") || !strcmp(kind, "condtimed")) {
		wait_cond(kind[4] != 0);
	} else if (!strcmp(kind, "barrier")) {
		int rc = pthread_barrier_wait(&barrier);

		CHECK(rc == 0 || rc == PTHREAD_BARRIER_SERIAL_THREAD);
	} else if (!strcmp(kind, "sem")) {
		CHECK(sem_wait(&sem) == 0);
	} else if (!strcmp(kind, "rwlock")) {
		CHECK_EQ(pthread_rwlock_rdlock(&rwlock), 0);
		CHECK_EQ(pthread_rwlock_unlock(&rwlock), 0);
	} else if (!strcmp(kind, "futex")) {
		CHECK(syscall(SYS_futex, &word, FUTEX_WAIT, 7, NULL, NULL, 0) == 0);
	} else if (!strcmp(kind, "once")) {
		CHECK_EQ(pthread_once(&once, slow_once), 0);
	} else if (!strcmp(kind, "spin")) {
		while (pthread_spin_trylock(&spin))
			sched_yield();
		CHECK_EQ(pthread_spin_unlock(&spin), 0);
	} else {
		FAIL("no kind %s", kind);
	}
}

static void *run(void *arg)
{
	__atomic_add_fetch(&gate, 1, __ATOMIC_SEQ_CST);
	wait_here();
	if (!__atomic_load_n(&open_now, __ATOMIC_SEQ_CST))
		FAIL("%s: came out too early", kind);
	__atomic_add_fetch(&through, 1, __ATOMIC_SEQ_CST);
	return arg;
}

static void let_go(void)
{
	__atomic_store_n(&open_now, 1, __ATOMIC_SEQ_CST);
	if (!strcmp(kind, "cond") || !strcmp(kind, "condtimed")) {
		CHECK_EQ(pthread_mutex_lock(&mutex), 0);
		CHECK_EQ(pthread_cond_broadcast(&cond), 0);
		CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
	} else if (!strcmp(kind, "barrier")) {
		pthread_barrier_wait(&barrier);
	} else if (!strcmp(kind, "sem")) {
		for (int i = 0; i < N; i++)
			CHECK(sem_post(&sem) == 0);
	} else if (!strcmp(kind, "rwlock")) {
		CHECK_EQ(pthread_rwlock_unlock(&rwlock), 0);
	} else if (!strcmp(kind, "futex")) {
		CHECK_EQ(syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0), N);
	} else if (!strcmp(kind, "spin")) {
		CHECK_EQ(pthread_spin_unlock(&spin), 0);
	}
}

int main(int argc, char **argv)
{
	pthread_t thread[N];

	kind = argc > 2 ? argv[2] : "cond";
	CHECK_EQ(pthread_barrier_init(&barrier, NULL, N + 1), 0);
	CHECK_EQ(pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE), 0);
	CHECK_EQ(pthread_spin_lock(&spin), 0);
	CHECK(sem_init(&sem, 0, 0) == 0);
	CHECK_EQ(pthread_rwlock_wrlock(&rwlock), 0);
	for (int i = 0; i < N; i++)
		thread[i] = victim_thread(run, NULL);
	while (__atomic_load_n(&gate, __ATOMIC_SEQ_CST) < N)
		victim_sleep_ms(1);
	victim_sleep_ms(30);
	victim_ready(argv);
	victim_hold(argv);
	CHECK_EQ(through, 0);
	let_go();
	for (int i = 0; i < N; i++)
		victim_join(thread[i]);
	CHECK_EQ(through, N);
	return victim_ok();
}
