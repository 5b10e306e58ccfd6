// SPDX-License-Identifier: BSD-3-Clause
/*
 * restart.c - ckpt_restart: options, the choice of a generation, and the recipe of a restart.  [tool]
 */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/generations.h"
#include "base/options.h"
#include "ckpt/exit.h"
#include "restart/build.h"
#include "restart/guardian.h"
#include "restart/join.h"
#include "restart/limits.h"
#include "restart/namespace.h"
#include "restart/plan.h"
#include "restart/supervise.h"
#include "restart/written.h"

enum { KEY_RESTORE = 256, KEY_PIDS, KEY_PATH_MAP, KEY_GENERATION, KEY_DETACH, KEY_STDIN, KEY_STDOUT, KEY_STDERR, KEY_FAIL,
       KEY_QUIET, KEY_VDSO };

struct options {
	struct plan plan;
	const char *job;
	uint32_t generation;
	bool detach, quiet;
	const char *standard[3];
	int fail_status; /* 0: our own */
	const char **paths;
	size_t path_count;
	bool started;
};

static const struct argp_option option_table[] = {
	{ "restore", KEY_RESTORE, "HOW", 0, "auto, eager or lazy: how memory comes back", 0 },
	{ "pids", KEY_PIDS, "HOW", 0, "auto, exact or virtual process ids", 0 },
	{ "path-map", KEY_PATH_MAP, "OLD=NEW", 0, "paths that began with OLD are found under NEW (again for more)", 0 },
	{ "job", 'j', "JOB", 0, "the job to restart, where there are several", 0 },
	{ "generation", KEY_GENERATION, "N", 0, "this generation instead of the newest complete one", 0 },
	{ "detach", KEY_DETACH, NULL, 0, "return when the program runs, and let it live on", 0 },
	{ "stdin", KEY_STDIN, "FILE", 0, "standard input, where it was not a file", 0 },
	{ "stdout", KEY_STDOUT, "FILE", 0, "standard output, where it was not a file", 0 },
	{ "stderr", KEY_STDERR, "FILE", 0, "standard error, where it was not a file", 0 },
	{ "fail-status", KEY_FAIL, "N", 0, "end with N where ckpt_restart itself fails", 0 },
	{ "vdso", KEY_VDSO, "HOW", 0, "auto, or jump: lead the program's old vdso to this kernel's even if they are the same", 0 },
	{ "quiet", 'q', NULL, 0, "no warnings", 0 },
	{ 0 },
};

static void add_map(const struct argp_state *state, struct options *o, const char *arg)
{
	char *copy = strdup(arg), *eq = copy ? strchr(copy, '=') : NULL;

	if (!eq || eq == copy)
		ckpt_options_bad(state, "path-map", arg, "it must be OLD=NEW");
	*eq = 0;
	o->plan.maps = ckpt_xrealloc(o->plan.maps, (o->plan.map_count + 1) * sizeof(*o->plan.maps));
	o->plan.maps[o->plan.map_count++] = (struct ckpt_path_map){ copy, eq + 1 };
}

static error_t parse(int key, char *arg, struct argp_state *state);

