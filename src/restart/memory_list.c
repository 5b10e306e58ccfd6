// SPDX-License-Identifier: BSD-3-Clause
/*
 * memory_list.c - see memory_list.h.  [tool]
 *
 * Anonymous memory comes back as anonymous memory, filled by reads; a file's clean pages come back from the file.
 * Whatever has page data is mapped writable first and gets its protection when the data is there.
 */
#include "restart/memory_list.h"

#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/tracee.h"
#include "ckpt/exit.h"

#define LOWEST (1ULL << 20)
#define HIGHEST 0x7ffffffff000ULL
#define PAGE 4096ULL

#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 0x08
#endif

struct range {
	uint64_t start, end;
};

static int by_start(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

uint64_t memory_find_gap(const struct plan *p, const struct ckpt_map *maps, size_t count, uint64_t len)
{
	size_t n = 0, saved = p->image->mapping_count;
	struct range *all = ckpt_xmalloc((count + saved) * sizeof(*all));
	uint64_t at = LOWEST, found = 0;

	for (size_t i = 0; i < count; i++)
		all[n++] = (struct range){ maps[i].start, maps[i].end };
	for (size_t i = 0; i < saved; i++)
		all[n++] = (struct range){ p->image->mappings[i].start, p->image->mappings[i].end };
	qsort(all, n, sizeof(*all), by_start);
	for (size_t i = 0; i < n && !found; i++) {
		if (all[i].start > at + len && all[i].start < HIGHEST)
			found = at;
		if (all[i].end > at && all[i].end < HIGHEST)
			at = (all[i].end + 0xfffff) & ~0xfffffULL;
	}
	if (!found && at + len < HIGHEST)
		found = at;
	free(all);
	return found;
}

struct building {
	struct list *l;
	struct region *r;
	struct plan *p;
	int image_fd;
	bool foreign_vdso;
	uint32_t *nameless; /* of each mapping: the operation that made a file for it; 0 none */
	uint64_t view; /* where shared objects are made */
	struct ckpt_err *err;
};

static bool is_vdso_group(const struct ckpt_rec_mapping *m)
{
	return m->kind == CKPT_MAPPING_vdso || m->kind == CKPT_MAPPING_vvar;
}

/* ---- out of the way ---- */

static void unmap(struct building *b, uint64_t start, uint64_t end)
{
	if (start < end)
		list_op(b->l, LIST_CALL(__NR_munmap, start, end - start), "unmapping what the loader put there");
}

static const char *map_name(const struct ckpt_rec_mapping *m)
{
	return m->name && *m->name ? m->name : "anonymous memory";
}

static bool is_vdso_map(const struct ckpt_map *m)
{
	return !strncmp(m->path, "[vvar", 5) || !strcmp(m->path, "[vdso]");
}

uint64_t memory_vdso_group(const struct ckpt_map *maps, size_t count)
{
	uint64_t len = 0;

	for (size_t i = 0; i < count; i++)
		len += is_vdso_map(&maps[i]) ? maps[i].end - maps[i].start : 0;
	return len;
}

static void move(struct building *b, uint64_t from, uint64_t len, uint64_t to, const char *what)
{
	list_op(b->l, LIST_CALL(__NR_mremap, from, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, to), "moving %s", what);
}

/* Today's vdso and its data pages out of the way. */
static void move_vdso_away(struct building *b, const struct ckpt_map *maps, size_t count, uint64_t scratch)
{
	for (size_t i = 0; i < count; i++)
		if (is_vdso_map(&maps[i])) {
			move(b, maps[i].start, maps[i].end - maps[i].start, scratch, maps[i].path);
			scratch += maps[i].end - maps[i].start;
		}
}

/* To the saved addresses: no pointer to them changes.  Or, another kernel's, to a place of their own. */
static int move_vdso_home(struct building *b, const struct ckpt_map *maps, size_t count, uint64_t scratch, uint64_t group)
{
	struct ckpt_image *image = b->p->image;
	size_t next = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t len = maps[i].end - maps[i].start, to = group;

		if (!is_vdso_map(&maps[i]))
			continue;
		while (!group && next < image->mapping_count && !is_vdso_group(&image->mappings[next]))
			next++;
		if (!group) {
			if (next == image->mapping_count || image->mappings[next].end - image->mappings[next].start != len)
				return ckpt_errs(b->err, CKPT_EX_BAD_IMAGE, -EINVAL, "this kernel lays the vdso's data out in another "
						 "way; try --vdso jump");
			to = image->mappings[next++].start;
		}
		move(b, scratch, len, to, maps[i].path);
		if (!strcmp(maps[i].path, "[vdso]"))
			b->p->vdso_at = to;
		scratch += len;
		group += group ? len : 0;
	}
	return 0;
}

