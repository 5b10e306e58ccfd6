/* SPDX-License-Identifier: BSD-3-Clause */
/* looker_parts.h - what looker.c and looker_collect.c share: an attempt and its members.  [tool] */
#ifndef CKPT_AGENT_LOOKER_PARTS_H
#define CKPT_AGENT_LOOKER_PARTS_H

#include <stdbool.h>
#include <time.h>

#include "agent/inside.h"
#include "agent/looker.h"
#include "agent/memory.h"
#include "agent/refusals.h"
#include "agent/snapshot.h"
#include "agent/tracer.h"
#include "agent/written.h"
#include "base/image.h"

#define HOLD_FILES 10 /* a whole file's copy or fsync says nothing in between */

/* A process of the computation on this host. */
struct member {
	pid_t pid;
	uint32_t number;
	const char *program;
	pid_t leader; /* its first live thread */
	uint64_t interrupting;
	char temporary[256], final[256];
	int fd;
	struct ckpt_image_writer *writer;
	struct inside inside;
	struct memory memory;
	struct snapshot snapshot;
	pid_t *remains; /* of snapshots of agents that were killed */
	size_t remains_count;
	bool written; /* the image has its final name */
};

struct looker {
	struct ckpt_arena *arena;
	struct ckpt_rec_attempt attempt;
	struct member *members;
	size_t count;
	struct refusals refusals;
	struct written *written;
	struct tracer *tracer;
	struct timespec stopped_at;
	uint64_t pause_us;
	int dir;
	bool fork_snapshot;
};

/* Microseconds since then. */
uint64_t looker_us_since(const struct timespec *from);

/* The leader, or where it has gone the first thread that is no zombie; 0 when there is none. */
pid_t looker_live_thread(struct looker *l, pid_t pid);

/* The tracer goes on holding, `times` as long as usual.  An error: it has let go, and what was read since is of no one instant. */
int looker_hold(struct looker *l, int times, struct ckpt_err *err);

#endif
