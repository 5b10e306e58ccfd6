/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * strangers ID... - processes that have these ids and sleep, as after a reboot; needs CAP_CHECKPOINT_RESTORE.  [tool]
 * Prints "ready" when all are there; they end with it.
 */
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		pid_t tid = atoi(argv[i]), pid;
		struct clone_args args = { .exit_signal = SIGCHLD, .set_tid = (uintptr_t)&tid, .set_tid_size = 1 };

		pid = syscall(SYS_clone3, &args, sizeof(args));
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
		if (pid < 0 && errno != EEXIST) { /* somebody else's already: as good */
			fprintf(stderr, "strangers: %d: %s\n", tid, strerror(errno));
			return 1;
		}
	}
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
