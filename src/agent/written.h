/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * written.h - the regular files that members have open for writing or mapped shared and writable: their records, and what they
 * hold where that may be overwritten in place.  [tool]
 *
 * In the order of an attempt: written_look for each member (while it runs, to name what cannot be kept; then, after
 * written_forget, while it stands), written_decide, written_keep while all stand, written_write for each member's image,
 * written_end.  What a file held goes into a file beside the image, whose temporary name begins with a dot.
 */
#ifndef CKPT_AGENT_WRITTEN_H
#define CKPT_AGENT_WRITTEN_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/descriptors.h"
#include "agent/memory.h"
#include "agent/refusals.h"
#include "base/err.h"
#include "base/image.h"

struct written;

/* which: "written", "none" or "all" (also files that are only read); limit: bytes, larger files are not copied.  Texts are the caller's. */
struct written *written_create(const char *which, uint64_t limit);
void written_destroy(struct written *w); /* NULL is fine */

/* Note the files of member number `member`. */
void written_look(struct written *w, uint32_t member, const char *program, const struct descriptors *d, const struct memory *m,
		  struct ckpt_arena *arena);
void written_forget(struct written *w);

/* All were looked at: what becomes of each file.  Those that would have to be kept and cannot be go to refusals. */
void written_decide(struct written *w, struct refusals *refusals);

/* Keep what has to be kept, in directory dir (stays the caller's).  0 or -errno with err. */
int written_keep(struct written *w, int dir, const char *job, uint32_t generation, struct ckpt_err *err);

/* Make what was kept for this member durable, give it its final name, and add the member's records.  Before the image is finished. */
int written_write(struct written *w, uint32_t member, struct ckpt_image_writer *writer, struct ckpt_err *err);

/* The attempt is over: without keep, everything goes that was made in dir. */
void written_end(struct written *w, bool keep);

#endif
