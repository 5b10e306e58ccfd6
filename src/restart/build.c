// SPDX-License-Identifier: BSD-3-Clause
/*
 * build.c - see build.h.  [tool]
 *
 *   child      a process with the saved id makes descriptors and execs the program's binary; it stops before the first
 *              instruction of the loader
 *   region     the executor and its lists are written into a gap of the address space
 *   memory     one list: unmap, map, read, protect, advise
 *   process    one list: layout, signal actions, prctl; the leader's own state
 *   threads    one list makes them, each runs its own
 *   last       pending signals, timers; the region goes away; registers, FPU and masks are set from outside
 */
#include "restart/build.h"

#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/maps.h"
#include "base/proc.h"
#include "base/tracee.h"
#include "ckpt/exit.h"
#include "ckpt/slot.h"
#include "executor/blob.h"
#include "restart/child.h"
#include "restart/memory_list.h"
#include "restart/namespace.h"
#include "restart/task_list.h"
#include "restart/vdso.h"

#define THREAD_STACK 4096u
#define LEADER_STACK 16384u
#define OPTIONS (PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC | PTRACE_O_TRACECLONE | PTRACE_O_TRACESYSGOOD)

struct work {
	struct build *b;
	struct plan *p;
	struct child child;
	struct region region;
	struct ckpt_map *maps;
	size_t map_count;
	uint64_t scratch;
	uint64_t vdso_group; /* a place for another kernel's vdso; 0: it goes where the program had it */
	struct ckpt_ids ids; /* the library's, as the image has it */
	void *vdso;	 /* today's */
	size_t vdso_len;
	bool foreign_vdso;
	uint64_t gadget; /* a `syscall` instruction, as an offset into today's vdso */
	uint64_t memory_frame, process_frame, threads_frame, last_frame;
	struct list memory, process, threads, last;
	struct list *own; /* of each thread but the leader */
	uint64_t *own_frame;
	struct ckpt_err *err;
};

static int wait_tid(void *arg, pid_t tid, int *status)
{
	(void)arg;
	while (waitpid(tid, status, __WALL) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static const struct ckpt_waiter waiter = { wait_tid, NULL };

/* ---- to the exec ---- */

/* The exec stop lies inside execve(2), whose result would overwrite rax: on to the edge of user space. */
static int leave_exec(struct work *w)
{
	int status, e;

	if (ptrace(PTRACE_INTERRUPT, w->child.pid, 0, 0) || ptrace(PTRACE_CONT, w->child.pid, 0, 0))
		return ckpt_errf(w->err, -errno, "cannot stop the new process: %s", strerror(errno));
	e = wait_tid(NULL, w->child.pid, &status);
	if (!e && !ckpt_status_event_stop(status))
		e = -ECHILD;
	return e ? ckpt_errf(w->err, e, "the new process died at its exec") : 0;
}

static int start_child(struct work *w)
{
	int status, e = child_start(&w->child, w->p, w->err);

	if (e)
		return e;
	w->b->pid = w->child.pid;
	if (ptrace(PTRACE_SEIZE, w->child.pid, 0, OPTIONS))
		return ckpt_errs(w->err, CKPT_EX_BAD_IMAGE, -errno, "ptrace is refused on this host (%s); see ckpt_inspect --host",
				 strerror(errno));
	child_go(&w->child);
	for (;;) {
		e = wait_tid(NULL, w->child.pid, &status);
		if (e || !WIFSTOPPED(status)) {
			w->b->pid = 0;
			return child_failure(&w->child, w->err);
		}
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8))
			return leave_exec(w);
		ptrace(PTRACE_CONT, w->child.pid, 0, status >> 16 ? 0 : WSTOPSIG(status));
	}
}

/* ---- the region ---- */

