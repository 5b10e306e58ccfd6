// SPDX-License-Identifier: BSD-3-Clause
/* join.c - see restart/join.h.  [tool] */
#include "restart/join.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/dial.h"
#include "base/jobfile.h"
#include "base/where.h"
#include "ckpt/env.h"
#include "ckpt/exit.h"

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

int join_start(struct join *j, struct plan *p, const char *job, const char *dir, struct ckpt_err *err)
{
	char rundir[CKPT_RUNDIR_MAX], preload[PATH_MAX];
	struct ckpt_settings settings;
	int e = ckpt_rundir_get(rundir, err);

	j->wire = NULL;
	old_settings(&settings, p->image, dir, job);
	settings.restarted_from = p->image->head.generation;
	if (!e)
		e = ckpt_rundir_socket(rundir, job, j->socket, err);
	if (!e)
		e = ckpt_where_preload(rundir, preload, sizeof(preload), err);
	if (!e)
		e = ckpt_dial_start(&settings, "restart", 0, &j->wire, err);
	if (!e)
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

void join_close(struct join *j)
{
	ckpt_wire_destroy(j->wire);
	j->wire = NULL;
}
