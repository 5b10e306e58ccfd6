/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * executor.h - the contract between the tools that think and the bare code that acts inside a process: a list of
 * operations in a frame.  Types only; bare and tool read the same header.
 *
 * The code is one position-independent blob (build/executor.bin) that is copied into a reserved region (slot.h); it needs no libc,
 * no TLS and no lock.  It is entered at its first byte with rdi = address of the frame.
 */
#ifndef CKPT_EXECUTOR_H
#define CKPT_EXECUTOR_H

#include <stdint.h>

#define CKPT_EXECUTOR_VERSION 1

/* What an operation does.  O(value, name) */
#define CKPT_OPS(O) \
	O(1, CALL)    /* system call nr with arg[0..5]; result -> ret */ \
	O(2, READ)    /* pread arg[1] bytes at offset arg[2] of descriptor arg[0] to address arg[3], all of them;	\
			 XXH3_64bits of them must be arg[4], else -EBADMSG.  Uses SSE: never inside a program that goes on */ \
	O(3, THREAD)  /* clone3 with struct clone_args at arg[0]; the child goes on with the frame at arg[1] */ \
	O(4, SNAPSHOT) /* fork with no exit signal; the child closes every descriptor and stays until it is killed, the	\
			 process arg[0] (0: do not look) is gone or arg[1] seconds are over; ret = its pid */ \
	O(5, FILL)    /* bytes [arg[0], +arg[1]) = arg[2] (one byte) */
#define CKPT_OP_ENUM(value, name) CKPT_OP_##name = value,
enum ckpt_op_kind { CKPT_OPS(CKPT_OP_ENUM) };

#define CKPT_OP_MAY_FAIL 1u /* go on when ret is an error */
#define CKPT_OP_TAKE(arg, op) (((uint32_t)(arg) + 1) << 8 | (uint32_t)(op) << 12) /* arg[arg] = ops[op].ret; op < 2^20 */

struct ckpt_op {
	uint32_t kind;
	uint32_t flags;
	int64_t nr;
	uint64_t arg[6];
	int64_t ret;	    /* out: -errno or the result */
};

/* How a list ends. */
enum ckpt_exit {
	CKPT_EXIT_RETURN = 0, /* raise the trigger signal for the tracer; without one, put mask and registers back */
	CKPT_EXIT_STOP = 1,   /* SIGSTOP to itself: only in processes that are being restored and die with their tracer */
	CKPT_EXIT_RAISED = 2, /* out: the list is done and the trigger was (or is about to be) raised */
};

/* General registers in the order of struct user_regs_struct's names that the way back needs. */
struct ckpt_gprs {
	uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	uint64_t rip, cs, eflags, rsp, ss; /* as iretq wants them */
};

struct ckpt_frame {
	uint64_t ops;	   /* address of struct ckpt_op[] */
	uint32_t count;
	uint32_t done;	   /* out: operations carried out; count when all were */
	uint32_t exit;	   /* enum ckpt_exit */
	uint32_t trigger;  /* signal that the program ignores by default, or 0: tracer follows by system calls */
	uint64_t mask;	   /* the program's signal mask, for the way back without a tracer */
	uint64_t stack;	   /* top of the stack to use (16-byte aligned) */
	uint32_t tgid, tid;
	struct ckpt_gprs back;
};

#endif
