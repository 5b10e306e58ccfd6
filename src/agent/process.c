// SPDX-License-Identifier: BSD-3-Clause
/* process.c - see process.h.  [tool] */
#include "agent/process.h"

#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "agent/attributes.h"
#include "agent/calls.h"
#include "base/ids.h"
#include "base/proc.h"
#include "base/tracee.h"
#include "ckpt/exit.h"

/* The kernel's struct sigaction (arch/x86/include/uapi/asm/signal.h), not libc's. */
struct kernel_sigaction {
	uint64_t handler, flags, restorer, mask;
};

/* What the leader's list leaves in the out area. */
struct leader_out {
	struct kernel_sigaction action[64];
	struct itimerval itimer[3];
	int32_t pdeathsig, subreaper;
	struct rlimit64 limit[RLIM_NLIMITS]; /* asked inside: another user's process is a privilege (prlimit(2)) */
	struct attributes_process_out attributes;
};

struct thread_out {
	stack_t alt;
	uint64_t tid_address;
	struct attributes_thread_out attributes;
};

enum { DUMPABLE, KEEPCAPS, PDEATHSIG, SUBREAPER, THP, SECUREBITS, BRK, FIRST_ITIMER };
#define FIRST_LIMIT (FIRST_ITIMER + 3 + 64)
#define FIRST_ATTRIBUTE (FIRST_LIMIT + RLIM_NLIMITS)
#define LEADER_OPS (FIRST_ATTRIBUTE + ATTRIBUTES_PROCESS_OPS)
#define THREAD_FIRST_ATTRIBUTE 3
#define THREAD_OPS (THREAD_FIRST_ATTRIBUTE + ATTRIBUTES_THREAD_OPS)
#define XSTATE_LEAST 576 /* the legacy area and the header */

static struct ckpt_op call(long nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	return (struct ckpt_op){ .kind = CKPT_OP_CALL, .flags = CKPT_OP_MAY_FAIL, .nr = nr, .arg = { a, b, c, d } };
}

static int leader_list(struct inside *in, pid_t tid, struct ckpt_op ops[LEADER_OPS], struct leader_out *out, struct ckpt_err *err)
{
	uint64_t at = inside_out(in);
	int e;

	ops[DUMPABLE] = call(__NR_prctl, PR_GET_DUMPABLE, 0, 0, 0);
	ops[KEEPCAPS] = call(__NR_prctl, PR_GET_KEEPCAPS, 0, 0, 0);
	ops[PDEATHSIG] = call(__NR_prctl, PR_GET_PDEATHSIG, at + offsetof(struct leader_out, pdeathsig), 0, 0);
	ops[SUBREAPER] = call(__NR_prctl, PR_GET_CHILD_SUBREAPER, at + offsetof(struct leader_out, subreaper), 0, 0);
	ops[THP] = call(__NR_prctl, PR_GET_THP_DISABLE, 0, 0, 0);
	ops[SECUREBITS] = call(__NR_prctl, PR_GET_SECUREBITS, 0, 0, 0);
	ops[BRK] = call(__NR_brk, 0, 0, 0, 0);
	for (int i = 0; i < 3; i++)
		ops[FIRST_ITIMER + i] = call(__NR_getitimer, i, at + offsetof(struct leader_out, itimer[i]), 0, 0);
	for (int i = 0; i < 64; i++)
		ops[FIRST_ITIMER + 3 + i] = call(__NR_rt_sigaction, i + 1, 0, at + offsetof(struct leader_out, action[i]), 8);
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		ops[FIRST_LIMIT + i] = call(__NR_prlimit64, 0, i, 0, at + offsetof(struct leader_out, limit[i]));
		ops[FIRST_LIMIT + i].flags = 0; /* a limit that is not known must not become 0 */
	}
	attributes_process_ops(ops + FIRST_ATTRIBUTE, FIRST_ATTRIBUTE, at + offsetof(struct leader_out, attributes));
	e = inside_run(in, tid, ops, LEADER_OPS, err);
	return e ? e : inside_read(in, at, out, sizeof(*out), err);
}

