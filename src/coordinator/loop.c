// SPDX-License-Identifier: BSD-3-Clause
/* loop.c - see loop.h.  [tool] */
#include "coordinator/loop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/wire.h"

struct loop_watch {
	int fd; /* -1: removed, freed after the round */
	short events;
	void (*fn)(void *arg, short revents);
	void *arg;
};

struct loop {
	struct loop_watch **watches;
	size_t count;
	struct pollfd *fds;
	struct loop_timer *timers; /* earliest first */
	int stopped;
};

struct loop *loop_create(void)
{
	return ckpt_xmalloc(sizeof(struct loop));
}

void loop_destroy(struct loop *loop)
{
	for (size_t i = 0; i < loop->count; i++)
		free(loop->watches[i]);
	free(loop->watches);
	free(loop->fds);
	free(loop);
}

struct loop_watch *loop_watch(struct loop *loop, int fd, short events,
			      void (*fn)(void *arg, short revents), void *arg)
{
	struct loop_watch *w = ckpt_xmalloc(sizeof(*w));

	*w = (struct loop_watch){ fd, events, fn, arg };
	loop->watches = ckpt_xrealloc(loop->watches, (loop->count + 1) * sizeof(*loop->watches));
	loop->fds = ckpt_xrealloc(loop->fds, (loop->count + 1) * sizeof(*loop->fds));
	loop->watches[loop->count++] = w;
	return w;
}

void loop_events(struct loop_watch *watch, short events)
{
	watch->events = events;
}

void loop_unwatch(struct loop_watch *watch)
{
	if (watch)
		watch->fd = -1;
}

void loop_timer_clear(struct loop *loop, struct loop_timer *timer)
{
	struct loop_timer **at;

	for (at = &loop->timers; timer->set && *at; at = &(*at)->next)
		if (*at == timer) {
			*at = timer->next;
			break;
		}
	timer->set = 0;
}

void loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t when)
{
	struct loop_timer **at;

	loop_timer_clear(loop, timer);
	for (at = &loop->timers; *at && (*at)->at <= when; at = &(*at)->next)
		;
	timer->at = when;
	timer->next = *at;
	timer->set = 1;
	*at = timer;
}

static void run_timers(struct loop *loop)
{
	int64_t now = ckpt_wire_now_ms();

	while (loop->timers && loop->timers->at <= now && !loop->stopped) {
		struct loop_timer *t = loop->timers;

		loop->timers = t->next;
		t->set = 0;
		t->fn(t->arg);
	}
}

static int wait_ms(const struct loop *loop)
{
	int64_t left;

	if (!loop->timers)
		return -1;
	left = loop->timers->at - ckpt_wire_now_ms();
	return left < 0 ? 0 : left > 1 << 30 ? 1 << 30 : (int)left;
}

static void drop_removed(struct loop *loop)
{
	size_t kept = 0;

	for (size_t i = 0; i < loop->count; i++) {
		if (loop->watches[i]->fd >= 0)
			loop->watches[kept++] = loop->watches[i];
		else
			free(loop->watches[i]);
	}
	loop->count = kept;
}

void loop_run(struct loop *loop)
{
	while (!loop->stopped) {
		size_t n;

		drop_removed(loop);
		n = loop->count;
		for (size_t i = 0; i < n; i++)
			loop->fds[i] = (struct pollfd){ loop->watches[i]->fd,
							loop->watches[i]->events, 0 };
		if (poll(loop->fds, n, wait_ms(loop)) < 0 && errno != EINTR)
			break;
		/* Callbacks may add watches behind n (and move the arrays), and remove any. */
		for (size_t i = 0; i < n && !loop->stopped; i++) {
			struct loop_watch *w = loop->watches[i];

			if (loop->fds[i].revents && w->fd >= 0)
				w->fn(w->arg, loop->fds[i].revents);
		}
		run_timers(loop);
	}
}

void loop_stop(struct loop *loop)
{
	loop->stopped = 1;
}
