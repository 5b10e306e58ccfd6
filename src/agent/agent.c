// SPDX-License-Identifier: BSD-3-Clause
/*
 * agent.c - ckpt_agent: one on each host of a job.  Reads the coordinator's messages from
 * descriptor 3, calls the looker, answers. [tool]  It knows no kernel object and no image; that is
 * the looker's.  It never decides to go on: each phase is asked for. When the coordinator goes
 * away, in whatever phase, the attempt is abandoned and the agent ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/looker.h"
#include "base/wire.h"
#include "ckpt/exit.h"
#include "ckpt/phase.h"

#define COORDINATOR_FD 3
#define PROGRESS_EVERY_MS 100

struct agent {
	struct ckpt_wire *wire;
	struct looker *looker;
	struct ckpt_arena *arena; /* what the attempt's messages said */
	struct ckpt_rec_attempt what;
	struct ckpt_rec_root *roots;
	size_t root_count;
	uint32_t number;     /* of the attempt; 0: none is open */
	int64_t progress_at; /* when the last progress went out, ms */
};

static void copy_text(struct agent *a, const char **text)
{
	*text = ckpt_arena_text(a->arena, *text, strlen(*text));
}

static void open_attempt(struct agent *a, uint32_t number, const struct ckpt_rec_attempt *what)
{
	ckpt_arena_destroy(a->arena);
	a->arena = ckpt_arena_create();
	a->number = number;
	a->what = *what;
	copy_text(a, &a->what.job);
	copy_text(a, &a->what.dir);
	copy_text(a, &a->what.snapshot);
	copy_text(a, &a->what.files);
	a->root_count = 0;
}

static void add_root(struct agent *a, const struct ckpt_rec_root *root)
{
	a->roots = ckpt_xrealloc(a->roots, (a->root_count + 1) * sizeof(*a->roots));
	a->roots[a->root_count] = *root;
	copy_text(a, &a->roots[a->root_count++].program);
}

static int say_failed(struct agent *a, uint32_t phase, const struct ckpt_err *why,
		      struct ckpt_err *err)
{
	struct ckpt_rec_failed failed = {
		.status = why->status ? why->status : CKPT_EX_IO,
		.text = why->text[0] ? why->text : "the agent gives no reason",
		.phase = phase,
	};

	return ckpt_wire_send(a->wire, CKPT_MSG_failed, a->number, &failed, err);
}

static int say_refusals(struct agent *a, struct ckpt_err *err)
{
	const struct ckpt_rec_refusal *list;
	size_t n = looker_refusals(a->looker, &list);

	for (size_t i = 0; i < n; i++) {
		int ret = ckpt_wire_send(a->wire, CKPT_MSG_refusal, a->number, &list[i], err);

		if (ret)
			return ret;
	}
	return 0;
}

static const char *text_of(const char *text)
{
	return text ? text : "";
}

static const char *before(const char *separator, const char *text)
{
	return text && text[0] ? separator : "";
}

/* With refusals an attempt fails here, unless it was only asked what there is. */
static int refuse(struct agent *a, struct ckpt_err *err)
{
	const struct ckpt_rec_refusal *list;
	size_t n = looker_refusals(a->looker, &list);

	if (!n || a->what.check_only)
		return 0;
	if (n == 1)
		return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, -EBUSY,
				 "%s (pid %llu)%s%s: %s%s%s: %s%s%s", text_of(list->program),
				 (unsigned long long)list->pid, before(", ", list->where),
				 text_of(list->where), text_of(list->kind), before(" ", list->what),
				 text_of(list->what), text_of(list->reason),
				 before("; ", list->remedy), text_of(list->remedy));
	return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, -EBUSY, "%zu things cannot be saved", n);
}

static void say_progress(void *arg, uint64_t bytes, uint64_t total)
{
	struct agent *a = arg;
	struct ckpt_rec_progress progress = { .phase = CKPT_PHASE_WRITE,
					      .bytes = bytes,
					      .total = total };
	int64_t now = ckpt_wire_now_ms();

	if (now - a->progress_at < PROGRESS_EVERY_MS)
		return;
	a->progress_at = now;
	ckpt_wire_send(a->wire, CKPT_MSG_progress, a->number, &progress, NULL);
}

static int carry_out(struct agent *a, const struct ckpt_rec_phase *phase,
		     struct ckpt_rec_reached *reached, struct ckpt_err *err)
{
	struct looker *l = a->looker;
	uint32_t members = 0;
	int ret;

