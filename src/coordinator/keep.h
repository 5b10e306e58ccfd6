/* SPDX-License-Identifier: BSD-3-Clause */
/* keep.h - the generations in a job's image directory: which number is next, which may go.  [tool]
 */
#ifndef CKPT_COORDINATOR_KEEP_H
#define CKPT_COORDINATOR_KEEP_H

#include <stdint.h>

#include "base/err.h"
#include "base/jobfile.h"

/* The number for the next attempt: one more than the newest in the directory, complete or not, and
 * than at_least; never one that was used.  0 with err when the directory cannot be read. */
uint32_t keep_next(const struct ckpt_settings *s, uint32_t at_least, struct ckpt_err *err);

/* Remove complete and broken generations older than the newest s->keep complete ones; never the one
 * that the job was restarted from. To be called when generation committed is durable. */
void keep_prune(const struct ckpt_settings *s, uint32_t committed);

/* Remove what an attempt left: its temporary files, its images and what it kept of files (of a generation that did not count). */
void keep_remove(const struct ckpt_settings *s, uint32_t generation);

#endif
