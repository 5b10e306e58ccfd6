/* SPDX-License-Identifier: BSD-3-Clause */
/* written_parts.h - what the files of agent/written share; nobody else includes it.  [tool] */
#ifndef CKPT_AGENT_WRITTEN_PARTS_H
#define CKPT_AGENT_WRITTEN_PARTS_H

#include <sys/stat.h>

#include "agent/written.h"
#include "base/arena.h"

/* A file, or, before written_decide, one way to it. */
struct written_file {
	uint32_t member; /* whose image has its record */
	pid_t pid;
	const char *program, *path, *where;
	const char *from; /* where we can open it */
	struct stat st;
	bool writers;	/* somebody has it open for writing */
	bool in_place;	/* a writer has no O_APPEND */
	bool in_middle; /* and does not stand at its end */
	bool mapped;	/* shared and writable */
	/* decided */
	bool keep;  /* what it holds */
	bool edges; /* a checksum of its beginning and end */
	struct ckpt_rec_written rec;
	char temporary[256], final[256]; /* of the copy; empty before it is made */
	bool renamed;
};

struct written {
	bool none, all;
	uint64_t limit;
	struct ckpt_buf files; /* struct written_file[] */
	int dir;	       /* the caller's, from written_keep on */
};

/* *files stay w's.  Returns how many. */
size_t written_files(struct written *w, struct written_file **files);

#endif
