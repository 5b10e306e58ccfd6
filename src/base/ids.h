/* SPDX-License-Identifier: BSD-3-Clause */
/* ids.h - process and thread ids as the program knows them.  [tool] */
#ifndef CKPT_BASE_IDS_H
#define CKPT_BASE_IDS_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"

/*
 * Read the table of virtual ids that stands in process pid at address ids (struct ckpt_ids of the preload library); ids 0:
 * there is none.  Holds for the following ckpt_ids_known calls.
 */
int ckpt_ids_load(pid_t pid, uint64_t ids, struct ckpt_err *err);

/* The last number of "NSpid" in a status text: the id in the innermost pid namespace. 0 if there is none. */
pid_t ckpt_ids_innermost(const char *status);

/* What the program calls `id`: by the loaded table, else by the last number of "NSpid" in the task's status text, else id. */
pid_t ckpt_ids_known(pid_t id, const char *status);

#endif
