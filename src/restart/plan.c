// SPDX-License-Identifier: BSD-3-Clause
/* plan.c - see plan.h: everything that can be wrong is found before any process exists.  [tool] */
#include "restart/plan.h"

#include <cpuid.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ckpt/exit.h"
#include "plugin/registry.h"
#include "restart/written.h"

#define CAP_CHECKPOINT_RESTORE_BIT 40
#define CAP_SYS_ADMIN_BIT 21

void plan_warn(struct plan *p, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ckpt_buf_add(&p->warnings, text, strlen(text) + 1);
}

const char *plan_path(struct plan *p, const char *path)
{
	return ckpt_path_mapped(p->arena, p->maps, p->map_count, path);
}

/* Every difference is named; the last one is the error. */
int plan_differs(int *found, struct ckpt_err *err, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (*found)
		fprintf(stderr, "ckpt_restart: %s\n", err->text);
	(*found)++;
	return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -EINVAL, "%s", text);
}

static uint64_t xfeatures_here(void)
{
	unsigned a, b, c, d;

	__cpuid_count(1, 0, a, b, c, d);
	if (!(c & 1u << 27)) /* OSXSAVE */
		return 3;
	__asm__ volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
	return (uint64_t)d << 32 | a;
}

/* XSTATE_BV lies 512 bytes into the xsave area (Intel SDM volume 1, 13.4.2). */
static void check_processor(struct plan *p, int *found, struct ckpt_err *err)
{
	uint64_t here = xfeatures_here();

	for (size_t i = 0; i < p->image->thread_count; i++) {
		const struct ckpt_rec_thread *t = &p->image->threads[i];
		uint64_t used = 0;

		if (!t->regs.len && i == 0)
			continue; /* a leader that had exited */
		if (t->xstate.len < 576) {
			plan_differs(found, err, "thread %llu has no processor state in the image", (unsigned long long)t->tid);
			return;
		}
		memcpy(&used, (const char *)t->xstate.data + 512, sizeof(used));
		if (used & ~here) {
			plan_differs(found, err, "the program used processor features that this machine lacks (xstate bits %#llx); "
				"restart it on a machine that has them", (unsigned long long)(used & ~here));
			return;
		}
	}
}

uint32_t plan_keys_in_use(const struct plan *p)
{
	const uint32_t pkru_bit = 9;
	unsigned size, offset, c, d;
	uint32_t used = 0;

	__cpuid_count(0xd, pkru_bit, size, offset, c, d);
	(void)c;
	(void)d;
	if (!size)
		return 0;
	for (size_t i = 0; i < p->image->thread_count; i++) {
		const struct ckpt_bytes *x = &p->image->threads[i].xstate;
		uint64_t have = 0;
		uint32_t rights = 0;

		if (x->len >= 520)
			memcpy(&have, (const char *)x->data + 512, sizeof(have));
		if (x->len > offset)
			memcpy(&rights, (const char *)x->data + offset, x->len - offset < 4 ? x->len - offset : 4);
		if (!(have >> pkru_bit & 1))
			continue; /* saved on a machine without keys */
		for (int key = 1; key < 16; key++)
			if ((rights >> key * 2 & 3) != 1) /* the kernel starts every task with access denied */
				used |= 1u << key;
	}
	return used;
}

bool plan_file_same(struct plan *p, uint64_t id)
{
	for (size_t i = 0; i < p->image->mapfile_count; i++) {
		const struct ckpt_rec_mapfile *f = &p->image->mapfiles[i];
		struct stat st;

		if (f->id == id)
			return !f->deleted && !stat(plan_path(p, f->path), &st) && (uint64_t)st.st_size == f->size &&
			       st.st_mtim.tv_sec == f->mtime_sec && (uint64_t)st.st_mtim.tv_nsec == f->mtime_nsec;
	}
	return false;
}

/* Whoever maps it privately took its clean pages from it; what is shared goes back in time by the files' own policy. */
static void check_files(struct plan *p, int *found, struct ckpt_err *err)
{
	struct ckpt_image *image = p->image;

	for (size_t i = 0; i < image->mapfile_count; i++) {
		const struct ckpt_rec_mapfile *f = &image->mapfiles[i];
		const char *path = plan_path(p, f->path);
		bool shared = false, private = false;
		struct stat st;

		for (size_t k = 0; k < image->mapping_count; k++) {
			const struct ckpt_rec_mapping *m = &image->mappings[k];

			if (m->kind == CKPT_MAPPING_file && m->file == f->id && !m->content)
				*(m->shared ? &shared : &private) = true;
		}
		if (written_restores(p, f->path))
			continue;
		if ((shared || private) && stat(path, &st))
			plan_differs(found, err, "the program has %s mapped: %s; bring the file back, or name where it is with --path-map",
				path, strerror(errno));
		else if (private && S_ISREG(st.st_mode) && !plan_file_same(p, f->id))
			plan_differs(found, err, "the program has %s mapped, and the file has changed since; bring the old one back, or "
				"checkpoint with --self-contained", path);
	}
}

