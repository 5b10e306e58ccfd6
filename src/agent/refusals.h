/* SPDX-License-Identifier: BSD-3-Clause */
/* refusals.h - what cannot be saved, by name.  [tool] */
#ifndef CKPT_AGENT_REFUSALS_H
#define CKPT_AGENT_REFUSALS_H

#include <stddef.h>
#include <sys/types.h>

#include "base/arena.h"
#include "ckpt/protocol.h"

struct refusals {
	struct ckpt_arena *arena; /* the texts' */
	struct ckpt_buf list;	  /* struct ckpt_rec_refusal[] */
};

/* where: "descriptor 5", "address 7f...", "process"; what: path or peer.  All texts are copied. */
void refuse(struct refusals *r, pid_t pid, const char *program, const char *where, const char *kind, const char *what,
	    const char *reason, const char *remedy);

size_t refusals_count(const struct refusals *r);

#endif