/* Read today's vdso; decide whether it is the one that the program had. */
static int look_at_vdso(struct work *w)
{
	const struct ckpt_rec_process *s = w->p->image->process;

	for (size_t i = 0; i < w->map_count; i++) {
		uint64_t len = w->maps[i].end - w->maps[i].start;

		if (strcmp(w->maps[i].path, "[vdso]"))
			continue;
		w->vdso = ckpt_arena_alloc(w->b->arena, len);
		w->vdso_len = len;
		if (ckpt_peek(w->b->pid, w->maps[i].start, w->vdso, len))
			break;
		w->gadget = vdso_gadget(w->vdso, len);
		w->foreign_vdso = w->p->other_vdso || len != s->vdso_id.len || memcmp(w->vdso, s->vdso_id.data, len);
		return w->gadget ? 0 : ckpt_errs(w->err, CKPT_EX_BAD_IMAGE, -EINVAL, "this kernel's vdso makes no system call");
	}
	return ckpt_errs(w->err, CKPT_EX_BAD_IMAGE, -EINVAL, "this kernel gives processes no vdso");
}

/* The old vdso's pages are back; its entry points lead to today's from now on. */
static int redirect_vdso(struct work *w)
{
	const struct ckpt_bytes *old = &w->p->image->process->vdso_id;
	char path[64];
	void *copy;
	int fd, e;

	if (!w->foreign_vdso || !old->len)
		return 0;
	copy = ckpt_arena_copy(w->b->arena, old->data, old->len);
	e = vdso_redirect(copy, old->len, w->vdso, w->vdso_len, w->p->vdso_at, w->err);
	if (e)
		return e;
	snprintf(path, sizeof(path), "/proc/%d/mem", w->b->pid);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || pwrite(fd, copy, old->len, w->p->image->process->vdso_start) != (ssize_t)old->len)
		e = ckpt_errf(w->err, -errno, "cannot write the old vdso: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return e;
}

static uint64_t vdso_now(struct work *w)
{
	for (size_t i = 0; i < w->map_count; i++)
		if (!strcmp(w->maps[i].path, "[vdso]"))
			return w->maps[i].start;
	return 0;
}

/* An upper bound of what the lists can need. */
static uint64_t region_bound(struct work *w)
{
	const struct ckpt_image *i = w->p->image;
	uint64_t ops = w->map_count + i->mapping_count * 12 + i->mapfile_count * 4 + i->chunk_count + i->descriptor_count +
		       i->guard_count + i->pending_count * 4 + i->thread_count * 20 + 1000;
	uint64_t len = REGION_CODE + ops * sizeof(struct ckpt_op) + i->mapfile_count * 4096 + i->pending_count * 160 +
		       i->thread_count * (THREAD_STACK + 4096) + (2u << 20);

	return (len + 4095) & ~4095ULL;
}

static int inject(struct work *w, uint64_t vdso, long nr, const uint64_t arg[6], const char *what)
{
	long ret;
	int e = ckpt_tracee_call(&waiter, w->b->pid, vdso + w->gadget, nr, arg, &ret);

	if (e)
		return ckpt_errf(w->err, e, "%s: the new process died", what);
	return ret < 0 && ret > -4096 ? ckpt_errf(w->err, ret, "%s: %s", what, strerror(-ret)) : 0;
}

static int make_region(struct work *w)
{
	uint64_t len = region_bound(w), all;
	uint64_t map[6] = { 0, 0, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_NORESERVE, -1, 0 };
	uint64_t protect[6] = { 0, REGION_CODE, PROT_READ | PROT_WRITE | PROT_EXEC };
	int e;

	all = len + MEMORY_SCRATCH + memory_view_size(w->p);
	w->region.base = memory_find_gap(w->p, w->maps, w->map_count, all + MEMORY_SCRATCH);
	w->region.len = len;
	w->scratch = w->region.base + len;
	w->vdso_group = w->foreign_vdso ? w->region.base + all : 0;
	if (!w->region.base)
		return ckpt_errs(w->err, CKPT_EX_BAD_IMAGE, -ENOMEM, "the program's address space has no gap of %llu bytes",
				 (unsigned long long)all);
	map[0] = protect[0] = w->region.base;
	map[1] = len;
	e = inject(w, vdso_now(w), __NR_mmap, map, "mapping the executor's region");
	if (!e)
		e = inject(w, vdso_now(w), __NR_mprotect, protect, "protecting the executor's region");
	if (!e)
		e = ckpt_poke(w->b->pid, w->region.base, ckpt_executor_blob, ckpt_executor_blob_end - ckpt_executor_blob);
	return e;
}

