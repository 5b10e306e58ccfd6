/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * generations.h - which generations of which jobs lie in a directory, complete or not, known from
 * names and first pages.  [tool] Says nothing about whether an image can be restored; base/image.h
 * reads on.
 */
#ifndef CKPT_BASE_GENERATIONS_H
#define CKPT_BASE_GENERATIONS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "ckpt/image.h"

/* One file whose name is an image's. */
struct ckpt_generation_file {
	char *path;
	char program[64], job[64];
	uint32_t generation, member;
	int readable; /* head is there, agrees with the name, and the file has the size that head
			 says */
	const char *fault;	     /* why not, a short text; NULL when readable */
	uint64_t bytes;		     /* the file's size */
	struct ckpt_image_head head; /* zero when there is none */
};

/* The files of one job and number, [first, first + count) of the set's files. */
struct ckpt_generation {
	const char *job;
	uint32_t number;
	uint32_t expected; /* N, as the first readable image says; 0: none does */
	uint32_t present;  /* different members that are readable and agree on N */
	int complete;	   /* present == expected, and nothing beside them */
	uint64_t bytes;
	int64_t created; /* the latest image's, seconds since the epoch */
	size_t first, count;
};

struct ckpt_generations {
	struct ckpt_generation_file *files; /* sorted by job, generation, member */
	size_t file_count;
	struct ckpt_generation *list; /* sorted by job, number */
	size_t count;
};

/*
 * Look at each path: a directory (its images; other names are passed over) or a file (which must
 * bear an image's name, else it is -EINVAL with err, status BAD_IMAGE).  0 or -errno with err. Free
 * with ckpt_generations_free, also after a failure.
 */
int ckpt_generations_scan(const char *const *paths, size_t n, struct ckpt_generations *out,
			  struct ckpt_err *err);
void ckpt_generations_free(struct ckpt_generations *g);

/* The newest complete one of job (NULL: of any job, the newest number of the first job); NULL if
 * there is none. */
const struct ckpt_generation *ckpt_generations_newest(const struct ckpt_generations *g,
						      const char *job);

/* That one; NULL. */
const struct ckpt_generation *ckpt_generations_find(const struct ckpt_generations *g,
						    const char *job, uint32_t number);

/* The highest number of job that occurs, complete or not; 0 if none. */
uint32_t ckpt_generations_last(const struct ckpt_generations *g, const char *job);

/* How many different jobs there are. */
size_t ckpt_generations_jobs(const struct ckpt_generations *g);

/*
 * Read the first page's struct ckpt_image_head, no checksum looked at.  0, -EBADMSG (not an image),
 * -EPROTO (another version; head is filled), -errno.
 */
int ckpt_generations_peek(int fd, struct ckpt_image_head *head);

#endif
