/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * slot.h - the reserved region in a member, made by the preload library at its start or by the agent where there is
 * no library.  Types only.
 *
 * Two private anonymous mappings, adjacent: CODE bytes r-x (first page: struct ckpt_slot, then the executor, written from
 * outside through /proc/PID/mem) and DATA bytes rw- (frame, list, stack).  Found from outside by looking in
 * /proc/PID/maps for exactly these two and reading the magic.
 */
#ifndef CKPT_SLOT_H
#define CKPT_SLOT_H

#include <stdint.h>

#define CKPT_SLOT_MAGIC 0x31746f6c7374706bULL /* "kptslot1" */
#define CKPT_SLOT_VERSION 1
#define CKPT_SLOT_CODE (64u << 10)
#define CKPT_SLOT_DATA (192u << 10)
#define CKPT_SLOT_CODE_AT 4096u /* offset of the executor's first byte */

struct ckpt_slot {
	uint64_t magic;
	uint32_t version;
	uint32_t executor; /* CKPT_EXECUTOR_VERSION once the code is there, else 0 */
	uint64_t ids;	   /* address of struct ckpt_ids in the library, or 0 */
	uint64_t checksum; /* of the executor's bytes, XXH3_64bits */
	char job[64];
	uint64_t env;	   /* address of the variables that exec passes on: "NAME=VALUE" strings, an empty one ends them; or 0 */
	uint64_t env_room; /* bytes there.  ckpt_restart writes another job's names and socket into it */
};

/*
 * Virtual ids: what the program knows -> what the kernel says today.  count 0: identity (before the first restart, and in
 * exact ids).  Written from outside by ckpt_restart while the process is stopped; the library adds threads and
 * children that come later.  table is sorted by nothing: it is searched by hashing in the library's own way; the restart tool only
 * fills boot[] and sets count, and the library's next call takes them over.  From then on the library keeps boot[] true, so
 * that the next image can be written from it: a pair whose id is no more becomes { 0, 0 }, one that is new takes a free place.
 */
#define CKPT_IDS_BOOT 4096
struct ckpt_id_pair { /* 8-byte aligned, so that a pair is written at once */
	int32_t known; /* the id that the program was told */
	int32_t real;
};
struct ckpt_ids {
	uint64_t magic;	   /* CKPT_SLOT_MAGIC */
	uint32_t version;
	uint32_t life;	   /* 0 first run; + 1 with each restart */
	uint32_t active;   /* 0: identity everywhere */
	uint32_t count;	   /* pairs in boot[] */
	uint64_t boot;	   /* address of struct ckpt_id_pair[CKPT_IDS_BOOT] in the library */
	/*
	 * A call that bears ids is made by one instruction, the last of [call_from, call_to): ids already translated, the
	 * system call not yet made.  A thread that is restored with its rip in there goes on at call_from, where the library sees
	 * that life has changed and translates anew; so that no id of an earlier life reaches the kernel.
	 */
	uint64_t call_from, call_to;
	/*
	 * &pd->tid - pthread_self() of this glibc, 0 not known yet: the library learns it by PR_GET_TID_ADDRESS when it needs
	 * it; ckpt_restart may write it (a thread's tid_address - fs_base).
	 */
	int64_t tid_offset;
};

#endif
