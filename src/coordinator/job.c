// SPDX-License-Identifier: BSD-3-Clause
/* job.c - see job.h.  [tool] */
#include "coordinator/job.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/procs.h"
#include "base/wire.h"
#include "ckpt/exit.h"
#include "coordinator/attempt.h"
#include "coordinator/keep.h"
#include "coordinator/log.h"
#include "coordinator/members.h"
#include "coordinator/peer.h"
#include "coordinator/place.h"
#include "coordinator/requests.h"

#define FIRST_MEMBER_MS 30000 /* a job that nobody has joined by then has come to nothing */
#define KILL_AGAIN_MS 20
#define LAST_ATTEMPT_MS 10000 /* for the agent to notice that all members have gone */

struct job {
	struct loop *loop;
	struct place *place;
	struct ckpt_jobfile file; /* settings, and what the records say */
	struct members *members;
	struct attempt *attempt;
	struct requests *requests;
	int had_member, ending;
	int by_interval; /* the open attempt would be there without requests too */
	struct loop_timer first_member, interval, kill_again, last_attempt;
	struct attempt_result last; /* that worked */
	char last_failure[1024];
	int64_t last_at; /* seconds since the epoch */
};

static void write_records(struct job *job)
{
	size_t n = members_count(job->members);

	job->file.members = ckpt_xrealloc(job->file.members, n * sizeof(*job->file.members));
	job->file.count = n;
	for (size_t i = 0; i < n; i++) {
		const struct member *m = members_get(job->members, i);

		job->file.members[i] = m->is;
		if (m->found) /* a name of the moment, no more */
			job->file.members[i].program[0] = '\0';
	}
	job->file.last_member = members_last_number(job->members);
	place_write(job->place, &job->file);
}

/* ---- attempts ---- */

static void answer_attached(struct job *job, int status, const char *text)
{
	struct request *r, *next;

	for (r = requests_first(job->requests); r; r = next) {
		next = r->next;
		if (!r->attached)
			continue;
		peer_error(r->peer, status, "%s", text);
		requests_remove(r);
	}
}

static void start_attempt(struct job *job, int then_exit, int check_only)
{
	struct ckpt_err err = { 0 };
	uint32_t generation = check_only
				      ? 0
				      : keep_next(&job->file.settings, job->file.generation, &err);

	if (!check_only && !generation) {
		log_line("%s", err.text);
		snprintf(job->last_failure, sizeof(job->last_failure), "%s", err.text);
		answer_attached(job, err.status, err.text);
		return;
	}
	attempt_start(job->attempt, generation, then_exit, check_only);
}

/* What waits is attached before the attempt begins, for that may end at once. */
static void start_waiting(struct job *job)
{
	struct request *first = requests_waiting(job->requests);

	if (!first || job->ending || attempt_is_open(job->attempt))
		return;
	job->by_interval = 0;
	start_attempt(job, requests_attach(job->requests, first), first->kind == REQUEST_CHECK);
}

static void arm_interval(struct job *job)
{
	uint64_t seconds = job->file.settings.interval;

	if (seconds)
		loop_timer_set(job->loop, &job->interval,
			       ckpt_wire_now_ms() + (int64_t)seconds * 1000);
	else
		loop_timer_clear(job->loop, &job->interval);
}

static void on_interval(void *arg)
{
	struct job *job = arg;

	arm_interval(job);
	if (job->ending || attempt_is_open(job->attempt) || !members_count(job->members))
		return;
	job->by_interval = 1;
	start_attempt(job, 0, 0);
}

static void on_progress(void *arg, const struct ckpt_rec_progress *progress)
{
	requests_tell(((struct job *)arg)->requests, CKPT_MSG_progress, progress);
}

static void on_refusal(void *arg, const struct ckpt_rec_refusal *refusal)
{
	struct job *job = arg;

	log_line("refused: %s (pid %llu): %s %s: %s", refusal->program,
		 (unsigned long long)refusal->pid, refusal->kind, refusal->what, refusal->reason);
	requests_tell(job->requests, CKPT_MSG_refusal, refusal);
}

