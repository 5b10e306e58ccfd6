// SPDX-License-Identifier: BSD-3-Clause
/* memory.c - see memory.h: what each mapping is.  [tool]  (memory_pages.c: which pages, and writing them) */
#include "agent/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/proc.h"
#include "ckpt/exit.h"

#define DELETED " (deleted)"

struct looking {
	struct memory *m;
	pid_t pid;
	const char *program;
	bool self_contained;
	struct ckpt_arena *arena;
	struct refusals *refusals;
};

static bool is_deleted(const char *path)
{
	size_t len = strlen(path);

	return len > strlen(DELETED) && !strcmp(path + len - strlen(DELETED), DELETED);
}

static void refuse_map(struct looking *l, const struct ckpt_map *map, const char *kind, const char *reason, const char *remedy)
{
	char where[64];

	snprintf(where, sizeof(where), "address %llx-%llx", (unsigned long long)map->start, (unsigned long long)map->end);
	refuse(l->refusals, l->pid, l->program, where, kind, map->path, reason, remedy);
}

/* The file behind a mapping, as a record; the same file has one record.  Returns its id; *gone: no such file any more. */
static uint64_t file_of(struct looking *l, const struct ckpt_map *map, bool *gone)
{
	struct ckpt_rec_mapfile *have = (void *)l->m->files.data, *rec;
	size_t count = l->m->files.len / sizeof(*have);
	struct stat st;

	for (size_t i = count; i-- > 0;)
		if (have[i].ino == map->ino && !strcmp(have[i].path, map->path)) {
			*gone = have[i].deleted;
			return have[i].id;
		}
	*gone = is_deleted(map->path) || stat(map->path, &st) || st.st_ino != map->ino;
	rec = ckpt_buf_grow(&l->m->files, sizeof(*rec));
	*rec = (struct ckpt_rec_mapfile){ .id = count + 1, .path = map->path, .ino = map->ino, .deleted = *gone };
	rec->dev = makedev(map->dev_major, map->dev_minor);
	if (!*gone) {
		rec->size = st.st_size;
		rec->mtime_sec = st.st_mtim.tv_sec;
		rec->mtime_nsec = st.st_mtim.tv_nsec;
		rec->mode = st.st_mode;
	}
	return rec->id;
}

/* Our own library is always content: an upgrade of ckpt must not spoil old images. */
static bool is_our_library(const char *path)
{
	const char *name = strrchr(path, '/');

	return name && !strcmp(name, "/libckpt.so");
}

static void look_file(struct looking *l, const struct ckpt_map *map, struct ckpt_rec_mapping *rec)
{
	bool gone;

	rec->kind = CKPT_MAPPING_file;
	rec->file = file_of(l, map, &gone);
	rec->content = gone || l->self_contained || is_our_library(map->path);
	if (map->shared)
		rec->content = 0;
	if (map->shared && gone) {
		refuse_map(l, map, "shared file mapping", "its file has been deleted or replaced",
			   "keep the file until it is unmapped");
	} else if (((struct ckpt_rec_mapfile *)l->m->files.data)[rec->file - 1].mode &&
		   !S_ISREG(((struct ckpt_rec_mapfile *)l->m->files.data)[rec->file - 1].mode) &&
		   strcmp(map->path, "/dev/zero")) {
		refuse_map(l, map, "device mapping", "a device's memory is not the program's", "unmap it");
	}
}

