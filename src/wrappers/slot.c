/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * slot.c - the region where the agent may put its executor: reserved, not used, by us.  [preload]
 *
 * A guard page on either side: the kernel merges neighbouring anonymous mappings of equal
 * protection, and the two mappings must be found in /proc/PID/maps at exactly their sizes.  Only
 * the header page is ever touched.
 */
#include <string.h>
#include <sys/mman.h>

#include "ckpt/env.h"
#include "ckpt/slot.h"
#include "wrappers/env.h"
#include "wrappers/ids.h"
#include "wrappers/preload.h"

#define GUARD 4096l

static void slot_fill(struct ckpt_slot *slot)
{
	memset(slot, 0, sizeof(*slot));
	slot->magic = CKPT_SLOT_MAGIC;
	slot->version = CKPT_SLOT_VERSION;
	slot->ids = (uintptr_t)&ckpt_ids;
	slot->env = (uintptr_t)ckpt_hidden;
	slot->env_room = sizeof(ckpt_hidden);
	strncpy(slot->job, ckpt_env_value(CKPT_ENV_JOB), sizeof(slot->job) - 1);
}

void ckpt_slot_reserve(void)
{
	long size = GUARD + CKPT_SLOT_CODE + CKPT_SLOT_DATA + GUARD;
	long base = raw_call6(SYS_mmap, 0, size, PROT_NONE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	long code = base + GUARD;

	if (base < 0 && base > -4096)
		return;
	if (raw_call3(SYS_mprotect, code, CKPT_SLOT_CODE + CKPT_SLOT_DATA,
		      PROT_READ | PROT_WRITE)) {
		raw_call3(SYS_munmap, base, size, 0);
		return;
	}
	slot_fill((struct ckpt_slot *)code);
	raw_call3(SYS_mprotect, code, CKPT_SLOT_CODE, PROT_READ | PROT_EXEC);
}
