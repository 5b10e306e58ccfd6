// SPDX-License-Identifier: BSD-3-Clause
/* attempt.c - see attempt.h.  [tool] */
#include "coordinator/attempt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/wire.h"
#include "ckpt/exit.h"
#include "ckpt/phase.h"
#include "coordinator/agents.h"
#include "coordinator/keep.h"
#include "coordinator/log.h"

#define PREPARE_MS 60000
#define RELEASE_MS 30000 /* RESUME, COMMIT */
#define STOP_MARGIN_MS 5000
#define ABORT_MS 5000
#define EARLIER_AGENT_MS 15000
#define RETRY_MS 5

struct attempt {
	struct loop *loop;
	const struct ckpt_settings *settings;
	struct members *members;
	struct attempt_owner owner;
	struct agent *agent;
	const char *record;
	struct loop_timer watchdog;
	struct loop_timer retry; /* an earlier agent is still there */
	int64_t retry_until;
	uint32_t number; /* of the newest attempt */
	uint32_t phase;	 /* which answer is awaited; 0: none is open */
	int failing;
	int64_t began_us;
	struct attempt_result result;
};

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

const char *attempt_phase_name(uint32_t phase)
{
	switch (phase) {
#define NAME(value, name, runs, what) \
	case value: return #name;
		CKPT_PHASES(NAME)
#undef NAME
	default: return "IDLE";
	}
}

static void finish(struct attempt *a)
{
	struct attempt_result result;

	loop_timer_clear(a->loop, &a->watchdog);
	loop_timer_clear(a->loop, &a->retry);
	if (a->result.status && !a->result.durable && !a->result.check_only && a->result.generation)
		keep_remove(a->settings, a->result.generation);
	a->phase = 0;
	a->result.total_us = now_us() - a->began_us;
	log_line("attempt %u: %s%s", a->number, a->result.status ? "failed: " : "done",
		 a->result.text);
	result = a->result;
	a->owner.ended(a->owner.arg, &result);
}

/* The first reason is the one that is told. */
static void note_failure(struct attempt *a, int status, const char *text)
{
	if (a->failing)
		return;
	a->failing = 1;
	a->result.status = status ? status : CKPT_EX_CANNOT_CHECKPOINT;
	snprintf(a->result.text, sizeof(a->result.text), "%s", text);
}

static void enter(struct attempt *a, uint32_t phase);

static void fail(struct attempt *a, int status, const char *text)
{
	if (a->failing)
		return;
	note_failure(a, status, text);
	if (a->agent)
		enter(a, CKPT_PHASE_ABORT);
	else
		finish(a);
}

/* The images are on disk: whatever happens now, this generation counts.  Only that the job was to
 * end may have failed. */
static void end_durable(struct attempt *a, const char *why)
{
	if (a->result.then_exit && members_count(a->members)) {
		a->result.status = CKPT_EX_CANNOT_CHECKPOINT;
		snprintf(a->result.text, sizeof(a->result.text),
			 "generation %u is complete, but the job was not ended: the agent %s",
			 a->result.generation, why);
	}
	finish(a);
}

static void on_agent_died(void *arg, const char *how)
{
	struct attempt *a = arg;
	char text[256];

	a->agent = NULL;
	if (!a->phase)
		return;
	if (a->result.durable) {
		end_durable(a, how);
		return;
	}
	snprintf(text, sizeof(text),
		 "the agent %s in phase %s: the checkpoint was abandoned, the job runs on", how,
		 attempt_phase_name(a->phase));
	note_failure(a, a->phase == CKPT_PHASE_WRITE ? CKPT_EX_IO : CKPT_EX_CANNOT_CHECKPOINT,
		     text);
	finish(a);
}

static void on_watchdog(void *arg)
{
	struct attempt *a = arg;
	char text[256];

	snprintf(
		text, sizeof(text),
		"the agent did not answer in phase %s: the checkpoint was abandoned, the job runs on",
		attempt_phase_name(a->phase));
	if (a->phase == CKPT_PHASE_ABORT || a->result.durable) {
		log_line("%s", text);
		agent_kill(a->agent);
		return;
	}
	fail(a, CKPT_EX_TIMED_OUT, text);
}

