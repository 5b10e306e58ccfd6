// SPDX-License-Identifier: BSD-3-Clause
/* objects.c - see objects.h.  [tool] */
#include "restart/objects.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/record.h"
#include "ckpt/exit.h"
#include "plugin/registry.h"

#define STATUS_FLAGS (O_APPEND | O_DIRECT | O_NOATIME | O_NONBLOCK) /* what F_SETFL changes (fcntl(2)) */

#define NO_NUMBER SIZE_MAX

struct making {
	const struct ckpt_rec_description *d;
	const struct ckpt_plugin *plugin;
	void *state;
	int fd;		       /* where it stands; -1 nowhere */
	int lowest;	       /* its lowest saved number; -1 none */
	size_t first, *numbers; /* its numbers: an index into the image's descriptors, and of each the next */
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

/* Put it at all its numbers.  Those are free: what is held meanwhile stands above every saved number. */
static int place(struct plan *p, struct making *m, int fd, struct ckpt_err *err)
{
	bool stays = false;

	for (size_t i = m->first; i != NO_NUMBER; i = m->numbers[i]) {
		int number = p->image->descriptors[i].fd;

		if (number == fd)
			stays = !fcntl(fd, F_SETFD, 0);
		else if (dup3(fd, number, 0) < 0)
			return ckpt_errf(err, -errno, "cannot place descriptor %d: %s", number, strerror(errno));
	}
	if (!stays)
		close(fd);
	return 0;
}

static int make_one(struct plan *p, struct ckpt_rebuild *r, struct making *m, struct ckpt_err *err)
{
	int fd = m->plugin->restore(r, m->d, m->state, err);

	if (fd == -EBADF)
		return 0; /* it was a standard descriptor, and ours is closed */
	if (fd < 0)
		return fd == -EMFILE ? ckpt_err_in(err, fd, "too many descriptors (ulimit -n)") : fd;
	m->fd = fd;
	set_flags(m);
	m->fd = m->lowest;
	return place(p, m, fd, err);
}

/* Which numbers each description has. */
static int number_all(struct plan *p, struct making *all, size_t count, struct ckpt_err *err)
{
	size_t *numbers = ckpt_arena_alloc(p->arena, (p->image->descriptor_count + 1) * sizeof(*numbers));

	for (size_t i = 0; i < count; i++) {
		all[i].numbers = numbers;
		all[i].first = NO_NUMBER;
	}
	for (size_t i = 0; i < p->image->descriptor_count; i++) {
		const struct ckpt_rec_descriptor *d = &p->image->descriptors[i];
		struct making *m = d->description && d->description <= count ? &all[d->description - 1] : NULL;

		if (!m)
			return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -EBADMSG, "descriptor %llu has no description in the image",
					 (unsigned long long)d->fd);
		numbers[i] = m->first;
		m->first = i;
		if (m->lowest < 0 || (int)d->fd < m->lowest)
			m->lowest = d->fd;
	}
	return 0;
}

static int by_lowest(const void *a, const void *b)
{
	return ((const struct making *)a)->lowest - ((const struct making *)b)->lowest;
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

int objects_restore(struct plan *p, int keep1, int keep2, struct ckpt_err *err)
{
	int above = (keep1 > keep2 ? keep1 : keep2) + 1, lowest_kept = keep1 < keep2 ? keep1 : keep2, e = 0;
	struct ckpt_rebuild r = { .arena = p->arena, .maps = p->maps, .map_count = p->map_count,
				 .sets_modes = p->sets_modes };
	size_t count = p->image->description_count;
	struct making *all = ckpt_arena_alloc(p->arena, (count + 1) * sizeof(*all));

	r.above = above;
	hold_standard(p, &r, above);
	close_below(lowest_kept, keep1, keep2);
	for (size_t i = 0; i < count && !e; i++) {
		uint64_t id = p->image->descriptions[i].id;

		if (!id || id > count || all[id - 1].d)
			return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -EBADMSG, "the image numbers its descriptions wrongly");
		all[id - 1].d = &p->image->descriptions[i];
		e = decode(p, &all[id - 1], err);
	}
	if (!e)
		e = number_all(p, all, count, err);
	/* In this order most of them are made where they belong, because open(2) gives the lowest number. */
	if (!e)
		qsort(all, count, sizeof(*all), by_lowest);
	for (size_t i = 0; i < count && !e; i++)
		e = make_one(p, &r, &all[i], err);
	ckpt_rebuild_close(&r);
	for (size_t i = 0; i < count && !e; i++)
		if (all[i].plugin->finish && all[i].fd >= 0)
			e = all[i].plugin->finish(&r, all[i].d, all[i].state, all[i].fd, err);
	return e;
}
