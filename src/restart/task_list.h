/* SPDX-License-Identifier: BSD-3-Clause */
/* task_list.h - the lists that give a process and its threads their saved state from within.  [tool] */
#ifndef CKPT_RESTART_TASK_LIST_H
#define CKPT_RESTART_TASK_LIST_H

#include "restart/plan.h"
#include "restart/region.h"

/* Of the process: memory layout for /proc, signal actions, prctl state, close-on-exec marks. */
void task_list_process(struct list *l, struct region *r, struct plan *p);

/* Of thread `index` (0: the leader), made by that thread itself: ids, robust list, rseq, stacks, scheduling, pending signals.
 * pid: what the kernel calls the process in its own namespace. */
void task_list_thread(struct list *l, struct region *r, struct plan *p, size_t index, pid_t pid);

/* What must come after all threads are there: owners of descriptors, the process's pending signals, timers that run.  tids: of
 * image->threads[i], as the kernel calls them in their own namespace; the first is the process's. */
void task_list_last(struct list *l, struct region *r, struct plan *p, const pid_t *tids);

/* Make thread `index`; `frame` is its own. */
void task_list_make_thread(struct list *l, struct region *r, struct plan *p, size_t index, uint64_t frame);

#endif
