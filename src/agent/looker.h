/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * looker.h - the agent's eyes and hands: one checkpoint attempt on this host, phase by phase.
 * [tool]
 *
 * Called by agent.c in the order of ckpt/phase.h.  Each function returns 0, or -errno with err
 * (status as ckpt_command shall end with it, one line of text); after a failure the only call that
 * follows is looker_abort.  With then_exit there is no looker_resume, and looker_commit kills what
 * is stopped.
 */
#ifndef CKPT_AGENT_LOOKER_H
#define CKPT_AGENT_LOOKER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "ckpt/protocol.h"

struct looker;

/* Bytes written so far, of how many (0: not known yet).  Cheap; may be called as often as one
 * likes. */
typedef void looker_progress(void *arg, uint64_t bytes, uint64_t total);

struct looker *looker_create(void);
void looker_destroy(struct looker *l); /* NULL is fine; releases whatever is stopped */

/*
 * PREPARE: begin an attempt; look from outside, nothing stops.  attempt and roots (n of them, the
 * processes that the walk starts from) are the caller's and are gone after the call.  What cannot
 * be saved is collected and is no failure of the call: see looker_refusals.  A failure means that
 * looking itself did not work.
 */
int looker_prepare(struct looker *l, const struct ckpt_rec_attempt *attempt,
		   const struct ckpt_rec_root *roots, size_t n, struct ckpt_err *err);

/* What cannot be saved, found by PREPARE or since (COLLECT may find more).  *list stays the
 * looker's; returns how many. */
size_t looker_refusals(struct looker *l, const struct ckpt_rec_refusal **list);

/* STOP: every thread of every member stands; the set is closed.  *members: how many processes that
 * are, on this host. */
int looker_stop(struct looker *l, uint32_t *members, struct ckpt_err *err);

/* COLLECT: everything that has to be known, and the pages' content or a fork that keeps it. */
int looker_collect(struct looker *l, struct ckpt_err *err);

/* RESUME: all of them run. */
int looker_resume(struct looker *l, struct ckpt_err *err);

/* How long the application stood, microseconds; so far, where it still stands. */
uint64_t looker_pause_us(struct looker *l);

/* WRITE: the images, durable under their final names.  members: N of the whole generation. progress
 * may be NULL. */
int looker_write(struct looker *l, uint32_t members, looker_progress *progress, void *arg,
		 uint64_t *bytes, struct ckpt_err *err);

/* COMMIT: the generation counts.  Ends the attempt; with then_exit every member is killed and
 * reaped or gone. */
int looker_commit(struct looker *l, struct ckpt_err *err);

/* ABORT, at any point of an attempt and outside of one: release, put back, remove the new files.
 * Ends the attempt. */
int looker_abort(struct looker *l, struct ckpt_err *err);

#endif
