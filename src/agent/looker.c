// SPDX-License-Identifier: BSD-3-Clause
/*
 * looker.c - one attempt on this host, phase by phase (looker.h).  [tool]
 *
 * What it owns while an attempt lasts: an arena, the temporary images, the tracer from STOP to RESUME, copies of
 * descriptors inside COLLECT only, and the process that keeps a forked snapshot until WRITE is over.
 */
#include "agent/looker_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/calls.h"
#include "agent/descriptors.h"
#include "agent/inside.h"
#include "agent/memory.h"
#include "agent/process.h"
#include "agent/refusals.h"
#include "agent/snapshot.h"
#include "agent/tracer.h"
#include "agent/written.h"
#include "base/ids.h"
#include "base/image.h"
#include "base/proc.h"
#include "ckpt/exit.h"

#define STOP_TIMEOUT_MS 10000
#define EXEC_WAIT_MS 2000
#define SEIZE_TRIES 10
#define PREPARE_LOOKS 3

struct looker *looker_create(void)
{
	struct looker *l = ckpt_xmalloc(sizeof(*l));

	l->dir = -1;
	return l;
}

void looker_destroy(struct looker *l)
{
	if (!l)
		return;
	looker_abort(l, NULL);
	free(l);
}

size_t looker_refusals(struct looker *l, const struct ckpt_rec_refusal **list)
{
	*list = (void *)l->refusals.list.data;
	return refusals_count(&l->refusals);
}

static const char *copy_text(struct looker *l, const char *text)
{
	return text ? ckpt_arena_text(l->arena, text, strlen(text)) : "";
}

/* ---- PREPARE ---- */

static int open_image(struct looker *l, struct member *m, struct ckpt_err *err)
{
	struct ckpt_image_head head = {
		.member = m->number, .members = 1, .generation = l->attempt.generation, .created = time(NULL),
	};
	int e = ckpt_image_name(m->temporary, sizeof(m->temporary), m->program, l->attempt.job, l->attempt.generation, m->number, 1);

	if (e >= 0)
		e = ckpt_image_name(m->final, sizeof(m->final), m->program, l->attempt.job, l->attempt.generation, m->number, 0);
	if (e < 0)
		return ckpt_errs(err, CKPT_EX_CANNOT_CREATE, e, "the image of %s has too long a name", m->program);
	snprintf(head.job, sizeof(head.job), "%s", l->attempt.job);
	snprintf(head.program, sizeof(head.program), "%s", m->program);
	unlinkat(l->dir, m->temporary, 0); /* of an attempt that nobody could clean up after */
	m->fd = openat(l->dir, m->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (m->fd < 0)
		return ckpt_errs(err, CKPT_EX_CANNOT_CREATE, -errno, "cannot create %s/%s: %s", l->attempt.dir, m->temporary,
				 strerror(errno));
	m->writer = ckpt_image_writer_create(m->fd, &head);
	if (!m->writer)
		return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, -ENOMEM, "no memory to write %s/%s by (launch with a larger hard "
				 "limit on memory, ulimit -H -v)", l->attempt.dir, m->final);
	return 0;
}

static bool lives(struct looker *l, pid_t pid, pid_t tid)
{
	char *stat = ckpt_proc_read(l->arena, pid, ckpt_arena_printf(l->arena, "task/%d/stat", tid), NULL);

	return stat && ckpt_proc_state(stat) != 'Z' && ckpt_proc_state(stat) != 'X';
}

/* Ids wrap around: the leader's need not be the smallest. */
pid_t looker_live_thread(struct looker *l, pid_t pid)
{
	int *tids;
	ssize_t n;

	if (lives(l, pid, pid))
		return pid;
	n = ckpt_proc_numbers(l->arena, pid, "task", &tids);
	for (ssize_t i = 0; i < n; i++)
		if (lives(l, pid, tids[i]))
			return tids[i];
	return 0;
}

static int look_once(struct looker *l, struct member *m, struct descriptors *descriptors, struct memory *memory,
		     struct ckpt_err *err)
{
	int e = process_check(m->leader, m->program, l->arena, &l->refusals, false, err);

