// SPDX-License-Identifier: BSD-3-Clause
/* objects.c - see objects.h.  [tool] */
#include "restart/objects.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/record.h"
#include "ckpt/exit.h"
#include "plugin/registry.h"

#define STATUS_FLAGS (O_APPEND | O_DIRECT | O_NOATIME | O_NONBLOCK) /* what F_SETFL changes (fcntl(2)) */

struct making {
	const struct ckpt_rec_description *d;
	const struct ckpt_plugin *plugin;
	void *state;
	int fd;	    /* at its lowest number where that is free, else above every saved one, until it is placed */
	int lowest; /* its lowest saved number; -1 none */
};

static int decode(struct plan *p, struct making *m, struct ckpt_err *err)
{
	m->plugin = ckpt_plugin_find(m->d->kind);
	m->fd = -1;
	if (!m->plugin)
		return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -ENOTSUP, "descriptor kind \"%s\" is unknown", m->d->kind);
	if (!m->plugin->record)
		return 0;
	m->state = ckpt_arena_alloc(p->arena, m->plugin->record->size);
	return ckpt_fields_get(m->plugin->record, m->d->state.data, m->d->state.len, m->state, p->arena, err);
}

/* Flags that are the description's own, for every kind alike.  Who gets its SIGIO, and O_ASYNC, which remembers the number that
 * it was set through, come when all threads are there (task_list.c). */
static void set_flags(const struct making *m)
{
	int now = fcntl(m->fd, F_GETFL);

	if (m->d->flags & O_PATH)
		return;
	if (now >= 0 && ((now ^ m->d->flags) & STATUS_FLAGS) && strcmp(m->plugin->name, "outside") &&
	    strcmp(m->plugin->name, "terminal"))
		fcntl(m->fd, F_SETFL, (now & ~STATUS_FLAGS) | (m->d->flags & STATUS_FLAGS));
}

static int make_one(struct ckpt_rebuild *r, struct making *m, int above, struct ckpt_err *err)
{
	int fd = m->plugin->restore(r, m->d, m->state, err), high;

	if (fd == -EBADF)
		return 0; /* it was a standard descriptor, and ours is closed */
	if (fd < 0)
		return fd;
	/* A program may have used up its limit on descriptors: there is no room for all of them twice. */
	if (m->lowest == fd)
		high = fd;
	else if (m->lowest >= 0 && fcntl(m->lowest, F_GETFD) < 0)
		high = dup3(fd, m->lowest, O_CLOEXEC);
	else
		high = fcntl(fd, F_DUPFD_CLOEXEC, above);
	if (high < 0)
		return ckpt_errf(err, -errno, "too many descriptors (ulimit -n): %s", strerror(errno));
	if (high != fd)
		close(fd);
	m->fd = high;
	return 0;
}

/* The agent numbers them 1, 2, ...: by_id[id] is one, where it is so. */
static struct making *find(struct making **by_id, struct making *all, size_t count, uint64_t id)
{
	if (id >= 1 && id <= count && by_id[id])
		return by_id[id];
	for (size_t i = 0; i < count; i++)
		if (all[i].d->id == id)
			return &all[i];
	return NULL;
}

/* Which description each descriptor stands for, and each one's lowest number. */
static int join(struct plan *p, struct making *all, size_t count, struct making **owner, struct ckpt_err *err)
{
	struct making **by_id = ckpt_arena_alloc(p->arena, (count + 1) * sizeof(*by_id));

	for (size_t i = 0; i < count; i++) {
		all[i].d = &p->image->descriptions[i];
		all[i].fd = all[i].lowest = -1;
		if (all[i].d->id >= 1 && all[i].d->id <= count)
			by_id[all[i].d->id] = &all[i];
	}
	for (size_t i = 0; i < p->image->descriptor_count; i++) {
		const struct ckpt_rec_descriptor *d = &p->image->descriptors[i];

		owner[i] = find(by_id, all, count, d->description);
		if (!owner[i])
			return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -EBADMSG, "descriptor %llu has no description in the image",
					 (unsigned long long)d->fd);
		if (owner[i]->lowest < 0 || (int)d->fd < owner[i]->lowest)
			owner[i]->lowest = d->fd;
	}
	return 0;
}

/* Keep the standard descriptors of ours that are to be given away above every saved number. */
static void hold_standard(struct plan *p, struct ckpt_rebuild *r, int above)
{
	for (int i = 0; i < 3; i++)
		r->standard[i] = p->standard[i] >= 0 ? fcntl(p->standard[i], F_DUPFD_CLOEXEC, above) : -1;
}

static void close_below(int above, int keep1, int keep2)
{
	for (int fd = 0; fd < above; fd++)
		if (fd != keep1 && fd != keep2)
			close(fd);
}

static int place(struct plan *p, struct making **owner, struct ckpt_err *err)
{
	for (size_t i = 0; i < p->image->descriptor_count; i++) {
		int fd = p->image->descriptors[i].fd, from = owner[i]->fd;

		if (from < 0)
			continue;
		if ((from == fd ? fcntl(fd, F_SETFD, 0) : dup3(from, fd, 0)) < 0)
			return ckpt_errf(err, -errno, "cannot place descriptor %d: %s", fd, strerror(errno));
	}
	return 0;
}

int objects_restore(struct plan *p, int keep1, int keep2, struct ckpt_err *err)
{
	int above = (keep1 > keep2 ? keep1 : keep2) + 1, lowest_kept = keep1 < keep2 ? keep1 : keep2, e = 0;
	struct ckpt_rebuild r = { .arena = p->arena, .maps = p->maps, .map_count = p->map_count,
				 .sets_modes = p->sets_modes };
	size_t count = p->image->description_count;
	struct making *all = ckpt_arena_alloc(p->arena, (count + 1) * sizeof(*all));
	struct making **owner = ckpt_arena_alloc(p->arena, (p->image->descriptor_count + 1) * sizeof(*owner));

	hold_standard(p, &r, above);
	close_below(lowest_kept, keep1, keep2);
	e = join(p, all, count, owner, err);
	for (size_t i = 0; i < count && !e; i++) {
		e = decode(p, &all[i], err);
		if (!e)
			e = make_one(&r, &all[i], above, err);
		if (!e && all[i].fd >= 0)
			set_flags(&all[i]);
	}
	ckpt_rebuild_close(&r);
	if (!e)
		e = place(p, owner, err);
	for (size_t i = 0; i < count && !e; i++)
		if (all[i].plugin->finish && all[i].lowest >= 0 && all[i].fd >= 0)
			e = all[i].plugin->finish(&r, all[i].d, all[i].state, all[i].lowest, err);
	for (size_t i = 0; i < count; i++)
		if (all[i].fd >= 0 && all[i].fd != all[i].lowest)
			close(all[i].fd);
	return e;
}
