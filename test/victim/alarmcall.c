/* SPDX-License-Identifier: BSD-3-Clause */
/* alarmcall - alarms that end blocking calls: read and epoll_wait come back with EINTR at the alarm, not before.  [victim] */
#include "victim.h"

#include <sys/epoll.h>
#include <sys/time.h>

static volatile uint64_t rang;

static void handler(int sig)
{
	(void)sig;
	rang = victim_now();
}

int main(int argc, char **argv)
{
	struct sigaction act = {.sa_handler = handler}; /* no SA_RESTART */
	struct epoll_event event = {.events = EPOLLIN};
	int pipes[2], epoll = epoll_create1(0);
	char ready[4096], byte;

	(void)argc;
	CHECK(sigaction(SIGALRM, &act, NULL) == 0);
	CHECK(pipe(pipes) == 0 && epoll >= 0);
	CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, pipes[0], &event) == 0);
	victim_ready(argv);
	snprintf(ready, sizeof(ready), "%s.ready", argv[1]);
	for (int n = 0; access(argv[1], F_OK); n++) {
		uint64_t us = 20000 + victim_word(n, 1) % 300000, t0 = victim_now(), t1;
		struct itimerval set = {.it_value = {0, us}};

		utimensat(AT_FDCWD, ready, NULL, 0);
		rang = 0;
		CHECK(setitimer(ITIMER_REAL, &set, NULL) == 0);
		if (n % 3 == 0)
			CHECK(read(pipes[0], &byte, 1) == -1 && errno == EINTR);
		else if (n % 3 == 1)
			CHECK(epoll_wait(epoll, &event, 1, -1) == -1 && errno == EINTR);
		else
			CHECK(pause() == -1 && errno == EINTR);
		t1 = victim_now();
		CHECK(rang != 0);
		if (t1 < t0 + us * 1000)
			FAIL("call %d ended after %llu of %llu us", n % 3, (unsigned long long)(t1 - t0) / 1000, (unsigned long long)us);
	}
	return victim_ok();
}
