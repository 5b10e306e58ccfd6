/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mutex KIND - mutexes held (by main, by a thread) and waited for: owner, count, waiters, death of the owner.  [victim]
 * normal | recursive | errorcheck | adaptive | pi | robust | pirobust | pshared, each "-free" too: of that kind, but nobody holds it.
 */
#include "victim.h"

#include <sys/mman.h>

static struct shared {
	pthread_mutex_t main_holds, thread_holds, storm;
	int order, waiters;
} *s;
static char kind[32];
static int held = 1;
static uint64_t guarded[2];

static int is(const char *what)
{
	return strstr(kind, what) != NULL;
}

static void init(pthread_mutex_t *mutex)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	if (is("recursive"))
		CHECK_EQ(pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE), 0);
	if (is("errorcheck"))
		CHECK_EQ(pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK), 0);
	if (is("adaptive"))
		CHECK_EQ(pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ADAPTIVE_NP), 0);
	if (is("pi"))
		CHECK_EQ(pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT), 0);
	if (is("robust"))
		CHECK_EQ(pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST), 0);
	if (is("pshared"))
		CHECK_EQ(pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED), 0);
	CHECK_EQ(pthread_mutex_init(mutex, &attr), 0);
}

static void take(pthread_mutex_t *mutex)
{
	int rc = pthread_mutex_lock(mutex);

	if (rc == EOWNERDEAD && is("robust"))
		rc = pthread_mutex_consistent(mutex);
	CHECK_EQ(rc, 0);
}

static void *waiter(void *arg)
{
	pthread_mutex_t *mutex = arg;

	__atomic_add_fetch(&s->waiters, 1, __ATOMIC_SEQ_CST);
	take(mutex);
	if (held && !victim_over)
		FAIL("%s: a held mutex was given away", kind);
	__atomic_add_fetch(&s->order, 1, __ATOMIC_SEQ_CST);
	CHECK_EQ(pthread_mutex_unlock(mutex), 0);
	return NULL;
}

static void *owner(void *arg)
{
	if (held)
		take(&s->thread_holds);
	__atomic_add_fetch(&s->waiters, 1, __ATOMIC_SEQ_CST);
	while (!victim_over)
		victim_sleep_ms(2);
	if (held && is("errorcheck"))
		CHECK_EQ(pthread_mutex_lock(&s->thread_holds), EDEADLK);
	if (is("errorcheck") || is("recursive") || is("robust"))
		CHECK_EQ(pthread_mutex_unlock(&s->main_holds), EPERM);
	CHECK_EQ(pthread_mutex_trylock(&s->main_holds), held ? EBUSY : 0);
	if (!held)
		CHECK_EQ(pthread_mutex_unlock(&s->main_holds), 0);
	if (held && !is("robust"))	/* a robust one is left to be found dead */
		CHECK_EQ(pthread_mutex_unlock(&s->thread_holds), 0);
	return arg;
}

/* Contended all the time; but a "-free" kind that the kernel reads the owner of shall be free at every moment. */
static void *storm(void *arg)
{
	if (!held && (is("pi") || is("robust")))
		return NULL;
	while (!victim_over) {
		take(&s->storm);
		CHECK_EQ(guarded[0], guarded[1]);
		guarded[0]++;
		guarded[1]++;
		CHECK_EQ(pthread_mutex_unlock(&s->storm), 0);
	}
	return arg;
}

static void at_the_end(void)
{
	if (!held)
		return;
	if (is("errorcheck"))
		CHECK_EQ(pthread_mutex_lock(&s->main_holds), EDEADLK);
	if (is("recursive")) {
		CHECK_EQ(pthread_mutex_lock(&s->main_holds), 0);
		CHECK_EQ(pthread_mutex_unlock(&s->main_holds), 0);
		CHECK_EQ(pthread_mutex_unlock(&s->main_holds), 0);
	}
	CHECK_EQ(s->order, 0);
}

int main(int argc, char **argv)
{
	pthread_t thread[5];

	snprintf(kind, sizeof(kind), "%s", argc > 2 ? argv[2] : "normal");
	held = !is("-free");
	s = mmap(NULL, 4096, PROT_READ | PROT_WRITE, (is("pshared") ? MAP_SHARED : MAP_PRIVATE) | MAP_ANONYMOUS, -1, 0);
	CHECK(s != MAP_FAILED);
	init(&s->main_holds);
	init(&s->thread_holds);
	init(&s->storm);
	if (held)
		take(&s->main_holds);
	if (held && is("recursive"))
		take(&s->main_holds);
	thread[0] = victim_thread(owner, NULL);
	while (__atomic_load_n(&s->waiters, __ATOMIC_SEQ_CST) < 1)
		victim_sleep_ms(1);
	thread[1] = victim_thread(waiter, &s->main_holds);
	thread[2] = victim_thread(waiter, &s->thread_holds);
	thread[3] = victim_thread(storm, NULL);
	thread[4] = victim_thread(storm, NULL);
	while (__atomic_load_n(&s->waiters, __ATOMIC_SEQ_CST) < 3)
		victim_sleep_ms(1);
	victim_sleep_ms(20);
	victim_ready(argv);
	victim_hold(argv);
	victim_join(thread[0]);
	victim_join(thread[2]);
	s->order -= held ? 1 : 2;
	at_the_end();
	if (held)
		CHECK_EQ(pthread_mutex_unlock(&s->main_holds), 0);
	for (int i = 1; i < 5; i += i == 1 ? 2 : 1)
		victim_join(thread[i]);
	CHECK_EQ(guarded[0], guarded[1]);
	CHECK_EQ(pthread_mutex_destroy(&s->main_holds), 0);
	return victim_ok();
}
