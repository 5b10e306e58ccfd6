/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tracer.h - the process that holds the members stopped, as the looker sees it.  [tool]
 *
 * It does ptrace and waitpid and nothing else: no file system, so nothing that hangs can keep the application standing.  It lets
 * everything go when its deadline passes, when the looker closes the line or dies; when it dies itself the kernel does.
 * Bulk data lies in memory that both processes share.
 */
#ifndef CKPT_AGENT_TRACER_H
#define CKPT_AGENT_TRACER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

#include "base/err.h"
#include "ckpt/executor.h"

#define TRACER_TASKS_MAX 32768
#define TRACER_XSTATE_MAX 16384
#define TRACER_PENDING_MAX 131072
#define TRACER_OPS_MAX 65536

enum tracer_task_state { TRACER_NONE, TRACER_RUNNING, TRACER_STOPPED, TRACER_GONE };

struct tracer_task {
	pid_t pid, tid;
	uint32_t state;	     /* enum tracer_task_state */
	uint32_t group_stop; /* the stop signal when the process was stopped by job control, else 0 */
	bool runs_on;	     /* let go at its first stop */
	bool eintr_redo;     /* its call came out with EINTR for our stop alone: made again at the release */
	bool looked;	     /* the fields below are filled */
	uint64_t interrupting; /* signals that a handler catches or that end the process */
	uint64_t mask;
	uint64_t rseq, rseq_len, rseq_sig, rseq_flags;
	bool dispatch, ioperm; /* syscall user dispatch is on; it has an I/O permission bitmap */
	uint32_t xstate_len;
	struct user_regs_struct regs; /* as the kernel showed them */
};

struct tracer_pending {
	pid_t pid, tid; /* tid 0: the process's */
	unsigned char info[128];
};

struct tracer;

/* Fork the tracer.  NULL with err. */
struct tracer *tracer_start(struct ckpt_err *err);

/* Seize and interrupt tasks of pid that are not known yet.  interrupting: see struct tracer_task.  *added: how many were
 * new.  A task that is gone is no error; -EPERM names it in err. */
int tracer_seize(struct tracer *t, pid_t pid, const pid_t *tids, size_t count, uint64_t interrupting, size_t *added,
		 struct ckpt_err *err);

/* Wait until every known task stands, timeout_ms at most: 0, -ETIMEDOUT with the first that does not in *stuck. */
int tracer_settle(struct tracer *t, int timeout_ms, pid_t *stuck, struct ckpt_err *err);

/* Read registers, masks, pending signals, rseq of every stopped task into the shared table. */
int tracer_look(struct tracer *t, struct ckpt_err *err);

/* The shared table; valid until tracer_stop. */
const struct tracer_task *tracer_tasks(struct tracer *t, size_t *count);
const void *tracer_xstate(struct tracer *t, size_t index);
const struct tracer_pending *tracer_pendings(struct tracer *t, size_t *count);

/* Run a list in a stopped task, whose process has its slot at `slot`.  The results are in ops[].ret.  trigger: a signal that the
 * program neither catches nor has pending, 0 if there is none.  own: process and thread id as the task itself sees them.  -ECANCELED: the list stopped early at *done. */
int tracer_run(struct tracer *t, pid_t tid, const pid_t own[2], uint64_t slot, int trigger, struct ckpt_op *ops,
	       uint32_t count, uint32_t *done, struct ckpt_err *err);

/* One system call through the gadget, for a process without a slot. */
int tracer_call(struct tracer *t, pid_t tid, uint64_t gadget, long nr, const uint64_t arg[6], long *ret,
		struct ckpt_err *err);

/*
 * How long the members may stand while nobody says that it goes on: CKPT_HOLD_TIMEOUT seconds, else 60.  A tracer lets everything
 * go so long after its start, and so long (`times` as long) after each call of tracer_hold, which fails when it has let go already;
 * and a tracer that leaves a question open for longer is killed.
 */
int tracer_hold_ms(void);
int tracer_hold(struct tracer *t, int times, struct ckpt_err *err);

/* Let everything go / kill every member and reap it. The tracer knows no task afterwards. */
int tracer_release(struct tracer *t, struct ckpt_err *err);
int tracer_kill(struct tracer *t, struct ckpt_err *err);

/* End the tracer (which lets everything go) and reap it.  NULL is fine. */
void tracer_stop(struct tracer *t);

#endif
