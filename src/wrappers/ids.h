/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ids.h - which process and thread ids the program knows, and what the kernel calls them today.
 * [preload]
 *
 * Identity until the first restart, at the price of one load and one branch.  No lock anywhere:
 * all of it may run in signal handlers, after vfork and in many threads at once.
 *
 * An id is "known" (what the program was told) or "real".  Ids that are not in the table are the
 * same in both worlds.
 */
#ifndef CKPT_WRAPPERS_IDS_H
#define CKPT_WRAPPERS_IDS_H

#include <stdint.h>

#include "ckpt/slot.h"

extern struct ckpt_ids ckpt_ids;

static inline int ckpt_ids_active(void)
{
	return __builtin_expect(__atomic_load_n(&ckpt_ids.active, __ATOMIC_RELAXED) != 0, 0);
}

static inline uint32_t ckpt_ids_life(void)
{
	return __atomic_load_n(&ckpt_ids.life, __ATOMIC_ACQUIRE);
}

/*
 * Known to real; a negative id below -1 is a process group's, as kill(2) and wait(2) write it; 0
 * and -1 stay.
 */
int ckpt_ids_real(int known);

/* Real to known, where the kernel told it in that life. */
int ckpt_ids_known(int real, uint32_t life);

/*
 * The kernel has just made this id: forget who bore it before.  Returns the id that the program is
 * told: the same, or, where the program knows that number as somebody else's, one above the
 * kernel's range.
 */
int ckpt_ids_born(int real);

/* Does the program know this number as the id of something whose real id is another? */
int ckpt_ids_collides(int real);

/* Waited for: it is nobody's id any more. */
void ckpt_ids_gone(int known);

/*
 * The tid word in glibc's struct of the thread th (a pthread_t), or NULL where the kernel cannot
 * tell where it lies.
 */
int *ckpt_ids_tid_word(uintptr_t th);

#endif
