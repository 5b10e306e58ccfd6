/* SPDX-License-Identifier: BSD-3-Clause */
/* tracer_wire.h - what looker and tracer share: one request at a time over a socket pair, bulk in shared memory.  [tool] */
#ifndef CKPT_AGENT_TRACER_WIRE_H
#define CKPT_AGENT_TRACER_WIRE_H

#include "agent/tracer.h"

enum tracer_verb {
	TRACER_SEIZE = 1, TRACER_SETTLE, TRACER_LOOK, TRACER_RUN, TRACER_CALL, TRACER_DEADLINE, TRACER_RELEASE, TRACER_KILL,
};

struct tracer_request {
	uint32_t verb;
	pid_t pid, tid;
	uint32_t count; /* tids, ops */
	int32_t number; /* milliseconds, trigger */
	uint64_t a;	/* slot, gadget, interrupting */
	int64_t nr;
	uint64_t arg[6];
};

struct tracer_reply {
	int32_t ret; /* 0 or -errno */
	pid_t tid;   /* the task it is about */
	uint64_t value;
	char step[32];
};

struct tracer_shared {
	uint32_t task_count, pending_count;
	struct tracer_task tasks[TRACER_TASKS_MAX];
	pid_t tids[TRACER_TASKS_MAX];
	struct ckpt_op ops[TRACER_OPS_MAX];
	struct tracer_pending pending[TRACER_PENDING_MAX];
	unsigned char xstate[TRACER_TASKS_MAX][TRACER_XSTATE_MAX];
};

/* The tracer's own life: serve requests from fd until it closes, or until hold_ms from now where no TRACER_DEADLINE says
 * otherwise.  Does not return. */
void tracer_main(int fd, struct tracer_shared *shared, int hold_ms) __attribute__((noreturn));

#endif
