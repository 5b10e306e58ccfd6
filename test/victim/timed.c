/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * timed KIND - calls with a time-out, one after the other in four threads: never early by the program's clock, never EINTR.  [victim]
 * nanosleep | relative | absolute | realtime | poll | ppoll | select | pselect | epoll | epoll_pwait2 | futex | futex_absolute |
 * sem | cond | sigtimedwait | mutex
 */
#include "victim.h"

#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/select.h>

#define N 4
#define MS 1000000ull

static const char *kind;
static int pipes[2], epoll;
static sem_t sem;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, held = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond;

static int is(const char *what)
{
	return !strcmp(kind, what);
}

static struct timespec spec(uint64_t ns)
{
	return (struct timespec){ns / 1000000000, ns % 1000000000};
}

/* One call that times out after ns, or at the clock's now + ns where the call takes absolute time. */
static void call(uint64_t ns)
{
	struct timespec rel = spec(ns), until = spec(victim_now() + ns), real = spec(victim_clock(CLOCK_REALTIME) + ns), left;
	struct timeval tv = {ns / 1000000000, ns % 1000000000 / 1000};
	struct pollfd pfd = {.fd = pipes[0], .events = POLLIN};
	struct epoll_event event;
	uint32_t word = 1;
	sigset_t set;
	fd_set fds;

	FD_ZERO(&fds);
	FD_SET(pipes[0], &fds);
	sigemptyset(&set);
	if (is("nanosleep")) {
		CHECK(nanosleep(&rel, &left) == 0);
	} else if (is("relative")) {
		CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, 0, &rel, NULL), 0);
	} else if (is("absolute")) {
		CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL), 0);
	} else if (is("realtime")) {
		CHECK_EQ(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &real, NULL), 0);
	} else if (is("poll")) {
		CHECK_EQ(poll(&pfd, 1, ns / MS), 0);
	} else if (is("ppoll")) {
		CHECK_EQ(ppoll(&pfd, 1, &rel, &set), 0);
	} else if (is("select")) {
		CHECK_EQ(select(pipes[0] + 1, &fds, NULL, NULL, &tv), 0);
		CHECK(!FD_ISSET(pipes[0], &fds) && !tv.tv_sec && !tv.tv_usec);
	} else if (is("pselect")) {
		CHECK_EQ(pselect(pipes[0] + 1, &fds, NULL, NULL, &rel, &set), 0);
	} else if (is("epoll")) {
		CHECK_EQ(epoll_wait(epoll, &event, 1, ns / MS), 0);
	} else if (is("epoll_pwait2")) {
		CHECK_EQ(epoll_pwait2(epoll, &event, 1, &rel, &set), 0);
	} else if (is("futex")) {
		CHECK(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 1, &rel, NULL, 0) == -1 && errno == ETIMEDOUT);
	} else if (is("futex_absolute")) {
		CHECK(syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, 1, &until, NULL, ~0u) == -1 && errno == ETIMEDOUT);
	} else if (is("sem")) {
		CHECK(sem_timedwait(&sem, &real) == -1 && errno == ETIMEDOUT);
	} else if (is("cond")) {
		CHECK_EQ(pthread_mutex_lock(&mutex), 0);
		CHECK_EQ(pthread_cond_timedwait(&cond, &mutex, &until), ETIMEDOUT);
		CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
	} else if (is("sigtimedwait")) {
		sigaddset(&set, SIGUSR1);
		CHECK(sigtimedwait(&set, NULL, &rel) == -1 && errno == EAGAIN);
	} else if (is("mutex")) {
		CHECK_EQ(pthread_mutex_timedlock(&held, &real), ETIMEDOUT);
	} else {
		FAIL("no kind %s", kind);
	}
}

static void *run(void *arg)
{
	int by_wall = is("realtime") || is("sem") || is("mutex");
	clockid_t clock = by_wall ? CLOCK_REALTIME : CLOCK_MONOTONIC;

	for (uint64_t n = 0; !victim_over; n++) {
		uint64_t ns = (20 + victim_word(n, (long)arg) % 600) * MS, t0, t1;

		t0 = victim_clock(clock);
		call(ns);
		t1 = victim_clock(clock);
		if (t1 < t0 + ns)
			FAIL("%s: returned after %llu of %llu ns", kind, (unsigned long long)(t1 - t0), (unsigned long long)ns);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	struct epoll_event event = {.events = EPOLLIN};
	pthread_condattr_t attr;
	pthread_t thread[N];
	sigset_t set;

	kind = argc > 2 ? argv[2] : "nanosleep";
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	CHECK_EQ(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	CHECK(pipe(pipes) == 0);
	if (!strncmp(kind, "epoll", 5)) {
		epoll = epoll_create1(0);
		CHECK(epoll >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, pipes[0], &event) == 0);
	}
	CHECK(sem_init(&sem, 0, 0) == 0);
	CHECK_EQ(pthread_condattr_init(&attr), 0);
	CHECK_EQ(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC), 0);
	CHECK_EQ(pthread_cond_init(&cond, &attr), 0);
	CHECK_EQ(pthread_mutex_lock(&held), 0);
	for (long i = 0; i < N; i++)
		thread[i] = victim_thread(run, (void *)i);
	victim_ready(argv);
	victim_hold(argv);
	for (int i = 0; i < N; i++)
		victim_join(thread[i]);
	return victim_ok();
}
