/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * caught all - every signal that is ignored by default has a handler, and none that is sent gets lost:
 * SIGURG, SIGWINCH, SIGCHLD and SIGCONT; one thread in epoll_wait, one asleep, one that computes with its red zone in use.  [victim]
 */
#include "victim.h"

#include <sys/epoll.h>

static volatile sig_atomic_t counted[65];
static volatile int sent[65];
static uint64_t slept;

static void handler(int sig)
{
	counted[sig]++;
}

static void *waits(void *arg)
{
	struct epoll_event event;
	int epoll = epoll_create1(0);

	CHECK(epoll >= 0);
	while (!victim_over) {
		int n = epoll_wait(epoll, &event, 1, 700);

		if (n < 0)
			FAIL("epoll_wait: %s", strerror(errno));
	}
	close(epoll);
	return arg;
}

static void *sleeps(void *arg)
{
	while (!victim_over) {
		struct timespec ts = {0, 300000000};
		uint64_t before = victim_now();

		if (nanosleep(&ts, NULL))
			FAIL("nanosleep: %s", strerror(errno));
		slept += victim_now() - before;
	}
	return arg;
}

/* What lies below the stack pointer is the program's own (the ABI's red zone), and so are flags and every register. */
static void *computes(void *arg)
{
	while (!victim_over) {
		uint64_t a = 0x1111111111111111, b = 0x2222222222222222, bad = 0;

		__asm__ volatile("mov %[a], -8(%%rsp)\n\tmov %[b], -120(%%rsp)\n\t"
				 "mov $20000, %%ecx\n\tstc\n"
				 "1:\tjnc 2f\n\tcmp %[a], -8(%%rsp)\n\tjne 2f\n\tcmp %[b], -120(%%rsp)\n\tjne 2f\n\t"
				 "dec %%ecx\n\tstc\n\tjnz 1b\n\tjmp 3f\n"
				 "2:\tmov $1, %[bad]\n3:"
				 : [bad] "+r"(bad)
				 : [a] "r"(a), [b] "r"(b)
				 : "rcx", "cc", "memory");
		if (bad)
			FAIL("flags or red zone were changed");
	}
	return arg;
}

int main(int argc, char **argv)
{
	static const int signals[] = {SIGURG, SIGWINCH, SIGCHLD, SIGCONT};
	struct sigaction act = {.sa_handler = handler, .sa_flags = SA_RESTART};
	pthread_t threads[3];
	sigset_t set, old;
	char path[4096];

	(void)argc;
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		CHECK(sigaction(signals[i], &act, NULL) == 0);
		sigaddset(&set, signals[i]);
	}
	CHECK(pthread_sigmask(SIG_BLOCK, &set, &old) == 0);
	threads[0] = victim_thread(waits, NULL);
	threads[1] = victim_thread(sleeps, NULL);
	threads[2] = victim_thread(computes, NULL);
	CHECK(pthread_sigmask(SIG_SETMASK, &old, NULL) == 0);
	victim_ready(argv);
	snprintf(path, sizeof(path), "%s.ready", argv[1]);
	while (access(argv[1], F_OK)) {
		utimensat(AT_FDCWD, path, NULL, 0);
		for (size_t i = 0; i < 3; i++) { /* SIGCONT may come from anybody */
			int sig = signals[i], before = counted[sig];

			CHECK(raise(sig) == 0);
			if (counted[sig] != before + 1)
				FAIL("signal %d: %d handled, %d before it was sent", sig, (int)counted[sig], before);
			sent[sig]++;
		}
	}
	victim_over = 1;
	for (int i = 0; i < 3; i++)
		victim_join(threads[i]);
	for (size_t i = 0; i < 3; i++)
		CHECK_EQ(counted[signals[i]], sent[signals[i]]);
	return victim_ok();
}