static const struct argp argp = {
	option_table, parse, "IMAGE...|DIR",
	"Bring a job back from its images.\vThe newest complete generation of the one job that is given is taken.  ckpt_restart stays in "
	"the foreground as the program's parent and ends as the program ends.", NULL, NULL, NULL,
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		ckpt_options_from_env(&argp, state);
		return 0;
	case KEY_RESTORE:
		if (!strcmp(ckpt_options_word(state, "restore", arg, "auto|eager|lazy"), "lazy"))
			ckpt_options_bad(state, "restore", arg, "lazy restore is not in this version; eager is");
		return 0;
	case KEY_PIDS:
		arg = (char *)ckpt_options_word(state, "pids", arg, "auto|exact|virtual");
		o->plan.pids = !strcmp(arg, "exact") ? RESTART_PIDS_EXACT :
			       !strcmp(arg, "virtual") ? RESTART_PIDS_VIRTUAL : RESTART_PIDS_AUTO;
		return 0;
	case KEY_PATH_MAP:
		add_map(state, o, arg);
		return 0;
	case KEY_VDSO:
		o->plan.other_vdso = !strcmp(ckpt_options_word(state, "vdso", arg, "auto|jump"), "jump");
		return 0;
	case 'j':
		o->job = arg;
		return 0;
	case KEY_GENERATION:
		o->generation = ckpt_options_number(state, "generation", arg);
		return 0;
	case KEY_DETACH:
		o->detach = true;
		return 0;
	case KEY_STDIN:
	case KEY_STDOUT:
	case KEY_STDERR:
		o->standard[key - KEY_STDIN] = arg;
		return 0;
	case KEY_FAIL:
		o->fail_status = ckpt_options_number(state, "fail-status", arg);
		if (o->fail_status < 1 || o->fail_status > 255)
			ckpt_options_bad(state, "fail-status", arg, "it must be 1 to 255");
		return 0;
	case 'q':
		o->quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		o->paths = ckpt_xrealloc(o->paths, (o->path_count + 1) * sizeof(*o->paths));
		o->paths[o->path_count++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (!o->path_count)
			argp_error(state, "name images or a directory that holds them");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* ---- which generation ---- */

static int list_jobs(const struct ckpt_generations *g, struct ckpt_err *err)
{
	const char *last = "";

	for (size_t i = 0; i < g->count; i++) {
		if (strcmp(g->list[i].job, last))
			fprintf(stderr, "  --job %s (%s)\n", g->list[i].job, g->files[g->list[i].first].program);
		last = g->list[i].job;
	}
	return ckpt_errs(err, CKPT_EX_USAGE, -EINVAL, "images of several jobs: choose one with --job");
}

static int choose(struct options *o, const struct ckpt_generations *g, const struct ckpt_generation **out, struct ckpt_err *err)
{
	const char *job = o->job;

	if (!g->count)
		return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -ENOENT, "no images in %s", o->paths[0]);
	if (!job && ckpt_generations_jobs(g) > 1)
		return list_jobs(g, err);
	if (!job)
		job = g->list[0].job;
	*out = o->generation ? ckpt_generations_find(g, job, o->generation) : ckpt_generations_newest(g, job);
	if (!*out && !o->generation && g->file_count && g->files[0].fault)
		return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -ENOENT, "%s: %s", g->files[0].path, g->files[0].fault);
	if (!*out)
		return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -ENOENT, "job %s has no %s generation there", job,
				 o->generation ? "such" : "complete");
	if (!(*out)->complete)
		return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -ENOENT, "generation %u of job %s is not complete: %u of %u images",
				 (*out)->number, job, (*out)->present, (*out)->expected);
	return 0;
}

static char *directory_of(const char *path)
{
	char *real = realpath(path, NULL), *slash = real ? strrchr(real, '/') : NULL;

	if (slash)
		slash[slash == real] = 0;
	return real;
}

/* ---- standard descriptors ---- */

static int open_standard(struct options *o, struct ckpt_err *err)
{
	static const int flags[] = { O_RDONLY, O_WRONLY | O_CREAT | O_APPEND, O_WRONLY | O_CREAT | O_APPEND };

	for (int i = 0; i < 3; i++) {
		o->plan.standard[i] = fcntl(i, F_GETFD) < 0 ? -1 : i;
		if (!o->standard[i])
			continue;
		o->plan.standard[i] = open(o->standard[i], flags[i] | O_CLOEXEC, 0666);
		if (o->plan.standard[i] < 0)
			return ckpt_errs(err, CKPT_EX_CANNOT_CREATE, -errno, "cannot open %s: %s", o->standard[i], strerror(errno));
	}
	return 0;
}

/* ---- the recipe ---- */

static void show_warnings(struct options *o)
{
	const char *p = (char *)o->plan.warnings.data, *end = p + o->plan.warnings.len;

	/* What we write there would lie in the middle of what the program writes. */
	if (written_has(&o->plan, STDERR_FILENO))
		return;
	for (; !o->quiet && p && p < end; p += strlen(p) + 1)
		fprintf(stderr, "ckpt_restart: warning: %s\n", p);
}

