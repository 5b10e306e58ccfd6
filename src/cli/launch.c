// SPDX-License-Identifier: BSD-3-Clause
/*
 * launch.c - ckpt_launch: join a job (starting its coordinator), put our library into the
 * environment, exec the program.  [tool] Nothing of ours stays: no process between, no descriptor,
 * no signal changed.  What the environment bears stands in ckpt/env.h.
 */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/dial.h"
#include "base/options.h"
#include "base/rundir.h"
#include "base/where.h"
#include "ckpt/env.h"
#include "ckpt/exit.h"
#include "cli/program.h"

extern char **environ;

struct launch {
	struct ckpt_settings settings;
	const char *ckptdir;
	const char *job; /* as asked for; NULL: nothing was */
	int join;	 /* a running job, never a new one */
	int quiet;
	char **argv; /* of the program */
	char rundir[CKPT_RUNDIR_MAX];
	char socket[CKPT_RUNDIR_MAX];
	char preload[PATH_MAX];
};

/* clang-format off: one key a line says nothing */
enum {
	OPT_KEEP = 256,
	OPT_JOB,
	OPT_SNAPSHOT,
	OPT_PIDS,
	OPT_FILES,
	OPT_FILE_LIMIT,
	OPT_SELF_CONTAINED,
	OPT_QUIET,
	OPT_NEW,
	OPT_STOP_TIMEOUT,
	OPT_CKPTDIR
};
/* clang-format on */

