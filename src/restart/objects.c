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
	int fd;	    /* above every saved number, until it is placed */
	int lowest; /* its lowest saved number; -1 none */
};

static int decode(struct plan *p, struct making *m, struct ckpt_err *err)
{
	m->plugin = ckpt_plugin_find(m->d->kind);
	m->fd = m->lowest = -1;
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
	high = fcntl(fd, F_DUPFD_CLOEXEC, above);
	if (high < 0)
		return ckpt_errf(err, -errno, "too many descriptors (ulimit -n): %s", strerror(errno));
	close(fd);
	m->fd = high;
	return 0;
}

static struct making *find(struct making *all, size_t count, uint64_t id)
{
	for (size_t i = 0; i < count; i++)
		if (all[i].d->id == id)
			return &all[i];
	return NULL;
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

static int place(struct plan *p, struct making *all, size_t count, struct ckpt_err *err)
{
	for (size_t i = 0; i < p->image->descriptor_count; i++) {
		const struct ckpt_rec_descriptor *d = &p->image->descriptors[i];
		struct making *m = find(all, count, d->description);

		if (!m)
			return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -EBADMSG, "descriptor %llu has no description in the image",
					 (unsigned long long)d->fd);
		if (m->fd < 0)
			continue;
		if (dup3(m->fd, d->fd, 0) < 0)
			return ckpt_errf(err, -errno, "cannot place descriptor %llu: %s", (unsigned long long)d->fd, strerror(errno));
		if (m->lowest < 0 || (int)d->fd < m->lowest)
			m->lowest = d->fd;
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

	hold_standard(p, &r, above);
	close_below(lowest_kept, keep1, keep2);
	for (size_t i = 0; i < count && !e; i++) {
		all[i].d = &p->image->descriptions[i];
		e = decode(p, &all[i], err);
		if (!e)
			e = make_one(&r, &all[i], above, err);
		if (!e && all[i].fd >= 0)
			set_flags(&all[i]);
	}
	ckpt_rebuild_close(&r);
	if (!e)
		e = place(p, all, count, err);
	for (size_t i = 0; i < count && !e; i++)
		if (all[i].plugin->finish && all[i].lowest >= 0)
			e = all[i].plugin->finish(&r, all[i].d, all[i].state, all[i].lowest, err);
	for (size_t i = 0; i < count; i++)
		if (all[i].fd >= 0)
			close(all[i].fd);
	return e;
}
