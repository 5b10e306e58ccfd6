// SPDX-License-Identifier: BSD-3-Clause
/* looker_collect.c - COLLECT: what has to be known of members that stand, and their pages or a fork that keeps them.  [tool] */
#include "agent/looker_parts.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/calls.h"
#include "agent/descriptors.h"
#include "agent/process.h"
#include "base/ids.h"
#include "base/proc.h"
#include "ckpt/exit.h"

#define HOLD_AGAIN_US 500000 /* how often the tracer is told that it goes on, while page data is written */
#define HOLD_BYTES (4ULL << 30) /* of memory copied in one step */
#define SNAPSHOT_SECONDS 86400

static uint64_t pending_and_caught(struct looker *l, struct member *m)
{
	char *status = ckpt_proc_read(l->arena, m->pid, "status", NULL);
	uint64_t set = ckpt_proc_number(status, "SigCgt", 16) | ckpt_proc_number(status, "ShdPnd", 16);
	const struct tracer_pending *p;
	size_t count;

	p = tracer_pendings(l->tracer, &count);
	for (size_t i = 0; i < count; i++) {
		int sig;

		memcpy(&sig, p[i].info, sizeof(sig));
		if (p[i].pid == m->pid && sig >= 1 && sig <= 64)
			set |= 1ULL << (sig - 1);
	}
	return set;
}

/* COLLECT may find what PREPARE could not see, or what came since: named the same way, and nothing is written. */
static int refused_now(struct looker *l, struct ckpt_err *err)
{
	const struct ckpt_rec_refusal *r = (void *)l->refusals.list.data;

	if (!refusals_count(&l->refusals))
		return 0;
	return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, -ENOTSUP, "%s (%d), %s: %s %s: %s; %s", r->program, (int)r->pid, r->where,
			 r->kind, r->what, r->reason, r->remedy);
}

/* The tracer goes on holding, `times` as long as usual.  An error: it has let go, and what was read since is of no one instant. */
int looker_hold(struct looker *l, int times, struct ckpt_err *err)
{
	return l->tracer ? tracer_hold(l->tracer, times, err) : 0;
}

static int collect_descriptors(struct looker *l, struct member *m, struct ckpt_err *err)
{
	struct descriptors d;
	int e = descriptors_look(&d, m->leader, m->program, true, l->arena, &l->refusals, err);

	if (!e)
		e = refused_now(l, err);
	if (!e)
		e = descriptors_save(&d, l->arena, m->writer, err);
	if (!e)
		written_look(l->written, m->number, m->program, &d, &m->memory, l->arena);
	descriptors_close(&d);
	return e;
}

static void save_settings(struct looker *l, struct member *m)
{
	const struct ckpt_rec_attempt *a = &l->attempt;
	const struct ckpt_rec_settings rec = {
		a->interval, a->keep, a->snapshot, a->pids, a->files, a->file_limit, a->self_contained, a->stop_timeout,
	};

	ckpt_image_add(m->writer, CKPT_REC_settings, &rec);
}

static int collect_member(struct looker *l, struct member *m, struct ckpt_err *err)
{
	int e = memory_look(&m->memory, m->pid, m->leader, m->program, l->attempt.self_contained, l->arena, &l->refusals, err);
	if (!e)
		e = process_check(m->leader, m->program, l->arena, &l->refusals, true, err);
	if (!e)
		e = refused_now(l, err);
	if (!e)
		e = inside_open(&m->inside, l->tracer, m->pid, m->leader, m->memory.maps, m->memory.map_count,
				pending_and_caught(l, m), err);
	if (!e) {
		snapshot_sweep(&m->inside, m->leader, m->remains, m->remains_count);
		e = ckpt_ids_load(m->leader, m->inside.ids, err);
	}
	if (!e)
		e = process_save(&m->inside, m->leader, m->memory.maps, m->memory.map_count, l->arena, m->writer, err);
	if (!e)
		e = collect_descriptors(l, m, err);
	if (!e)
		e = memory_plan(&m->memory, &m->inside, m->leader, l->arena, err);
	if (!e) {
		memory_save_records(&m->memory, m->writer);
		save_settings(l, m);
	}
	return e;
}

