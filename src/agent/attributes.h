/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * attributes.h - what only a stopped process itself can tell of its flags and policies: prctl(2) and its like.  [tool]
 * Calls to be put into its lists, and what their results mean.
 */
#ifndef CKPT_AGENT_ATTRIBUTES_H
#define CKPT_AGENT_ATTRIBUTES_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "ckpt/executor.h"
#include "ckpt/image.h"

#define ATTRIBUTES_PROCESS_OPS 9
#define ATTRIBUTES_THREAD_OPS 8

/* Where the calls leave more than a number; at a place that the executor may write. */
struct attributes_process_out {
	uint64_t xcomp_perm;
	unsigned char ldt[16], resident[8];
};

#define ATTRIBUTES_NODES 1024
struct attributes_thread_out {
	uint64_t nodes[ATTRIBUTES_NODES / 64];
	int32_t policy, tsc;
};

/* ATTRIBUTES_*_OPS calls into ops; first: the number that ops[0] has in its list; at: where their out struct lies. */
void attributes_process_ops(struct ckpt_op *ops, uint32_t first, uint64_t at);
void attributes_thread_ops(struct ckpt_op *ops, uint64_t at);

/* After the list has run.  -ENOTSUP with err: the process has something of this sort that cannot be restored. */
int attributes_process_take(const struct ckpt_op *ops, const struct attributes_process_out *out, int pid,
			    struct ckpt_rec_process *rec, struct ckpt_err *err);
void attributes_thread_take(const struct ckpt_op *ops, const struct attributes_thread_out *out, struct ckpt_arena *arena,
			    struct ckpt_rec_thread *rec);

#endif