/* ---- the lists ---- */

/* Write what stands behind the code, from byte `from` on. */
static int write_region(struct work *w, size_t from)
{
	int e;

	if (w->region.data.len > w->region.len - REGION_CODE)
		return ckpt_errs(w->err, CKPT_EX_INTERNAL, -E2BIG, "the lists are longer than was foreseen");
	e = ckpt_poke(w->b->pid, w->region.base + REGION_CODE + from, w->region.data.data + from, w->region.data.len - from);
	return e ? ckpt_errf(w->err, e, "cannot write the lists: %s", strerror(-e)) : 0;
}

static int build_lists(struct work *w)
{
	struct ckpt_image *image = w->p->image;
	pid_t own_pid = w->p->exact ? (pid_t)image->process->pid : w->b->pid;
	struct ckpt_op close_image = LIST_CALL(__NR_close, w->child.image_fd);
	int e;

	w->memory.arena = w->process.arena = w->threads.arena = w->last.arena = w->b->arena;
	e = memory_list_build(&w->memory, &w->region, w->p, w->maps, w->map_count, w->scratch,
			      w->vdso_group, w->child.image_fd, w->err);
	if (e)
		return e;
	list_op(&w->process, close_image, "closing the image");
	task_list_process(&w->process, &w->region, w->p);
	task_list_thread(&w->process, &w->region, w->p, 0, own_pid);
	w->own = ckpt_arena_alloc(w->b->arena, image->thread_count * sizeof(*w->own));
	w->own_frame = ckpt_arena_alloc(w->b->arena, image->thread_count * sizeof(*w->own_frame));
	for (size_t i = 1; i < image->thread_count; i++) {
		w->own[i].arena = w->b->arena;
		task_list_thread(&w->own[i], &w->region, w->p, i, own_pid);
		w->own_frame[i] = region_frame(&w->region, &w->own[i], THREAD_STACK);
		task_list_make_thread(&w->threads, &w->region, w->p, i, w->own_frame[i]);
	}
	w->memory_frame = region_frame(&w->region, &w->memory, LEADER_STACK);
	w->process_frame = region_frame(&w->region, &w->process, LEADER_STACK);
	w->threads_frame = region_frame(&w->region, &w->threads, LEADER_STACK);
	return write_region(w, 0);
}

/* When all threads are there, what they are called is known. */
static int build_last(struct work *w)
{
	struct ckpt_image *image = w->p->image;
	pid_t *own = ckpt_arena_alloc(w->b->arena, (image->thread_count + 1) * sizeof(*own));
	size_t before = w->region.data.len;

	for (size_t i = 0; i < image->thread_count; i++)
		own[i] = w->p->exact ? (pid_t)image->threads[i].tid : w->b->tids[i];
	task_list_last(&w->last, &w->region, w->p, own);
	w->last_frame = region_frame(&w->region, &w->last, LEADER_STACK);
	return write_region(w, before);
}

static int start_list(struct work *w, uint64_t frame)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, w->b->pid, 0, &regs))
		return -errno;
	regs.rip = w->region.base;
	regs.rdi = frame;
	regs.orig_rax = -1;
	if (ptrace(PTRACE_SETREGS, w->b->pid, 0, &regs) || ptrace(PTRACE_CONT, w->b->pid, 0, 0))
		return -errno;
	return 0;
}

