// SPDX-License-Identifier: BSD-3-Clause
/* keep.c - see keep.h.  [tool] */
#include "coordinator/keep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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
		char job[64];
		uint32_t number;

		if ((!temporary && !all) ||
		    ckpt_image_parse_name(e->d_name + temporary, NULL, job, &number, NULL) ||
		    number < first || number > last || strcmp(job, s->job))
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
	uint64_t keep = s->keep ? s->keep : 1, kept = 0;
	struct ckpt_generations g;

	if (!scan(s, &g, NULL))
		for (size_t i = g.count; i-- > 0;) {
			const struct ckpt_generation *gen = &g.list[i];

			if (strcmp(gen->job, s->job) || gen->number > committed)
				continue;
			if (gen->complete && kept < keep)
				kept++;
			else if (gen->number != s->restarted_from)
				remove_generation(&g, gen);
		}
	ckpt_generations_free(&g);
	/* What agents left that were killed. */
	remove_files(s, 0, committed, 0);
}

void keep_remove(const struct ckpt_settings *s, uint32_t generation)
{
	remove_files(s, generation, generation, 1);
}
