/* SPDX-License-Identifier: BSD-3-Clause */
/* snapshot.h - a raw fork of a stopped member that keeps its memory as it was while the member runs on.  [tool] */
#ifndef CKPT_AGENT_SNAPSHOT_H
#define CKPT_AGENT_SNAPSHOT_H

#include <sys/types.h>

#include "agent/inside.h"
#include "base/err.h"

struct snapshot {
	pid_t pid;	/* 0: none, or ended */
	int pidfd;
	pid_t unreaped; /* its remains are the member's child until somebody waits with __WALL */
};

/* Fork, in tid. The child holds no descriptor and ends by itself when we die.  0 or -errno with err. */
int snapshot_take(struct snapshot *s, struct inside *inside, pid_t tid, unsigned seconds, struct ckpt_err *err);

/* Kill it. */
void snapshot_end(struct snapshot *s);

/* Reap it inside the member, in a stop of one thread. */
void snapshot_reap(struct snapshot *s, pid_t member);

#endif