static const struct argp_option option_table[] = {
	{ "ckptdir", OPT_CKPTDIR, "DIR", 0, "where images go (the current directory)", 1 },
	{ "interval", 'i', "TIME", 0,
	  "a checkpoint every TIME (seconds, or with m, h, d behind it)", 1 },
	{ "keep", OPT_KEEP, "N", 0, "keep the newest N complete generations (1)", 1 },
	{ "job", OPT_JOB, "NAME", 0,
	  "the job's name (the batch system's job id, else a short random one)", 1 },
	{ "snapshot", OPT_SNAPSHOT, "HOW", 0,
	  "auto, copy or fork: how memory is kept while the program goes on", 2 },
	{ "pids", OPT_PIDS, "HOW", 0, "auto, exact or virtual: process ids after a restart", 2 },
	{ "files", OPT_FILES, "WHICH", 0,
	  "written, none or all: files that a restart puts back (written)", 2 },
	{ "file-limit", OPT_FILE_LIMIT, "BYTES", 0, "save no file larger than that (67108864)", 2 },
	{ "self-contained", OPT_SELF_CONTAINED, NULL, 0,
	  "images hold also what is unchanged from files", 2 },
	{ "stop-timeout", OPT_STOP_TIMEOUT, "TIME", 0,
	  "give up when the program cannot be stopped within (10)", 2 },
	{ "join-coordinator", 'j', NULL, CKPT_OPTION_ACTION,
	  "join the running job (--job, or the only one)", 3 },
	{ "new-coordinator", OPT_NEW, NULL, CKPT_OPTION_ACTION,
	  "start a new job (that is so anyway)", 3 },
	{ "quiet", OPT_QUIET, NULL, 0, "say nothing (that is so anyway)", 3 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state);

static const struct argp parser = {
	.options = option_table,
	.parser = parse_option,
	.args_doc = "PROGRAM [ARGS...]",
	.doc = "Run PROGRAM so that ckpt_command can checkpoint it and ckpt_restart bring it back."
	       "\vEach option --some-thing has a variable, CKPT_SOME_THING. Exit status: the program's own; 125 when ckpt_launch "
	       "fails, 126 when PROGRAM cannot be run, 127 when it is not found.",
};

static void set_text(char *to, size_t room, const char *text)
{
	snprintf(to, room, "%s", text);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct launch *l = state->input;
	struct ckpt_settings *s = &l->settings;

	switch (key) {
	case ARGP_KEY_INIT: ckpt_options_from_env(&parser, state); break;
	case OPT_CKPTDIR: l->ckptdir = arg; break;
	case 'i': s->interval = (ckpt_options_ms(state, "interval", arg) + 999) / 1000; break;
	case OPT_KEEP:
		s->keep = ckpt_options_number(state, "keep", arg);
		if (!s->keep)
			ckpt_options_bad(state, "keep", arg,
					 "at least one generation must be kept");
		break;
	case OPT_JOB: l->job = arg; break;
	case OPT_SNAPSHOT:
		set_text(s->snapshot, sizeof(s->snapshot),
			 ckpt_options_word(state, "snapshot", arg, "auto|copy|fork"));
		break;
	case OPT_PIDS:
		set_text(s->pids, sizeof(s->pids),
			 ckpt_options_word(state, "pids", arg, "auto|exact|virtual"));
		break;
	case OPT_FILES:
		set_text(s->files, sizeof(s->files),
			 ckpt_options_word(state, "files", arg, "written|none|all"));
		break;
	case OPT_FILE_LIMIT: s->file_limit = ckpt_options_number(state, "file-limit", arg); break;
	case OPT_SELF_CONTAINED: s->self_contained = 1; break;
	case OPT_STOP_TIMEOUT:
		s->stop_timeout = (ckpt_options_ms(state, "stop-timeout", arg) + 999) / 1000;
		break;
	case 'j': l->join = 1; break;
	case OPT_NEW: l->join = 0; break;
	case OPT_QUIET: l->quiet = 1; break;
	case ARGP_KEY_ARG:
		/* Options end here, whatever PROGRAM's own look like. */
		l->argv = &state->argv[state->next - 1];
		state->next = state->argc;
		break;
	case ARGP_KEY_NO_ARGS: argp_error(state, "which PROGRAM?"); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* The image directory, absolute; its last component is made where it is missing.  It must be
 * writable now, not in an hour. */
static int settle_dir(struct launch *l, struct ckpt_err *err)
{
	const char *asked = l->ckptdir ? l->ckptdir : ".";
	struct stat st;
	char *real;

	if (stat(asked, &st) && errno == ENOENT && mkdir(asked, 0777) && errno != EEXIST)
		return ckpt_errs(err, CKPT_EX_CANNOT_CREATE, -errno,
				 "cannot create image directory '%s': %s", asked, strerror(errno));
	real = realpath(asked, NULL);
	if (!real || stat(real, &st))
		return ckpt_errs(err, CKPT_EX_CANNOT_CREATE, -errno, "image directory '%s': %s",
				 asked, strerror(errno));
	if (!S_ISDIR(st.st_mode) || strlen(real) >= sizeof(l->settings.dir))
		return ckpt_errs(err, CKPT_EX_CANNOT_CREATE, -ENOTDIR,
				 "image directory '%s': not a directory", real);
	strcpy(l->settings.dir, real);
	free(real);
	if (faccessat(AT_FDCWD, l->settings.dir, W_OK | X_OK, AT_EACCESS))
		return ckpt_errs(
			err, CKPT_EX_CANNOT_CREATE, -errno,
			"images cannot be written into '%s': %s; name another directory with --ckptdir",
			l->settings.dir, strerror(errno));
	return 0;
}

static const char *batch_job_id(void)
{
	static const char *const names[] = { "SLURM_JOB_ID", "PBS_JOBID",   "LSB_JOBID", "JOB_ID",
					     "OAR_JOB_ID",   "FLUX_JOB_ID", NULL };

	for (int i = 0; names[i]; i++) {
		const char *id = getenv(names[i]);

		if (id && id[0])
			return id;
	}
	return NULL;
}

static void random_name(char job[CKPT_JOB_MAX])
{
	static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";
	unsigned char bytes[6];

	while (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		;
	for (size_t i = 0; i < sizeof(bytes); i++)
		job[i] = letters[bytes[i] & 31];
	job[sizeof(bytes)] = '\0';
}

/* The job's name.  attempt counts the names that were taken; -EEXIST when there is no further one
 * to try. */
static int settle_name(struct launch *l, int attempt, struct ckpt_err *err)
{
	const char *batch = l->job ? NULL : batch_job_id();
	char name[CKPT_JOB_MAX];

	if (l->job)
		return attempt ? -EEXIST : ckpt_rundir_job_name(l->job, l->settings.job, err);
	if (!batch)
		random_name(name);
	else if (attempt) /* two programs of one batch job, each a job of its own */
		snprintf(name, sizeof(name), "%.50s-%d", batch, attempt + 1);
	else
		snprintf(name, sizeof(name), "%.63s", batch);
	return attempt > 100 ? -EEXIST : ckpt_rundir_job_name(name, l->settings.job, err);
}

static int join(struct launch *l, struct ckpt_wire *wire, struct ckpt_err *err)
{
	const char *slash = strrchr(l->argv[0], '/');
	struct ckpt_rec_join me = { .pid = getpid(), .program = slash ? slash + 1 : l->argv[0] };

	return ckpt_dial_join(wire, &me, NULL, err);
}

static int start_job(struct launch *l, struct ckpt_err *err)
{
	struct ckpt_wire *wire;
	int ret = settle_dir(l, err);

	for (int attempt = 0; !ret; attempt++) {
		ret = settle_name(l, attempt, err);
		if (!ret)
			ret = ckpt_rundir_socket(l->rundir, l->settings.job, l->socket, err);
		if (ret)
			break;
		/* Cheaper than a coordinator that finds the name taken; it looks again, under a
		 * lock. */
		if (attempt < 100 && !l->job && ckpt_rundir_living(l->socket))
			continue;
		ret = ckpt_dial_start(&l->settings, "launch", 0, &wire, err);
		if (ret)
			break;
		ret = join(l, wire, err);
		ckpt_wire_destroy(wire);
		if (ret != -EREMOTEIO || l->job || err->status != CKPT_EX_CANNOT_CREATE)
			break;
		/* A random or batch name that somebody has: the next one.  Anything else will fail
		 * again and be told then. */
		if (attempt >= 3)
			break;
		ret = 0;
	}
	return ret;
}

/* The running job that is meant, in settings.job and socket. */
static int choose_job(struct launch *l, struct ckpt_err *err)
{
	struct ckpt_rundir_job *list;
	char want[CKPT_JOB_MAX] = "";
	int n, found = 0;

	if (l->job) {
		n = ckpt_rundir_job_name(l->job, want, err);
		if (n)
			return n;
	}
	n = ckpt_rundir_list(&list, err);
	if (n < 0)
		return n;
	for (int i = 0; i < n; i++)
		if (list[i].living && (!want[0] || !strcmp(list[i].job, want))) {
			found++;
			strcpy(l->settings.job, list[i].job);
			strcpy(l->socket, list[i].socket);
		}
	free(list);
	if (!found)
		return ckpt_errs(err, CKPT_EX_NO_COORDINATOR, -ESRCH,
				 "no job %s%sis running here that could be joined", want,
				 want[0] ? " " : "");
	if (found > 1)
		return ckpt_errs(err, CKPT_EX_USAGE, -EEXIST,
				 "%d jobs are running here: choose one with --job", found);
	return 0;
}

static int join_job(struct launch *l, struct ckpt_err *err)
{
	struct ckpt_wire *wire;
	int ret = choose_job(l, err);

	if (!ret)
		ret = ckpt_dial(l->socket, "launch", &wire, err);
	if (ret)
		return ret;
	ret = join(l, wire, err);
	ckpt_wire_destroy(wire);
	return ret;
}

static int set_environment(struct launch *l, struct ckpt_err *err)
{
	const char *theirs = getenv("LD_PRELOAD");
	char *both = NULL;
	int bad = 0;

	/* unsetenv first: setenv leaves what is there in its place, and ours belong behind the
	 * user's. */
	unsetenv(CKPT_ENV_JOB);
	unsetenv(CKPT_ENV_SOCKET);
	unsetenv(CKPT_ENV_PRELOAD);
	unsetenv(CKPT_ENV_USER_PRELOAD);
	if (theirs) {
		bad |= setenv(CKPT_ENV_USER_PRELOAD, theirs, 1);
		bad |= asprintf(&both, "%s%s%s", l->preload, theirs[0] ? ":" : "", theirs) < 0;
	}
	bad |= setenv("LD_PRELOAD", both ? both : l->preload, 1);
	bad |= setenv(CKPT_ENV_PRELOAD, l->preload, 1);
	bad |= setenv(CKPT_ENV_JOB, l->settings.job, 1);
	bad |= setenv(CKPT_ENV_SOCKET, l->socket, 1);
	free(both);
	return bad ? ckpt_errs(err, CKPT_EX_INTERNAL, -ENOMEM,
			       "the environment cannot be changed: out of memory")
		   : 0;
}

static int launch(struct launch *l, struct ckpt_err *err)
{
	char path[PATH_MAX];
	int ret = program_find(l->argv[0], path, err);

	if (!ret)
		ret = program_check(path, err);
	if (!ret)
		ret = ckpt_rundir_get(l->rundir, err);
	if (!ret)
		ret = ckpt_where_preload(l->rundir, l->preload, sizeof(l->preload), err);
	if (!ret)
		ret = l->join ? join_job(l, err) : start_job(l, err);
	if (!ret)
		ret = set_environment(l, err);
	if (ret)
		return ret;
	execvp(l->argv[0], l->argv);
	return ckpt_errs(err, errno == ENOENT ? CKPT_EX_NOT_FOUND : CKPT_EX_CANNOT_EXEC, -errno,
			 "'%s': %s", l->argv[0], strerror(errno));
}

int main(int argc, char **argv)
{
	struct launch l = { 0 };
	struct ckpt_err err = { 0 };

	ckpt_options_begin("ckpt_launch", CKPT_EX_LAUNCH_FAILED);
	ckpt_settings_default(&l.settings);
	argp_parse(&parser, argc, argv, ARGP_IN_ORDER, NULL, &l);
	launch(&l, &err);
	fprintf(stderr, "ckpt_launch: %s\n", err.text);
	return err.status == CKPT_EX_CANNOT_EXEC || err.status == CKPT_EX_NOT_FOUND
		       ? err.status
		       : CKPT_EX_LAUNCH_FAILED;
}