	if (!e)
		e = descriptors_look(descriptors, m->leader, m->program, false, l->arena, &l->refusals, err);
	if (!e)
		e = memory_look(memory, m->pid, m->leader, m->program, l->attempt.self_contained, l->arena, &l->refusals, err);
	return e;
}

/* The program runs: what two looks at one descriptor say may be of two files.  What is to be refused is still there the next time. */
static int prepare_through(struct looker *l, struct member *m, struct ckpt_err *err)
{
	struct descriptors descriptors;
	struct memory memory = { 0 };
	size_t before = l->refusals.list.len;
	int e = look_once(l, m, &descriptors, &memory, err);

	for (int looks = 1; !e && l->refusals.list.len > before && looks < PREPARE_LOOKS; looks++) {
		l->refusals.list.len = before;
		memory_free(&memory);
		memory = (struct memory){ 0 };
		e = look_once(l, m, &descriptors, &memory, err);
	}
	if (!e)
		written_look(l->written, m->number, m->program, &descriptors, &memory, l->arena);
	memory_free(&memory);
	m->remains_count = snapshot_remains(l->arena, m->pid, &m->remains);
	return e;
}

/* ckpt_launch joins and then execs: a request that comes in between means the program, not it. */
static void wait_for_exec(struct looker *l, pid_t pid)
{
	for (int waited = 0; waited < EXEC_WAIT_MS; waited++) {
		const char *exe = ckpt_proc_link(l->arena, pid, "exe"), *name = exe ? strrchr(exe, '/') : NULL;

		if (!name || strcmp(name, "/ckpt_launch"))
			return;
		usleep(1000);
	}
}

/* The thread that we look through may end under our eyes, where the leader has gone before. */
static int prepare_member(struct looker *l, struct member *m, struct ckpt_err *err)
{
	size_t before = l->refusals.list.len;
	int e = -ESRCH;

	wait_for_exec(l, m->pid);
	for (int tries = 0; (e == -ESRCH || e == -ENOENT) && tries < 20; tries++) {
		l->refusals.list.len = before;
		m->leader = looker_live_thread(l, m->pid);
		if (!m->leader)
			return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, -ESRCH, "process %d (%s) has ended", m->pid, m->program);
		e = prepare_through(l, m, err);
	}
	return e;
}

int looker_prepare(struct looker *l, const struct ckpt_rec_attempt *attempt, const struct ckpt_rec_root *roots, size_t n,
		   struct ckpt_err *err)
{
	int e = 0;

