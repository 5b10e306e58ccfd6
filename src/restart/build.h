/* SPDX-License-Identifier: BSD-3-Clause */
/* build.h - drive a new process, stopped under ptrace, until it is the saved one.  [tool] */
#ifndef CKPT_RESTART_BUILD_H
#define CKPT_RESTART_BUILD_H

#include "restart/plan.h"

struct build {
	pid_t pid;	     /* as we see it */
	pid_t *tids;	     /* of image->threads[i], as we see them */
	struct ckpt_arena *arena;
};

/* Everything but the last step: the process stands, complete, and dies with us.  0 or -errno with err; then nothing is left of it. */
int build_process(struct build *b, struct plan *p, struct ckpt_err *err);

/* Let it go: from here on it is the program. */
int build_release(struct build *b, struct plan *p, struct ckpt_err *err);

/* Kill it. */
void build_abandon(struct build *b);

#endif
