/* SPDX-License-Identifier: BSD-3-Clause */
/* process.h - the records of a stopped member: the process, its threads, its signals, its host.  [tool] */
#ifndef CKPT_AGENT_PROCESS_H
#define CKPT_AGENT_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "agent/inside.h"
#include "agent/refusals.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/image.h"
#include "base/maps.h"

/* Everything that can be known without stopping and makes a checkpoint impossible: a tracer, another architecture,
 * children, namespaces.  stands: again, when no thread runs any more, for what came since. */
int process_check(pid_t pid, const char *program, struct ckpt_arena *arena, struct refusals *refusals, bool stands,
		  struct ckpt_err *err);

/* The first field of a thread's /proc status, among ids and capabilities, that is not as in the other's; NULL when all are. */
const char *process_other_rights(const char *status, const char *thread);

/* Add the records.  leader: the first live thread. */
int process_save(struct inside *in, pid_t leader, const struct ckpt_map *maps, size_t map_count, struct ckpt_arena *arena,
		 struct ckpt_image_writer *w, struct ckpt_err *err);

#endif
