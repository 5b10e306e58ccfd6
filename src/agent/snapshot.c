// SPDX-License-Identifier: BSD-3-Clause
/*
 * snapshot.c - see snapshot.h.  [tool]
 *
 * The fork has no exit signal: the program's wait(2) does not see it (ECHILD), only __WALL does.  Dead, it stays a zombie
 * until its parent reaps, so one thread of the member is stopped once more for one wait4(2).
 */
#include "agent/snapshot.h"

#include <asm/unistd.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/ids.h"
#include "base/maps.h"
#include "base/proc.h"
#include "ckpt/exit.h"

#define LEFT_WAIT_MS 500 /* for a killed snapshot of any size to be gone */

/* The child that the member calls `own`, as we call it. */
static pid_t outer_id(struct inside *inside, pid_t tid, pid_t own)
{
	struct ckpt_arena *arena = ckpt_arena_create();
	char *p = ckpt_proc_read(arena, inside->pid, ckpt_arena_printf(arena, "task/%d/children", tid), NULL);
	pid_t found = 0;

	while (p && *p >= '0' && *p <= '9' && !found) {
		pid_t child = strtol(p, &p, 10);
		char *status = ckpt_proc_read(arena, child, "status", NULL);

		if (status && ckpt_ids_innermost(status) == own)
			found = child;
		while (*p == ' ')
			p++;
	}
	ckpt_arena_destroy(arena);
	return found;
}

int snapshot_take(struct snapshot *s, struct inside *inside, pid_t tid, unsigned seconds, struct ckpt_err *err)
{
	struct ckpt_op op = { .kind = CKPT_OP_SNAPSHOT, .flags = CKPT_OP_MAY_FAIL, .nr = __NR_clone, .arg = { inside->own_ids ? 0 : getpid(), seconds } };
	int e = inside_run(inside, tid, &op, 1, err);

	if (e)
		return e;
	if (op.ret < 0)
		return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, op.ret, "process %d: cannot fork a snapshot: %s (--snapshot copy "
				 "needs no fork)", inside->pid, strerror(-(int)op.ret));
	s->unreaped = op.ret;
	s->pid = inside->own_ids ? outer_id(inside, tid, op.ret) : op.ret;
	if (s->pid <= 0)
		return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, -ESRCH, "process %d: its snapshot has gone", inside->pid);
	s->pidfd = syscall(SYS_pidfd_open, s->pid, 0);
	s->own_ids = inside->own_ids;
	return 0;
}

void snapshot_end(struct snapshot *s)
{
	struct pollfd p = { s->pidfd, POLLIN, 0 };

	if (!s->pid)
		return;
	if (s->pidfd >= 0) {
		syscall(SYS_pidfd_send_signal, s->pidfd, SIGKILL, NULL, 0);
		poll(&p, 1, 1000);
		close(s->pidfd);
	} else {
		kill(s->pid, SIGKILL);
	}
	s->pid = 0;
}

static struct ckpt_op wait_for(pid_t own)
{
	return (struct ckpt_op){ .kind = CKPT_OP_CALL, .flags = CKPT_OP_MAY_FAIL, .nr = __NR_wait4,
				 .arg = { own, 0, WNOHANG | __WALL } };
}

/* The program ran on: after an exec nothing in it is where it was. */
static void reap_inside(struct tracer *tracer, pid_t member, pid_t tid, pid_t own)
{
	struct ckpt_arena *arena = ckpt_arena_create();
	struct ckpt_op op = wait_for(own);
	struct ckpt_map *maps;
	struct inside inside;
	ssize_t n = ckpt_maps_read(arena, tid, false, &maps);

	if (n > 0) {
		if (!inside_open(&inside, tracer, member, tid, maps, n, ~0ULL, NULL))
			inside_run(&inside, tid, &op, 1, NULL);
		inside_close(&inside, tid, NULL);
	}
	ckpt_arena_destroy(arena);
}

void snapshot_reap(struct snapshot *s, pid_t member, pid_t tid)
{
	struct tracer *tracer;
	size_t added;
	pid_t stuck;

	if (!s->unreaped)
		return;
	tracer = tid ? tracer_start(NULL) : NULL;
	if (tracer && !tracer_seize(tracer, member, &tid, 1, ~0ULL, &added, NULL) &&
	    !tracer_settle(tracer, 1000, &stuck, NULL) && !tracer_look(tracer, NULL)) {
		reap_inside(tracer, member, tid, s->unreaped);
		tracer_release(tracer, NULL);
	}
	tracer_stop(tracer);
	s->unreaped = 0;
}

bool snapshot_is_remains(struct ckpt_arena *arena, pid_t child)
{
	char *stat = ckpt_proc_read(arena, child, "stat", NULL);

	return stat && ckpt_proc_state(stat) == 'Z' && ckpt_proc_stat(stat, 38) == 0;
}

/* One that still lives when an attempt begins is a dead agent's: attempts of a job follow each other. */
static void end_if_left(struct ckpt_arena *arena, pid_t child)
{
	char *comm = ckpt_proc_read(arena, child, "comm", NULL), *stat = ckpt_proc_read(arena, child, "stat", NULL);

	if (!comm || strcmp(comm, "ckpt-snapshot\n") || !stat || ckpt_proc_stat(stat, 38) || ckpt_proc_state(stat) == 'Z')
		return;
	kill(child, SIGKILL);
	for (int waited = 0; waited < LEFT_WAIT_MS && !snapshot_is_remains(arena, child); waited++)
		usleep(1000);
}

size_t snapshot_remains(struct ckpt_arena *arena, pid_t member, pid_t **out)
{
	struct ckpt_buf found = { 0 };
	size_t count;
	int *tids;
	ssize_t n = ckpt_proc_numbers(arena, member, "task", &tids);

	for (ssize_t i = 0; i < n; i++) {
		char *p = ckpt_proc_read(arena, member, ckpt_arena_printf(arena, "task/%d/children", tids[i]), NULL);

		while (p && *p >= '0' && *p <= '9') {
			pid_t child = strtol(p, &p, 10);

			while (*p == ' ')
				p++;
			end_if_left(arena, child);
			if (snapshot_is_remains(arena, child))
				ckpt_buf_add(&found, &child, sizeof(child));
		}
	}
	count = found.len / sizeof(pid_t);
	*out = ckpt_arena_copy(arena, found.data, found.len);
	ckpt_buf_free(&found);
	return count;
}

void snapshot_sweep(struct inside *inside, pid_t tid, const pid_t *remains, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct ckpt_op op = wait_for(inside_own_id(inside, remains[i]));

		inside_run(inside, tid, &op, 1, NULL);
	}
}