static void check_exe(struct plan *p, int *found, struct ckpt_err *err)
{
	const char *path = plan_path(p, p->image->process->exe);

	if (access(path, X_OK))
		plan_differs(found, err, "cannot run the program %s: %s", path, strerror(errno));
	path = plan_path(p, p->image->process->cwd);
	if (access(path, X_OK))
		plan_differs(found, err, "the working directory %s: %s", path, strerror(errno));
}

static void check_kinds(struct plan *p, int *found, struct ckpt_err *err)
{
	for (size_t i = 0; i < p->image->description_count; i++)
		if (!ckpt_plugin_find(p->image->descriptions[i].kind))
			plan_differs(found, err, "the image has a descriptor of kind \"%s\", which this version does not know",
				p->image->descriptions[i].kind);
}

static void check_owner(struct plan *p, int *found, struct ckpt_err *err)
{
	/* The superuser changes to the ids that its own program had; the image is no other user's (ckpt_image_open). */
	if (p->image->process->uid != geteuid() && geteuid())
		plan_differs(found, err, "the program ran as user %llu, and this is user %u", (unsigned long long)p->image->process->uid,
			geteuid());
}

/* ---- ids ---- */

static bool has_capability(int bit)
{
	char line[256];
	uint64_t caps = 0;
	FILE *f = fopen("/proc/self/status", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "CapEff: %lx", &caps) == 1)
			break;
	if (f)
		fclose(f);
	return caps >> bit & 1;
}

/* Is the number anybody's: a task's, a group's, a session's? */
static bool id_taken(uint64_t id)
{
	return kill(id, 0) == 0 || errno != ESRCH || kill(-(pid_t)id, 0) == 0 || getsid(id) >= 0;
}

static bool ids_taken(struct plan *p)
{
	for (size_t i = 0; i < p->image->thread_count; i++)
		if (id_taken(p->image->threads[i].tid))
			return true;
	return id_taken(p->image->process->pid);
}

/* Own namespaces: root makes a pid namespace; anybody else, only when asked for by name, a user namespace with it, in which the
 * program's world is another one (other users' files show 65534, set-uid programs and groups are lost). */
static void decide_ids(struct plan *p, int *found, struct ckpt_err *err)
{
	bool root = has_capability(CAP_SYS_ADMIN_BIT), may = root || has_capability(CAP_CHECKPOINT_RESTORE_BIT);
	bool taken = may && (p->image->process->pid == 1 || ids_taken(p));

	p->own_user = p->pids == RESTART_PIDS_EXACT && (!may || (taken && !root));
	p->own_namespace = p->own_user || (p->pids != RESTART_PIDS_VIRTUAL && root && taken);
	p->exact = p->own_namespace || (p->pids != RESTART_PIDS_VIRTUAL && may && !taken);
	if (!p->exact && !p->image->process->ids)
		plan_differs(found, err, "the program had no library of ours, so other process ids would confuse it; restart it as root, "
			"or with --pids exact");
}

bool plan_needs_namespace(struct plan *p, int error)
{
	if (error != -EEXIST || !p->exact || p->own_namespace || !has_capability(CAP_SYS_ADMIN_BIT))
		return false;
	p->own_namespace = true;
	return true;
}

int plan_check(struct plan *p, struct ckpt_err *err)
{
	int found = 0;

	if (p->image->host && p->image->host->page_size && p->image->host->page_size != (uint64_t)sysconf(_SC_PAGESIZE))
		plan_differs(&found, err, "the image has pages of %llu bytes", (unsigned long long)p->image->host->page_size);
	check_owner(p, &found, err);
	check_processor(p, &found, err);
	check_exe(p, &found, err);
	written_plan(p, &found, err);
	check_files(p, &found, err);
	check_kinds(p, &found, err);
	decide_ids(p, &found, err);
	plan_check_mutexes(p, &found, err);
	return found ? -EINVAL : 0;
}