	looker_abort(l, NULL);
	calls_next_attempt();
	l->arena = ckpt_arena_create();
	l->refusals.arena = l->arena;
	l->attempt = *attempt;
	l->attempt.job = copy_text(l, attempt->job);
	l->attempt.dir = copy_text(l, attempt->dir);
	l->attempt.snapshot = copy_text(l, attempt->snapshot);
	l->attempt.files = copy_text(l, attempt->files);
	l->attempt.pids = copy_text(l, attempt->pids);
	l->pause_us = 0;
	l->written = written_create(l->attempt.files, l->attempt.file_limit);
	l->members = ckpt_arena_alloc(l->arena, n * sizeof(*l->members));
	l->count = n;
	for (size_t i = 0; i < n; i++) {
		struct member *m = &l->members[i];

		m->pid = m->leader = roots[i].pid;
		m->number = roots[i].member;
		m->program = copy_text(l, roots[i].program);
		m->fd = -1;
	}
	if (!attempt->check_only) {
		l->dir = open(l->attempt.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (l->dir < 0)
			return ckpt_errs(err, CKPT_EX_CANNOT_CREATE, -errno, "cannot open the image directory %s: %s",
					 l->attempt.dir, strerror(errno));
	}
	for (size_t i = 0; i < n && !e; i++) {
		e = prepare_member(l, &l->members[i], err);
		if (!e && l->dir >= 0)
			e = open_image(l, &l->members[i], err);
	}
	if (!e)
		written_decide(l->written, &l->refusals);
	return e;
}

/* ---- STOP ---- */

/* Signals that would end a blocked call of the program's own accord: caught by a handler, or fatal by default. */
static uint64_t interrupting(const char *status)
{
	const uint64_t harmless = 1ULL << (SIGCHLD - 1) | 1ULL << (SIGURG - 1) | 1ULL << (SIGWINCH - 1) | 1ULL << (SIGCONT - 1) |
				  1ULL << (SIGSTOP - 1) | 1ULL << (SIGTSTP - 1) | 1ULL << (SIGTTIN - 1) | 1ULL << (SIGTTOU - 1);
	uint64_t caught = ckpt_proc_number(status, "SigCgt", 16), ignored = ckpt_proc_number(status, "SigIgn", 16);

	return caught | (~harmless & ~ignored);
}

/* The leader, or where it has gone any thread that stands. */
static pid_t stopped_thread(struct looker *l, pid_t pid)
{
	size_t count;
	const struct tracer_task *tasks = tracer_tasks(l->tracer, &count);
	pid_t found = 0;

	for (size_t i = 0; i < count; i++)
		if (tasks[i].pid == pid && tasks[i].state == TRACER_STOPPED && (!found || tasks[i].tid == pid))
			found = tasks[i].tid;
	return found;
}

/* Seize every thread until a whole pass finds nothing new: only a running thread makes another. */
static int stop_member(struct looker *l, struct member *m, struct ckpt_err *err)
{
	size_t added = 1;
	int refused = 0;

	while (added) {
		char *status = ckpt_proc_read(l->arena, m->pid, "status", NULL);
		pid_t stuck = 0;
		int *tids, e;
		ssize_t n = ckpt_proc_numbers(l->arena, m->pid, "task", &tids), live = 0;

		if (n < 0 || !status)
			return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, -ESRCH, "process %d has ended", m->pid);
		m->interrupting = interrupting(status);
		/* A leader that has gone while others live stays as a zombie, which cannot be seized. */
		for (ssize_t i = 0; i < n; i++)
			if (lives(l, m->pid, tids[i]))
				tids[live++] = tids[i];
		if (!live)
			return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, -ESRCH, "process %d has ended", m->pid);
		e = tracer_seize(l->tracer, m->pid, tids, live, m->interrupting, &added, err);
		if (!e)
			e = tracer_settle(l->tracer, l->attempt.stop_timeout ? (int)l->attempt.stop_timeout * 1000 : STOP_TIMEOUT_MS,
					  &stuck, err);
		/* A thread on its way out refuses too, and is gone the next time. */
		if (e == -EPERM && ++refused < SEIZE_TRIES) {
			usleep(1000);
			added = 1;
			continue;
		}
		if (e == -EPERM)
			ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, e, "process %d (%s): ptrace is refused; see ckpt_inspect --host",
				  m->pid, m->program);
		if (e == -ETIMEDOUT)
			ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, e, "process %d (%s): thread %d does not stop (a device or file "
				  "server holds it); try again later or raise --stop-timeout", m->pid, m->program, stuck);
		if (e)
			return e;
	}
	m->leader = stopped_thread(l, m->pid);
	return m->leader ? 0 : ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, -ESRCH, "process %d has ended", m->pid);
}

uint64_t looker_us_since(const struct timespec *from)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - from->tv_sec) * 1000000ULL + (now.tv_nsec - from->tv_nsec) / 1000;
}

int looker_stop(struct looker *l, uint32_t *members, struct ckpt_err *err)
{
	int e = 0;

	l->tracer = tracer_start(err);
	if (!l->tracer)
		return -EAGAIN;
	clock_gettime(CLOCK_MONOTONIC, &l->stopped_at);
	for (size_t i = 0; i < l->count && !e; i++)
		e = stop_member(l, &l->members[i], err);
	if (!e)
		e = tracer_look(l->tracer, err);
	*members = l->count;
	return e;
}

/* ---- RESUME, WRITE, COMMIT ---- */

static void end_tracer(struct looker *l)
{
	if (!l->tracer)
		return;
	tracer_release(l->tracer, NULL);
	l->pause_us = looker_us_since(&l->stopped_at);
	tracer_stop(l->tracer);
	l->tracer = NULL;
}

