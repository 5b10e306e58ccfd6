/* SPDX-License-Identifier: BSD-3-Clause */
/* show.h - what ckpt_command prints: a job, its processes, what cannot be saved, how far a
 * checkpoint is.  [tool] */
#ifndef CKPT_CLI_SHOW_H
#define CKPT_CLI_SHOW_H

#include <stddef.h>

#include "ckpt/protocol.h"

/* Version of every JSON text below, its field "schema". New fields do not change it. */
#define SHOW_SCHEMA 1

/* Members or refusals, copied as they come. */
struct show_list;
struct show_list *show_list_create(void);
void show_list_destroy(struct show_list *list);
void show_list_member(struct show_list *list, const struct ckpt_rec_member *m);
void show_list_refusal(struct show_list *list, const struct ckpt_rec_refusal *r);

void show_job(const struct ckpt_rec_job *job, int json);
void show_members(const struct show_list *list, int json);
void show_refusals(const struct show_list *list, int json);
size_t show_refusal_count(const struct show_list *list);

/* One line on a terminal, written over by the next; nothing when standard error is none. */
void show_progress(const struct ckpt_rec_progress *p);
void show_progress_end(void);

#endif
