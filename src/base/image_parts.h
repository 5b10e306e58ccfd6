/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * base/image_parts.h - what the files of the image share among themselves; nobody else includes it.  [tool]
 */
#ifndef CKPT_BASE_IMAGE_PARTS_H
#define CKPT_BASE_IMAGE_PARTS_H

#include <elf.h>

#include "base/image.h"

/* Page 0: the ELF header, the note's header, its name "CKPT" padded to 8, struct ckpt_image_head; zeros to the end. */
struct ckpt_image_page0 {
	Elf64_Ehdr ehdr;
	Elf64_Nhdr nhdr;
	char name[8];
	uint8_t head[sizeof(
		struct ckpt_image_head)]; /* at 84: not aligned for its 64-bit members, so copied */
	uint8_t zeros[CKPT_IMAGE_PAGE - sizeof(Elf64_Ehdr) - sizeof(Elf64_Nhdr) - 8 -
		      sizeof(struct ckpt_image_head)];
};
_Static_assert(sizeof(struct ckpt_image_page0) == CKPT_IMAGE_PAGE, "page 0 is one page");

/* The checksum of page 0, whatever page_sum holds. */
uint64_t ckpt_page0_sum(const struct ckpt_image_page0 *page);

/* ---- blocks (image_blocks.c) ---- */

struct ckpt_blocks;

/* Blocks for what goes into fd from file offset at on.  NULL: no memory. */
struct ckpt_blocks *ckpt_blocks_create(int fd, uint64_t at);
void ckpt_blocks_destroy(
	struct ckpt_blocks *bs); /* NULL is fine; what was not sent is not written */

/* Where the next bytes go, and for how many there is room: at least one. */
uint8_t *ckpt_blocks_room(struct ckpt_blocks *bs, size_t *room);

/* len bytes have been put there.  1: the block is full and must be sent. */
int ckpt_blocks_take(struct ckpt_blocks *bs, size_t len);

/* Have the block written; its bytes are out of reach now.  0, or -errno of any write that failed so far. */
int ckpt_blocks_send(struct ckpt_blocks *bs);

/* Send, and wait until all is written (not yet durable).  0 or the first failure. */
int ckpt_blocks_end(struct ckpt_blocks *bs);

/* All len bytes at file offset at.  0 or -errno. */
int ckpt_write_all(int fd, const void *data, size_t len, uint64_t at);

/* ---- page 0, records, core ---- */

/* Record tags from here on may be skipped by a reader that does not know them. */
#define CKPT_RECORD_OPTIONAL 0x8000u

/* Fill the decoded part of im from records and check that the whole makes sense (with the chunks: they rise, do not
 * overlap, and lie inside mappings).  0 or -EBADMSG with err. */
int ckpt_image_decode(struct ckpt_image *im, struct ckpt_err *err);

/* One ELF note. */
void ckpt_note_put(struct ckpt_buf *out, const char *name, uint32_t type, const void *data,
		   size_t len);

/* The notes that gdb wants. */
void ckpt_core_notes(struct ckpt_buf *out, const struct ckpt_image *im);

/* The program headers: a PT_NOTE for page 0's note, one for [notes_at, +notes_len), the PT_LOADs; section header 0 where their
 * number asks for it.  Sets the fields of ehdr that say where they are (at). */
void ckpt_core_phdrs(struct ckpt_buf *out, Elf64_Ehdr *ehdr, const struct ckpt_image *im,
		     uint64_t at, uint64_t notes_at, uint64_t notes_len);

#endif
