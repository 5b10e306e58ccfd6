/* SPDX-License-Identifier: BSD-3-Clause */
/* written_parts.h - what the files of restart/written share; nobody else includes it.  [tool] */
#ifndef CKPT_RESTART_WRITTEN_PARTS_H
#define CKPT_RESTART_WRITTEN_PARTS_H

#include <sys/stat.h>

#include "restart/written.h"

enum written_deed {
	WRITTEN_NOTHING,
	WRITTEN_TIME,	/* the content is right, the time of change is not */
	WRITTEN_CUT,	/* it has grown */
	WRITTEN_REWRITE, /* it holds something else */
	WRITTEN_CREATE, /* it is gone */
};

struct written_file {
	const struct ckpt_rec_written *rec;
	const char *path; /* as it is called today */
	const char *copy; /* path of the copy; NULL: none */
	enum written_deed deed;
	bool refused;
	struct stat st;	  /* as it was found, for all but CREATE */
	/* done */
	bool touched;	  /* the file itself is not what it was any more */
	char *kept;	  /* where what was taken out of it lies; NULL: nothing */
};

struct written {
	off_t standard[3]; /* where our own standard descriptors stood; the program's may share them */
	bool done;	   /* written_put_back was called */
	struct written_file *files;
	size_t count;
};

/* One of our own standard descriptors that is open for writing on this very file: it may have been given to us by somebody with
 * more rights.  -1: none is. */
int written_given(const struct stat *st);

#endif
