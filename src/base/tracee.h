/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tracee.h - what is done to one stopped task through ptrace(2): read and set its state, make one system call in it, run
 * a list in it.  [tool]  Knows no job: the caller owns the tracing relation, and says how to wait for a stop.
 * All of it must be called by the thread that seized the task.
 */
#ifndef CKPT_BASE_TRACEE_H
#define CKPT_BASE_TRACEE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

#include "base/err.h"
#include "ckpt/executor.h"

/* Wait until tid stops or dies; status as waitpid(2).  0, -ETIMEDOUT. */
struct ckpt_waiter {
	int (*wait)(void *arg, pid_t tid, int *status);
	void *arg;
};

/* -512, -513, -514, -516: the kernel's own marks for "make this call again" (include/linux/errno.h), which a tracer
 * sees in rax while orig_rax is the call's number. */
bool ckpt_regs_restarts(const struct user_regs_struct *regs);

/* Registers that make the call again from user space: for another process (an image) and, with_block, for the same task whose
 * restart block still stands (restart_syscall(2) goes on with the time that was left). */
void ckpt_regs_redo(struct user_regs_struct *regs, bool with_block);

/* Does this call come out with EINTR after any stop, although no handler ran (signal(7), "Interruption of system calls
 * by stop signals"; plus socket time-outs)?  Then it is made again in whole. */
bool ckpt_regs_eintr_by_stop(const struct user_regs_struct *regs);

/* The xsave area; *len in: room, out: bytes. */
int ckpt_tracee_get_xstate(pid_t tid, void *out, size_t *len);
int ckpt_tracee_set_xstate(pid_t tid, const void *in, size_t len);

int ckpt_tracee_get_mask(pid_t tid, uint64_t *mask);
int ckpt_tracee_set_mask(pid_t tid, uint64_t mask);

/* Has it asked for syscall user dispatch, for an I/O permission bitmap? */
bool ckpt_tracee_has_dispatch(pid_t tid);
bool ckpt_tracee_has_ioperm(pid_t tid);

/* Is status an EVENT_STOP (PTRACE_INTERRUPT, group stop or a new task's first stop)? */
bool ckpt_status_event_stop(int status);

/*
 * Make one system call through a `syscall` instruction at gadget (the vdso's).  tid stands in an EVENT_STOP or a
 * signal-delivery stop, seized with PTRACE_O_TRACESYSGOOD; its registers are the call's afterwards: the caller puts its own back. *ret: the result.
 */
int ckpt_tracee_call(const struct ckpt_waiter *w, pid_t tid, uint64_t gadget, long nr, const uint64_t arg[6], long *ret);

/*
 * Run the list of the frame that already stands at frame_at in the process.  entry: address of the executor.  saved: the task's registers as
 * read, put back exactly, mask too; the task then stands in an EVENT_STOP again.  0; -ESRCH (it died); -ETIMEDOUT.
 */
int ckpt_tracee_run(const struct ckpt_waiter *w, pid_t tid, uint64_t entry, uint64_t frame_at, int trigger,
		    const struct user_regs_struct *saved, uint64_t mask);

/* process_vm_readv(2)/writev, all or nothing. 0 or -errno. */
int ckpt_peek(pid_t pid, uint64_t addr, void *to, size_t len);
int ckpt_poke(pid_t pid, uint64_t addr, const void *from, size_t len);

#endif
