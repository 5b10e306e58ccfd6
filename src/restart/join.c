// SPDX-License-Identifier: BSD-3-Clause
/* join.c - see restart/join.h.  [tool] */
#include "restart/join.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/dial.h"
#include "base/jobfile.h"
#include "base/where.h"
#include "ckpt/env.h"
#include "ckpt/exit.h"

#define START_MS 10000

static void add(struct ckpt_buf *buf, const char *name, const char *value)
{
	ckpt_buf_add(buf, name, strlen(name));
	ckpt_buf_add(buf, "=", 1);
	ckpt_buf_add(buf, value, strlen(value) + 1);
}

/* What the library passes on at exec names the new coordinator's socket, and our library as it lies here. */
static void set_environment(struct plan *p, const char *job, const char *socket, const char *preload)
{
	struct ckpt_buf buf = { 0 };

	add(&buf, CKPT_ENV_PRELOAD, preload);
	add(&buf, CKPT_ENV_JOB, job);
	add(&buf, CKPT_ENV_SOCKET, socket);
	ckpt_buf_add(&buf, "", 1);
	p->job_environment = ckpt_arena_copy(p->arena, buf.data, buf.len);
	p->job_environment_len = buf.len;
	ckpt_buf_free(&buf);
}

/* The options that the job was launched with. */
static void old_settings(struct ckpt_settings *s, const struct ckpt_image *image, const char *dir, const char *job)
{
	const struct ckpt_rec_settings *old = image->settings;

	ckpt_settings_default(s);
	if (old) {
		s->interval = old->interval;
		s->keep = old->keep;
		s->file_limit = old->file_limit;
		s->self_contained = old->self_contained;
		s->stop_timeout = old->stop_timeout;
		snprintf(s->snapshot, sizeof(s->snapshot), "%s", old->snapshot);
		snprintf(s->pids, sizeof(s->pids), "%s", old->pids);
		snprintf(s->files, sizeof(s->files), "%s", old->files);
	}
	snprintf(s->job, sizeof(s->job), "%s", job);
	snprintf(s->dir, sizeof(s->dir), "%s", dir);
}

/* ---- is it running? ---- */

#define STARTING_MS 2000 /* how long a coordinator without a member may be one that is just ending */
#define NAP_MS 20

static void nap(void)
{
	const struct timespec ts = { 0, NAP_MS * 1000000 };

	nanosleep(&ts, NULL);
}

/* Of the host that wrote the record: one that lives, or, elsewhere, one that is said to. */
static const struct ckpt_jobfile_member *member_of(const struct ckpt_jobfile *jf)
{
	pid_t alive = ckpt_jobfile_here(jf) ? ckpt_jobfile_alive(jf) : 0;

	for (size_t i = 0; i < jf->count; i++)
		if (!ckpt_jobfile_here(jf) || jf->members[i].pid == alive)
			return &jf->members[i];
	return NULL;
}

/* 0: the record says that nobody runs.  -EAGAIN with err: a coordinator without a process.  -EBUSY with err. */
static int look(const char *path, const char *job, struct ckpt_err *err)
{
	const struct ckpt_jobfile_member *m;
	int held = ckpt_jobfile_held(path), e = 0;
	struct ckpt_jobfile jf;

	if (held < 0 || ckpt_jobfile_read(path, &jf, NULL))
		return held == 1 ? ckpt_errs(err, CKPT_EX_CANNOT_CREATE, -EAGAIN, "job %s is being started or ended", job) : 0;
	m = member_of(&jf);
	if (m && (held == 1 || ckpt_jobfile_here(&jf)))
		e = ckpt_errs(err, CKPT_EX_CANNOT_CREATE, -EBUSY, "job %s is still running: %s, process %d on host %s; end it with "
			      "ckpt_command --job %s --kill, or let it run", job, m->program, m->pid, jf.host, job);
	else if (held == 1)
		e = ckpt_errs(err, CKPT_EX_CANNOT_CREATE, -EAGAIN, "job %s is being restarted already on host %s (coordinator "
			      "process %llu)", job, jf.host, (unsigned long long)jf.coordinator);
	ckpt_jobfile_free(&jf);
	return e;
}

/* The job's record on this host, and the one beside its images that other hosts see. */
static int check_ended(const char *rundir, const char *dir, const char *job, struct ckpt_err *err)
{
	char run_record[CKPT_RUNDIR_MAX], dir_record[PATH_MAX];
	int e = ckpt_rundir_jobfile(rundir, job, run_record, err);

	if (e || ckpt_jobfile_path(dir, job, dir_record))
		return e;
	for (int waited = 0;; waited += NAP_MS) {
		e = look(run_record, job, err);
		if (!e)
			e = look(dir_record, job, err);
		if (e != -EAGAIN || waited >= STARTING_MS)
			return e;
		nap();
	}
}

/* Whether it could start stands in its first answer.  Where another restart came first, that one is named. */
static int check_started(struct join *j, const char *rundir, const char *dir, const char *job, struct ckpt_err *err)
{
	struct ckpt_rec_status ask = { 0 };
	struct ckpt_msg answer;
	struct ckpt_err why = { 0 };
	int e = ckpt_dial_ask(j->wire, CKPT_MSG_status, &ask, START_MS, NULL, NULL, &answer, err);

	if (e && err->status == CKPT_EX_CANNOT_CREATE && check_ended(rundir, dir, job, &why))
		*err = why;
	return e;
}

int join_start(struct join *j, struct plan *p, const char *job, const char *dir, struct ckpt_err *err)
{
	char rundir[CKPT_RUNDIR_MAX], preload[PATH_MAX];
	struct ckpt_settings settings;
	int e = ckpt_rundir_get(rundir, err);

	j->wire = NULL;
	if (!e)
		e = check_ended(rundir, dir, job, err);
	if (e)
		return e;
	old_settings(&settings, p->image, dir, job);
	settings.restarted_from = p->image->head.generation;
	e = ckpt_rundir_socket(rundir, job, j->socket, err);
	if (!e)
		e = ckpt_rundir_jobfile(rundir, job, j->record, err);
	if (!e)
		e = ckpt_where_preload(rundir, preload, sizeof(preload), err);
	if (!e)
		e = ckpt_dial_start(&settings, "restart", 0, &j->wire, err);
	if (!e)
		e = check_started(j, rundir, dir, job, err);
	if (e)
		join_close(j, false);
	else
		set_environment(p, job, j->socket, preload);
	return e;
}

int join_root(struct join *j, struct plan *p, pid_t pid, struct ckpt_err *err)
{
	struct ckpt_rec_join me = {
		.pid = pid, .program = p->image->head.program, .known_pid = p->image->process->pid,
		.generation = p->image->head.generation, .member = p->image->head.member, .restarted = 1,
	};

	return ckpt_dial_join(j->wire, &me, NULL, err);
}

void join_close(struct join *j, bool undo)
{
	bool had = j->wire;

	ckpt_wire_destroy(j->wire);
	j->wire = NULL;
	/* Without its starter and without a member it ends; its record goes last. */
	for (int waited = 0; had && undo && waited < STARTING_MS && !access(j->record, F_OK); waited += NAP_MS)
		nap();
}