/* Did the list end well?  What failed is named; what may fail becomes a warning. */
static int judge_list(struct work *w, struct list *l, uint64_t frame_at)
{
	struct ckpt_frame frame;
	int e = ckpt_peek(w->b->pid, frame_at, &frame, sizeof(frame));
	struct ckpt_op op;

	if (e)
		return ckpt_errf(w->err, e, "cannot read a list's result: %s", strerror(-e));
	for (uint32_t i = 0; i < frame.done; i++) {
		const struct ckpt_op *asked = (struct ckpt_op *)l->ops.data + i;

		if (!(asked->flags & CKPT_OP_MAY_FAIL))
			continue;
		if (!ckpt_peek(w->b->pid, frame.ops + i * sizeof(op), &op, sizeof(op)) && op.ret < 0 &&
		    *list_name(l, i))
			plan_warn(w->p, "%s: %s", list_name(l, i), strerror(-(int)op.ret));
	}
	if (frame.done == list_count(l))
		return 0;
	e = ckpt_peek(w->b->pid, frame.ops + frame.done * sizeof(op), &op, sizeof(op));
	if (e)
		return ckpt_errf(w->err, e, "cannot read a list's result");
	if (op.ret == -EBADMSG && op.kind == CKPT_OP_READ)
		return ckpt_errs(w->err, CKPT_EX_BAD_IMAGE, -EBADMSG, "%s: %s is damaged", w->p->image->path, list_name(l, frame.done));
	return ckpt_errs(w->err, CKPT_EX_BAD_IMAGE, op.ret, "%s: %s%s", list_name(l, frame.done), strerror(-(int)op.ret),
			 op.ret == -ENOMEM ? "; raise the limits on memory (ulimit -v, -d, -l)" :
			 op.ret == -EAGAIN && op.kind == CKPT_OP_THREAD ? "; raise the limit on processes (ulimit -u)" : "");
}

static int died(struct work *w, pid_t tid, int status)
{
	if (tid == w->b->pid && !WIFSTOPPED(status))
		w->b->pid = 0;
	return ckpt_errs(w->err, CKPT_EX_INTERNAL, -ECHILD, "the new process died while it was put together (%s %d)",
			 WIFSTOPPED(status) ? "signal" : "status", WIFSTOPPED(status) ? WSTOPSIG(status) : status);
}

static int run_list(struct work *w, struct list *l, uint64_t frame)
{
	int status, e;

	if (!list_count(l))
		return 0;
	e = start_list(w, frame);
	if (e)
		return ckpt_errf(w->err, e, "cannot start a list: %s", strerror(-e));
	for (;;) {
		e = wait_tid(NULL, w->b->pid, &status);
		if (e || !WIFSTOPPED(status))
			return died(w, w->b->pid, status);
		if (WSTOPSIG(status) == SIGSTOP && !(status >> 16))
			break;
		if (WSTOPSIG(status) == SIGSEGV || WSTOPSIG(status) == SIGBUS || WSTOPSIG(status) == SIGILL)
			return died(w, w->b->pid, status);
		ptrace(PTRACE_CONT, w->b->pid, 0, 0);
	}
	return judge_list(w, l, frame);
}

/* The leader makes the threads; each is ours from its first instruction, runs its own list, and stays at its stop. */
static int run_threads(struct work *w)
{
	size_t count = w->p->image->thread_count, made = 1, parked = 0;
	int e;

	if (count < 2)
		return 0;
	e = start_list(w, w->threads_frame);
	if (e)
		return ckpt_errf(w->err, e, "cannot start a list: %s", strerror(-e));
	while (parked < count) {
		int status;
		pid_t tid = waitpid(-1, &status, __WALL);

		if (tid < 0 && errno == EINTR)
			continue;
		if (tid < 0 || !WIFSTOPPED(status))
			return died(w, tid, status);
		if (tid == w->b->pid && status >> 8 == (SIGTRAP | PTRACE_EVENT_CLONE << 8)) {
			unsigned long new_tid;

			ptrace(PTRACE_GETEVENTMSG, tid, 0, &new_tid);
			if (made < count)
				w->b->tids[made++] = new_tid;
			ptrace(PTRACE_CONT, tid, 0, 0);
		} else if (WSTOPSIG(status) == SIGSTOP && !(status >> 16)) {
			parked++;
		} else if (WSTOPSIG(status) == SIGSEGV || WSTOPSIG(status) == SIGBUS || WSTOPSIG(status) == SIGILL) {
			return died(w, tid, status);
		} else {
			ptrace(PTRACE_CONT, tid, 0, 0);
		}
		if (tid == w->b->pid && parked && made < count && WSTOPSIG(status) == SIGSTOP && !(status >> 16))
			return judge_list(w, &w->threads, w->threads_frame);
	}
	e = judge_list(w, &w->threads, w->threads_frame);
	for (size_t i = 1; i < count && !e; i++)
		e = judge_list(w, &w->own[i], w->own_frame[i]);
	return e;
}