/* ---- mapping ---- */

static bool has_data(struct ckpt_image *image, const struct ckpt_rec_mapping *m)
{
	size_t low = 0, high = image->chunk_count;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (image->chunks[mid].addr + image->chunks[mid].len <= m->start)
			low = mid + 1;
		else
			high = mid;
	}
	return low < image->chunk_count && image->chunks[low].addr < m->end;
}

/* Everything of it is in the image, and its file is still there and the same: then it is mapped from the file, as it was. */
static bool from_file(struct building *b, const struct ckpt_rec_mapping *m)
{
	return m->kind == CKPT_MAPPING_file && (!m->content || plan_file_same(b->p, m->file));
}

/* Its page data is not wanted: the file has it, and the program never wrote there (an accounted mapping may be written). */
static bool without_data(struct building *b, const struct ckpt_rec_mapping *m)
{
	return m->content && from_file(b, m) && !(m->vmflags & CKPT_VM_account);
}

static uint32_t first_prot(struct building *b, const struct ckpt_rec_mapping *m)
{
	return has_data(b->p->image, m) && !without_data(b, m) ? PROT_READ | PROT_WRITE : m->prot;
}

static void map_anonymous(struct building *b, const struct ckpt_rec_mapping *m)
{
	uint64_t flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;

	if (m->vmflags & CKPT_VM_droppable)
		flags = MAP_DROPPABLE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
	if (m->vmflags & CKPT_VM_growsdown)
		flags |= MAP_GROWSDOWN;
	if (m->vmflags & CKPT_VM_noreserve)
		flags |= MAP_NORESERVE;
	list_op(b->l, LIST_CALL(__NR_mmap, m->start, m->end - m->start, first_prot(b, m), flags, -1, 0),
		"mapping %s at %llx", map_name(m), (unsigned long long)m->start);
}

static const struct ckpt_rec_mapfile *file_of(struct building *b, const struct ckpt_rec_mapping *m)
{
	for (size_t i = 0; i < b->p->image->mapfile_count; i++)
		if (b->p->image->mapfiles[i].id == m->file)
			return &b->p->image->mapfiles[i];
	return NULL;
}