/* How long an answer may take; 0: as long as it takes (the amount of data decides, and the agent's
 * own deadline). */
static int64_t limit_ms(const struct attempt *a, uint32_t phase)
{
	switch (phase) {
	case CKPT_PHASE_PREPARE: return PREPARE_MS;
	case CKPT_PHASE_STOP: return a->settings->stop_timeout * 1000 + STOP_MARGIN_MS;
	case CKPT_PHASE_RESUME: return RELEASE_MS;
	case CKPT_PHASE_COMMIT: return RELEASE_MS;
	case CKPT_PHASE_ABORT: return ABORT_MS;
	default: return 0;
	}
}

static void enter(struct attempt *a, uint32_t phase)
{
	struct ckpt_rec_phase rec = { .phase = phase, .members = a->result.members };
	struct ckpt_rec_progress progress = { .phase = phase };
	int64_t limit = limit_ms(a, phase);

	log_line("attempt %u: %s", a->number, attempt_phase_name(phase));
	a->phase = phase;
	if (limit)
		loop_timer_set(a->loop, &a->watchdog, ckpt_wire_now_ms() + limit);
	else
		loop_timer_clear(a->loop, &a->watchdog);
	a->owner.progress(a->owner.arg, &progress);
	/* A broken connection is the agent's death, which is told by its pidfd. */
	agent_send(a->agent, CKPT_MSG_phase, a->number, &rec, NULL);
}

static uint32_t phase_after(const struct attempt *a, uint32_t phase)
{
	if (phase == CKPT_PHASE_COLLECT && a->result.then_exit)
		return CKPT_PHASE_WRITE;
	return phase + 1;
}

static void on_reached(struct attempt *a, const struct ckpt_rec_reached *reached)
{
	if (reached->phase != a->phase)
		return;
	if (reached->pause_us)
		a->result.pause_us = reached->pause_us;
	switch (a->phase) {
	case CKPT_PHASE_PREPARE:
		if (a->result.check_only) {
			enter(a, CKPT_PHASE_ABORT);
			return;
		}
		break;
	case CKPT_PHASE_STOP: a->result.members = reached->members; break;
	case CKPT_PHASE_WRITE:
		a->result.bytes = reached->bytes;
		a->result.durable = 1;
		break;
	case CKPT_PHASE_COMMIT:
	case CKPT_PHASE_ABORT: finish(a); return;
	default: break;
	}
	enter(a, phase_after(a, a->phase));
}

static void on_failed(struct attempt *a, const struct ckpt_rec_failed *failed)
{
	if (a->result.durable)
		end_durable(a, failed->text);
	else if (a->phase == CKPT_PHASE_ABORT)
		/* What it could not put back it must not keep: a new one begins clean. */
		agent_kill(a->agent);
	else
		fail(a, failed->status, failed->text);
}

static void on_agent_message(void *arg, const struct ckpt_msg *msg)
{
	struct attempt *a = arg;

	if (msg->type == CKPT_MSG_hello || !a->phase || msg->attempt != a->number)
		return;
	switch (msg->type) {
	case CKPT_MSG_progress: a->owner.progress(a->owner.arg, &msg->as.progress); break;
	case CKPT_MSG_refusal:
		a->result.refusals++;
		a->owner.refusal(a->owner.arg, &msg->as.refusal);
		break;
	case CKPT_MSG_reached: on_reached(a, &msg->as.reached); break;
	case CKPT_MSG_failed: on_failed(a, &msg->as.failed); break;
	default: log_line("the agent sent a message of type %u", msg->type);
	}
}

static void begin(void *arg);

