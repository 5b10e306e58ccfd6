// SPDX-License-Identifier: BSD-3-Clause
/*
 * memory_pages.c - which pages go into the image, and writing them.  [tool]
 *
 * A page goes in when it exists and is not what its file (or nothing) would give again: PAGEMAP_SCAN of
 * /proc/PID/pagemap says so (Documentation/admin-guide/mm/pagemap.rst).  Shared memory may exist without being in this
 * process's page table, so it is asked for by mincore(2) inside.
 */
#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/memory.h"
#include "base/tracee.h"
#include "ckpt/exit.h"

/* <linux/fs.h> of 6.7; Debian 12's is older. */
struct page_region {
	uint64_t start, end, categories;
};
struct pm_scan_arg {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages, category_inverted, category_mask,
		category_anyof_mask, return_mask;
};
#define PAGEMAP_SCAN_ _IOWR('f', 16, struct pm_scan_arg)
#define PAGE_FILE (1u << 2)
#define PAGE_PRESENT (1u << 3)
#define PAGE_SWAPPED (1u << 4)
#define PAGE_PFNZERO (1u << 5)
#define PAGE_GUARD (1u << 8)

#define REGIONS 1024

struct planning {
	struct memory *m;
	struct inside *in;
	pid_t tid;
	int pagemap; /* -1: cannot be opened, all pages count */
	struct ckpt_err *err;
};

static void add_span(struct memory *m, const struct ckpt_rec_mapping *map, uint64_t start, uint64_t end, bool pause)
{
	struct memory_span *last = m->spans.len ? (struct memory_span *)(m->spans.data + m->spans.len) - 1 : NULL;
	bool unreadable = !(map->prot & PROT_READ), alone = map->content || map->kind == CKPT_MAPPING_vdso;

	if (start >= end)
		return;
	m->bytes += end - start;
	if (pause)
		m->pause_bytes += end - start;
	if (last && last->start + last->len == start && last->pause == pause && last->unreadable == unreadable && !pause &&
	    !alone && !last->alone) {
		last->len += end - start;
		return;
	}
	last = ckpt_buf_grow(&m->spans, sizeof(*last));
	*last = (struct memory_span){ start, end - start, unreadable, alone, pause, NULL };
}

/* Regions of [start, end) with categories; on an old kernel -ENOTTY. */
static int scan(struct planning *p, const struct ckpt_rec_mapping *map, uint64_t inverted, uint64_t mask, uint64_t anyof,
		void (*each)(struct planning *p, const struct ckpt_rec_mapping *map, uint64_t start, uint64_t end))
{
	static struct page_region regions[REGIONS];
	uint64_t at = map->start;

	while (at < map->end) {
		struct pm_scan_arg arg = {
			.size = sizeof(arg), .start = at, .end = map->end, .vec = (uintptr_t)regions, .vec_len = REGIONS,
			.category_inverted = inverted, .category_mask = mask, .category_anyof_mask = anyof, .return_mask = mask,
		};
		int n = ioctl(p->pagemap, PAGEMAP_SCAN_, &arg);

		if (n < 0)
			return -errno;
		for (int i = 0; i < n; i++)
			each(p, map, regions[i].start, regions[i].end);
		at = arg.walk_end;
	}
	return 0;
}

static void each_private(struct planning *p, const struct ckpt_rec_mapping *map, uint64_t start, uint64_t end)
{
	add_span(p->m, map, start, end, (map->vmflags & (CKPT_VM_wipeonfork | CKPT_VM_dontfork)) != 0);
}

static void each_guard(struct planning *p, const struct ckpt_rec_mapping *map, uint64_t start, uint64_t end)
{
	struct ckpt_rec_guard guard = { start, end };

	(void)map;
	ckpt_buf_add(&p->m->guards, &guard, sizeof(guard));
}

static uint64_t file_size(const struct memory *m, const struct ckpt_rec_mapping *map)
{
	const struct ckpt_rec_mapfile *files = (void *)m->files.data;

	return map->file ? files[map->file - 1].size : 0;
}