/* ---- what is set from outside ---- */

static void set_limits(struct work *w)
{
	const struct ckpt_bytes *saved = &w->p->image->process->limits;

	for (int i = 0; (i + 1) * sizeof(struct rlimit) <= saved->len && i < RLIM_NLIMITS; i++) {
		struct rlimit limit, now;

		memcpy(&limit, (const char *)saved->data + i * sizeof(limit), sizeof(limit));
		if (!prlimit(w->b->pid, i, &limit, NULL))
			continue;
		plan_warn(w->p, "limit %d cannot be raised to what it was: %s", i, strerror(errno));
		if (!prlimit(w->b->pid, i, NULL, &now)) {
			limit.rlim_max = now.rlim_max;
			limit.rlim_cur = limit.rlim_cur < now.rlim_max ? limit.rlim_cur : now.rlim_max;
			prlimit(w->b->pid, i, &limit, NULL);
		}
	}
}

/* Tell the program's library which life this is, who is who, and what to pass on at exec. */
static int write_ids(struct work *w)
{
	const struct ckpt_image *image = w->p->image;
	struct ckpt_slot slot;
	struct ckpt_ids ids;
	int e;

	if (!image->process->ids)
		return 0;
	e = ckpt_peek(w->b->pid, image->process->ids, &ids, sizeof(ids));
	w->ids = ids;
	if (e || ids.magic != CKPT_SLOT_MAGIC)
		return ckpt_errs(w->err, CKPT_EX_BAD_IMAGE, -EBADMSG, "the library's table of ids is not where the image says");
	ids.life++;
	ids.active = !w->p->exact;
	ids.count = 0;
	if (ids.active) {
		struct ckpt_id_pair *pairs = ckpt_arena_alloc(w->b->arena, (image->thread_count + 1) * sizeof(*pairs));

		if (image->thread_count > CKPT_IDS_BOOT)
			return ckpt_errs(w->err, CKPT_EX_BAD_IMAGE, -E2BIG, "more than %d threads need exact ids: restart it as root",
					 CKPT_IDS_BOOT);
		for (size_t i = 0; i < image->thread_count; i++)
			pairs[i] = (struct ckpt_id_pair){ image->threads[i].tid, w->b->tids[i] };
		ids.count = image->thread_count;
		e = ckpt_poke(w->b->pid, ids.boot, pairs, ids.count * sizeof(*pairs));
	}
	if (!e)
		e = ckpt_poke(w->b->pid, image->process->ids, &ids, sizeof(ids));
	if (!e && image->process->slot && w->p->job_environment &&
	    !ckpt_peek(w->b->pid, image->process->slot, &slot, sizeof(slot)) && slot.env &&
	    w->p->job_environment_len <= slot.env_room)
		e = ckpt_poke(w->b->pid, slot.env, w->p->job_environment, w->p->job_environment_len);
	return e ? ckpt_errf(w->err, e, "cannot write the library's table of ids: %s", strerror(-e)) : 0;
}

static int remove_region(struct work *w)
{
	uint64_t unmap[6] = { w->region.base, w->region.len };

	return inject(w, w->p->vdso_at, __NR_munmap, unmap, "unmapping the executor's region");
}

/* The leader had exited while others lived: its first instruction is exit(2), through the vdso. */
static int end_leader(struct work *w)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, w->b->pid, 0, &regs))
		return ckpt_errf(w->err, -errno, "cannot read the leader's registers: %s", strerror(errno));
	regs.rip = w->p->vdso_at + w->gadget;
	regs.rax = __NR_exit;
	regs.rdi = 0;
	regs.orig_rax = -1;
	return ptrace(PTRACE_SETREGS, w->b->pid, 0, &regs) ? ckpt_errf(w->err, -errno, "cannot set the leader's registers") : 0;
}

