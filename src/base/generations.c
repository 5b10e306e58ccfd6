// SPDX-License-Identifier: BSD-3-Clause
/* generations.c - see generations.h.  [tool] */
#include "base/generations.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/image.h"
#include "ckpt/exit.h"

int ckpt_generations_peek(int fd, struct ckpt_image_head *head)
{
	unsigned char page[CKPT_IMAGE_PAGE];
	ssize_t n = pread(fd, page, sizeof(page), 0);

	memset(head, 0, sizeof(*head));
	if (n < 0)
		return -errno;
	if ((size_t)n < sizeof(page) || memcmp(page, "\177ELF", 4))
		return -EBADMSG;
	/* The note's place depends on the ELF header's notes before it; its magic is aligned as
	 * notes are. */
	for (size_t at = 64; at + sizeof(*head) <= sizeof(page); at += 4) {
		if (memcmp(page + at, CKPT_IMAGE_MAGIC, sizeof(head->magic)))
			continue;
		memcpy(head, page + at, sizeof(*head));
		head->job[sizeof(head->job) - 1] = '\0';
		head->program[sizeof(head->program) - 1] = '\0';
		return head->version == CKPT_IMAGE_VERSION ? 0 : -EPROTO;
	}
	return -EBADMSG;
}

static const char *fault_of(const struct ckpt_generation_file *f, int peek)
{
	if (peek == -EPROTO)
		return "is of another format version";
	if (peek == -EBADMSG)
		return "is not an image, or was not finished";
	if (peek)
		return strerror(-peek);
	if (f->head.size != f->bytes)
		return "is cut short or has grown";
	if (f->head.generation != f->generation || f->head.member != f->member ||
	    strcmp(f->head.job, f->job))
		return "has been renamed: job, generation or member are not those of its name";
	return NULL;
}

static void look_into(struct ckpt_generation_file *f)
{
	/* O_NONBLOCK: a FIFO of that name must not hold us. */
	int fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0) {
		f->fault = strerror(errno);
		return;
	}
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		f->fault = "is not a regular file";
	} else {
		f->bytes = st.st_size;
		f->fault = fault_of(f, ckpt_generations_peek(fd, &f->head));
	}
	f->readable = !f->fault;
	close(fd);
}

/* 0, or -EINVAL when name is not an image's. */
static int add_file(struct ckpt_generations *g, const char *dir, const char *name)
{
	struct ckpt_generation_file f = { 0 };

	if (ckpt_image_parse_name(name, f.program, f.job, &f.generation, &f.member))
		return -EINVAL;
	f.path = ckpt_xmalloc((dir ? strlen(dir) + 1 : 0) + strlen(name) + 1);
	if (dir) {
		strcpy(f.path, dir);
		strcat(f.path, "/");
	}
	strcat(f.path, name);
	look_into(&f);
	g->files = ckpt_xrealloc(g->files, (g->file_count + 1) * sizeof(f));
	g->files[g->file_count++] = f;
	return 0;
}

static int add_dir(struct ckpt_generations *g, const char *path, struct ckpt_err *err)
{
	DIR *d = opendir(path);
	struct dirent *e;

	if (!d)
		return ckpt_errf(err, -errno, "cannot read directory %s: %s", path,
				 strerror(errno));
	while ((e = readdir(d)))
		if (!strncmp(e->d_name, "ckpt_", 5))
			add_file(g, path, e->d_name);
	closedir(d);
	return 0;
}

static int add_path(struct ckpt_generations *g, const char *path, struct ckpt_err *err)
{
	const char *slash = strrchr(path, '/');
	struct stat st;
	char *dir;
	int ret;

	if (stat(path, &st))
		return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -errno, "%s: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return add_dir(g, path, err);
	dir = slash ? strndup(path, slash - path) : NULL;
	ret = add_file(g, dir, slash ? slash + 1 : path);
	free(dir);
	if (ret)
		return ckpt_errs(
			err, CKPT_EX_BAD_IMAGE, ret,
			"%s does not have an image's name, ckpt_PROGRAM_JOB_gNNNNNN_MEMBER.img",
			path);
	return 0;
}

