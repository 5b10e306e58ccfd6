/* SPDX-License-Identifier: BSD-3-Clause */
/* procs.h - what /proc says about a process, in small questions.  [tool]  A pid is only a name:
 * remember its start time. */
#ifndef CKPT_BASE_PROCS_H
#define CKPT_BASE_PROCS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"

struct ckpt_procs_stat {
	char comm[32];
	char state; /* as in /proc/PID/stat; 'Z' and 'X' are dead */
	pid_t ppid;
	uint64_t start; /* clock ticks since boot */
};

/* 0, or -ESRCH. */
int ckpt_procs_stat(pid_t pid, struct ckpt_procs_stat *out);

/* Does the process that started then still run (zombies do not)? */
int ckpt_procs_alive(pid_t pid, uint64_t start);

/* NAME's value in the environment that pid was exec'ed with: its length (cut to room - 1, with
 * NUL), or -ENOENT, -ESRCH, -EACCES. */
int ckpt_procs_getenv(pid_t pid, const char *name, char *out, size_t room);

/* Whole of a (small) file of /proc, with a NUL behind it, into buf.  0 or -errno. */
int ckpt_procs_slurp(const char *path, struct ckpt_buf *buf);

/* Every process of user uid (all users: (uid_t)-1).  A non-zero return of each() ends the walk and
 * is returned. */
int ckpt_procs_walk(uid_t uid, int (*each)(void *arg, pid_t pid), void *arg);

#endif
