// SPDX-License-Identifier: BSD-3-Clause
/* jobs.c - see jobs.h.  [tool] */
#include "cli/jobs.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/dial.h"
#include "base/jobfile.h"
#include "base/procs.h"
#include "base/rundir.h"
#include "ckpt/env.h"
#include "ckpt/exit.h"

#define START_MS 2000 /* between a coordinator's lock and its socket, at most */

/* A job that may be the one that is meant. */
struct candidate {
	struct ckpt_jobfile file;
	int held;   /* a coordinator lives */
	int orphan; /* none does, but a process of the job */
};

struct candidates {
	struct candidate *list;
	size_t count;
};

struct mark_search {
	const char *job;
	int found;
};

static int bears_mark(void *arg, pid_t pid)
{
	struct mark_search *s = arg;
	char job[CKPT_JOB_MAX + 1];

	s->found = ckpt_procs_getenv(pid, CKPT_ENV_JOB, job, sizeof(job)) > 0 &&
		   !strcmp(job, s->job);
	return s->found;
}

/* The record names who joined; children that outlived them bear the job's mark. */
static int has_processes(const struct ckpt_jobfile *jf)
{
	struct mark_search s = { .job = jf->settings.job };

	if (!ckpt_jobfile_here(jf))
		return 0;
	if (ckpt_jobfile_alive(jf))
		return 1;
	ckpt_procs_walk(geteuid(), bears_mark, &s);
	return s.found;
}

static void add(struct candidates *cs, const char *record)
{
	struct candidate c = { .held = ckpt_jobfile_held(record) > 0 };
	int64_t deadline = ckpt_wire_now_ms() + START_MS;
	struct timespec ts = { 0, 5000000 };

	/* Held and still empty: a coordinator that starts at this moment. */
	while (ckpt_jobfile_read(record, &c.file, NULL)) {
		if (!c.held || ckpt_wire_now_ms() > deadline)
			return;
		nanosleep(&ts, NULL);
		c.held = ckpt_jobfile_held(record) > 0;
	}
	if (!c.held && ckpt_jobfile_here(&c.file) && ckpt_rundir_living(c.file.socket))
		c.held = 1; /* a file system without locks */
	c.orphan = !c.held && has_processes(&c.file);
	if (!c.held && !c.orphan) {
		ckpt_jobfile_free(&c.file);
		return;
	}
	cs->list = ckpt_xrealloc(cs->list, (cs->count + 1) * sizeof(c));
	cs->list[cs->count++] = c;
}

static int add_of_host(struct candidates *cs, const char *job, struct ckpt_err *err)
{
	struct ckpt_rundir_job *list;
	int n = ckpt_rundir_list(&list, err);

	for (int i = 0; i < n; i++)
		if (!job || !strcmp(list[i].job, job))
			add(cs, list[i].jobfile);
	free(list);
	return n < 0 ? n : 0;
}

/* The rendezvous records in an image directory: .ckpt_JOB.job */
static int add_of_dir(struct candidates *cs, const char *dir, const char *job, struct ckpt_err *err)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	if (!d)
		return ckpt_errs(err, CKPT_EX_USAGE, -errno, "cannot read directory '%s': %s", dir,
				 strerror(errno));
	while ((e = readdir(d))) {
		char path[PATH_MAX], name[CKPT_JOB_MAX];
		size_t len = strlen(e->d_name);

		if (len < 11 || len - 10 >= sizeof(name) || strncmp(e->d_name, ".ckpt_", 6) ||
		    strcmp(e->d_name + len - 4, ".job"))
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)len - 10, e->d_name + 6);
		if ((!job || !strcmp(name, job)) && !ckpt_jobfile_path(dir, name, path))
			add(cs, path);
	}
	closedir(d);
	return 0;
}

static char *list_them(const struct candidates *cs)
{
	struct ckpt_buf buf = { 0 };

	for (size_t i = 0; i < cs->count; i++) {
		const struct ckpt_jobfile *f = &cs->list[i].file;
		struct ckpt_procs_stat st = { .comm = "?" };
		pid_t pid = f->count ? f->members[0].pid : 0;
		char line[PATH_MAX + 256];

		if (ckpt_jobfile_here(f))
			ckpt_procs_stat(pid, &st);
		ckpt_buf_add(&buf, line,
			     snprintf(line, sizeof(line), "  --job %s  %s (pid %d), images in %s\n",
				      f->settings.job, st.comm, (int)pid, f->settings.dir));
	}
	ckpt_buf_add(&buf, "", 1);
	return (char *)buf.data;
}

static int connect_to(const struct candidate *c, struct ckpt_wire **wire, struct ckpt_err *err)
{
	const struct ckpt_jobfile *f = &c->file;
	int ret;

	if (!ckpt_jobfile_here(f))
		return ckpt_errs(
			err, CKPT_EX_NO_COORDINATOR, -EHOSTUNREACH,
			"job %s runs on host %s (coordinator %llu): give the command there",
			f->settings.job, f->host, (unsigned long long)f->coordinator);
	if (c->orphan)
		return ckpt_dial_start(&f->settings, "command", 1, wire, err);
	ret = ckpt_dial(f->socket, "command", wire, err);
	if (ret && err->status == CKPT_EX_NO_COORDINATOR)
		return ckpt_errs(err, CKPT_EX_NO_COORDINATOR, ret,
				 "the coordinator of job %s (process %llu) does not answer at %s",
				 f->settings.job, (unsigned long long)f->coordinator, f->socket);
	return ret;
}

static int none(const char *job, const char *dir, struct ckpt_err *err)
{
	if (job && dir)
		return ckpt_errs(err, CKPT_EX_NO_COORDINATOR, -ESRCH,
				 "no job %s is running with its images in %s", job, dir);
	if (job)
		return ckpt_errs(
			err, CKPT_EX_NO_COORDINATOR, -ESRCH,
			"no job %s is running here (on another host? name its image directory with --ckptdir)",
			job);
	if (dir)
		return ckpt_errs(err, CKPT_EX_NO_COORDINATOR, -ESRCH,
				 "no job is running with its images in %s", dir);
	return ckpt_errs(
		err, CKPT_EX_NO_COORDINATOR, -ESRCH,
		"no job of yours is running here (on another host? name its image directory with --ckptdir)");
}

int jobs_connect(const char *job, const char *dir, struct ckpt_wire **wire, char **several,
		 struct ckpt_err *err)
{
	struct candidates cs = { 0 };
	char name[CKPT_JOB_MAX];
	int ret = job ? ckpt_rundir_job_name(job, name, err) : 0;

	*several = NULL;
	if (!ret)
		ret = dir ? add_of_dir(&cs, dir, job ? name : NULL, err)
			  : add_of_host(&cs, job ? name : NULL, err);
	if (!ret && !cs.count)
		ret = none(job, dir, err);
	if (!ret && cs.count > 1) {
		*several = list_them(&cs);
		ret = ckpt_errs(err, CKPT_EX_USAGE, -EEXIST,
				"%zu jobs are running: choose one with --job or --ckptdir",
				cs.count);
	}
	if (!ret)
		ret = connect_to(&cs.list[0], wire, err);
	for (size_t i = 0; i < cs.count; i++)
		ckpt_jobfile_free(&cs.list[i].file);
	free(cs.list);
	return ret;
}