/* What the request is answered when it worked; as long as a text on the wire gets. */
static char *describe(const struct job *job, const struct attempt_result *result)
{
	struct ckpt_buf buf = { 0 };
	char *text = ckpt_buf_grow(&buf, 1024);

	if (result->check_only && !result->refusals)
		snprintf(text, 1024, "everything can be saved");
	else if (result->check_only)
		snprintf(text, 1024, "%u thing%s cannot be saved", result->refusals,
			 result->refusals == 1 ? "" : "s");
	else
		snprintf(
			text, 1024,
			"generation %u of job %s: %u process%s, %.1f MB in %.600s, pause %.1f ms, %.2f s in all%s",
			result->generation, job->file.settings.job, result->members,
			result->members == 1 ? "" : "es", result->bytes / 1e6,
			job->file.settings.dir, result->pause_us / 1e3, result->total_us / 1e6,
			result->then_exit ? "; the job is ended" : "");
	return text;
}

static void note_result(struct job *job, const struct attempt_result *result)
{
	if (result->check_only)
		return;
	snprintf(job->last_failure, sizeof(job->last_failure), "%s",
		 result->status ? result->text : "");
	if (!result->durable)
		return;
	job->last = *result;
	job->last_at = time(NULL);
	job->file.generation = result->generation;
	write_records(job);
	keep_prune(&job->file.settings, result->generation);
}

static void check_end(struct job *job);
static void on_kill_again(void *arg);

static void answer(struct request *r, const struct attempt_result *result, const char *text)
{
	if (result->then_exit) {
		/* Who is told that the job has ended finds nothing of it any more: job_close
		 * answers. */
		r->attached = 0;
		r->held = 1;
		r->generation = result->generation;
		snprintf(r->text, sizeof(r->text), "%s", text);
		return;
	}
	if (result->refusals)
		peer_error(r->peer, CKPT_EX_CANNOT_CHECKPOINT, "%s", text);
	else
		peer_ok(r->peer, result->generation, "%s", text);
	requests_remove(r);
}

static void on_attempt_ended(void *arg, const struct attempt_result *result)
{
	struct job *job = arg;
	struct request *r, *next;
	char *text = describe(job, result);

	note_result(job, result);
	if (result->status)
		answer_attached(job, result->status, result->text);
	for (r = requests_first(job->requests); r; r = next) {
		next = r->next;
		if (r->attached)
			answer(r, result, text);
	}
	free(text);
	job->by_interval = 0;
	/* The agent has killed what it saved; the job is to end with all that is its own. */
	if (result->then_exit && !result->status)
		on_kill_again(job);
	check_end(job);
	start_waiting(job);
}

/* ---- the end ---- */

static void check_end(struct job *job)
{
	if (job->ending || members_count(job->members) || !job->had_member)
		return;
	/* Who joined has gone; what it left behind may run on. */
	if (members_find(job->members)) {
		write_records(job);
		return;
	}
	if (attempt_is_open(job->attempt)) {
		if (!job->last_attempt.set)
			loop_timer_set(job->loop, &job->last_attempt,
				       ckpt_wire_now_ms() + LAST_ATTEMPT_MS);
		return;
	}
	log_line("the last member has gone");
	job->ending = 1;
	loop_stop(job->loop);
}

static void on_last_attempt(void *arg)
{
	struct job *job = arg;

	attempt_cancel(job->attempt, CKPT_EX_CANNOT_CHECKPOINT,
		       "the last process of the job has gone");
}

static void on_member_gone(void *arg, const struct member *m)
{
	struct job *job = arg;

	log_line("member %u (%s, process %d) has gone", m->is.member, m->is.program,
		 (int)m->is.pid);
	if (members_count(job->members))
		write_records(job);
	check_end(job);
}

static void on_first_member(void *arg)
{
	struct job *job = arg;

	if (job->had_member)
		return;
	log_line("nobody joined");
	job->ending = 1;
	loop_stop(job->loop);
}

static void on_kill_again(void *arg)
{
	struct job *job = arg;

	members_find(job->members);
	members_kill(job->members);
	if (members_count(job->members))
		loop_timer_set(job->loop, &job->kill_again, ckpt_wire_now_ms() + KILL_AGAIN_MS);
	else
		check_end(job);
}

