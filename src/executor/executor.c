// SPDX-License-Identifier: BSD-3-Clause
/*
 * executor.c - carries out a list inside a process: system calls, reads into memory, threads, a snapshot.  [bare]
 *
 * It decides nothing.  Compiled without the FPU's registers, because inside a program that goes on they are the program's
 * (read.c, which hashes, is used only in a process that is being restored).
 */
#include <stddef.h>

#include "base/sys.h"
#include "ckpt/executor.h"
#include "executor/executor.h"

#define SNAPSHOT_NAP_NS 20000000L /* how often a snapshot looks whether it is still wanted */

_Static_assert(offsetof(struct ckpt_frame, exit) == 16, "entry.S");
_Static_assert(offsetof(struct ckpt_frame, trigger) == 20, "entry.S");
_Static_assert(offsetof(struct ckpt_frame, mask) == 24, "entry.S");
_Static_assert(offsetof(struct ckpt_frame, stack) == 32, "entry.S");
_Static_assert(offsetof(struct ckpt_frame, tgid) == 40, "entry.S");
_Static_assert(offsetof(struct ckpt_frame, tid) == 44, "entry.S");
_Static_assert(offsetof(struct ckpt_frame, back) == 48, "entry.S");

struct timespec_raw {
	long sec, nsec;
};

/* The child of SNAPSHOT: holds the memory as it was, and nothing else. */
static void __attribute__((noreturn)) snapshot_stay(uint64_t owner, uint64_t seconds)
{
	static const char name[] = "ckpt-snapshot";
	uint64_t naps = seconds * (1000000000L / SNAPSHOT_NAP_NS);

	sys_call2(__NR_prctl, 15 /* PR_SET_NAME */, name);
	sys_call3(__NR_close_range, 0, ~0u, 0);
	sys_call2(__NR_setpgid, 0, 0);
	while (naps-- && (!owner || sys_call2(__NR_kill, owner, 0) != -3 /* ESRCH */)) {
		struct timespec_raw nap = { 0, SNAPSHOT_NAP_NS };

		sys_call2(__NR_nanosleep, &nap, 0);
	}
	for (;;)
		sys_call1(__NR_exit_group, 0);
}

static int64_t do_snapshot(uint64_t owner, uint64_t seconds)
{
	long pid = sys_call(__NR_clone, 0x00800000 /* CLONE_UNTRACED, no exit signal */, 0, 0, 0, 0, 0);

	if (pid == 0)
		snapshot_stay(owner, seconds);
	return pid;
}

static int64_t do_fill(uint64_t at, uint64_t len, uint64_t byte)
{
	volatile unsigned char *p = (volatile unsigned char *)at;

	while (len--)
		*p++ = byte;
	return 0;
}

static int64_t do_op(const struct ckpt_op *op, const uint64_t *arg)
{
	switch (op->kind) {
	case CKPT_OP_CALL:
		return sys_call(op->nr, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
	case CKPT_OP_READ:
		return ckpt_executor_read(arg[0], arg[1], arg[2], arg[3], arg[4]);
	case CKPT_OP_THREAD:
		return ckpt_executor_clone3((void *)arg[0], op->nr, (void *)arg[1]);
	case CKPT_OP_SNAPSHOT:
		return do_snapshot(arg[0], arg[1]);
	case CKPT_OP_FILL:
		return do_fill(arg[0], arg[1], arg[2]);
	}
	return -38; /* ENOSYS */
}

void ckpt_executor_run(struct ckpt_frame *frame)
{
	struct ckpt_op *ops = (struct ckpt_op *)frame->ops;

	for (frame->done = 0; frame->done < frame->count; frame->done++) {
		struct ckpt_op *op = &ops[frame->done];
		uint32_t take = op->flags >> 8 & 15;
		uint64_t arg[6];

		for (int i = 0; i < 6; i++)
			arg[i] = op->arg[i];
		if (take)
			arg[take - 1] = ops[op->flags >> 12].ret;
		op->ret = do_op(op, arg);
		if (op->ret < 0 && op->ret >= -4095 && !(op->flags & CKPT_OP_MAY_FAIL))
			return;
	}
}
