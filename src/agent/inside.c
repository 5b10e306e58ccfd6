// SPDX-License-Identifier: BSD-3-Clause
/* inside.c - see inside.h.  [tool] */
#include "agent/inside.h"

#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/ids.h"
#include "base/proc.h"
#include "base/tracee.h"
#include "ckpt/exit.h"
#include "executor/blob.h"

static size_t blob_len(void)
{
	return ckpt_executor_blob_end - ckpt_executor_blob;
}

/* Page protections do not hold /proc/PID/mem back, and a private page that is written becomes the process's own. */
static int write_code(pid_t tid, uint64_t at, const void *data, size_t len)
{
	char path[32];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", tid);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = pwrite(fd, data, len, at);
	close(fd);
	return n == (ssize_t)len ? 0 : n < 0 ? -errno : -EIO;
}

static int fill_slot(struct inside *in, struct ckpt_slot *head, struct ckpt_err *err)
{
	uint64_t sum = XXH3_64bits(ckpt_executor_blob, blob_len());
	int e;

	if (head->executor == CKPT_EXECUTOR_VERSION && head->checksum == sum)
		return 0;
	e = write_code(in->tid, in->slot + CKPT_SLOT_CODE_AT, ckpt_executor_blob, blob_len());
	head->executor = CKPT_EXECUTOR_VERSION;
	head->checksum = sum;
	if (!e)
		e = write_code(in->tid, in->slot, head, sizeof(*head));
	return e ? ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, e, "process %d: cannot write our code into it: %s", in->pid,
			     strerror(-e)) : 0;
}

static bool find_slot(struct inside *in, const struct ckpt_map *maps, size_t count, struct ckpt_slot *head)
{
	for (size_t i = 0; i + 1 < count; i++) {
		const struct ckpt_map *m = &maps[i];

		if (m->ino || m->shared || m->prot != (PROT_READ | PROT_EXEC) || m->end - m->start != CKPT_SLOT_CODE ||
		    m[1].start != m->end || m[1].end - m[1].start < CKPT_SLOT_DATA || m[1].prot != (PROT_READ | PROT_WRITE))
			continue;
		if (!ckpt_peek(in->tid, m->start, head, sizeof(*head)) && head->magic == CKPT_SLOT_MAGIC &&
		    head->version == CKPT_SLOT_VERSION) {
			in->slot = m->start;
			in->ids = head->ids;
			return true;
		}
	}
	return false;
}

static uint64_t find_gadget(pid_t pid, const struct ckpt_map *maps, size_t count)
{
	static unsigned char code[65536];

	for (size_t i = 0; i < count; i++) {
		size_t len = maps[i].end - maps[i].start;

		if (strcmp(maps[i].path, "[vdso]") || len > sizeof(code) || ckpt_peek(pid, maps[i].start, code, len))
			continue;
		for (size_t at = 0; at + 1 < len; at++)
			if (code[at] == 0x0f && code[at + 1] == 0x05)
				return maps[i].start + at;
	}
	return 0;
}

static int place_slot(struct inside *in, pid_t tid, struct ckpt_slot *head, struct ckpt_err *err)
{
	uint64_t map[6] = { 0, CKPT_SLOT_CODE + CKPT_SLOT_DATA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 };
	uint64_t protect[6] = { 0, CKPT_SLOT_CODE, PROT_READ | PROT_EXEC };
	long ret = 0;
	int e;

	if (!in->gadget)
		return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, -ENOEXEC, "process %d has neither our library nor a vdso",
				 in->pid);
	e = tracer_call(in->tracer, tid, in->gadget, __NR_mmap, map, &ret, err);
	if (e)
		return e;
	if (ret < 0 && ret > -4096)
		return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, ret, "process %d: no memory for our code: %s", in->pid,
				 strerror(-ret));
	in->slot = ret;
	in->placed = true;
	protect[0] = ret;
	e = tracer_call(in->tracer, tid, in->gadget, __NR_mprotect, protect, &ret, err);
	if (e)
		return e;
	if (ret)
		return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, ret, "process %d may not run our code: %s", in->pid,
				 strerror(-ret));
	*head = (struct ckpt_slot){ .magic = CKPT_SLOT_MAGIC, .version = CKPT_SLOT_VERSION };
	return 0;
}

static int pick_trigger(uint64_t caught)
{
	static const int ignored[] = { SIGURG, SIGWINCH, SIGCHLD };

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		if (!(caught & 1ULL << (ignored[i] - 1)))
			return ignored[i];
	return 0;
}

static bool other_pid_namespace(pid_t pid)
{
	struct ckpt_arena *arena = ckpt_arena_create();
	char *theirs = ckpt_proc_link(arena, pid, "ns/pid"), *ours = ckpt_proc_link(arena, getpid(), "ns/pid");
	bool other = theirs && ours && strcmp(theirs, ours);

	ckpt_arena_destroy(arena);
	return other;
}

int inside_open(struct inside *in, struct tracer *tracer, pid_t pid, pid_t tid, const struct ckpt_map *maps, size_t count,
		uint64_t caught, struct ckpt_err *err)
{
	struct ckpt_slot head;
	int e = 0;

	*in = (struct inside){ .tracer = tracer, .pid = pid, .tid = tid, .trigger = pick_trigger(caught) };
	in->own_ids = other_pid_namespace(tid);
	in->gadget = find_gadget(tid, maps, count);
	if (!find_slot(in, maps, count, &head))
		e = place_slot(in, tid, &head, err);
	return e ? e : fill_slot(in, &head, err);
}

pid_t inside_own_id(const struct inside *in, pid_t tid)
{
	struct ckpt_arena *arena;
	char *status;
	pid_t own;

	if (!in->own_ids)
		return tid;
	arena = ckpt_arena_create();
	status = ckpt_proc_read(arena, tid, "status", NULL);
	own = status ? ckpt_ids_innermost(status) : tid;
	ckpt_arena_destroy(arena);
	return own;
}

int inside_run(struct inside *in, pid_t tid, struct ckpt_op *ops, uint32_t count, struct ckpt_err *err)
{
	pid_t own[2] = { inside_own_id(in, in->pid), inside_own_id(in, tid) };
	uint32_t done;

	return tracer_run(in->tracer, tid, own, in->slot, in->trigger, ops, count, &done, err);
}

uint64_t inside_out(const struct inside *in)
{
	return in->slot + CKPT_SLOT_CODE + INSIDE_OUT_AT;
}

int inside_read(struct inside *in, uint64_t at, void *to, size_t len, struct ckpt_err *err)
{
	int e = ckpt_peek(in->tid, at, to, len);

	return e ? ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, e, "process %d: cannot read its memory: %s", in->pid,
			     strerror(-e)) : 0;
}

int inside_close(struct inside *in, pid_t tid, struct ckpt_err *err)
{
	uint64_t unmap[6] = { in->slot, CKPT_SLOT_CODE + CKPT_SLOT_DATA };
	long ret;

	if (!in->placed)
		return 0;
	in->placed = false;
	return tracer_call(in->tracer, tid, in->gadget, __NR_munmap, unmap, &ret, err);
}
