/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * place.h - what makes a job's name its own: the locked records in the run directory and beside the
 * images, and the socket.  [tool] Two live jobs of one name cannot have it, neither on one host nor
 * in one image directory.
 */
#ifndef CKPT_COORDINATOR_PLACE_H
#define CKPT_COORDINATOR_PLACE_H

#include "base/err.h"
#include "base/jobfile.h"

struct place;

/*
 * Take it.  jf->settings says whose; jf's running fields are filled in.  With recover, jf is read
 * from the record of the coordinator that died; without, a record of which a process still lives is
 * refused.  NULL with err.
 */
struct place *place_take(struct ckpt_jobfile *jf, int recover, struct ckpt_err *err);

int place_listener(const struct place *p);
const char *place_record(const struct place *p); /* the one in the run directory */

/* Write both records anew.  Failing is no reason to stop: the job runs. */
void place_write(struct place *p, const struct ckpt_jobfile *jf);

/* Remove socket and records.  NULL is fine. */
void place_leave(struct place *p);

#endif
