// SPDX-License-Identifier: BSD-3-Clause
/*
 * epoll.c - epoll(7): the entries that fdinfo lists, added again when every descriptor stands at its number.  [tool]
 * An entry belongs to (description, number); one whose number has been closed or means something else now is refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/proc.h"
#include "base/record.h"
#include "ckpt/exit.h"
#include "plugin/registry.h"

struct entry {
	uint32_t fd, events;
	uint64_t data;
};

#define CKPT_FIELDS_epoll(F) F(BYT, entries, 1, 0)
CKPT_STRUCT(0, epoll)
#define CKPT_ROW_OF struct ckpt_rec_epoll
static const struct ckpt_field fields[] = { CKPT_FIELDS_epoll(CKPT_ROW) };
static const struct ckpt_record_type record = CKPT_RECORD_TYPE(0, epoll, fields);

static bool claim(const struct ckpt_look *look)
{
	return !strcmp(look->link, "anon_inode:[eventpoll]");
}

/* "tfd:        5 events:       19 data:                5  pos:0 ino:61af sdev:7": 1 and *out, 0 at the end. */
static int next_entry(const char **text, struct entry *out)
{
	unsigned long long data;
	const char *p = strstr(*text, "tfd:");

	if (!p || sscanf(p, "tfd: %u events: %x data: %llx", &out->fd, &out->events, &data) != 3)
		return 0;
	out->data = data;
	*text = p + 4;
	return 1;
}

/* Is entry number `nth` of that target number the file that stands there today? */
static bool stands(const struct ckpt_look *look, const struct entry *e, uint32_t nth)
{
	struct kcmp_epoll_slot slot = { look->fd, e->fd, nth };

	return syscall(SYS_kcmp, look->pid, look->pid, KCMP_EPOLL_TFD, e->fd, &slot) == 0;
}

static const char *refuse(const struct ckpt_look *look, const struct ckpt_look_set *all, const char **remedy)
{
	const char *text = look->fdinfo, *reason = NULL;
	uint32_t *seen, most = 0;
	struct entry e;

	(void)all;
	*remedy = "remove the entry (EPOLL_CTL_DEL) before the descriptor is closed";
	while (next_entry(&text, &e))
		most = e.fd > most ? e.fd : most;
	/* Several entries of one number belong to as many files, of which at most one stands there. */
	seen = ckpt_xmalloc((most + 1ull) * sizeof(*seen));
	text = look->fdinfo;
	while (!reason && next_entry(&text, &e))
		if (!stands(look, &e, seen[e.fd]++))
			reason = "it watches a file whose descriptor number has been closed or used again";
	free(seen);
	return reason;
}

static int save(const struct ckpt_look *look, const struct ckpt_look_set *all, struct ckpt_arena *arena, void *out,
		struct ckpt_err *err)
{
	struct ckpt_rec_epoll *rec = out;
	const char *text = look->fdinfo;
	struct ckpt_buf buf = { 0 };
	struct entry e;

	(void)all;
	(void)err;
	while (next_entry(&text, &e))
		ckpt_buf_add(&buf, &e, sizeof(e));
	rec->entries.data = ckpt_arena_copy(arena, buf.data, buf.len);
	rec->entries.len = buf.len;
	ckpt_buf_free(&buf);
	return 0;
}

static int restore(struct ckpt_rebuild *r, const struct ckpt_rec_description *d, const void *rec, struct ckpt_err *err)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);

	(void)r;
	(void)d;
	(void)rec;
	return fd >= 0 ? fd : ckpt_errf(err, -errno, "cannot make an epoll descriptor: %s", strerror(errno));
}

static int finish(struct ckpt_rebuild *r, const struct ckpt_rec_description *d, const void *state, int fd,
		  struct ckpt_err *err)
{
	const struct ckpt_rec_epoll *rec = state;

	(void)r;
	(void)d;
	for (size_t at = 0; at + sizeof(struct entry) <= rec->entries.len; at += sizeof(struct entry)) {
		struct epoll_event event;
		struct entry e;

		memcpy(&e, (const char *)rec->entries.data + at, sizeof(e));
		event.events = e.events;
		event.data.u64 = e.data;
		if (epoll_ctl(fd, EPOLL_CTL_ADD, e.fd, &event))
			return ckpt_errf(err, -errno, "descriptor %d: cannot watch descriptor %u again: %s", fd, e.fd,
					 strerror(errno));
	}
	return 0;
}

const struct ckpt_plugin ckpt_plugin_epoll = {
	.name = "epoll", .record = &record, .claim = claim, .refuse = refuse, .save = save, .restore = restore,
	.finish = finish,
};
