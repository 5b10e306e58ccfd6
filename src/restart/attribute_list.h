/* SPDX-License-Identifier: BSD-3-Clause */
/* attribute_list.h - the calls that give flags, policies, ids and capabilities back (agent/attributes.h saved them).  [tool] */
#ifndef CKPT_RESTART_ATTRIBUTE_LIST_H
#define CKPT_RESTART_ATTRIBUTE_LIST_H

#include "restart/plan.h"
#include "restart/region.h"

/* The process's, before its threads are made. */
void attribute_list_process(struct list *l, struct plan *p);

/* A thread's, by itself. */
void attribute_list_thread(struct list *l, struct region *r, const struct ckpt_rec_thread *t);

/* A thread's ids and capabilities, where they differ from ours: what follows has those rights only. */
void attribute_list_rights(struct list *l, struct region *r, struct plan *p, const struct ckpt_rec_thread *t);

/* What would stand in the way of everything else. */
void attribute_list_last(struct list *l, struct plan *p);

#endif
