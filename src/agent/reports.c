// SPDX-License-Identifier: BSD-3-Clause
/* reports.c - see reports.h.  [tool]  Part of the tracer: waitpid and nothing else. */
#include "agent/reports.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct {
	pthread_mutex_t lock;
	pthread_cond_t came;
	struct report *reports;
	size_t count, room, at;
} me = { .lock = PTHREAD_MUTEX_INITIALIZER, .came = PTHREAD_COND_INITIALIZER };

static void post(pid_t tid, int status)
{
	pthread_mutex_lock(&me.lock);
	if (me.count == me.room) {
		size_t room = me.room ? me.room * 2 : 1024;
		struct report *more = realloc(me.reports, room * sizeof(*more));

		if (!more)
			_exit(1); /* the kernel lets all members run */
		me.reports = more;
		me.room = room;
	}
	me.reports[me.count++] = (struct report){ tid, status };
	pthread_cond_signal(&me.came);
	pthread_mutex_unlock(&me.lock);
}

static void *reap(void *unused)
{
	(void)unused;
	for (;;) {
		int status;
		pid_t tid = waitpid(-1, &status, __WALL);

		if (tid > 0)
			post(tid, status);
		else
			usleep(1000); /* ECHILD: nobody seized yet */
	}
	return NULL;
}

int reports_next(uint64_t limit, struct report *out)
{
	struct timespec until = { limit / 1000000000ULL, limit % 1000000000ULL };
	int err = 0;

	pthread_mutex_lock(&me.lock);
	while (me.at == me.count && err != ETIMEDOUT)
		err = pthread_cond_clockwait(&me.came, &me.lock, CLOCK_MONOTONIC, &until);
	if (me.at < me.count) {
		*out = me.reports[me.at++];
		if (me.at == me.count)
			me.at = me.count = 0;
		err = 0;
	}
	pthread_mutex_unlock(&me.lock);
	return err ? -ETIMEDOUT : 0;
}

int reports_start(void)
{
	pthread_t thread;

	return -pthread_create(&thread, NULL, reap, NULL);
}