/* All mappings of one file, with the file opened once for reading or once for both. */
static void map_file(struct building *b, const struct ckpt_rec_mapfile *file, bool writable)
{
	const char *path = plan_path(b->p, file->path);
	struct ckpt_image *image = b->p->image;
	uint32_t opened = UINT32_MAX;

	for (size_t i = 0; i < image->mapping_count; i++) {
		const struct ckpt_rec_mapping *m = &image->mappings[i];
		struct ckpt_op op = LIST_CALL(__NR_mmap, m->start, m->end - m->start, 0, MAP_FIXED_NOREPLACE, 0, m->offset);

		if (m->kind != CKPT_MAPPING_file || m->file != file->id || !from_file(b, m) ||
		    (m->shared && (m->vmflags & CKPT_VM_maywrite)) != writable)
			continue;
		if (opened == UINT32_MAX)
			opened = list_op(b->l, LIST_CALL(__NR_open, region_text(b->r, path), (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC),
					 "opening %s", path);
		op.arg[2] = m->shared ? m->prot : first_prot(b, m);
		op.arg[3] |= m->shared ? MAP_SHARED : MAP_PRIVATE;
		if (m->vmflags & CKPT_VM_noreserve)
			op.arg[3] |= MAP_NORESERVE;
		op.flags = CKPT_OP_TAKE(4, opened);
		list_op(b->l, op, "mapping %s at %llx", path, (unsigned long long)m->start);
	}
	if (opened != UINT32_MAX) {
		struct ckpt_op op = LIST_CALL(__NR_close, 0);

		op.flags = CKPT_OP_TAKE(0, opened);
		list_op(b->l, op, "closing %s", path);
	}
}

static uint64_t object_size(const struct ckpt_image *image, uint64_t object)
{
	uint64_t size = 0;

	for (size_t i = 0; i < image->mapping_count; i++) {
		const struct ckpt_rec_mapping *m = &image->mappings[i];

		if (m->kind == CKPT_MAPPING_shared_anon && m->object == object && m->offset + (m->end - m->start) > size)
			size = m->offset + (m->end - m->start);
	}
	return size;
}

uint64_t memory_view_size(const struct plan *p)
{
	uint64_t most = 0;

	for (size_t i = 0; i < p->image->mapping_count; i++)
		if (p->image->mappings[i].kind == CKPT_MAPPING_shared_anon) {
			uint64_t size = object_size(p->image, p->image->mappings[i].object);

			most = size > most ? size : most;
		}
	return most;
}

/* One object of shared anonymous memory, made once and whole at a scratch address; each mapping is a piece of it, mapped a
 * second time by mremap(2) with an old size of 0. */
static void map_shared_object(struct building *b, uint64_t object)
{
	struct ckpt_image *image = b->p->image;
	uint64_t size = object_size(image, object), view = b->view;

	list_op(b->l, LIST_CALL(__NR_mmap, view, size, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0),
		"making %llu bytes of shared memory", (unsigned long long)size);
	for (size_t i = 0; i < image->mapping_count; i++) {
		const struct ckpt_rec_mapping *m = &image->mappings[i];

		if (m->kind == CKPT_MAPPING_shared_anon && m->object == object)
			list_op(b->l, LIST_CALL(__NR_mremap, view + m->offset, 0, m->end - m->start,
						MREMAP_MAYMOVE | MREMAP_FIXED, m->start),
				"mapping shared memory at %llx", (unsigned long long)m->start);
	}
	list_op(b->l, LIST_CALL(__NR_munmap, view, size), "unmapping the scratch view of shared memory");
}

/*
 * A file that is gone, or another one today: what the image has of it becomes a file without a name, so that pages that are
 * dropped (MADV_DONTNEED) come back from it and not as zeros.  Filled through a shared view at the mapping's own address.
 */
static uint32_t make_nameless(struct building *b, const struct ckpt_rec_mapping *m)
{
	uint64_t len = m->end - m->start;
	const char *slash = strrchr(m->name, '/');
	uint32_t made = list_op(b->l, LIST_CALL(__NR_memfd_create, region_text(b->r, slash ? slash + 1 : m->name), MFD_CLOEXEC),
				"making a file for %s", m->name);
	struct ckpt_op op = LIST_CALL(__NR_ftruncate, 0, m->offset + len);

	op.flags = CKPT_OP_TAKE(0, made);
	list_op(b->l, op, "giving a file its size");
	op = LIST_CALL(__NR_mmap, m->start, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED_NOREPLACE, 0, m->offset);
	op.flags = CKPT_OP_TAKE(4, made);
	list_op(b->l, op, "mapping %s at %llx", m->name, (unsigned long long)m->start);
	return made;
}

static void finish_nameless(struct building *b, const struct ckpt_rec_mapping *m, uint32_t made)
{
	struct ckpt_op op = LIST_CALL(__NR_mmap, m->start, m->end - m->start, m->prot, MAP_PRIVATE | MAP_FIXED, 0, m->offset);

	op.flags = CKPT_OP_TAKE(4, made);
	list_op(b->l, op, "mapping %s at %llx", m->name, (unsigned long long)m->start);
	op = LIST_CALL(__NR_close, 0);
	op.flags = CKPT_OP_TAKE(0, made);
	list_op(b->l, op, "closing a file without a name");
}

static void finish_all_nameless(struct building *b)
{
	for (size_t i = 0; i < b->p->image->mapping_count; i++)
		if (b->nameless[i])
			finish_nameless(b, &b->p->image->mappings[i], b->nameless[i]);
}

static int map_all(struct building *b)
{
	struct ckpt_image *image = b->p->image;

	for (size_t i = 0; i < image->mapping_count; i++) {
		const struct ckpt_rec_mapping *m = &image->mappings[i];
		bool first = m->kind == CKPT_MAPPING_shared_anon;

		for (size_t k = 0; k < i && first; k++)
			first = image->mappings[k].kind != CKPT_MAPPING_shared_anon || image->mappings[k].object != m->object;
		if (first)
			map_shared_object(b, m->object);
	}
	for (size_t i = 0; i < image->mapfile_count; i++) {
		map_file(b, &image->mapfiles[i], false);
		map_file(b, &image->mapfiles[i], true);
	}
	for (size_t i = 0; i < image->mapping_count; i++) {
		const struct ckpt_rec_mapping *m = &image->mappings[i];

		switch (m->kind) {
		case CKPT_MAPPING_anon:
		case CKPT_MAPPING_heap:
		case CKPT_MAPPING_stack:
			map_anonymous(b, m);
			break;
		case CKPT_MAPPING_file:
			if (!from_file(b, m))
				b->nameless[i] = make_nameless(b, m);
			else if (!file_of(b, m))
				return ckpt_errs(b->err, CKPT_EX_BAD_IMAGE, -EBADMSG, "the image does not say which file was mapped at %llx",
						 (unsigned long long)m->start);
			break;
		case CKPT_MAPPING_vdso: /* another kernel's: its pages, whose entry points will jump to today's */
			if (b->foreign_vdso)
				map_anonymous(b, m);
			break;
		case CKPT_MAPPING_shared_anon:
		case CKPT_MAPPING_vvar:
			break;
		default:
			return ckpt_errs(b->err, CKPT_EX_BAD_IMAGE, -ENOTSUP, "the image has a mapping of a kind that this version does "
					 "not know, at %llx", (unsigned long long)m->start);
		}
	}
	return 0;
}

/* ---- content, protection, advice ---- */

static bool in_vdso(struct ckpt_image *image, uint64_t addr)
{
	return addr - image->process->vdso_start < image->process->vdso_len;
}

/* What is not wanted is verified all the same: a damaged image is refused, wherever the damage is. */
static int read_all(struct building *b)
{
	struct ckpt_image *image = b->p->image;
	size_t at = 0;
	int e = 0;

	for (size_t i = 0; i < image->chunk_count && !e; i++) {
		const struct ckpt_chunk *c = &image->chunks[i];
		struct ckpt_op op = { .kind = CKPT_OP_READ, .arg = { b->image_fd, c->len, c->at, c->addr, c->sum } };

		while (at + 1 < image->mapping_count && image->mappings[at].end <= c->addr)
			at++;
		if ((b->foreign_vdso || !in_vdso(image, c->addr)) && !without_data(b, &image->mappings[at]))
			list_op(b->l, op, "page data at %llx", (unsigned long long)c->addr);
		else
			e = ckpt_image_verify_chunk(image, i, b->err);
	}
	return e;
}

/* Memory that cannot be read, or lies beyond its file's end, gets the mark and fails to be filled (mlock(2), ENOMEM): as it
 * was.  Elsewhere the failure is the limit's, and told. */
static void lock(struct building *b, const struct ckpt_rec_mapping *m)
{
	bool fills = m->kind != CKPT_MAPPING_file && (m->prot & PROT_READ);
	struct ckpt_op op = LIST_CALL(__NR_mlock2, m->start, m->end - m->start,
				      m->vmflags & CKPT_VM_lockonfault ? MLOCK_ONFAULT : 0);

	op.flags = CKPT_OP_MAY_FAIL;
	if (fills)
		list_op(b->l, op, "locking memory at %llx (see ulimit -l)", (unsigned long long)m->start);
	else
		list_op(b->l, op, "%s", "");
}

static void advise(struct building *b, const struct ckpt_rec_mapping *m)
{
	static const struct {
		uint32_t flag;
		int advice;
	} table[] = {
		{ CKPT_VM_dontfork, MADV_DONTFORK },	 { CKPT_VM_dontdump, MADV_DONTDUMP },
		{ CKPT_VM_wipeonfork, MADV_WIPEONFORK }, { CKPT_VM_mergeable, MADV_MERGEABLE },
		{ CKPT_VM_hugepage, MADV_HUGEPAGE },	 { CKPT_VM_nohugepage, MADV_NOHUGEPAGE },
		{ CKPT_VM_sequential, MADV_SEQUENTIAL }, { CKPT_VM_random, MADV_RANDOM },
	};
	uint64_t len = m->end - m->start;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (m->vmflags & table[i].flag)
			list_op(b->l, LIST_CALL(__NR_madvise, m->start, len, table[i].advice), "advice %d for %llx",
				table[i].advice, (unsigned long long)m->start);
	if (m->vmflags & CKPT_VM_locked)
		lock(b, m);
}

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif
#ifndef __NR_mseal
#define __NR_mseal 462
#endif

static void finish_all(struct building *b)
{
	struct ckpt_image *image = b->p->image;

	for (size_t i = 0; i < image->mapping_count; i++) {
		const struct ckpt_rec_mapping *m = &image->mappings[i];
		bool written = !m->shared && has_data(image, m) && !without_data(b, m);

		if (m->kind == CKPT_MAPPING_vvar || (m->kind == CKPT_MAPPING_vdso && !b->foreign_vdso))
			continue;
		if (m->pkey)
			list_op(b->l, LIST_CALL(__NR_pkey_mprotect, m->start, m->end - m->start, m->prot, m->pkey),
				"protecting %s at %llx with a key", map_name(m), (unsigned long long)m->start);
		else if (m->kind == CKPT_MAPPING_shared_anon || (written && !b->nameless[i] && m->prot != (PROT_READ | PROT_WRITE)))
			list_op(b->l, LIST_CALL(__NR_mprotect, m->start, m->end - m->start, m->prot), "protecting %s at %llx", map_name(m),
				(unsigned long long)m->start);
		advise(b, m);
	}
	for (size_t i = 0; i < image->guard_count; i++)
		list_op(b->l, LIST_CALL(__NR_madvise, image->guards[i].start, image->guards[i].end - image->guards[i].start,
					MADV_GUARD_INSTALL), "guard pages at %llx", (unsigned long long)image->guards[i].start);
	for (size_t i = 0; i < image->mapping_count; i++)
		if (image->mappings[i].vmflags & CKPT_VM_sealed && !is_vdso_group(&image->mappings[i]))
			list_op(b->l, LIST_CALL(__NR_mseal, image->mappings[i].start,
						image->mappings[i].end - image->mappings[i].start, 0),
				"sealing %llx", (unsigned long long)image->mappings[i].start);
}

/* Keys are given out lowest first: take all up to the highest that is in use, give back those that nothing uses.  A key is in
 * use when memory has it or a thread's rights differ from a fresh key's (pkeys(7)). */
static void take_keys(struct building *b)
{
	struct ckpt_image *image = b->p->image;
	uint32_t used = 0, highest = 0;

	for (size_t i = 0; i < image->mapping_count; i++)
		used |= 1u << (image->mappings[i].pkey & 15);
	used |= plan_keys_in_use(b->p);
	for (uint32_t key = 1; key < 16; key++)
		highest = used >> key & 1 ? key : highest;
	for (uint32_t key = 1; key <= highest; key++)
		list_op(b->l, LIST_CALL(__NR_pkey_alloc, 0, 0), "taking protection key %u", key);
	for (uint32_t key = 1; key <= highest; key++)
		if (!(used >> key & 1))
			list_op(b->l, LIST_CALL(__NR_pkey_free, key), "giving back protection key %u", key);
}

int memory_list_build(struct list *l, struct region *r, struct plan *p, const struct ckpt_map *maps, size_t count,
		      uint64_t scratch, uint64_t vdso_group, int image_fd, struct ckpt_err *err)
{
	struct building b = { l, r, p, image_fd, vdso_group != 0, NULL, scratch + MEMORY_SCRATCH, err };
	int e;

	b.nameless = ckpt_arena_alloc(p->arena, p->image->mapping_count * sizeof(*b.nameless));
	if (memory_vdso_group(maps, count) > MEMORY_SCRATCH)
		return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -E2BIG, "this kernel's vdso is too large");
	move_vdso_away(&b, maps, count, scratch);
	unmap(&b, 0, r->base);
	unmap(&b, r->base + r->len, scratch);
	unmap(&b, scratch + MEMORY_SCRATCH, HIGHEST);
	e = move_vdso_home(&b, maps, count, scratch, vdso_group);
	if (!e)
		e = map_all(&b);
	if (e)
		return e;
	e = read_all(&b);
	if (e)
		return e;
	finish_all_nameless(&b);
	take_keys(&b);
	finish_all(&b);
	return 0;
}