/* ---- the process ---- */

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* The note NT_GNU_BUILD_ID or all of a vdso: what tells whether today's is the same. */
static void save_vdso(pid_t pid, const struct ckpt_map *maps, size_t count, struct ckpt_arena *arena, struct ckpt_rec_process *rec)
{
	for (size_t i = 0; i < count; i++) {
		size_t len = maps[i].end - maps[i].start;
		void *content;

		if (strcmp(maps[i].path, "[vdso]"))
			continue;
		content = ckpt_arena_alloc(arena, len);
		rec->vdso_start = maps[i].start;
		rec->vdso_len = len;
		if (!ckpt_peek(pid, maps[i].start, content, len))
			rec->vdso_id = (struct ckpt_bytes){ content, len };
	}
}

static void from_stat(const char *stat, struct ckpt_rec_process *rec)
{
	rec->ppid = ckpt_proc_stat(stat, 4);
	rec->pgid = ckpt_proc_stat(stat, 5);
	rec->sid = ckpt_proc_stat(stat, 6);
	rec->tty_pgrp = ckpt_proc_stat(stat, 8);
	rec->start_code = ckpt_proc_stat(stat, 26);
	rec->end_code = ckpt_proc_stat(stat, 27);
	rec->start_stack = ckpt_proc_stat(stat, 28);
	rec->start_data = ckpt_proc_stat(stat, 45);
	rec->end_data = ckpt_proc_stat(stat, 46);
	rec->start_brk = ckpt_proc_stat(stat, 47);
	rec->arg_start = ckpt_proc_stat(stat, 48);
	rec->arg_end = ckpt_proc_stat(stat, 49);
	rec->env_start = ckpt_proc_stat(stat, 50);
	rec->env_end = ckpt_proc_stat(stat, 51);
}

static void from_status(const char *status, struct ckpt_arena *arena, struct ckpt_rec_process *rec)
{
	const char *groups = ckpt_proc_field(status, "Groups");
	const char *end = groups ? strchr(groups, '\n') : NULL;

	rec->umask = ckpt_proc_number(status, "Umask", 8);
	rec->uid = ckpt_proc_number(status, "Uid", 10);
	rec->gid = ckpt_proc_number(status, "Gid", 10);
	rec->no_new_privs = ckpt_proc_number(status, "NoNewPrivs", 10);
	if (end)
		rec->groups = (struct ckpt_bytes){ ckpt_arena_copy(arena, groups, end - groups), end - groups };
}

static void from_list(const struct ckpt_op *ops, const struct leader_out *out, struct ckpt_arena *arena,
		      struct ckpt_rec_process *rec)
{
	rec->dumpable = ops[DUMPABLE].ret;
	rec->keepcaps = ops[KEEPCAPS].ret;
	rec->thp_disable = ops[THP].ret > 0 ? ops[THP].ret : 0;
	rec->brk = ops[BRK].ret;
	rec->pdeathsig = out->pdeathsig;
	rec->subreaper = out->subreaper;
	rec->limits = (struct ckpt_bytes){ ckpt_arena_copy(arena, out->limit, sizeof(out->limit)), sizeof(out->limit) };
	rec->itimers = (struct ckpt_bytes){ ckpt_arena_copy(arena, out->itimer, sizeof(out->itimer)), sizeof(out->itimer) };
}

/* The signal of job control that had stopped the process before we did; 0: it ran. */
static uint64_t stopped_by(struct inside *in)
{
	size_t count;
	const struct tracer_task *tasks = tracer_tasks(in->tracer, &count);

	for (size_t i = 0; i < count; i++)
		if (tasks[i].pid == in->pid && tasks[i].state == TRACER_STOPPED && tasks[i].group_stop)
			return tasks[i].group_stop;
	return 0;
}

static int save_process(struct inside *in, pid_t tid, const struct ckpt_op *ops, const struct leader_out *out,
			const struct ckpt_map *maps, size_t map_count, struct ckpt_arena *arena,
			struct ckpt_image_writer *w, struct ckpt_err *err)
{
	struct ckpt_rec_process rec = { .real_pid = in->pid };
	char *stat = ckpt_proc_read(arena, tid, "stat", NULL), *status = ckpt_proc_read(arena, tid, "status", NULL), *text;
	size_t len = 0;
	int e;