static bool has_prefix(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

static void look_named(struct looking *l, const struct ckpt_map *map, struct ckpt_rec_mapping *rec)
{
	static const struct {
		const char *name;
		enum ckpt_mapping_kind kind;
	} special[] = {
		{ "[heap]", CKPT_MAPPING_heap }, { "[stack]", CKPT_MAPPING_stack }, { "[vdso]", CKPT_MAPPING_vdso },
		{ "[vvar", CKPT_MAPPING_vvar },	 { "[anon", CKPT_MAPPING_anon },
	};

	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (has_prefix(map->path, special[i].name)) {
			rec->kind = special[i].kind;
			return;
		}
	refuse_map(l, map, "mapping", "a mapping of a kind that this version does not know", "unmap it");
}

static void look_one(struct looking *l, const struct ckpt_map *map)
{
	struct ckpt_rec_mapping rec = {
		.start = map->start, .end = map->end, .prot = map->prot, .shared = map->shared, .offset = map->offset,
		.vmflags = map->vmflags, .pkey = map->pkey, .kind = CKPT_MAPPING_anon, .name = map->path,
	};

	if (has_prefix(map->path, "/[aio]")) {
		refuse_map(l, map, "aio context", "asynchronous I/O (io_setup) is not restored by this version", "destroy it (io_destroy)");
		return;
	}
	if (!strcmp(map->path, "[vsyscall]"))
		return; /* the same in every process */
	/* A name (PR_SET_VMA_ANON_NAME) hides the path. */
	if (map->shared && ((has_prefix(map->path, "/dev/zero") && is_deleted(map->path)) || has_prefix(map->path, "[anon_shmem:"))) {
		rec.kind = CKPT_MAPPING_shared_anon;
		rec.object = map->ino;
	} else if (has_prefix(map->path, "/memfd:") && map->shared) {
		refuse_map(l, map, "memory file mapping", "memory files are not restored by this version", "unmap it");
	} else if (has_prefix(map->path, "/SYSV")) {
		refuse_map(l, map, "System V shared memory", "System V segments are not restored by this version", "detach it (shmdt)");
	} else if (map->ino && has_prefix(map->path, "anon_inode:")) {
		refuse_map(l, map, "mapping", "rings and buffers of the kernel are not restored by this version", "unmap it");
	} else if (map->ino && map->path[0] == '/') {
		look_file(l, map, &rec);
	} else if (*map->path) {
		look_named(l, map, &rec);
	}
	if (map->vmflags & CKPT_VM_hugetlb)
		refuse_map(l, map, "huge-page mapping", "huge-page file systems are not restored by this version", "unmap it");
	if (map->vmflags & (CKPT_VM_uffd_missing | CKPT_VM_uffd_wp | CKPT_VM_uffd_minor))
		refuse_map(l, map, "userfaultfd range", "userfaultfd is not restored by this version", "unregister the range");
	if (map->vmflags & CKPT_VM_shadow_stack)
		refuse_map(l, map, "shadow stack", "shadow stacks are not restored by this version", "unmap it");
	if (map->vmflags & (CKPT_VM_pfnmap | CKPT_VM_io) && rec.kind != CKPT_MAPPING_vvar && rec.kind != CKPT_MAPPING_vdso)
		refuse_map(l, map, "device mapping", "a device's memory is not the program's", "unmap it");
	ckpt_buf_add(&l->m->mappings, &rec, sizeof(rec));
}

int memory_look(struct memory *m, pid_t pid, pid_t tid, const char *program, bool self_contained, struct ckpt_arena *arena,
		struct refusals *refusals, struct ckpt_err *err)
{
	struct looking l = { m, pid, program, self_contained, arena, refusals };
	ssize_t n = ckpt_maps_read(arena, tid, true, &m->maps);

	m->pid = pid;
	if (n < 0)
		return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, n, "process %d: cannot read its mappings: %s", pid, strerror(-n));
	m->map_count = n;
	for (ssize_t i = 0; i < n; i++)
		look_one(&l, &m->maps[i]);
	return 0;
}

void memory_save_records(const struct memory *m, struct ckpt_image_writer *w)
{
	const struct ckpt_rec_mapping *mappings = (void *)m->mappings.data;
	const struct ckpt_rec_mapfile *files = (void *)m->files.data;
	const struct ckpt_rec_guard *guards = (void *)m->guards.data;

	for (size_t i = 0; i < m->files.len / sizeof(*files); i++)
		ckpt_image_add(w, CKPT_REC_mapfile, &files[i]);
	for (size_t i = 0; i < m->mappings.len / sizeof(*mappings); i++)
		ckpt_image_add(w, CKPT_REC_mapping, &mappings[i]);
	for (size_t i = 0; i < m->guards.len / sizeof(*guards); i++)
		ckpt_image_add(w, CKPT_REC_guard, &guards[i]);
}

void memory_free(struct memory *m)
{
	struct memory_span *spans = (void *)m->spans.data;

	for (size_t i = 0; i < m->spans.len / sizeof(*spans); i++)
		if (spans[i].copy)
			munmap(spans[i].copy, spans[i].len);
	ckpt_buf_free(&m->mappings);
	ckpt_buf_free(&m->files);
	ckpt_buf_free(&m->guards);
	ckpt_buf_free(&m->spans);
	*m = (struct memory){ 0 };
}
