// SPDX-License-Identifier: BSD-3-Clause
/* descriptors.c - see descriptors.h.  [tool] */
#include "agent/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/ids.h"
#include "base/proc.h"
#include "base/record.h"
#include "ckpt/exit.h"
#include "plugin/registry.h"

#define PIDFD_THREAD_ O_EXCL /* of a thread: the leader may have gone (pidfd_open(2), Linux 6.9) */

static int look_one(struct ckpt_look *look, pid_t pid, int fd, struct ckpt_arena *arena)
{
	char name[64];
	struct statfs fs;

	*look = (struct ckpt_look){ .pid = pid, .fd = fd, .copy = -1, .standard = fd < 3 ? fd : -1 };
	look->link = ckpt_proc_link(arena, pid, ckpt_arena_printf(arena, "fd/%d", fd));
	look->fdinfo = ckpt_proc_read(arena, pid, ckpt_arena_printf(arena, "fdinfo/%d", fd), NULL);
	snprintf(name, sizeof(name), "/proc/%d/fd/%d", pid, fd);
	if (!look->link || !look->fdinfo || stat(name, &look->st))
		return -errno;
	if (!statfs(name, &fs))
		look->fs_magic = fs.f_type;
	look->flags = ckpt_proc_number(look->fdinfo, "flags", 8);
	look->pos = ckpt_proc_number(look->fdinfo, "pos", 10);
	/* A symbolic link that was opened with O_PATH | O_NOFOLLOW: stat went through it. */
	if (look->flags & O_PATH) {
		struct stat link;

		if (!lstat(look->link, &link) && S_ISLNK(link.st_mode))
			look->st = link;
	}
	return 0;
}

/* Sort by what a description is first, then let the kernel order what remains equal (kcmp(2)). */
static int by_description(const void *a, const void *b)
{
	const struct ckpt_look *x = a, *y = b;
	long order;

#define BY(field) if (x->field != y->field) return x->field < y->field ? -1 : 1
	BY(st.st_dev);
	BY(st.st_ino);
#undef BY
	if ((x->flags ^ y->flags) & ~O_CLOEXEC)
		return (x->flags & ~O_CLOEXEC) < (y->flags & ~O_CLOEXEC) ? -1 : 1;
	order = syscall(SYS_kcmp, x->pid, y->pid, KCMP_FILE, x->fd, y->fd);
	if (order == 1 || order == 2)
		return order == 1 ? -1 : 1;
	return x->fd - y->fd;
}

static bool same_description(const struct ckpt_look *x, const struct ckpt_look *y)
{
	return x->st.st_dev == y->st.st_dev && x->st.st_ino == y->st.st_ino &&
	       !((x->flags ^ y->flags) & ~O_CLOEXEC) &&
	       syscall(SYS_kcmp, x->pid, y->pid, KCMP_FILE, x->fd, y->fd) == 0;
}

static int by_fd(const void *a, const void *b)
{
	return ((const struct ckpt_look *)a)->fd - ((const struct ckpt_look *)b)->fd;
}

/* From one look a number to one look a description; the table says which number is which. */
static void join(struct descriptors *d, struct ckpt_arena *arena)
{
	struct ckpt_look *looks = d->set.looks;
	size_t out = 0;

	qsort(looks, d->set.count, sizeof(*looks), by_description);
	d->table = ckpt_arena_alloc(arena, d->set.count * sizeof(*d->table));
	d->table_count = d->set.count;
	for (size_t i = 0; i < d->set.count; i++) {
		struct ckpt_look look = looks[i];

		if (out && same_description(&looks[out - 1], &look)) {
			struct ckpt_look *first = &looks[out - 1];

			if (look.standard >= 0 && (first->standard < 0 || look.standard < first->standard))
				first->standard = look.standard;
			if (look.fd < first->fd)
				first->fd = look.fd;
		} else {
			looks[out++] = look;
			looks[out - 1].id = out;
		}
		d->table[i] = (struct ckpt_rec_descriptor){ look.fd, out, !!(look.flags & O_CLOEXEC) };
	}
	d->set.count = out;
	qsort(looks, out, sizeof(*looks), by_fd);
}

static int take_copies(struct descriptors *d, pid_t pid, struct ckpt_err *err)
{
	int pidfd = syscall(SYS_pidfd_open, pid, PIDFD_THREAD_);

	if (pidfd < 0)
		pidfd = syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0)
		return ckpt_errf(err, -errno, "process %d: pidfd_open: %s", pid, strerror(errno));
	for (size_t i = 0; i < d->set.count; i++) {
		struct ckpt_look *look = &d->set.looks[i];

		look->copy = syscall(SYS_pidfd_getfd, pidfd, look->fd, 0);
		if (look->copy < 0) {
			int e = errno;

			close(pidfd);
			return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, -e, "process %d, descriptor %d: pidfd_getfd: %s", pid,
					 look->fd, strerror(e));
		}
	}
	close(pidfd);
	return 0;
}

/* What a person calls a kind that no plugin restores. */
static const char *kind_word(const struct ckpt_look *look)
{
	if (look->plugin != &ckpt_plugin_refused)
		return look->plugin->name;
	switch (look->st.st_mode & S_IFMT) {
	case S_IFSOCK: return "socket";
	case S_IFIFO: return "named pipe";
	case S_IFBLK: return "block device";
	case S_IFCHR: return "device";
	default: return "kernel object";
	}
}