static void on_request_timeout(void *arg, struct request *r)
{
	struct job *job = arg;
	int attached = r->attached;
	char text[256];

	if (r->held) {
		snprintf(text, sizeof(text),
			 "generation %u is complete, but the job has not ended after %.1f s",
			 r->generation, r->timeout_ms / 1e3);
	} else if (r->kind == REQUEST_KILL) {
		snprintf(text, sizeof(text),
			 "timed out: after %.1f s there are still processes of the job",
			 r->timeout_ms / 1e3);
	} else {
		snprintf(text, sizeof(text), "timed out after %.1f s, in phase %s; the job runs on",
			 r->timeout_ms / 1e3, attempt_phase_name(attempt_phase(job->attempt)));
	}
	peer_error(r->peer, CKPT_EX_TIMED_OUT, "%s", text);
	requests_remove(r);
	if (attached && !requests_attached(job->requests) && !job->by_interval)
		attempt_cancel(job->attempt, CKPT_EX_TIMED_OUT, text);
}

/* ---- what peers ask ---- */

/* 0, or an exit status with text: may this peer bring that process in? */
static int check_join(const struct peer *peer, pid_t pid, char text[256])
{
	struct stat st;
	char path[64];

	if (pid == peer_pid(peer))
		return 0;
	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	if (stat(path, &st)) {
		snprintf(text, 256, "there is no process %d", (int)pid);
		return CKPT_EX_USAGE;
	}
	if (st.st_uid != geteuid() && geteuid()) {
		snprintf(text, 256, "process %d belongs to another user", (int)pid);
		return CKPT_EX_AUTHENTICATION;
	}
	return 0;
}

void job_join(struct job *job, struct peer *peer, const struct ckpt_rec_join *join)
{
	struct ckpt_rec_ok ok = { .text = "" };
	struct ckpt_err err = { 0 };
	struct member *m;
	char text[256];
	int status = check_join(peer, join->pid, text);

	if (status) {
		peer_error(peer, status, "%s", text);
		return;
	}
	m = members_add(job->members, join->pid, join->member, join->known_pid, join->program,
			&err);
	if (!m) {
		peer_error(peer, err.status, "%s", err.text);
		return;
	}
	log_line("member %u (%s, process %d) joins", m->is.member, m->is.program, (int)m->is.pid);
	if (join->restarted && join->generation) {
		job->file.settings.restarted_from = join->generation;
		if (job->file.generation < join->generation)
			job->file.generation = join->generation;
	}
	if (!job->had_member)
		arm_interval(job);
	job->had_member = 1;
	ok.member = m->is.member;
	ok.generation = job->file.generation;
	peer_send(peer, CKPT_MSG_ok, &ok);
	/* After the answer: the program's start does not wait for our disk. */
	write_records(job);
}

void job_checkpoint(struct job *job, struct peer *peer, const struct ckpt_rec_checkpoint *what)
{
	struct request *r;

	if (!members_count(job->members)) {
		peer_error(peer, CKPT_EX_NO_COORDINATOR, "job %s has no process",
			   job->file.settings.job);
		return;
	}
	r = requests_add(job->requests, peer, REQUEST_CHECKPOINT, what->timeout);
	r->then_exit = what->then_exit != 0;
	if (attempt_is_open(job->attempt) && !attempt_is_failing(job->attempt) &&
	    !attempt_check_only(job->attempt) && (!r->then_exit || attempt_then_exit(job->attempt)))
		r->attached = 1;
	else
		start_waiting(job);
}

void job_check(struct job *job, struct peer *peer, const struct ckpt_rec_check *what)
{
	requests_add(job->requests, peer, REQUEST_CHECK, what->timeout);
	start_waiting(job);
}

void job_kill(struct job *job, struct peer *peer, const struct ckpt_rec_kill *what)
{
	log_line("to be killed, by process %d", (int)peer_pid(peer));
	requests_add(job->requests, peer, REQUEST_KILL, what->timeout);
	job->had_member = 1; /* a job that nobody has joined ends by this too */
	on_kill_again(job);
}

void job_interval(struct job *job, struct peer *peer, const struct ckpt_rec_interval *what)
{
	job->file.settings.interval = what->seconds;
	arm_interval(job);
	write_records(job);
	if (what->seconds)
		peer_ok(peer, 0, "a checkpoint every %llu s", (unsigned long long)what->seconds);
	else
		peer_ok(peer, 0, "no checkpoints by interval");
}

