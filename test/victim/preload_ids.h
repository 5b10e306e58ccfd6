/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * preload_ids.h - play ckpt_restart: find struct ckpt_ids of the library in this process through
 * the slot and tell it that the ids which the program knows are others than the kernel's.  [tool]
 */
#ifndef PRELOAD_IDS_H
#define PRELOAD_IDS_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ckpt/slot.h"

#define APART 100000 /* known = real + APART */

/* The library's struct, or NULL.  As a tool would find it, except that the memory is our own. */
static struct ckpt_ids *ids_find(const struct ckpt_slot **header)
{
	unsigned long start, end, code = 0;
	struct ckpt_ids *found = NULL;
	char line[1000], prot[5];
	FILE *maps = fopen("/proc/self/maps", "r");

	while (maps && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx %4s", &start, &end, prot) != 3)
			continue;
		if (code && start == code + CKPT_SLOT_CODE && end - start == CKPT_SLOT_DATA &&
		    !strcmp(prot, "rw-p")) {
			const struct ckpt_slot *slot = (const void *)code;

			if (slot->magic == CKPT_SLOT_MAGIC) {
				*header = slot;
				found = (struct ckpt_ids *)slot->ids;
			}
		}
		code = end - start == CKPT_SLOT_CODE && !strcmp(prot, "r-xp") ? start : 0;
	}
	if (maps)
		fclose(maps);
	return found;
}

/* The word in which glibc keeps the calling thread's id. */
__attribute__((unused)) static int *own_tid_word(void)
{
	int *word = NULL;

	prctl(PR_GET_TID_ADDRESS, &word);
	return word;
}

static inline long raw(long nr, long a, long b, long c)
{
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return ret;
}

static inline int real_tid(void)
{
	return (int)raw(SYS_gettid, 0, 0, 0);
}

static inline int real_pid(void)
{
	return (int)raw(SYS_getpid, 0, 0, 0);
}

static void ids_pair(struct ckpt_ids *ids, int known, int real)
{
	struct ckpt_id_pair *boot = (struct ckpt_id_pair *)ids->boot;

	boot[ids->count].known = known;
	boot[ids->count].real = real;
	ids->count++;
}

static void ids_activate(struct ckpt_ids *ids)
{
	ids->active = 1;
	__atomic_fetch_add(&ids->life, 1, __ATOMIC_SEQ_CST);
}

#endif
