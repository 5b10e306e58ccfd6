// SPDX-License-Identifier: BSD-3-Clause
/* requests.c - see requests.h.  [tool] */
#include "coordinator/requests.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/wire.h"

#define TIMEOUT_MAX_MS (1ull << 40)

struct requests {
	struct loop *loop;
	void (*timed_out)(void *arg, struct request *r);
	void *arg;
	struct request *list;
};

struct requests *requests_create(struct loop *loop, void (*timed_out)(void *arg, struct request *r),
				 void *arg)
{
	struct requests *rs = ckpt_xmalloc(sizeof(*rs));

	rs->loop = loop;
	rs->timed_out = timed_out;
	rs->arg = arg;
	return rs;
}

void requests_destroy(struct requests *rs)
{
	while (rs->list)
		requests_remove(rs->list);
	free(rs);
}

static void on_timer(void *arg)
{
	struct request *r = arg;

	r->of->timed_out(r->of->arg, r);
}

struct request *requests_add(struct requests *rs, struct peer *peer, enum request_kind kind,
			     uint64_t timeout_ms)
{
	struct request *r = ckpt_xmalloc(sizeof(*r)), **at;

	r->of = rs;
	r->peer = peer;
	r->kind = kind;
	r->timeout_ms = timeout_ms < TIMEOUT_MAX_MS ? timeout_ms : TIMEOUT_MAX_MS;
	r->timer.fn = on_timer;
	r->timer.arg = r;
	for (at = &rs->list; *at; at = &(*at)->next)
		;
	*at = r;
	if (r->timeout_ms)
		loop_timer_set(rs->loop, &r->timer, ckpt_wire_now_ms() + (int64_t)r->timeout_ms);
	return r;
}

void requests_remove(struct request *r)
{
	struct request **at;

	for (at = &r->of->list; *at; at = &(*at)->next)
		if (*at == r) {
			*at = r->next;
			break;
		}
	loop_timer_clear(r->of->loop, &r->timer);
	free(r);
}

void requests_forget(struct requests *rs, const struct peer *peer)
{
	struct request *r, *next;

	for (r = rs->list; r; r = next) {
		next = r->next;
		if (r->peer == peer)
			requests_remove(r);
	}
}

struct request *requests_first(struct requests *rs)
{
	return rs->list;
}

static int waits(const struct request *r)
{
	return r->kind != REQUEST_KILL && !r->attached && !r->held;
}

struct request *requests_waiting(struct requests *rs)
{
	struct request *r;

	for (r = rs->list; r && !waits(r); r = r->next)
		;
	return r;
}

int requests_attach(struct requests *rs, const struct request *first)
{
	int then_exit = 0;

	for (struct request *r = rs->list; r; r = r->next)
		if (waits(r) && r->kind == first->kind) {
			r->attached = 1;
			then_exit |= r->then_exit;
		}
	return then_exit;
}

int requests_attached(struct requests *rs)
{
	int n = 0;

	for (struct request *r = rs->list; r; r = r->next)
		n += r->attached;
	return n;
}

int requests_have(struct requests *rs, enum request_kind kind)
{
	for (struct request *r = rs->list; r; r = r->next)
		if (r->kind == kind)
			return 1;
	return 0;
}

void requests_tell(struct requests *rs, uint16_t type, const void *rec)
{
	for (struct request *r = rs->list; r; r = r->next)
		if (r->attached)
			peer_send(r->peer, type, rec);
}
