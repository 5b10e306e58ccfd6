/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * execs - a program that execs itself, again and again, and counts on.  [victim]
 *
 *	execs STOPFILE PAUSE_US [COUNT]
 *
 * What an exec keeps (its id, its descriptors, what it ignores, what it blocks) is looked at in each image; its count goes into
 * STOPFILE.count every 50th time.
 */
#include "../victim/victim.h"

int main(int argc, char **argv)
{
	unsigned long count = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
	char next[32], path[4096];
	sigset_t blocked;

	CHECK(argc >= 3);
	snprintf(path, sizeof(path), "%s.count", argv[1]);
	if (!count) {
		sigemptyset(&blocked);
		sigaddset(&blocked, SIGUSR2);
		sigprocmask(SIG_SETMASK, &blocked, NULL);
		signal(SIGUSR1, SIG_IGN);
		snprintf(next, sizeof(next), "%d", getpid());
		CHECK(setenv("EXECS_PID", next, 1) == 0);
		CHECK_EQ(open("/dev/null", O_RDWR), 3);
		victim_ready(argv);
	}
	CHECK_EQ(getpid(), atoi(getenv("EXECS_PID")));
	sigprocmask(SIG_SETMASK, NULL, &blocked);
	for (int sig = 1; sig < 65; sig++)
		if (sig != 32 && sig != 33)
			CHECK_EQ(sigismember(&blocked, sig), sig == SIGUSR2);
	CHECK(signal(SIGUSR1, SIG_IGN) == SIG_IGN);
	CHECK(fcntl(3, F_GETFD) == 0);
	CHECK(fcntl(4, F_GETFD) == -1);
	if (count % 50 == 0) {
		int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

		CHECK(fd == 4 && dprintf(fd, "%lu\n", count) > 0);
	}
	usleep(atoi(argv[2]));
	if (!access(argv[1], F_OK))
		return victim_ok();
	snprintf(next, sizeof(next), "%lu", count + 1);
	execl("/proc/self/exe", argv[0], argv[1], argv[2], next, NULL);
	FAIL("exec: %s", strerror(errno));
}
