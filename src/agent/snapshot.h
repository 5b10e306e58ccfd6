/* SPDX-License-Identifier: BSD-3-Clause */
/* snapshot.h - a raw fork of a stopped member that keeps its memory as it was while the member runs on.  [tool] */
#ifndef CKPT_AGENT_SNAPSHOT_H
#define CKPT_AGENT_SNAPSHOT_H

#include <stdbool.h>
#include <sys/types.h>

#include "agent/inside.h"
#include "base/err.h"

struct snapshot {
	pid_t pid;	/* 0: none, or ended */
	int pidfd;
	pid_t unreaped; /* its remains are the member's child until somebody waits with __WALL */
	bool own_ids;	/* the member counts in another pid namespace */
};

/* Fork, in tid. The child holds no descriptor and ends by itself when we die.  0 or -errno with err. */
int snapshot_take(struct snapshot *s, struct inside *inside, pid_t tid, unsigned seconds, struct ckpt_err *err);

/* Kill it. */
void snapshot_end(struct snapshot *s);

/* Reap it inside the member, in a stop of its thread tid, whatever the member has become meanwhile. */
void snapshot_reap(struct snapshot *s, pid_t member, pid_t tid);

/*
 * What an agent left that was killed: a zombie without exit signal, that no wait(2) of the program sees.  The list of those
 * that a process has; the same, reaped in a stop.
 */
bool snapshot_is_remains(struct ckpt_arena *arena, pid_t child);
size_t snapshot_remains(struct ckpt_arena *arena, pid_t member, pid_t **out);
void snapshot_sweep(struct inside *inside, pid_t tid, const pid_t *remains, size_t count);

#endif
