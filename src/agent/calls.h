/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * calls.h - which call a thread is blocked in, also when an earlier stop has turned it into restart_syscall(2).  [tool]
 *
 * After a stop the kernel goes on with a timed call by restart_syscall, whose number says nothing of the first one; in another process
 * it would return EINTR.  So what a thread was blocked in is remembered from stop to stop, and read from the program's code where nobody
 * remembers.
 */
#ifndef CKPT_AGENT_CALLS_H
#define CKPT_AGENT_CALLS_H

#include <sys/types.h>
#include <sys/user.h>

/* Make regs->orig_rax the first call's number where it is restart_syscall's, and remember it.  0, or -ENOENT: nobody knows. */
int calls_resolve(pid_t tid, struct user_regs_struct *regs);

/* A new attempt begins: forget threads that were in no blocked call at the last one. */
void calls_next_attempt(void);

#endif
