/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * reports.h - what waitpid(-1, __WALL) says, collected by a thread that does nothing else.  [tool]
 *
 * PTRACE_SEIZE of a thread waits for its process's execve, which waits until somebody reaps: so reaping never waits.
 */
#ifndef CKPT_AGENT_REPORTS_H
#define CKPT_AGENT_REPORTS_H

#include <stdint.h>
#include <sys/types.h>

struct report {
	pid_t tid;
	int status; /* as waitpid(2) */
};

/* Start the thread.  0 or -errno. */
int reports_start(void);

/* The next report; waits until `limit` (CLOCK_MONOTONIC, ns).  0 or -ETIMEDOUT. */
int reports_next(uint64_t limit, struct report *out);

#endif
