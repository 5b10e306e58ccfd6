/* SPDX-License-Identifier: BSD-3-Clause */
/* owner - F_SETOWN, F_SETSIG and O_ASYNC of a pipe: kept, and a signal comes when data does.  [victim] */
#include "victim.h"

static volatile int count, band_fd = -1;

static void handler(int sig, siginfo_t *info, void *context)
{
	(void)context;
	if (sig == SIGRTMIN + 4) {
		band_fd = info->si_fd;
		count++;
	}
}

int main(int argc, char **argv)
{
	struct sigaction act = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART};
	struct f_owner_ex owner;
	int pipes[2], file;
	char path[4096];

	(void)argc;
	CHECK(sigaction(SIGRTMIN + 4, &act, NULL) == 0);
	snprintf(path, sizeof(path), "%s.own", argv[1]);
	file = open(path, O_RDWR | O_CREAT, 0600);
	CHECK(file >= 0 && fcntl(file, F_SETOWN, -getpgrp()) == 0 && fcntl(file, F_SETSIG, SIGUSR1) == 0);
	CHECK(pipe2(pipes, O_NONBLOCK) == 0);
	CHECK(fcntl(pipes[0], F_SETOWN, getpid()) == 0);
	CHECK(fcntl(pipes[0], F_SETSIG, SIGRTMIN + 4) == 0);
	CHECK(fcntl(pipes[0], F_SETFL, O_NONBLOCK | O_ASYNC) == 0);
	victim_ready(argv);
	victim_hold(argv);
	CHECK_EQ(count, 0);
	CHECK_EQ(fcntl(pipes[0], F_GETSIG), SIGRTMIN + 4);
	CHECK_EQ(fcntl(pipes[0], F_GETOWN), getpid());
	CHECK_EQ(fcntl(pipes[0], F_GETFL) & (O_ASYNC | O_NONBLOCK), O_ASYNC | O_NONBLOCK);
	CHECK(fcntl(file, F_GETOWN_EX, &owner) == 0);
	CHECK_EQ(owner.type, F_OWNER_PGRP);
	CHECK_EQ(owner.pid, getpgrp());
	CHECK_EQ(fcntl(file, F_GETSIG), SIGUSR1);
	CHECK(write(pipes[1], "x", 1) == 1);
	for (int i = 0; i < 500 && !count; i++)
		victim_sleep_ms(2);
	CHECK_EQ(count, 1);
	CHECK_EQ(band_fd, pipes[0]);
	return victim_ok();
}
