// SPDX-License-Identifier: BSD-3-Clause
/* written.c - see written.h.  [tool]  (written_keep.c: copies and records) */
#include "agent/written_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/proc.h"

struct written *written_create(const char *which, uint64_t limit)
{
	struct written *w = ckpt_xmalloc(sizeof(*w));

	w->none = !strcmp(which, "none");
	w->all = !strcmp(which, "all");
	w->limit = limit;
	w->dir = -1;
	return w;
}

void written_forget(struct written *w)
{
	ckpt_buf_free(&w->files);
}

void written_destroy(struct written *w)
{
	if (!w)
		return;
	written_forget(w);
	free(w);
}

size_t written_files(struct written *w, struct written_file **files)
{
	*files = (void *)w->files.data;
	return w->files.len / sizeof(**files);
}

/* ---- which files ---- */

/* Is the description's position at the end of its file?  The size is looked at first: while the program writes, the position runs ahead
 * of it, and never behind. */
static bool at_end(const struct ckpt_look *look, const char *from, struct ckpt_arena *arena)
{
	struct stat st;
	char *fdinfo;

	if (stat(from, &st))
		return false;
	fdinfo = ckpt_proc_read(arena, look->pid, ckpt_arena_printf(arena, "fdinfo/%d", look->fd), NULL);
	return fdinfo && ckpt_proc_number(fdinfo, "pos", 10) >= (uint64_t)st.st_size;
}

static void note_descriptor(struct written *w, const struct written_file *member, const struct ckpt_look *look,
			    struct ckpt_arena *arena)
{
	struct written_file file = *member;
	bool reads = (look->flags & O_ACCMODE) == O_RDONLY;

	if (!S_ISREG(look->st.st_mode) || look->flags & O_PATH || (reads && !w->all))
		return;
	file.st = look->st;
	file.path = look->link;
	file.from = ckpt_arena_printf(arena, "/proc/%d/fd/%d", look->pid, look->fd);
	file.where = ckpt_arena_printf(arena, "descriptor %d", look->fd);
	file.pid = look->pid;
	file.writers = !reads;
	file.in_place = !reads && !(look->flags & O_APPEND);
	file.in_middle = file.in_place && !at_end(look, file.from, arena);
	ckpt_buf_add(&w->files, &file, sizeof(file));
}

/* memory.c has made sure that a shared mapping's file still has its path. */
static void note_mapping(struct written *w, const struct written_file *member, const struct ckpt_rec_mapping *map,
			 const char *path, struct ckpt_arena *arena)
{
	struct written_file file = *member;

	if (stat(path, &file.st) || !S_ISREG(file.st.st_mode))
		return;
	file.path = file.from = path;
	file.where = ckpt_arena_printf(arena, "address %llx-%llx", (unsigned long long)map->start, (unsigned long long)map->end);
	file.writers = file.in_place = file.in_middle = file.mapped = true;
	ckpt_buf_add(&w->files, &file, sizeof(file));
}

void written_look(struct written *w, uint32_t member, const char *program, const struct descriptors *d, const struct memory *m,
		  struct ckpt_arena *arena)
{
	const struct ckpt_rec_mapping *maps = (void *)m->mappings.data;
	const struct ckpt_rec_mapfile *mapfiles = (void *)m->files.data;
	struct written_file file = { .member = member, .program = program };

	if (w->none)
		return;
	for (size_t i = 0; i < d->set.count; i++)
		if (d->set.looks[i].plugin && !strcmp(d->set.looks[i].plugin->name, "file"))
			note_descriptor(w, &file, &d->set.looks[i], arena);
	for (size_t i = 0; i < m->mappings.len / sizeof(*maps); i++) {
		file.pid = m->pid;
		if (maps[i].kind == CKPT_MAPPING_file && maps[i].shared && maps[i].file && maps[i].vmflags & CKPT_VM_maywrite)
			note_mapping(w, &file, &maps[i], mapfiles[maps[i].file - 1].path, arena);
	}
}

/* ---- what becomes of them ---- */

static int by_file(const void *a, const void *b)
{
	const struct written_file *x = a, *y = b;

#define BY(field) if (x->field != y->field) return x->field < y->field ? -1 : 1
	BY(st.st_dev);
	BY(st.st_ino);
	BY(member);
#undef BY
	return strcmp(x->from, y->from);
}

/* One entry a file, whoever has it and however often. */
static void join(struct written *w)
{
	struct written_file *files;
	size_t count = written_files(w, &files), out = 0;

	if (!count)
		return;
	qsort(files, count, sizeof(*files), by_file);
	for (size_t i = 0; i < count; i++) {
		struct written_file *last = out ? &files[out - 1] : NULL;

		if (!last || last->st.st_dev != files[i].st.st_dev || last->st.st_ino != files[i].st.st_ino) {
			files[out++] = files[i];
			continue;
		}
		last->writers |= files[i].writers;
		last->in_place |= files[i].in_place;
		last->in_middle |= files[i].in_middle;
		last->mapped |= files[i].mapped;
	}
	w->files.len = out * sizeof(*files);
}

static void refuse_large(const struct written *w, const struct written_file *f, uint64_t bytes, struct refusals *refusals)
{
	char reason[160];

	snprintf(reason, sizeof(reason), "it holds %llu bytes, more than --file-limit (%llu), and %s", (unsigned long long)bytes,
		 (unsigned long long)w->limit, f->writers ? "may be overwritten in place" : "--files=all keeps it");
	refuse(refusals, f->pid, f->program, f->where, "written file", f->path, reason,
	       f->writers ? "launch with a higher --file-limit, or with --files=none, or open it with O_APPEND"
			  : "launch with a higher --file-limit, or with --files=written");
}

static void decide(const struct written *w, struct written_file *f, struct refusals *refusals)
{
	uint64_t bytes = (uint64_t)f->st.st_blocks * 512;
	bool readable = !faccessat(AT_FDCWD, f->from, R_OK, AT_EACCESS), append_only = f->writers && !f->in_place,
	     sequential = f->writers && !f->in_middle;

	if (bytes > (uint64_t)f->st.st_size)
		bytes = f->st.st_size;
	f->keep = f->edges = false;
	if (!f->st.st_size)
		return; /* what an empty file held is known */
	if (!append_only && readable && bytes <= w->limit)
		f->keep = true;
	else if (append_only || sequential)
		f->edges = readable;
	else if (!readable)
		refuse(refusals, f->pid, f->program, f->where, "written file", f->path,
		       "it may be overwritten in place, and what it holds cannot be read to be kept",
		       "give yourself permission to read it (chmod u+r), or launch with --files=none");
	else
		refuse_large(w, f, bytes, refusals);
}

void written_decide(struct written *w, struct refusals *refusals)
{
	struct written_file *files;
	size_t count;

	join(w);
	count = written_files(w, &files);
	for (size_t i = 0; i < count; i++)
		decide(w, &files[i], refusals);
}