struct attempt *attempt_create(struct loop *loop, const struct ckpt_settings *settings,
			       const char *record, struct members *members,
			       const struct attempt_owner *owner)
{
	struct attempt *a = ckpt_xmalloc(sizeof(*a));

	a->loop = loop;
	a->settings = settings;
	a->record = record;
	a->members = members;
	a->owner = *owner;
	a->watchdog.fn = on_watchdog;
	a->watchdog.arg = a;
	a->retry.fn = begin;
	a->retry.arg = a;
	return a;
}

void attempt_destroy(struct attempt *a)
{
	loop_timer_clear(a->loop, &a->watchdog);
	loop_timer_clear(a->loop, &a->retry);
	agent_destroy(a->agent);
	free(a);
}

static void send_plan(struct attempt *a)
{
	const struct ckpt_settings *s = a->settings;
	struct ckpt_rec_attempt plan = {
		.job = s->job,
		.dir = s->dir,
		.generation = a->result.generation,
		.snapshot = s->snapshot,
		.then_exit = a->result.then_exit,
		.self_contained = s->self_contained,
		.files = s->files,
		.file_limit = s->file_limit,
		.stop_timeout = s->stop_timeout,
		.check_only = a->result.check_only,
		.keep = s->keep,
		.interval = s->interval,
		.pids = s->pids,
	};

	agent_send(a->agent, CKPT_MSG_attempt, a->number, &plan, NULL);
	for (size_t i = 0; i < members_count(a->members); i++) {
		const struct member *m = members_get(a->members, i);
		struct ckpt_rec_root root = {
			.pid = m->is.pid,
			.member = m->is.member,
			.program = m->is.program,
			.known_pid = m->is.known_pid,
		};

		agent_send(a->agent, CKPT_MSG_root, a->number, &root, NULL);
	}
}

/* An agent, or -EAGAIN while an earlier one is not gone (its tracer may still hold the members, and
 * it removes its files by name), or -errno with err. */
static int have_agent(struct attempt *a, struct ckpt_err *err)
{
	struct agent_watcher watcher = { on_agent_message, on_agent_died, a };
	int lock;

	if (a->agent)
		return 0;
	lock = ckpt_jobfile_lock_agent(a->record);
	if (lock == -EBUSY && ckpt_wire_now_ms() < a->retry_until)
		return -EAGAIN;
	if (lock == -EBUSY)
		return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, lock,
				 "the agent of an earlier checkpoint has not ended: try again");
	/* Any other failure is a file system without locks, and no reason to save nothing. */
	a->agent = agent_start(a->loop, &watcher, lock, err);
	if (lock >= 0)
		close(lock);
	return a->agent ? 0 : -EIO;
}

static void begin(void *arg)
{
	struct attempt *a = arg;
	struct ckpt_err err = { 0 };
	int ret = have_agent(a, &err);

	if (ret == -EAGAIN) {
		loop_timer_set(a->loop, &a->retry, ckpt_wire_now_ms() + RETRY_MS);
		return;
	}
	if (ret) {
		fail(a, err.status, err.text);
		return;
	}
	send_plan(a);
	enter(a, CKPT_PHASE_PREPARE);
}

void attempt_start(struct attempt *a, uint32_t generation, int then_exit, int check_only)
{
	a->number++;
	a->failing = 0;
	a->began_us = now_us();
	a->result = (struct attempt_result){ .then_exit = then_exit,
					     .check_only = check_only,
					     .generation = generation };
	a->phase = CKPT_PHASE_PREPARE;
	a->retry_until = ckpt_wire_now_ms() + EARLIER_AGENT_MS;
	begin(a);
}

void attempt_cancel(struct attempt *a, int status, const char *text)
{
	if (a->phase && !a->result.durable)
		fail(a, status, text);
}

int attempt_is_open(const struct attempt *a)
{
	return a->phase != 0;
}

int attempt_is_failing(const struct attempt *a)
{
	return a->phase && a->failing;
}

int attempt_then_exit(const struct attempt *a)
{
	return a->result.then_exit;
}

int attempt_check_only(const struct attempt *a)
{
	return a->result.check_only;
}

uint32_t attempt_phase(const struct attempt *a)
{
	return a->phase;
}
