// SPDX-License-Identifier: BSD-3-Clause
/* written_plan.c - see written.h: what has become of each file, and what is to be done about it.  [tool]  Writes nothing. */
#include "restart/written_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/content.h"
#include "base/kept.h"
#include "ckpt/exit.h"

struct planning {
	struct plan *p;
	struct written_file *f;
	int *found;
	struct ckpt_err *err;
};

static int __attribute__((format(printf, 2, 3))) refuse(struct planning *g, const char *fmt, ...)
{
	char text[768];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	g->f->refused = true;
	return plan_differs(g->found, g->err, "%s", text);
}

static const char *directory_of(struct ckpt_arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return ".";
	return slash == path ? "/" : ckpt_arena_text(arena, path, slash - path);
}

static int check_copy(struct planning *g)
{
	const char *fault;

	g->f->copy = ckpt_kept_check(g->p->image, g->f->rec, g->p->arena, &fault);
	return fault ? refuse(g, "%s, which keeps what %s held: %s", g->f->copy, g->f->path, fault) : 0;
}

/* ---- the file ---- */

/* Nothing is written yet, but it must be possible. */
static int check_file_writable(struct planning *g)
{
	const struct written_file *f = g->f;
	int given, e;

	if (!faccessat(AT_FDCWD, f->path, W_OK, AT_EACCESS))
		return 0;
	e = errno;
	if (e == EACCES && f->st.st_uid == geteuid())
		return 0;
	given = written_given(&f->st);
	/* Through a descriptor with O_APPEND a file can be cut, but not overwritten. */
	if (given >= 0 && (f->deed == WRITTEN_CUT || !(fcntl(given, F_GETFL) & O_APPEND)))
		return 0;
	return refuse(g, "%s has changed since, and cannot be put back: %s", f->path, strerror(e));
}

static int check_writable(struct planning *g)
{
	const struct written_file *f = g->f;
	const char *dir = directory_of(g->p->arena, f->path);

	if (f->deed == WRITTEN_TIME)
		return 0;
	if (f->deed != WRITTEN_CREATE && check_file_writable(g))
		return -EINVAL;
	if (!faccessat(AT_FDCWD, dir, W_OK | X_OK, AT_EACCESS))
		return 0;
	if (f->deed == WRITTEN_CREATE)
		return refuse(g, "%s is gone, and cannot be made again: %s: %s", f->path, dir, strerror(errno));
	return refuse(g, "%s has changed since, and what it holds now cannot be kept beside it (%s: %s); make the directory writable%s",
		      f->path, dir, strerror(errno),
		      f->deed == WRITTEN_CUT ? ckpt_arena_printf(g->p->arena, ", or cut it yourself: truncate -s %llu %s",
								 (unsigned long long)f->rec->size, f->path) : "");
}

static int plan_missing(struct planning *g)
{
	if (!g->f->copy && g->f->rec->size)
		return refuse(g, "%s is gone, and what it held was not kept: bring it back, or name where it is with --path-map",
			      g->f->path);
	g->f->deed = WRITTEN_CREATE;
	return check_writable(g);
}

/* Does the file still begin with what it held? 1, 0, or -errno. */
static int same_beginning(const struct written_file *f, int fd)
{
	uint64_t sum = 0;
	int e;

	if ((uint64_t)f->st.st_size < f->rec->size)
		return 0;
	if (f->copy) {
		e = ckpt_content_sum(fd, f->rec->size, &sum);
		return e ? e : sum == f->rec->copy_sum;
	}
	if (!f->rec->edge)
		return 1;
	e = ckpt_content_edges(fd, f->rec->size, f->rec->edge, &sum);
	return e ? e : sum == f->rec->edges_sum;
}

static int plan_present(struct planning *g, int fd)
{
	struct written_file *f = g->f;
	const struct ckpt_rec_written *rec = f->rec;
	int same = same_beginning(f, fd);

	if (same < 0)
		return refuse(g, "cannot read %s: %s", f->path, strerror(-same));
	if (!same && !f->copy && rec->size)
		return refuse(g, "%s %s, and what it held was not kept: bring back its first %llu bytes as they were", f->path,
			      (uint64_t)f->st.st_size < rec->size ? "has shrunk" : "has been overwritten",
			      (unsigned long long)rec->size);
	if (!same)
		f->deed = WRITTEN_REWRITE;
	else if ((uint64_t)f->st.st_size > rec->size)
		f->deed = WRITTEN_CUT;
	else if (f->st.st_mtim.tv_sec != rec->mtime_sec || (uint64_t)f->st.st_mtim.tv_nsec != rec->mtime_nsec)
		f->deed = WRITTEN_TIME;
	return f->deed == WRITTEN_NOTHING ? 0 : check_writable(g);
}

/* O_NOFOLLOW: the path was without links when it was saved, and a link that has come since may lead anywhere. */
static int open_now(const struct written_file *f)
{
	int flags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int fd = open(f->path, O_RDONLY | O_NOATIME | flags);

	if (fd < 0 && errno == EPERM)
		fd = open(f->path, O_RDONLY | flags);
	if (fd < 0 && errno == EACCES && !f->copy && !f->rec->edge)
		fd = open(f->path, O_PATH | flags);
	return fd;
}

static void plan_file(struct planning *g)
{
	int fd;

	if (check_copy(g))
		return;
	fd = open_now(g->f);
	if (fd < 0 && errno == ENOENT)
		plan_missing(g);
	else if (fd < 0)
		refuse(g, "cannot open %s to compare it: %s", g->f->path, errno == ELOOP ? "it is a symbolic link now" : strerror(errno));
	else if (fstat(fd, &g->f->st) || !S_ISREG(g->f->st.st_mode))
		refuse(g, "%s is not a regular file any more", g->f->path);
	else
		plan_present(g, fd);
	if (fd >= 0)
		close(fd);
}

void written_plan(struct plan *p, int *found, struct ckpt_err *err)
{
	struct written *w = p->written = ckpt_arena_alloc(p->arena, sizeof(*w));

	w->count = p->image->written_count;
	w->files = ckpt_arena_alloc(p->arena, (w->count + 1) * sizeof(*w->files));
	for (size_t i = 0; i < w->count; i++) {
		struct planning g = { p, &w->files[i], found, err };

		w->files[i].rec = &p->image->writtens[i];
		w->files[i].path = plan_path(p, w->files[i].rec->path);
		plan_file(&g);
	}
}

bool written_restores(const struct plan *p, const char *path)
{
	for (size_t i = 0; p->written && i < p->written->count; i++)
		if (!strcmp(p->written->files[i].rec->path, path))
			return true;
	return false;
}