/* A file without a name shows its size to nobody: its pages can be read up to its end, and those behind it cannot. */
static uint64_t readable_end(struct planning *p, const struct ckpt_rec_mapping *map)
{
	uint64_t low = map->start, high = map->end;
	char path[64], byte;
	int mem;

	snprintf(path, sizeof(path), "/proc/%d/mem", p->tid);
	mem = open(path, O_RDONLY | O_CLOEXEC);
	while (mem >= 0 && low < high) {
		uint64_t mid = low + (high - low) / 2 / CKPT_IMAGE_PAGE * CKPT_IMAGE_PAGE;

		if (pread(mem, &byte, 1, mid) == 1)
			low = mid + CKPT_IMAGE_PAGE;
		else
			high = mid;
	}
	if (mem >= 0)
		close(mem);
	return high;
}

/* All pages of a mapping of which every page is wanted; those behind the file's end are none. */
static void plan_content(struct planning *p, const struct ckpt_rec_mapping *map)
{
	uint64_t size = file_size(p->m, map), end = size ? map->end : readable_end(p, map);

	if (size && map->offset + (map->end - map->start) > size)
		end = size <= map->offset ? map->start : map->start + ((size - map->offset + 4095) & ~4095ULL);
	add_span(p->m, map, map->start, end, false);
}

static int plan_private(struct planning *p, const struct ckpt_rec_mapping *map)
{
	const uint64_t not = PAGE_FILE | PAGE_PFNZERO, exists = PAGE_PRESENT | PAGE_SWAPPED;
	int e;

	if (map->kind == CKPT_MAPPING_file && map->content) {
		plan_content(p, map);
		return 0;
	}
	/* Kernels before 6.15 know no guard pages: neither the category nor such pages. */
	e = p->pagemap < 0 ? -ENOTTY : scan(p, map, not | PAGE_GUARD, not | PAGE_GUARD, exists, each_private);
	if (e == -EINVAL)
		e = scan(p, map, not, not, exists, each_private);
	if (e)
		return ckpt_errs(p->err, CKPT_EX_CANNOT_CHECKPOINT, e, "process %d: cannot scan its pages: %s "
				 "(PAGEMAP_SCAN needs Linux 6.7)", p->in->pid, strerror(-e));
	if (map->kind != CKPT_MAPPING_file)
		scan(p, map, 0, PAGE_GUARD, 0, each_guard);
	return 0;
}

/* mincore(2) in pieces as large as the out area. */
static int plan_shared(struct planning *p, const struct ckpt_rec_mapping *map)
{
	static unsigned char resident[INSIDE_OUT_LEN];
	const struct ckpt_map *look = ckpt_maps_find(p->m->maps, p->m->map_count, map->start);

	/* mincore does not know a page that has been swapped out from one that never was. */
	if (look && look->swapped) {
		add_span(p->m, map, map->start, map->end, true);
		return 0;
	}
	for (uint64_t at = map->start; at < map->end; at += (uint64_t)INSIDE_OUT_LEN * 4096) {
		uint64_t len = map->end - at, run = 0;
		struct ckpt_op op = { .kind = CKPT_OP_CALL, .nr = __NR_mincore };
		int e;

		if (len > (uint64_t)INSIDE_OUT_LEN * 4096)
			len = (uint64_t)INSIDE_OUT_LEN * 4096;
		op.arg[0] = at;
		op.arg[1] = len;
		op.arg[2] = inside_out(p->in);
		e = inside_run(p->in, p->tid, &op, 1, p->err);
		if (!e)
			e = inside_read(p->in, inside_out(p->in), resident, len / 4096, p->err);
		if (e)
			return e;
		for (uint64_t i = 0; i <= len / 4096; i++) {
			if (i < len / 4096 && (resident[i] & 1)) {
				run++;
				continue;
			}
			add_span(p->m, map, at + (i - run) * 4096, at + i * 4096, true);
			run = 0;
		}
	}
	return 0;
}

static int plan_one(struct planning *p, const struct ckpt_rec_mapping *map)
{
	switch (map->kind) {
	case CKPT_MAPPING_vdso: /* kept for a restart on a kernel with another one */
		add_span(p->m, map, map->start, map->end, false);
		return 0;
	case CKPT_MAPPING_vvar:
		return 0;
	case CKPT_MAPPING_shared_anon:
		return plan_shared(p, map);
	case CKPT_MAPPING_file:
		if (map->shared)
			return 0; /* the file has it */
		break;
	}
	return plan_private(p, map);
}