	switch (phase->phase) {
	case CKPT_PHASE_PREPARE:
		ret = looker_prepare(l, &a->what, a->roots, a->root_count, err);
		return ret ? ret : refuse(a, err);
	case CKPT_PHASE_STOP:
		ret = looker_stop(l, &members, err);
		reached->members = members;
		return ret;
	case CKPT_PHASE_COLLECT: ret = looker_collect(l, err); return ret ? ret : refuse(a, err);
	case CKPT_PHASE_RESUME:
		ret = looker_resume(l, err);
		reached->pause_us = looker_pause_us(l);
		return ret;
	case CKPT_PHASE_WRITE:
		ret = looker_write(l, phase->members, say_progress, a, &reached->bytes, err);
		reached->pause_us = looker_pause_us(l);
		return ret;
	case CKPT_PHASE_COMMIT:
		ret = looker_commit(l, err);
		reached->pause_us = looker_pause_us(l);
		return ret;
	case CKPT_PHASE_ABORT:
		ret = looker_abort(l, err);
		reached->pause_us = looker_pause_us(l);
		return ret;
	default:
		return ckpt_errs(err, CKPT_EX_PROTOCOL, -EPROTO, "there is no phase %llu",
				 (unsigned long long)phase->phase);
	}
}

static int go_to_phase(struct agent *a, uint32_t number, const struct ckpt_rec_phase *phase,
		       struct ckpt_err *err)
{
	struct ckpt_rec_reached reached = { .phase = phase->phase };
	struct ckpt_err why = { 0 };
	int ret, sent;

	if (number != a->number)
		return 0; /* of an attempt that has ended here */
	ret = carry_out(a, phase, &reached, &why);
	if (phase->phase == CKPT_PHASE_PREPARE || phase->phase == CKPT_PHASE_COLLECT) {
		sent = say_refusals(a, err);
		if (sent)
			return sent;
	}
	sent = ret ? say_failed(a, phase->phase, &why, err)
		   : ckpt_wire_send(a->wire, CKPT_MSG_reached, number, &reached, err);
	if (phase->phase == CKPT_PHASE_COMMIT || phase->phase == CKPT_PHASE_ABORT)
		a->number = 0;
	return sent;
}

static int take_message(struct agent *a, const struct ckpt_msg *msg, struct ckpt_err *err)
{
	switch (msg->type) {
	case CKPT_MSG_ok: /* to our hello */ return 0;
	case CKPT_MSG_attempt: open_attempt(a, msg->attempt, &msg->as.attempt); return 0;
	case CKPT_MSG_root:
		if (msg->attempt == a->number)
			add_root(a, &msg->as.root);
		return 0;
	case CKPT_MSG_phase: return go_to_phase(a, msg->attempt, &msg->as.phase, err);
	case CKPT_MSG_error:
		return ckpt_errs(err, msg->as.error.status, -EPROTO, "%s", msg->as.error.text);
	default:
		return ckpt_errs(err, CKPT_EX_PROTOCOL, -EPROTO,
				 "the coordinator sent a message of type %u", msg->type);
	}
}

static int serve(struct agent *a, struct ckpt_err *err)
{
	struct ckpt_rec_hello hello = { .role = "agent", .pid = getpid() };
	struct ckpt_msg msg;
	int ret = ckpt_wire_send(a->wire, CKPT_MSG_hello, 0, &hello, err);

	while (!ret) {
		ret = ckpt_wire_next(a->wire, &msg, -1, err);
		if (ret > 0)
			ret = take_message(a, &msg, err);
	}
	return ret;
}

/* The coordinator starts us with /dev/null as 0, 1, 2 and the socket as 3; anything else is
 * somebody's curiosity. */
static int is_started_rightly(void)
{
	struct stat st;

	return fstat(COORDINATOR_FD, &st) == 0 && S_ISSOCK(st.st_mode);
}

int main(int argc, char **argv)
{
	struct agent a = { 0 };
	struct ckpt_err err = { 0 };
	int ret;

	(void)argv;
	if (argc > 1 || !is_started_rightly()) {
		fprintf(stderr,
			"ckpt_agent: this program is started by ckpt_coordinator, not by hand\n");
		return CKPT_EX_USAGE;
	}
	signal(SIGPIPE, SIG_IGN);
	fcntl(COORDINATOR_FD, F_SETFD, FD_CLOEXEC);
	a.wire = ckpt_wire_create(COORDINATOR_FD);
	a.looker = looker_create();
	ret = serve(&a, &err);
	looker_abort(a.looker, NULL);
	looker_destroy(a.looker);
	ckpt_arena_destroy(a.arena);
	free(a.roots);
	ckpt_wire_destroy(a.wire);
	if (ret == -EPIPE)
		return 0;
	fprintf(stderr, "ckpt_agent: %s\n", err.text);
	return err.status ? err.status : CKPT_EX_INTERNAL;
}