/* A lock or lease that the process or the description has (proc(5): fdinfo lists them, on files of every kind). */
static const char *lock_on(const struct ckpt_look *look, struct ckpt_arena *arena, const char **remedy)
{
	const char *line = ckpt_proc_field(look->fdinfo, "lock");
	char kind[16] = "";

	if (!line || sscanf(line, "%*[^:]: %15s", kind) != 1)
		return NULL;
	*remedy = !strcmp(kind, "LEASE") ? "give the lease up before the checkpoint" : "unlock it before the checkpoint, or do not let "
		  "the program inherit it (9>&- behind its command)";
	return ckpt_arena_printf(arena, "a lock of kind %s is held on it, and locks are not restored by this version", kind);
}

static void claim(struct descriptors *d, struct ckpt_arena *arena, const char *program, struct refusals *refusals)
{
	for (size_t i = 0; i < d->set.count; i++) {
		struct ckpt_look *look = &d->set.looks[i];
		const char *reason, *remedy = "";
		char where[32];

		look->plugin = ckpt_plugin_claim(look);
		reason = look->plugin->refuse ? look->plugin->refuse(look, &d->set, &remedy) : NULL;
		if (reason && ckpt_plugin_outside.claim(look)) {
			look->plugin = &ckpt_plugin_outside;
			reason = NULL;
		}
		if (!reason)
			reason = lock_on(look, arena, &remedy);
		if (!reason)
			continue;
		snprintf(where, sizeof(where), "descriptor %d", look->fd);
		refuse(refusals, look->pid, program, where, kind_word(look), look->link, reason, remedy);
	}
}

int descriptors_look(struct descriptors *d, pid_t pid, const char *program, bool copies, struct ckpt_arena *arena,
		     struct refusals *refusals, struct ckpt_err *err)
{
	int *fds, e;
	ssize_t n = ckpt_proc_numbers(arena, pid, "fd", &fds);

	*d = (struct descriptors){ 0 };
	if (n < 0)
		return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, n, "process %d: cannot list its descriptors: %s", pid,
				 strerror(-n));
	d->set.looks = ckpt_arena_alloc(arena, (n ? n : 1) * sizeof(*d->set.looks));
	for (ssize_t i = 0; i < n; i++) {
		e = look_one(&d->set.looks[d->set.count], pid, fds[i], arena);
		if (!e)
			d->set.count++;
		else if (copies) /* while the program runs, a descriptor may go away under our eyes */
			return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, e, "process %d, descriptor %d: cannot look at it: %s",
					 pid, fds[i], strerror(-e));
	}
	if (copies) {
		join(d, arena);
		e = take_copies(d, pid, err);
		if (e)
			return e;
	}
	for (size_t i = 0; i < d->set.count; i++)
		d->set.looks[i].flags &= ~O_CLOEXEC;
	claim(d, arena, program, refusals);
	return 0;
}

/* Who gets SIGIO: F_GETOWN_EX and F_GETSIG of fcntl(2) are the description's. */
static void save_owner(const struct ckpt_look *look, struct ckpt_arena *arena, struct ckpt_rec_description *rec)
{
	struct f_owner_ex owner;
	char *status;

	if ((look->flags & O_PATH) || fcntl(look->copy, F_GETOWN_EX, &owner))
		return;
	status = owner.pid ? ckpt_proc_read(arena, owner.pid, "status", NULL) : NULL;
	rec->owner_type = owner.type;
	rec->owner = status ? ckpt_ids_known(owner.pid, status) : owner.pid;
	rec->owner_sig = fcntl(look->copy, F_GETSIG);
}

static int save_one(const struct ckpt_look *look, const struct ckpt_look_set *set, struct ckpt_arena *arena,
		    struct ckpt_image_writer *w, struct ckpt_err *err)
{
	const struct ckpt_plugin *plugin = look->plugin;
	struct ckpt_rec_description rec = {
		.id = look->id, .kind = plugin->name, .flags = look->flags, .pos = look->pos, .text = look->link,
	};
	struct ckpt_buf state = { 0 };
	int e = 0;

	save_owner(look, arena, &rec);
	if (plugin->record) {
		void *own = ckpt_arena_alloc(arena, plugin->record->size);

		e = plugin->save(look, set, arena, own, err);
		ckpt_fields_put(&state, plugin->record, own);
		rec.state = (struct ckpt_bytes){ state.data, state.len };
	}
	if (!e)
		ckpt_image_add(w, CKPT_REC_description, &rec);
	ckpt_buf_free(&state);
	return e ? ckpt_err_in(err, e, "process %d, descriptor %d", look->pid, look->fd) : 0;
}

int descriptors_save(struct descriptors *d, struct ckpt_arena *arena, struct ckpt_image_writer *w, struct ckpt_err *err)
{
	for (size_t i = 0; i < d->set.count; i++) {
		int e = save_one(&d->set.looks[i], &d->set, arena, w, err);

		if (e)
			return e;
	}
	for (size_t i = 0; i < d->table_count; i++)
		ckpt_image_add(w, CKPT_REC_descriptor, &d->table[i]);
	return 0;
}

void descriptors_close(struct descriptors *d)
{
	for (size_t i = 0; i < d->set.count; i++)
		if (d->set.looks[i].copy >= 0) {
			close(d->set.looks[i].copy);
			d->set.looks[i].copy = -1;
		}
}
