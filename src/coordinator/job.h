/* SPDX-License-Identifier: BSD-3-Clause */
/* job.h - a job: its members, its settings, the requests that wait for something of it.  [tool] */
#ifndef CKPT_COORDINATOR_JOB_H
#define CKPT_COORDINATOR_JOB_H

#include "ckpt/protocol.h"
#include "coordinator/loop.h"
#include "base/jobfile.h"

struct job;
struct peer;

/* recover: find the members that a dead coordinator left.  NULL with err. */
struct job *job_create(struct loop *loop, const struct ckpt_settings *settings, int recover,
		       struct ckpt_err *err);

int job_listener(const struct job *job);

/* Requests of a peer.  They are answered by peer_send, some at once, some when it is done. */
void job_join(struct job *job, struct peer *peer, const struct ckpt_rec_join *join);
void job_checkpoint(struct job *job, struct peer *peer, const struct ckpt_rec_checkpoint *what);
void job_check(struct job *job, struct peer *peer, const struct ckpt_rec_check *what);
void job_kill(struct job *job, struct peer *peer, const struct ckpt_rec_kill *what);
void job_interval(struct job *job, struct peer *peer, const struct ckpt_rec_interval *what);
void job_status(struct job *job, struct peer *peer);
void job_list(struct job *job, struct peer *peer);

/* A connection is gone: nobody waits for its requests any more.  starter: the one that started this
 * coordinator. */
void job_forget(struct job *job, struct peer *peer, int starter);

/* After the loop: remove what the job has on disk, answer those who waited for its end.  Frees it.
 */
void job_close(struct job *job);

#endif