int memory_plan(struct memory *m, struct inside *in, pid_t tid, struct ckpt_arena *arena, struct ckpt_err *err)
{
	struct planning p = { m, in, tid, -1, err };
	struct ckpt_rec_mapping *maps = (void *)m->mappings.data;
	char path[64];
	int e = 0;

	(void)arena;
	snprintf(path, sizeof(path), "/proc/%d/pagemap", tid);
	p.pagemap = open(path, O_RDONLY | O_CLOEXEC);
	for (size_t i = 0; i < m->mappings.len / sizeof(*maps) && !e; i++) {
		/* What an agent put there and the program never had. */
		if (in->placed && maps[i].start == in->slot)
			continue;
		e = plan_one(&p, &maps[i]);
	}
	if (p.pagemap >= 0)
		close(p.pagemap);
	return e;
}

/*
 * process_vm_readv(2) pins pages, and pinning one that a fork shares makes a copy of it first: twice the memory, and with 1 GB 0.49 s
 * against 0.29 s by /proc/PID/mem.  Where nothing is shared it is the faster one, 0.36 s against 0.50 s.
 */
static int read_span(pid_t source, int mem, bool forked, const struct memory_span *span, uint64_t at, void *to, size_t len)
{
	size_t done = 0;
	int e = span->unreadable || forked ? -EFAULT : ckpt_peek(source, at, to, len);

	if (e != -EFAULT)
		return e;
	while (done < len) {
		ssize_t n = pread(mem, (char *)to + done, len - done, at + done);

		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		done += n;
	}
	return 0;
}

static int open_mem(pid_t source, struct ckpt_err *err)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", source);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 ? fd : ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, -errno, "cannot open %s: %s", path, strerror(errno));
}

static int bad_read(struct ckpt_err *err, int e, uint64_t at)
{
	return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, e, "cannot read memory at %llx: %s", (unsigned long long)at, strerror(-e));
}

int memory_take_pause_spans(struct memory *m, pid_t pid, struct ckpt_err *err)
{
	struct memory_span *spans = (void *)m->spans.data;
	int mem = open_mem(pid, err), e = 0;

	if (mem < 0)
		return mem;
	for (size_t i = 0; i < m->spans.len / sizeof(*spans) && !e; i++) {
		if (!spans[i].pause)
			continue;
		spans[i].copy = mmap(NULL, spans[i].len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (spans[i].copy == MAP_FAILED) {
			spans[i].copy = NULL;
			e = ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, -ENOMEM, "no memory to copy %llu bytes of shared memory; "
				      "--snapshot copy needs none", (unsigned long long)m->pause_bytes);
			break;
		}
		e = read_span(pid, mem, false, &spans[i], spans[i].start, spans[i].copy, spans[i].len);
		if (e)
			bad_read(err, e, spans[i].start);
	}
	close(mem);
	return e;
}

int memory_write(struct memory *m, pid_t source, struct ckpt_image_writer *w, memory_progress *progress, void *arg,
		 struct ckpt_err *err)
{
	const struct memory_span *spans = (void *)m->spans.data;
	int mem = open_mem(source, err), e = 0;
	uint64_t done = 0;

	if (mem < 0)
		return mem;
	for (size_t i = 0; i < m->spans.len / sizeof(*spans) && !e; i++) {
		if (spans[i].alone || (i && spans[i - 1].alone))
			ckpt_image_cut(w);
		for (uint64_t at = 0, len; at < spans[i].len && !e; at += len) {
			size_t room;
			void *data = ckpt_image_room(w, &room); /* the writer's own block: nothing is copied twice */

			len = spans[i].len - at < room ? spans[i].len - at : room;
			if (spans[i].copy)
				data = (char *)spans[i].copy + at;
			else if ((e = read_span(source, mem, m->forked, &spans[i], spans[i].start + at, data, len)))
				bad_read(err, e, spans[i].start + at);
			if (!e)
				e = ckpt_image_pages(w, spans[i].start + at, data, len, err);
			done += len;
			if (!e && progress)
				e = progress(arg, done, m->bytes, err);
		}
	}
	close(mem);
	return e;
}
