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
#include "base/proc.h"
#include "ckpt/exit.h"

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

/* Everything may be another by now: the thread, the handlers, and after an exec the whole address space. */
static int reap_through(struct tracer *tracer, pid_t member, pid_t tid, pid_t unreaped, struct ckpt_arena *arena)
{
	struct ckpt_op op = { .kind = CKPT_OP_CALL, .flags = CKPT_OP_MAY_FAIL, .nr = __NR_wait4,
			      .arg = { unreaped, 0, WNOHANG | __WALL } };
	struct inside inside;
	char *status;
	struct ckpt_map *maps;
	uint64_t busy;
	size_t added;
	pid_t stuck;
	ssize_t n;
	int e = tracer_seize(tracer, member, &tid, 1, ~0ULL, &added, NULL);

	if (e || !added)
		return e ? e : -ESRCH;
	e = tracer_settle(tracer, 1000, &stuck, NULL);
	if (!e)
		e = tracer_look(tracer, NULL);
	n = e ? e : ckpt_maps_read(arena, tid, false, &maps);
	status = ckpt_proc_read(arena, tid, "status", NULL);
	if (n < 0 || !status)
		return -ESRCH;
	busy = ckpt_proc_number(status, "SigCgt", 16) | ckpt_proc_number(status, "ShdPnd", 16) |
	       ckpt_proc_number(status, "SigPnd", 16);
	e = inside_open(&inside, tracer, member, tid, maps, n, busy, NULL);
	if (!e)
		e = inside_run(&inside, tid, &op, 1, NULL);
	inside_close(&inside, tid, NULL);
	return e;
}

void snapshot_reap(struct snapshot *s, pid_t member)
{
	struct ckpt_arena *arena;
	struct tracer *tracer;
	ssize_t n;
	int *tids;

	if (!s->unreaped)
		return;
	arena = ckpt_arena_create();
	tracer = tracer_start(NULL);
	n = tracer ? ckpt_proc_numbers(arena, member, "task", &tids) : 0;
	for (ssize_t i = 0; i < n && reap_through(tracer, member, tids[i], s->unreaped, arena) == -ESRCH; i++)
		;
	tracer_stop(tracer); /* which lets everything go */
	ckpt_arena_destroy(arena);
	s->unreaped = 0;
}
