/* SPDX-License-Identifier: BSD-3-Clause */
/* restart/join.h - a restart becomes a job again: its coordinator, and the variables that its library passes on.  [tool] */
#ifndef CKPT_RESTART_JOIN_H
#define CKPT_RESTART_JOIN_H

#include "base/rundir.h"
#include "base/wire.h"
#include "restart/plan.h"

struct join {
	char socket[CKPT_RUNDIR_MAX], record[CKPT_RUNDIR_MAX];
	struct ckpt_wire *wire;
};

/*
 * Start the coordinator of the image's job, for images in dir.  Refused, naming host and pid, while that job still runs.  Fills
 * p->job_environment.  0 or -errno with err.
 */
int join_start(struct join *j, struct plan *p, const char *job, const char *dir, struct ckpt_err *err);

/* The process is there, stopped: it is the job's root now. */
int join_root(struct join *j, struct plan *p, pid_t pid, struct ckpt_err *err);

/* undo: the restart failed; returns when the coordinator that we started has gone, or after some seconds. */
void join_close(struct join *j, bool undo);

#endif
