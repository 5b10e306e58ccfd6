/* SPDX-License-Identifier: BSD-3-Clause */
/* loop.h - the coordinator's one poll loop: descriptors and timers.  [tool]  Callbacks may add and
 * remove both. */
#ifndef CKPT_COORDINATOR_LOOP_H
#define CKPT_COORDINATOR_LOOP_H

#include <stdint.h>

struct loop;
struct loop_watch;

struct loop *loop_create(void);
void loop_destroy(struct loop *loop);

/* Call fn with poll(2)'s revents when one of events happens on fd.  The descriptor stays the
 * caller's. */
struct loop_watch *loop_watch(struct loop *loop, int fd, short events,
			      void (*fn)(void *arg, short revents), void *arg);
void loop_events(struct loop_watch *watch, short events);
void loop_unwatch(struct loop_watch *watch); /* NULL is fine */

/* The caller's memory; zero it, set fn and arg.  at: milliseconds of ckpt_wire_now_ms(). */
struct loop_timer {
	void (*fn)(void *arg);
	void *arg;
	int64_t at;
	struct loop_timer *next; /* the loop's */
	int set;
};
void loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t at);
void loop_timer_clear(struct loop *loop, struct loop_timer *timer); /* fine when it is not set */

void loop_run(struct loop *loop); /* until loop_stop */
void loop_stop(struct loop *loop);

#endif
