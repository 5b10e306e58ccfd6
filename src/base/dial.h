/* SPDX-License-Identifier: BSD-3-Clause */
/* dial.h - reach a job's coordinator, or start one.  [tool] */
#ifndef CKPT_BASE_DIAL_H
#define CKPT_BASE_DIAL_H

#include "base/err.h"
#include "base/jobfile.h"
#include "base/wire.h"

/*
 * Connect to a coordinator's socket and say hello as role.  The listener must run as our user (as
 * root: as owner of that socket).  0 and *wire, or -errno with err (status NO_COORDINATOR when
 * nobody answers, AUTHENTICATION).
 */
int ckpt_dial(const char *socket_path, const char *role, struct ckpt_wire **wire,
	      struct ckpt_err *err);

/*
 * Start a coordinator for a job and say hello as role.  It is no child of ours afterwards, has
 * nothing of ours open, and ends by itself when it has no member.  recover: it takes over a job
 * whose coordinator died.  Whether it could start is in its first answer. 0 and *wire, or -errno
 * with err.
 */
int ckpt_dial_start(const struct ckpt_settings *settings, const char *role, int recover,
		    struct ckpt_wire **wire, struct ckpt_err *err);

/*
 * Send a request and wait for its end, ok, job or error: 0 and *answer (ok or job), or -errno with
 * err.  each (may be NULL) gets every message before it.  timeout_ms: -1 none.
 */
int ckpt_dial_ask(struct ckpt_wire *wire, uint16_t type, const void *rec, int timeout_ms,
		  void (*each)(void *arg, const struct ckpt_msg *msg), void *arg,
		  struct ckpt_msg *answer, struct ckpt_err *err);

/* Join a process to a job as its root; waits for the answer, at most some seconds.  0 (*member its
 * number) or -errno with err. */
int ckpt_dial_join(struct ckpt_wire *wire, const struct ckpt_rec_join *join, uint32_t *member,
		   struct ckpt_err *err);

#endif