int looker_resume(struct looker *l, struct ckpt_err *err)
{
	int e = tracer_release(l->tracer, err);

	l->pause_us = looker_us_since(&l->stopped_at);
	tracer_stop(l->tracer);
	l->tracer = NULL;
	return e;
}

uint64_t looker_pause_us(struct looker *l)
{
	return l->tracer ? looker_us_since(&l->stopped_at) : l->pause_us;
}

struct reporting {
	looker_progress *progress;
	void *arg;
	uint64_t before;
};

static int report(void *arg, uint64_t bytes, uint64_t total, struct ckpt_err *err)
{
	struct reporting *r = arg;

	(void)err;
	if (r->progress)
		r->progress(r->arg, r->before + bytes, total);
	return 0;
}

static int write_member(struct looker *l, struct member *m, uint32_t members, struct reporting *r, struct ckpt_err *err)
{
	int e = 0;

	if (m->snapshot.pid)
		e = memory_write(&m->memory, m->snapshot.pid, m->writer, report, r, err);
	snapshot_end(&m->snapshot);
	if (!e)
		e = looker_hold(l, HOLD_FILES, err);
	if (!e)
		e = written_write(l->written, m->number, m->writer, err);
	/* With --then-exit it stands until the image is durable, and has a name only if it still stands then. */
	if (!e)
		e = looker_hold(l, HOLD_FILES, err);
	if (!e)
		e = ckpt_image_finish(m->writer, members, err);
	if (!e)
		e = looker_hold(l, 1, err);
	if (e)
		return ckpt_err_in(err, e, "%s/%s", l->attempt.dir, m->final);
	r->before += ckpt_image_bytes(m->writer);
	if (renameat(l->dir, m->temporary, l->dir, m->final))
		return ckpt_errs(err, CKPT_EX_CANNOT_CREATE, -errno, "cannot rename %s/%s: %s", l->attempt.dir, m->temporary,
				 strerror(errno));
	m->written = true;
	return 0;
}

int looker_write(struct looker *l, uint32_t members, looker_progress *progress, void *arg, uint64_t *bytes,
		 struct ckpt_err *err)
{
	struct reporting r = { progress, arg, 0 };
	int e = 0;

	for (size_t i = 0; i < l->count && !e; i++)
		e = write_member(l, &l->members[i], members, &r, err);
	if (!e && fsync(l->dir))
		e = ckpt_errs(err, CKPT_EX_IO, -errno, "cannot sync %s: %s", l->attempt.dir, strerror(errno));
	*bytes = r.before;
	return e;
}

/* Everything of the attempt but what has its final name goes. */
static void end_attempt(struct looker *l, bool keep)
{
	end_tracer(l);
	for (size_t i = 0; i < l->count; i++) {
		struct member *m = &l->members[i];

		snapshot_end(&m->snapshot);
		if (m->snapshot.unreaped)
			snapshot_reap(&m->snapshot, m->pid, looker_live_thread(l, m->pid));
		ckpt_image_writer_destroy(m->writer);
		if (m->fd >= 0) {
			close(m->fd);
			if (!m->written)
				unlinkat(l->dir, m->temporary, 0);
			else if (!keep)
				unlinkat(l->dir, m->final, 0);
		}
		memory_free(&m->memory);
	}
	if (l->written)
		written_end(l->written, keep);
	written_destroy(l->written);
	l->written = NULL;
	if (l->dir >= 0)
		close(l->dir);
	l->dir = -1;
	ckpt_buf_free(&l->refusals.list);
	ckpt_arena_destroy(l->arena);
	l->arena = NULL;
	l->members = NULL;
	l->count = 0;
}

int looker_commit(struct looker *l, struct ckpt_err *err)
{
	int e = 0;

	if (l->attempt.then_exit && l->tracer)
		e = tracer_kill(l->tracer, err);
	end_attempt(l, true);
	return e;
}

int looker_abort(struct looker *l, struct ckpt_err *err)
{
	(void)err;
	end_attempt(l, false);
	return 0;
}
