// SPDX-License-Identifier: BSD-3-Clause
/* inspect_directory.c - the generations in a directory: when, of whom, how large, complete or not.  [tool] */
#include "cli/inspect.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "base/generations.h"
#include "base/kept.h"
#include "ckpt/exit.h"

static json_t *file_json(const struct ckpt_generation_file *f)
{
	json_t *json = json_pack("{s:o, s:o, s:i, s:I, s:b}", "path", inspect_text_json(f->path),
				 "program", inspect_text_json(f->program), "member", (int)f->member,
				 "bytes", (json_int_t)f->bytes, "readable", f->readable);

	if (f->fault)
		json_object_set_new(json, "fault", inspect_text_json(f->fault));
	return json;
}

static json_t *generation_json(const struct ckpt_generations *set, const struct ckpt_generation *g)
{
	json_t *files = json_array();

	for (size_t i = g->first; i < g->first + g->count; i++)
		json_array_append_new(files, file_json(&set->files[i]));
	return json_pack("{s:o, s:i, s:b, s:i, s:i, s:I, s:I, s:o}", "job",
			 inspect_text_json(g->job), "generation", (int)g->number, "complete",
			 g->complete, "members", (int)g->expected, "present", (int)g->present,
			 "bytes", (json_int_t)g->bytes, "created", (json_int_t)g->created, "images",
			 files);
}

static void print_generation(const struct ckpt_generations *set, const struct ckpt_generation *g)
{
	time_t t = (time_t)g->created;
	char date[64] = "-";
	struct tm tm;

	if (t && localtime_r(&t, &tm))
		strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &tm);
	printf("%-20s %10u  %-19s %7u %14" PRIu64 "  %s\n", g->job, g->number, date, g->expected,
	       g->bytes, g->complete ? "complete" : "incomplete");
	if (!g->complete)
		printf("%20s %u of %u images are there\n", "", g->present, g->expected);
	for (size_t i = g->first; i < g->first + g->count; i++)
		if (set->files[i].fault)
			printf("%20s %s: %s\n", "", set->files[i].path, set->files[i].fault);
}

static int verify_all(const struct ckpt_generations *set, struct ckpt_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < set->file_count; i++) {
		struct ckpt_image *im = ckpt_image_open(set->files[i].path, err);

		r = im ? ckpt_image_verify_pages(im, err) : -1;
		if (r == 0)
			r = ckpt_kept_verify(im, err);
		ckpt_image_close(im);
	}
	return r;
}

int inspect_directory(const char *path, int json, int verify, struct ckpt_err *err)
{
	struct ckpt_generations set;
	json_t *list = json_array();
	int r = ckpt_generations_scan(&path, 1, &set, err);

	if (r == 0 && verify)
		r = verify_all(&set, err);
	if (r == 0 && !json && set.count)
		printf("%-20s %10s  %-19s %7s %14s\n", "job", "generation", "written", "members",
		       "bytes");
	for (size_t i = 0; r == 0 && i < set.count; i++) {
		if (json)
			json_array_append_new(list, generation_json(&set, &set.list[i]));
		else
			print_generation(&set, &set.list[i]);
	}
	if (r == 0 && !json && !set.count)
		printf("%s: no images\n", path);
	if (r == 0 && json)
		inspect_print_json(json_pack("{s:i, s:s, s:o, s:b, s:O}", "schema", INSPECT_SCHEMA,
					     "kind", "directory", "path", inspect_text_json(path),
					     "verified", verify, "generations", list));
	json_decref(list);
	ckpt_generations_free(&set);
	return r;
}