void job_status(struct job *job, struct peer *peer)
{
	const struct ckpt_settings *s = &job->file.settings;
	struct ckpt_rec_job rec = {
		.job = s->job,
		.dir = s->dir,
		.members = members_count(job->members),
		.generation = job->file.generation,
		.interval = s->interval,
		.keep = s->keep,
		.phase = attempt_phase(job->attempt),
		.coordinator_pid = getpid(),
		.host = job->file.host,
		.last_pause_us = job->last.pause_us,
		.last_bytes = job->last.bytes,
		.last_at = job->last_at,
		.last_failure = job->last_failure,
		.program = members_count(job->members) ? members_get(job->members, 0)->is.program
						       : "",
		.last_total_us = job->last.total_us,
	};

	peer_send(peer, CKPT_MSG_job, &rec);
}

void job_list(struct job *job, struct peer *peer)
{
	for (size_t i = 0; i < members_count(job->members); i++) {
		const struct member *m = members_get(job->members, i);
		struct ckpt_rec_member rec = {
			.member = m->is.member,
			.program = m->is.program,
			.host = job->file.host,
			.known_pid = m->is.known_pid,
			.real_pid = m->is.pid,
		};

		peer_send(peer, CKPT_MSG_member, &rec);
	}
	peer_ok(peer, job->file.generation, "%s", "");
}

void job_forget(struct job *job, struct peer *peer, int starter)
{
	requests_forget(job->requests, peer);
	if (starter)
		on_first_member(job);
}

/* ---- life ---- */

static int find_again(struct job *job, struct ckpt_err *err)
{
	members_set_last_number(job->members, job->file.last_member);
	for (size_t i = 0; ckpt_jobfile_here(&job->file) && i < job->file.count; i++) {
		const struct ckpt_jobfile_member *m = &job->file.members[i];

		if (ckpt_procs_alive(m->pid, m->start))
			members_add(job->members, m->pid, m->member, m->known_pid, m->program,
				    NULL);
	}
	members_find(job->members);
	if (!members_count(job->members))
		return ckpt_errs(err, CKPT_EX_NO_COORDINATOR, -ESRCH,
				 "no process of job %s is left", job->file.settings.job);
	job->had_member = 1;
	arm_interval(job);
	log_line("found %zu members", members_count(job->members));
	return 0;
}

static void set_timer(struct loop_timer *timer, void (*fn)(void *arg), struct job *job)
{
	timer->fn = fn;
	timer->arg = job;
}

struct job *job_create(struct loop *loop, const struct ckpt_settings *settings, int recover,
		       struct ckpt_err *err)
{
	struct attempt_owner owner = { on_progress, on_refusal, on_attempt_ended, NULL };
	struct job *job = ckpt_xmalloc(sizeof(*job));

	owner.arg = job;
	job->loop = loop;
	job->file.settings = *settings;
	job->place = place_take(&job->file, recover, err);
	if (!job->place) {
		free(job);
		return NULL;
	}
	set_timer(&job->first_member, on_first_member, job);
	set_timer(&job->interval, on_interval, job);
	set_timer(&job->kill_again, on_kill_again, job);
	set_timer(&job->last_attempt, on_last_attempt, job);
	job->requests = requests_create(loop, on_request_timeout, job);
	job->members = members_create(loop, job->file.settings.job, on_member_gone, job);
	job->attempt = attempt_create(loop, &job->file.settings, place_record(job->place),
				      job->members, &owner);
	if (recover && find_again(job, err)) {
		job_close(job);
		return NULL;
	}
	if (job->file.settings.restarted_from > job->file.generation)
		job->file.generation = job->file.settings.restarted_from;
	loop_timer_set(loop, &job->first_member, ckpt_wire_now_ms() + FIRST_MEMBER_MS);
	write_records(job);
	return job;
}

int job_listener(const struct job *job)
{
	return place_listener(job->place);
}

void job_close(struct job *job)
{
	attempt_destroy(job->attempt);
	place_leave(job->place);
	for (struct request *r = requests_first(job->requests); r; r = r->next) {
		if (r->held)
			peer_ok(r->peer, r->generation, "%s", r->text);
		else if (r->kind == REQUEST_KILL)
			peer_ok(r->peer, 0, "job %s is ended", job->file.settings.job);
		else
			peer_error(r->peer, CKPT_EX_NO_COORDINATOR, "job %s has ended",
				   job->file.settings.job);
	}
	requests_destroy(job->requests);
	members_destroy(job->members);
	ckpt_jobfile_free(&job->file);
	free(job);
}