static int set_registers(struct work *w)
{
	const struct ckpt_image *image = w->p->image;
	static unsigned char xstate[65536];

	for (size_t i = 0; i < image->thread_count; i++) {
		const struct ckpt_rec_thread *t = &image->threads[i];
		size_t len = sizeof(xstate);
		struct user_regs_struct regs;
		int e;

		if (i == 0 && !t->regs.len) {
			e = end_leader(w);
			if (e)
				return e;
			continue;
		}
		if (t->regs.len != sizeof(regs))
			return ckpt_errs(w->err, CKPT_EX_BAD_IMAGE, -EBADMSG, "thread %llu has no registers in the image",
					 (unsigned long long)t->tid);
		memcpy(&regs, t->regs.data, sizeof(regs));
		/* Ids that were translated and not yet given to the kernel are another life's (slot.h). */
		if (w->ids.call_from && regs.rip >= w->ids.call_from && regs.rip < w->ids.call_to)
			regs.rip = w->ids.call_from;
		/* As large as this kernel wants it; the part that the saving machine had. */
		e = ckpt_tracee_get_xstate(w->b->tids[i], xstate, &len);
		if (!e) {
			memcpy(xstate, t->xstate.data, t->xstate.len < len ? t->xstate.len : len);
			if (t->xstate.len < len)
				memset(xstate + t->xstate.len, 0, len - t->xstate.len);
			e = ckpt_tracee_set_xstate(w->b->tids[i], xstate, len);
		}
		if (!e)
			e = ckpt_tracee_set_mask(w->b->tids[i], t->sigmask);
		if (!e && ptrace(PTRACE_SETREGS, w->b->tids[i], 0, &regs))
			e = -errno;
		if (e)
			return ckpt_errs(w->err, CKPT_EX_BAD_IMAGE, e, "thread %llu: cannot set its registers: %s",
					 (unsigned long long)t->tid, strerror(-e));
	}
	return 0;
}

static int step(struct work *w)
{
	ssize_t n;
	int e = start_child(w);

	if (e)
		return e;
	w->b->tids[0] = w->b->pid;
	n = ckpt_maps_read(w->b->arena, w->b->pid, false, &w->maps);
	if (n < 0)
		return ckpt_errf(w->err, n, "cannot read the new process's mappings: %s", strerror(-n));
	w->map_count = n;
	if ((e = look_at_vdso(w)) || (e = make_region(w)) || (e = build_lists(w)))
		return e;
	if ((e = run_list(w, &w->memory, w->memory_frame)) || (e = redirect_vdso(w)) || (e = run_list(w, &w->process, w->process_frame)) ||
	    (e = run_threads(w)))
		return e;
	set_limits(w);
	if ((e = write_ids(w)) || (e = build_last(w)) || (e = run_list(w, &w->last, w->last_frame)) || (e = remove_region(w)))
		return e;
	return set_registers(w);
}

int build_process(struct build *b, struct plan *p, struct ckpt_err *err)
{
	struct work w = { .b = b, .p = p, .err = err };
	int e;

	b->arena = p->arena;
	b->tids = ckpt_arena_alloc(p->arena, (p->image->thread_count + 1) * sizeof(*b->tids));
	e = step(&w);
	if (e)
		build_abandon(b);
	ckpt_buf_free(&w.region.data);
	return e;
}

int build_release(struct build *b, struct plan *p, struct ckpt_err *err)
{
	/* Stopped by job control when it was saved: it stands until somebody continues it. */
	if (p->image->process->stopped && kill(b->pid, SIGSTOP))
		return ckpt_errf(err, -errno, "cannot stop the process again: %s", strerror(errno));
	/* ESRCH: the threads that went before have ended the program already, and that is its end, not ours. */
	for (size_t i = 0; i < p->image->thread_count; i++)
		if (ptrace(PTRACE_DETACH, b->tids[i], 0, 0) && errno != ESRCH)
			return ckpt_errf(err, -errno, "thread %llu: cannot let it go: %s",
					 (unsigned long long)p->image->threads[i].tid, strerror(errno));
	return 0;
}

void build_abandon(struct build *b)
{
	pid_t ended;

	if (b->pid > 0) {
		kill(b->pid, SIGKILL);
		/* The leader is reported last: each thread of it that we trace has to be reaped before. */
		do
			ended = waitpid(-1, NULL, __WALL);
		while (ended > 0 ? ended != b->pid : errno == EINTR);
	}
	b->pid = 0;
	namespace_abandon();
}
