/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * base/image.h - write and read one image file (ckpt/image.h says what is in it).  [tool]
 */
#ifndef CKPT_BASE_IMAGE_H
#define CKPT_BASE_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/record.h"
#include "ckpt/image.h"

/* ---- names ---- */

/* "ckpt_PROGRAM_JOB_gNNNNNN_MEMBER.img" into out; bytes outside [A-Za-z0-9.+-] become '-'.  The temporary name
 * begins with a dot.  Returns the length, or -ENAMETOOLONG. */
int ckpt_image_name(char *out, size_t room, const char *program, const char *job, uint32_t generation,
		    uint32_t member, int temporary);

/* Take such a name apart (basename only).  0, or -EINVAL if it is not one. Outputs may be NULL. */
int ckpt_image_parse_name(const char *name, char program[64], char job[64], uint32_t *generation, uint32_t *member);

/* The same two for what a file held that the program has open for writing, number k of that member:
 * "ckpt_PROGRAM_JOB_gNNNNNN_MEMBER_fK.dat". */
int ckpt_image_content_name(char *out, size_t room, const char *program, const char *job, uint32_t generation,
			    uint32_t member, uint32_t k, int temporary);
int ckpt_image_parse_content_name(const char *name, char program[64], char job[64], uint32_t *generation,
				  uint32_t *member, uint32_t *k);

/* ---- writing ---- */

struct ckpt_image_writer;

/* Begin an image in fd (open read-write, empty, mode 0600; stays the caller's).  head: job, program, member, members,
 * generation, created are taken from it.  members may be set later.  NULL: no memory. */
struct ckpt_image_writer *ckpt_image_writer_create(int fd, const struct ckpt_image_head *head);
void ckpt_image_writer_destroy(struct ckpt_image_writer *w); /* NULL is fine */

/* Append a record (image.h).  May be called at any time before finish; kept in memory.  The texts and bytes are copied. */
void ckpt_image_add(struct ckpt_image_writer *w, uint32_t tag, const void *rec);

/*
 * Append len bytes (a multiple of the page size) of memory that stands at addr.  Pages that hold only zeros are left
 * out.  Calls come with rising addresses.  Written and checksummed here; at most CKPT_CHUNK_MAX bytes get one checksum.
 * 0 or -errno with err (ENOSPC, EFBIG, EDQUOT, EIO).
 */
int ckpt_image_pages(struct ckpt_image_writer *w, uint64_t addr, const void *data, size_t len, struct ckpt_err *err);

/* The next page begins a new chunk: a reader may want what follows without what was before. */
void ckpt_image_cut(struct ckpt_image_writer *w);

/*
 * Where the next pages may be read to, so that ckpt_image_pages need not copy them: *room bytes, at least CKPT_IMAGE_ROOM,
 * until the next call.  Then ckpt_image_pages(w, addr, that address, len) with len up to *room.
 */
#define CKPT_IMAGE_ROOM (512u << 10)
void *ckpt_image_room(struct ckpt_image_writer *w, size_t *room);

/* Bytes of page data so far. */
uint64_t ckpt_image_bytes(const struct ckpt_image_writer *w);

/*
 * Derive the core notes (NT_PRSTATUS, NT_PRPSINFO, NT_SIGINFO, NT_AUXV, NT_FILE, NT_X86_XSTATE, NT_PRFPREG) and the program
 * headers from the records, write notes, headers, chunks, fsync, write page 0, fsync.  members: N. 0 or -errno with err.
 */
int ckpt_image_finish(struct ckpt_image_writer *w, uint32_t members, struct ckpt_err *err);

/* ---- reading ---- */

struct ckpt_image {
	int fd;			      /* owned */
	char *path;		      /* as given, for messages */
	struct ckpt_image_head head;
	struct ckpt_arena *arena;     /* everything below lives here */
	uint8_t *records;	      /* the note CKPT/RECORDS */
	size_t records_len;
	struct ckpt_chunk *chunks;
	size_t chunk_count;
	/* decoded */
	struct ckpt_rec_process *process;
	struct ckpt_rec_host *host;	    /* NULL: there is none */
	struct ckpt_rec_settings *settings; /* NULL: there are none */
	struct ckpt_rec_thread *threads;	 size_t thread_count;
	struct ckpt_rec_sigaction *sigactions;	 size_t sigaction_count;
	struct ckpt_rec_pending *pendings;	 size_t pending_count;
	struct ckpt_rec_mapfile *mapfiles;	 size_t mapfile_count;
	struct ckpt_rec_mapping *mappings;	 size_t mapping_count;
	struct ckpt_rec_descriptor *descriptors; size_t descriptor_count;
	struct ckpt_rec_description *descriptions; size_t description_count;
	struct ckpt_rec_written *writtens;	 size_t written_count;
	struct ckpt_rec_guard *guards;		 size_t guard_count;
};

/*
 * Open path (O_NOFOLLOW is not asked: links are people's business; ownership is checked on the open descriptor), check
 * that it belongs to the caller (or root) and that nobody else may write it, then magic, version, sizes, the checksum of page 0,
 * notes, headers and chunk table (not of page data), and decode.  NULL with err (status BAD_IMAGE or IO) naming the path.
 */
struct ckpt_image *ckpt_image_open(const char *path, struct ckpt_err *err);

/* len bytes of the saved memory at addr; what is not in the image reads as zeros.  0 or -EIO. */
int ckpt_image_peek(const struct ckpt_image *image, uint64_t addr, void *to, size_t len);

/* The checksum of every chunk.  0 or -EBADMSG with err naming the address. */
int ckpt_image_verify_pages(struct ckpt_image *image, struct ckpt_err *err);

/* Of one chunk, by its index. */
int ckpt_image_verify_chunk(struct ckpt_image *image, size_t index, struct ckpt_err *err);

void ckpt_image_close(struct ckpt_image *image); /* NULL is fine */

#endif