	rec.exe = ckpt_proc_link(arena, tid, "exe");
	rec.cwd = ckpt_proc_link(arena, tid, "cwd");
	rec.root = ckpt_proc_link(arena, tid, "root");
	text = ckpt_proc_read(arena, tid, "auxv", &len);
	if (!stat || !status || !rec.exe || !rec.cwd || !rec.root || !text)
		return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, -errno, "process %d: cannot read its /proc entries: %s", in->pid,
				 strerror(errno));
	rec.auxv = (struct ckpt_bytes){ text, len };
	from_stat(stat, &rec);
	from_status(status, arena, &rec);
	from_list(ops, out, arena, &rec);
	e = attributes_process_take(ops + FIRST_ATTRIBUTE, &out->attributes, in->pid, &rec, err);
	if (e)
		return e;
	text = ckpt_proc_read(arena, in->pid, "status", NULL);
	rec.pid = ckpt_ids_known(in->pid, text ? text : status);
	text = ckpt_proc_read(arena, in->pid, "comm", &len);
	rec.comm = text && len ? ckpt_arena_text(arena, text, len - 1) : "";
	text = ckpt_proc_read(arena, tid, "personality", NULL);
	rec.personality = text ? strtoull(text, NULL, 16) : 0;
	text = ckpt_proc_read(arena, tid, "oom_score_adj", NULL);
	rec.oom_score_adj = text ? atoi(text) : 0;
	text = ckpt_proc_read(arena, tid, "coredump_filter", NULL);
	rec.coredump_filter = text ? strtoull(text, NULL, 16) : 0;
	save_vdso(tid, maps, map_count, arena, &rec);
	rec.slot = in->placed ? 0 : in->slot;
	rec.ids = in->ids;
	rec.stopped = stopped_by(in);
	rec.clock_monotonic = clock_ns(CLOCK_MONOTONIC);
	rec.clock_boottime = clock_ns(CLOCK_BOOTTIME);
	rec.clock_realtime = clock_ns(CLOCK_REALTIME);
	ckpt_image_add(w, CKPT_REC_process, &rec);
	return 0;
}

static void save_actions(const struct leader_out *out, struct ckpt_image_writer *w)
{
	for (int i = 0; i < 64; i++) {
		const struct kernel_sigaction *a = &out->action[i];
		struct ckpt_rec_sigaction rec = { i + 1, a->handler, a->flags, a->restorer, a->mask };

		if (a->handler || a->flags || a->restorer || a->mask)
			ckpt_image_add(w, CKPT_REC_sigaction, &rec);
	}
}

/* ---- threads ---- */

struct sched_attr_raw {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};

static void save_sched(pid_t tid, struct ckpt_arena *arena, struct ckpt_rec_thread *rec)
{
	struct sched_attr_raw attr = { .size = sizeof(attr) };
	unsigned char cpus[1024];
	long n = syscall(SYS_sched_getaffinity, tid, sizeof(cpus), cpus);

	if (!syscall(SYS_sched_getattr, tid, &attr, sizeof(attr), 0)) {
		rec->sched_policy = attr.policy;
		rec->sched_flags = attr.flags;
		rec->sched_priority = attr.priority;
		/* sched_getattr knows a nice value only where the policy has a use for it. */
		rec->nice = getpriority(PRIO_PROCESS, tid);
		rec->sched_runtime = attr.runtime;
		rec->sched_deadline = attr.deadline;
		rec->sched_period = attr.period;
	}
	if (n > 0)
		rec->affinity = (struct ckpt_bytes){ ckpt_arena_copy(arena, cpus, n), n };
	rec->ioprio = syscall(SYS_ioprio_get, 1 /* IOPRIO_WHO_PROCESS */, tid);
}

static void save_rights(const char *status, struct ckpt_arena *arena, struct ckpt_rec_thread *rec)
{
	const char *uid = ckpt_proc_field(status, "Uid"), *gid = ckpt_proc_field(status, "Gid");
	uint32_t ids[4];

	rec->cap_effective = ckpt_proc_number(status, "CapEff", 16);
	rec->cap_permitted = ckpt_proc_number(status, "CapPrm", 16);
	rec->cap_inheritable = ckpt_proc_number(status, "CapInh", 16);
	rec->cap_bounding = ckpt_proc_number(status, "CapBnd", 16);
	rec->cap_ambient = ckpt_proc_number(status, "CapAmb", 16);
	if (uid && sscanf(uid, "%u %u %u %u", &ids[0], &ids[1], &ids[2], &ids[3]) == 4)
		rec->uids = (struct ckpt_bytes){ ckpt_arena_copy(arena, ids, sizeof(ids)), sizeof(ids) };
	if (gid && sscanf(gid, "%u %u %u %u", &ids[0], &ids[1], &ids[2], &ids[3]) == 4)
		rec->gids = (struct ckpt_bytes){ ckpt_arena_copy(arena, ids, sizeof(ids)), sizeof(ids) };
}