/* The program was on a terminal, and one of our standard descriptors is one: it may have another size. */
static bool has_new_terminal(const struct plan *p)
{
	bool had = false, has = false;

	for (size_t i = 0; i < p->image->description_count; i++)
		had |= !strcmp(p->image->descriptions[i].kind, "terminal");
	for (int i = 0; i < 3; i++)
		has |= p->standard[i] >= 0 && isatty(p->standard[i]);
	return had && has;
}

/* From the plan to the program that runs.  A failure leaves nothing. */
static int start(struct options *o, struct build *b, struct join *j, struct ckpt_err *err)
{
	struct plan *p = &o->plan;
	int e;

	p->sets_modes = !o->detach && supervise_has_terminal();
	e = build_process(b, p, err);
	if (plan_needs_namespace(p, e))
		e = build_process(b, p, err);
	if (!e)
		e = join_root(j, p, b->pid, err);
	if (!e && !o->detach && !namespace_is_held())
		e = guardian_start(b->pid, j->socket, err);
	if (!e) {
		show_warnings(o);
		supervise_take(b->pid);
		if (!o->detach)
			supervise_foreground();
		e = build_release(b, p, err);
	}
	if (e) {
		build_abandon(b);
		guardian_dismiss();
		supervise_undo();
	} else if (has_new_terminal(p)) {
		kill(b->pid, SIGWINCH);
	}
	return e;
}

static int restart(struct options *o, struct build *b, struct ckpt_err *err)
{
	const struct ckpt_generation *generation = NULL;
	struct ckpt_generations g;
	struct plan *p = &o->plan;
	struct join j = { 0 };
	char *dir = NULL;
	int e = ckpt_generations_scan(o->paths, o->path_count, &g, err);

	if (!e)
		e = choose(o, &g, &generation, err);
	if (!e && generation->count != 1)
		e = ckpt_errs(err, CKPT_EX_BAD_IMAGE, -ENOTSUP, "a generation of %zu processes: process trees are not restarted by this "
			      "version", generation->count);
	if (!e) {
		p->image = ckpt_image_open(g.files[generation->first].path, err);
		dir = directory_of(g.files[generation->first].path);
		e = p->image ? 0 : -EBADMSG;
	}
	if (!e)
		e = plan_check(p, err);
	if (!e)
		e = limits_check(p, err);
	if (!e)
		e = open_standard(o, err);
	if (!e)
		e = join_start(&j, p, generation->job, dir, err);
	if (!e)
		e = written_put_back(p, err);
	if (!e)
		e = start(o, b, &j, err);
	if (e)
		written_undo(p);
	join_close(&j, e != 0);
	ckpt_image_close(p->image);
	ckpt_generations_free(&g);
	free(dir);
	return e;
}

/* --fail-status holds for a wrong command line too, wherever it stands there. */
static int usage_status(int argc, char **argv)
{
	const char *value = getenv("CKPT_FAIL_STATUS");
	int status;

	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		size_t len = strcspn(argv[i], "=");

		if (len < strlen("--fa") || strncmp(argv[i], "--fail-status", len))
			continue;
		value = argv[i][len] ? argv[i] + len + 1 : i + 1 < argc ? argv[i + 1] : NULL;
	}
	status = value ? atoi(value) : 0;
	return status >= 1 && status <= 255 ? status : CKPT_EX_USAGE;
}

int main(int argc, char **argv)
{
	struct options o = { .plan = { .arena = ckpt_arena_create() } };
	struct ckpt_err err = { 0 };
	struct build b = { 0 };
	int status;

	ckpt_options_begin("ckpt_restart", usage_status(argc, argv));
	argp_parse(&argp, argc, argv, 0, NULL, &o);
	supervise_begin();
	if (restart(&o, &b, &err)) {
		fprintf(stderr, "ckpt_restart: %s (nothing was started)\n", err.text);
		status = err.status ? err.status : CKPT_EX_INTERNAL;
		return o.fail_status ? o.fail_status : status;
	}
	if (!o.detach)
		supervise();
	namespace_stay();
	return 0;
}
