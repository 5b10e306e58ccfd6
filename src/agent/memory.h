/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * memory.h - a member's memory: what each mapping is, which pages have to be written, and writing them.  [tool]
 */
#ifndef CKPT_AGENT_MEMORY_H
#define CKPT_AGENT_MEMORY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/inside.h"
#include "agent/refusals.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/image.h"
#include "base/maps.h"

/* Pages that go into the image. */
struct memory_span {
	uint64_t start, len;
	bool unreadable; /* no PROT_READ: read through /proc/PID/mem */
	bool alone;	 /* in chunks of its own: a restart may do without it */
	bool pause;	 /* a fork does not keep it: copied while the program stands */
	void *copy;	 /* of a pause span, once taken */
};

struct memory {
	pid_t pid;
	struct ckpt_map *maps;
	size_t map_count;
	struct ckpt_buf mappings; /* struct ckpt_rec_mapping[] */
	struct ckpt_buf files;	  /* struct ckpt_rec_mapfile[] */
	struct ckpt_buf guards;	  /* struct ckpt_rec_guard[] */
	struct ckpt_buf spans;	  /* struct memory_span[], rising */
	uint64_t bytes;		  /* of all spans */
	uint64_t pause_bytes;
	bool forked;		  /* pages are read from a snapshot that shares them with the program */
};

/* The mappings and what each is; refusals name those that cannot be saved. tid: a live thread, for a dead leader. */
int memory_look(struct memory *m, pid_t pid, pid_t tid, const char *program, bool self_contained, struct ckpt_arena *arena,
		struct refusals *refusals, struct ckpt_err *err);

/* Which pages: the process stands. */
int memory_plan(struct memory *m, struct inside *in, pid_t tid, struct ckpt_arena *arena, struct ckpt_err *err);

/* Take what a fork does not keep into our own memory. */
int memory_take_pause_spans(struct memory *m, pid_t pid, struct ckpt_err *err);

/* Add the records; write all spans, read from `source` (the stopped process, or the fork that keeps its memory). */
void memory_save_records(const struct memory *m, struct ckpt_image_writer *w);
int memory_write(struct memory *m, pid_t source, struct ckpt_image_writer *w,
		 int (*progress)(void *arg, uint64_t bytes, uint64_t total), void *arg, struct ckpt_err *err);

void memory_free(struct memory *m);

#endif