static int by_place(const void *a, const void *b)
{
	const struct ckpt_generation_file *x = a, *y = b;
	int c = strcmp(x->job, y->job);

	if (c)
		return c;
	if (x->generation != y->generation)
		return x->generation < y->generation ? -1 : 1;
	if (x->member != y->member)
		return x->member < y->member ? -1 : 1;
	return strcmp(x->path, y->path);
}

static int is_same(const struct ckpt_generation_file *a, const struct ckpt_generation_file *b)
{
	return a->generation == b->generation && !strcmp(a->job, b->job);
}

static void count_members(struct ckpt_generation *gen, const struct ckpt_generation_file *files)
{
	int whole = 1;

	for (size_t i = 0; i < gen->count; i++) {
		const struct ckpt_generation_file *f = &files[i];

		gen->bytes += f->bytes;
		if (!f->readable) {
			whole = 0;
			continue;
		}
		if (!gen->expected)
			gen->expected = f->head.members;
		if (f->head.created > gen->created)
			gen->created = f->head.created;
		if (f->head.members != gen->expected ||
		    (i && f[-1].readable && f[-1].member == f->member)) {
			whole = 0;
			continue;
		}
		gen->present++;
	}
	gen->complete = whole && gen->expected && gen->present == gen->expected;
}

static void group(struct ckpt_generations *g)
{
	for (size_t i = 0; i < g->file_count;) {
		struct ckpt_generation gen = { .job = g->files[i].job,
					       .number = g->files[i].generation,
					       .first = i };

		while (i < g->file_count && is_same(&g->files[gen.first], &g->files[i]))
			i++;
		gen.count = i - gen.first;
		count_members(&gen, &g->files[gen.first]);
		g->list = ckpt_xrealloc(g->list, (g->count + 1) * sizeof(gen));
		g->list[g->count++] = gen;
	}
}

int ckpt_generations_scan(const char *const *paths, size_t n, struct ckpt_generations *out,
			  struct ckpt_err *err)
{
	int ret = 0;

	*out = (struct ckpt_generations){ 0 };
	for (size_t i = 0; !ret && i < n; i++)
		ret = add_path(out, paths[i], err);
	if (out->file_count)
		qsort(out->files, out->file_count, sizeof(*out->files), by_place);
	group(out);
	return ret;
}

void ckpt_generations_free(struct ckpt_generations *g)
{
	for (size_t i = 0; i < g->file_count; i++)
		free(g->files[i].path);
	free(g->files);
	free(g->list);
	*g = (struct ckpt_generations){ 0 };
}

const struct ckpt_generation *ckpt_generations_newest(const struct ckpt_generations *g,
						      const char *job)
{
	const struct ckpt_generation *best = NULL;

	for (size_t i = 0; i < g->count; i++) {
		const struct ckpt_generation *gen = &g->list[i];

		if (!job)
			job = gen->job;
		if (gen->complete && !strcmp(gen->job, job))
			best = gen; /* sorted by number */
	}
	return best;
}

const struct ckpt_generation *ckpt_generations_find(const struct ckpt_generations *g,
						    const char *job, uint32_t number)
{
	for (size_t i = 0; i < g->count; i++)
		if (g->list[i].number == number && !strcmp(g->list[i].job, job))
			return &g->list[i];
	return NULL;
}

uint32_t ckpt_generations_last(const struct ckpt_generations *g, const char *job)
{
	uint32_t last = 0;

	for (size_t i = 0; i < g->count; i++)
		if (!strcmp(g->list[i].job, job) && g->list[i].number > last)
			last = g->list[i].number;
	return last;
}

size_t ckpt_generations_jobs(const struct ckpt_generations *g)
{
	size_t jobs = 0;

	for (size_t i = 0; i < g->count; i++)
		jobs += !i || strcmp(g->list[i].job, g->list[i - 1].job);
	return jobs;
}
