/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * inside.h - what can be learnt only inside a stopped process: find or place its slot, run lists there.  [tool]
 */
#ifndef CKPT_AGENT_INSIDE_H
#define CKPT_AGENT_INSIDE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/tracer.h"
#include "base/err.h"
#include "base/maps.h"
#include "ckpt/slot.h"

/* Where lists may leave what calls write: this many bytes at this offset of the slot's data. */
#define INSIDE_OUT_AT (128u << 10)
#define INSIDE_OUT_LEN (32u << 10)

struct inside {
	struct tracer *tracer;
	pid_t pid;
	pid_t tid;	 /* a live thread: what a dead leader's /proc and memory no longer show */
	uint64_t slot;	 /* address; 0 none yet */
	uint64_t ids;	 /* struct ckpt_ids in the program's library, 0 none */
	bool own_ids;	 /* it lives in a pid namespace of its own */
	bool placed;	 /* made by us: goes at the end */
	int trigger;	 /* a signal that the program neither catches nor has pending, or 0 */
	uint64_t gadget; /* a `syscall` instruction in the vdso */
};

/* The stopped process's slot, with today's executor in it; in a process without our library one is made through the
 * vdso by `tid`.  caught: SigCgt | pending signals. */
int inside_open(struct inside *in, struct tracer *tracer, pid_t pid, pid_t tid, const struct ckpt_map *maps, size_t count,
		uint64_t caught, struct ckpt_err *err);

/* The id that the task itself has for tid: another one in a pid namespace of its own. */
pid_t inside_own_id(const struct inside *in, pid_t tid);

/* Run a list in tid; all of it, or an error. */
int inside_run(struct inside *in, pid_t tid, struct ckpt_op *ops, uint32_t count, struct ckpt_err *err);

/* Address and content of the out area. */
uint64_t inside_out(const struct inside *in);
int inside_read(struct inside *in, uint64_t at, void *to, size_t len, struct ckpt_err *err);

/* Take away what inside_open placed. */
int inside_close(struct inside *in, pid_t tid, struct ckpt_err *err);

#endif