/* What the files hold is of the instant at which everything stands. */
static int collect_written(struct looker *l, struct ckpt_err *err)
{
	int e;

	written_decide(l->written, &l->refusals);
	e = refused_now(l, err);
	if (!e)
		e = looker_hold(l, HOLD_FILES, err);
	return e ? e : written_keep(l->written, l->dir, l->attempt.job, l->attempt.generation, err);
}

static bool wants_fork(struct looker *l)
{
	return !l->attempt.then_exit && strcmp(l->attempt.snapshot, "copy") != 0;
}

struct holding {
	struct looker *l;
	struct timespec at;
};

/* The tracer lets go when no piece of page data was written for long: what is read then is torn, and this says so. */
static int go_on_holding(void *arg, uint64_t bytes, uint64_t total, struct ckpt_err *err)
{
	struct holding *h = arg;

	(void)bytes;
	(void)total;
	if (looker_us_since(&h->at) < HOLD_AGAIN_US)
		return 0;
	clock_gettime(CLOCK_MONOTONIC, &h->at);
	return looker_hold(h->l, 1, err);
}

static int take_pages(struct looker *l, struct member *m, struct ckpt_err *err)
{
	struct holding h = { l, l->stopped_at };
	int e;

	if (wants_fork(l)) {
		e = looker_hold(l, 1 + m->memory.pause_bytes / HOLD_BYTES, err);
		if (!e)
			e = memory_take_pause_spans(&m->memory, m->leader, err);
		if (!e)
			e = snapshot_take(&m->snapshot, &m->inside, m->leader, SNAPSHOT_SECONDS, err);
		m->memory.forked = !e;
		if (!e || !strcmp(l->attempt.snapshot, "fork"))
			return e;
		/* auto, and no room for another process: the pages are copied while the program stands. */
		*err = (struct ckpt_err){ 0 };
	}
	e = memory_write(&m->memory, m->leader, m->writer, go_on_holding, &h, err);
	return e ? ckpt_err_in(err, e, "%s/%s", l->attempt.dir, m->final) : 0;
}

/* One that was killed has no memory a moment before it is a zombie. */
static bool has_memory(struct looker *l, pid_t pid)
{
	char *status = ckpt_proc_read(l->arena, looker_live_thread(l, pid), "status", NULL);

	return status && ckpt_proc_field(status, "VmSize");
}

/* Whatever step it was that failed: where a process has ended meanwhile, that is why. */
static int say_ended(struct looker *l, int e, struct ckpt_err *err)
{
	for (size_t i = 0; e && i < l->count; i++)
		if (!has_memory(l, l->members[i].pid))
			return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, -ESRCH, "process %d (%s) has ended in the middle of the checkpoint",
					 l->members[i].pid, l->members[i].program);
	return e;
}

static int collect(struct looker *l, struct ckpt_err *err)
{
	int e = 0;

	written_forget(l->written);
	for (size_t i = 0; i < l->count && !e; i++) {
		e = looker_hold(l, 1, err);
		if (!e)
			e = collect_member(l, &l->members[i], err);
	}
	if (!e)
		e = collect_written(l, err);
	for (size_t i = 0; i < l->count && !e; i++)
		e = take_pages(l, &l->members[i], err);
	for (size_t i = 0; i < l->count && !e; i++)
		e = inside_close(&l->members[i].inside, l->members[i].leader, err);
	/* All of it was of one instant. */
	return e ? e : looker_hold(l, 1, err);
}

int looker_collect(struct looker *l, struct ckpt_err *err)
{
	return say_ended(l, collect(l, err), err);
}