/* As the program would go on: a call that our stop interrupted is made again. */
static void save_regs(const struct tracer_task *task, struct ckpt_arena *arena, struct ckpt_rec_thread *rec)
{
	struct user_regs_struct *regs = ckpt_arena_copy(arena, &task->regs, sizeof(task->regs));

	if (ckpt_regs_restarts(regs) || task->eintr_redo) {
		if (!calls_resolve(task->tid, regs)) {
			ckpt_regs_redo(regs, false);
		} else { /* what was begun before anybody looked cannot be made again: the call ends, as after a signal */
			regs->rax = -EINTR;
		}
	}
	regs->orig_rax = -1;
	rec->regs = (struct ckpt_bytes){ regs, sizeof(*regs) };
}

static int save_thread(struct inside *in, const struct tracer_task *task, size_t index, uint64_t securebits, const char *first,
		       struct ckpt_arena *arena, struct ckpt_image_writer *w, struct ckpt_err *err)
{
	uint64_t at = inside_out(in);
	struct ckpt_rec_thread rec = {
		.real_tid = task->tid, .sigmask = task->mask, .rseq = task->rseq, .rseq_len = task->rseq_len,
		.rseq_sig = task->rseq_sig, .rseq_flags = task->rseq_flags, .securebits = securebits,
	};
	struct ckpt_op ops[THREAD_OPS] = {
		call(__NR_sigaltstack, 0, at + offsetof(struct thread_out, alt), 0, 0),
		call(__NR_prctl, PR_GET_TID_ADDRESS, at + offsetof(struct thread_out, tid_address), 0, 0),
		call(__NR_prctl, PR_GET_TIMERSLACK, 0, 0, 0),
	};
	struct thread_out out;
	char *status, *comm;
	const char *field;
	size_t len;
	int e;

	attributes_thread_ops(ops + THREAD_FIRST_ATTRIBUTE, at + offsetof(struct thread_out, attributes));
	e = inside_run(in, task->tid, ops, THREAD_OPS, err);
	if (!e)
		e = inside_read(in, at, &out, sizeof(out), err);
	if (e)
		return e;
	if (ops[1].ret)
		return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, ops[1].ret, "thread %d: PR_GET_TID_ADDRESS: %s (the kernel lacks "
				 "CONFIG_CHECKPOINT_RESTORE)", task->tid, strerror(-(int)ops[1].ret));
	status = ckpt_proc_read(arena, task->tid, "status", NULL);
	comm = ckpt_proc_read(arena, task->pid, ckpt_arena_printf(arena, "task/%d/comm", task->tid), &len);
	if (!status || !comm)
		return ckpt_errf(err, -errno, "thread %d: cannot read its status: %s", task->tid, strerror(errno));
	field = process_other_rights(first, status);
	if (field)
		return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, -ENOTSUP, "thread %d: own rights (%s): threads of different ids or "
				 "capabilities are not restored by this version; change them for the whole process", task->tid, field);
	if (task->dispatch || task->ioperm)
		return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, -ENOTSUP, "thread %d: %s: it is not restored by this version; run it without",
				 task->tid, task->dispatch ? "syscall user dispatch (prctl)" : "I/O permission bitmap (ioperm)");
	rec.tid = ckpt_ids_known(task->tid, status);
	rec.comm = ckpt_arena_text(arena, comm, len ? len - 1 : 0);
	rec.alt_sp = (uintptr_t)out.alt.ss_sp;
	rec.alt_size = out.alt.ss_size;
	rec.alt_flags = (uint32_t)out.alt.ss_flags;
	rec.tid_address = out.tid_address;
	rec.timerslack = ops[2].ret > 0 ? ops[2].ret : 0;
	syscall(SYS_get_robust_list, task->tid, &rec.robust_head, &rec.robust_len);
	save_regs(task, arena, &rec);
	rec.xstate = (struct ckpt_bytes){ tracer_xstate(in->tracer, index), task->xstate_len };
	while (rec.xstate.len > XSTATE_LEAST && !((const char *)rec.xstate.data)[rec.xstate.len - 1])
		rec.xstate.len--; /* a reader fills up with zeros */
	attributes_thread_take(ops + THREAD_FIRST_ATTRIBUTE, &out.attributes, arena, &rec);
	save_sched(task->tid, arena, &rec);
	save_rights(status, arena, &rec);
	ckpt_image_add(w, CKPT_REC_thread, &rec);
	return 0;
}

