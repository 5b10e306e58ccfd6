// SPDX-License-Identifier: BSD-3-Clause
/* keep.c - see keep.h.  [tool] */
#include "coordinator/keep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/generations.h"
#include "base/image.h"
#include "ckpt/exit.h"
#include "coordinator/log.h"

static int scan(const struct ckpt_settings *s, struct ckpt_generations *g, struct ckpt_err *err)
{
	const char *paths[] = { s->dir };

	return ckpt_generations_scan(paths, 1, g, err);
}

/* Names alone count here: a file that cannot be read has used its number all the same. */
uint32_t keep_next(const struct ckpt_settings *s, uint32_t at_least, struct ckpt_err *err)
{
	struct ckpt_generations g;
	uint32_t last = 0;
	int ret = scan(s, &g, err);

	if (!ret)
		last = ckpt_generations_last(&g, s->job);
	ckpt_generations_free(&g);
	if (ret) {
		if (err)
			err->status = CKPT_EX_CANNOT_CREATE;
		return 0;
	}
	return (last > at_least ? last : at_least) + 1;
}

/* A name of this job's, an image's or that of a file's content kept beside it; 0 and its generation, else -EINVAL. */
static int parse_name(const struct ckpt_settings *s, const char *name, uint32_t *generation)
{
	char job[64];

	if (ckpt_image_parse_name(name, NULL, job, generation, NULL) &&
	    ckpt_image_parse_content_name(name, NULL, job, generation, NULL, NULL))
		return -EINVAL;
	return strcmp(job, s->job) ? -EINVAL : 0;
}

static int is_kept(const uint32_t *kept, size_t count, uint32_t generation)
{
	for (size_t i = 0; i < count; i++)
		if (kept[i] == generation)
			return 1;
	return 0;
}

/* Contents of files go with their generation, and those that a crash left behind go too. */
static void remove_contents(const struct ckpt_settings *s, uint32_t committed, const uint32_t *kept, size_t count)
{
	DIR *d = opendir(s->dir);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		uint32_t number;

		if (parse_name(s, e->d_name, &number) || !ckpt_image_parse_name(e->d_name, NULL, NULL, NULL, NULL) ||
		    number > committed || is_kept(kept, count, number))
			continue;
		if (unlinkat(dirfd(d), e->d_name, 0))
			log_line("cannot remove %s/%s: %s", s->dir, e->d_name, strerror(errno));
	}
	if (d)
		closedir(d);
}

static void remove_generation(const struct ckpt_generations *g, const struct ckpt_generation *gen)
{
	log_line("generation %u of %s goes", gen->number, gen->job);
	for (size_t i = gen->first; i < gen->first + gen->count; i++)
		if (unlink(g->files[i].path))
			log_line("cannot remove %s: %s", g->files[i].path, strerror(errno));
}

/* Remove this job's files of the generations in [first, last]: temporary ones, or all. */
static void remove_files(const struct ckpt_settings *s, uint32_t first, uint32_t last, int all)
{
	DIR *d = opendir(s->dir);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		/* Temporary names are the final ones behind a dot. */
		int temporary = e->d_name[0] == '.';
		uint32_t number;

		if ((!temporary && !all) || parse_name(s, e->d_name + temporary, &number) || number < first || number > last)
			continue;
		if (unlinkat(dirfd(d), e->d_name, 0))
			log_line("cannot remove %s/%s: %s", s->dir, e->d_name, strerror(errno));
	}
	if (d)
		closedir(d);
}

/* Removals are no promise of ours, so the directory is not fsynced: one that comes back after a
 * power cut does no harm. */
void keep_prune(const struct ckpt_settings *s, uint32_t committed)
{
	uint64_t keep = s->keep ? s->keep : 1, complete = 0;
	struct ckpt_generations g;
	uint32_t *kept = NULL;
	size_t count = 0;
	int e = scan(s, &g, NULL);

	if (!e)
		kept = ckpt_xmalloc((g.count + 1) * sizeof(*kept));
	for (size_t i = e ? 0 : g.count; i-- > 0;) {
		const struct ckpt_generation *gen = &g.list[i];

		if (strcmp(gen->job, s->job) || gen->number > committed)
			continue;
		if (gen->complete && complete < keep) {
			complete++;
			kept[count++] = gen->number;
		} else if (gen->number == s->restarted_from) {
			kept[count++] = gen->number;
		} else {
			remove_generation(&g, gen);
		}
	}
	if (!e)
		remove_contents(s, committed, kept, count);
	free(kept);
	ckpt_generations_free(&g);
	/* What agents left that were killed. */
	remove_files(s, 0, committed, 0);
}

void keep_remove(const struct ckpt_settings *s, uint32_t generation)
{
	remove_files(s, generation, generation, 1);
}
