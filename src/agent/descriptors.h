/* SPDX-License-Identifier: BSD-3-Clause */
/* descriptors.h - every open file description of a member, who claims it, and its records.  [tool] */
#ifndef CKPT_AGENT_DESCRIPTORS_H
#define CKPT_AGENT_DESCRIPTORS_H

#include <stdbool.h>
#include <sys/types.h>

#include "agent/refusals.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/image.h"
#include "ckpt/plugin.h"

struct descriptors {
	struct ckpt_look_set set;
	struct ckpt_rec_descriptor *table; /* every number of the process */
	size_t table_count;
};

/*
 * Look at /proc/PID/fd.  copies: the program stands, take a copy of each description (pidfd_getfd) and find out which numbers
 * are one description (kcmp); else each number is a look of its own.  What cannot be saved goes to refusals.
 */
int descriptors_look(struct descriptors *d, pid_t pid, const char *program, bool copies, struct ckpt_arena *arena,
		     struct refusals *refusals, struct ckpt_err *err);

/* Ask each plugin for its record and add all records to the image. */
int descriptors_save(struct descriptors *d, struct ckpt_arena *arena, struct ckpt_image_writer *w, struct ckpt_err *err);

/* Close the copies; before anything resumes.  Needs no copies to be there. */
void descriptors_close(struct descriptors *d);

#endif