static void save_dead_leader(struct inside *in, struct ckpt_arena *arena, struct ckpt_image_writer *w)
{
	struct ckpt_rec_thread rec = { .real_tid = in->pid };
	char *status = ckpt_proc_read(arena, in->pid, "status", NULL);

	rec.tid = ckpt_ids_known(in->pid, status ? status : "");
	ckpt_image_add(w, CKPT_REC_thread, &rec);
}

static int save_threads(struct inside *in, uint64_t securebits, struct ckpt_arena *arena, struct ckpt_image_writer *w,
			struct ckpt_err *err)
{
	size_t count;
	const struct tracer_task *tasks = tracer_tasks(in->tracer, &count);
	const char *first = ckpt_proc_read(arena, in->tid, "status", NULL);

	if (!first)
		return ckpt_errf(err, -errno, "thread %d: cannot read its status: %s", in->tid, strerror(errno));
	/* A leader that has exited: an id, and nothing else. */
	if (in->tid != in->pid)
		save_dead_leader(in, arena, w);
	for (int leader = 1; leader >= 0; leader--)
		for (size_t i = 0; i < count; i++) {
			int e = 0;

			if (tasks[i].pid == in->pid && tasks[i].state == TRACER_STOPPED && (tasks[i].tid == in->pid) == leader)
				e = save_thread(in, &tasks[i], i, securebits, first, arena, w, err);
			if (e)
				return e;
		}
	return 0;
}

/* ---- signals that wait ---- */

static void save_pending(struct inside *in, struct ckpt_arena *arena, struct ckpt_image_writer *w)
{
	size_t count;
	const struct tracer_pending *p = tracer_pendings(in->tracer, &count);

	for (size_t i = 0; i < count; i++) {
		struct ckpt_rec_pending rec = { 0, { p[i].info, sizeof(p[i].info) } };

		if (p[i].pid != in->pid)
			continue;
		if (p[i].tid) {
			char *status = ckpt_proc_read(arena, p[i].tid, "status", NULL);

			rec.tid = ckpt_ids_known(p[i].tid, status ? status : "");
		}
		ckpt_image_add(w, CKPT_REC_pending, &rec);
	}
}

/* ---- the host ---- */

static void save_host(struct inside *in, struct ckpt_arena *arena, struct ckpt_image_writer *w)
{
	struct ckpt_rec_host rec = { .page_size = sysconf(_SC_PAGESIZE), .version = PACKAGE_VERSION };
	char *boot = ckpt_proc_read(arena, getpid(), "../sys/kernel/random/boot_id", NULL);
	struct utsname name;
	uint64_t sw[6] = { 0 };
	size_t count;

	uname(&name);
	rec.name = name.nodename;
	rec.kernel = name.release;
	rec.machine = name.machine;
	rec.boot_id = boot ? ckpt_arena_text(arena, boot, strcspn(boot, "\n")) : "";
	if (tracer_tasks(in->tracer, &count) && count) {
		/* fp_sw_bytes: what the kernel allows this task (struct _xstate in asm/sigcontext.h, offset 464). */
		memcpy(sw, (const char *)tracer_xstate(in->tracer, 0) + 464, sizeof(sw));
		rec.xfeatures = sw[0];
		rec.xstate_size = tracer_tasks(in->tracer, &count)[0].xstate_len;
	}
	ckpt_image_add(w, CKPT_REC_host, &rec);
}

int process_save(struct inside *in, pid_t leader, const struct ckpt_map *maps, size_t map_count, struct ckpt_arena *arena,
		 struct ckpt_image_writer *w, struct ckpt_err *err)
{
	static struct ckpt_op ops[LEADER_OPS];
	static struct leader_out out;
	int e = leader_list(in, leader, ops, &out, err);

	if (!e)
		e = save_process(in, leader, ops, &out, maps, map_count, arena, w, err);
	if (e)
		return e;
	save_host(in, arena, w);
	save_actions(&out, w);
	e = save_threads(in, ops[SECUREBITS].ret, arena, w, err);
	save_pending(in, arena, w);
	return e;
}
