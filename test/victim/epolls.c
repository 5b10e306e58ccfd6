/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * epolls [reused] - epoll: masks, data, edge-triggered (spent and not), one-shot (spent), nested, the same file twice by dup.
 * reused: a number was closed while a dup kept its entry alive, and means another file now, which is watched too.  [victim]
 */
#include "victim.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

static int outer, inner;

static void add(int to, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event event = {.events = events, .data.u64 = data};

	CHECK(epoll_ctl(to, EPOLL_CTL_ADD, fd, &event) == 0);
}

/* Everything that is reported now: events by data, at most 16. */
static int wait_all(int fd, uint32_t by_data[16])
{
	struct epoll_event event[16];
	int n = epoll_wait(fd, event, 16, 0);

	CHECK(n >= 0);
	memset(by_data, 0, 16 * sizeof(*by_data));
	for (int i = 0; i < n; i++) {
		CHECK_EQ(event[i].data.u64 >> 32, 0xabcd);
		by_data[event[i].data.u64 & 15] = event[i].events;
	}
	return n;
}

#define DATA(n) (0xabcdull << 32 | (n))

static int reused(char **argv)
{
	int number = eventfd(0, 0), twin = dup(number), other = eventfd(1, 0);
	uint32_t got[16];

	outer = epoll_create1(0);
	CHECK(outer >= 0 && number >= 0 && twin >= 0 && other >= 0);
	add(outer, number, EPOLLIN, DATA(1));
	CHECK(dup2(other, number) == number);
	add(outer, number, EPOLLIN, DATA(2));
	victim_ready(argv);
	victim_hold(argv);
	CHECK_EQ(wait_all(outer, got), 1);
	CHECK_EQ(got[2], EPOLLIN);
	CHECK(eventfd_write(twin, 1) == 0);
	CHECK_EQ(wait_all(outer, got), 2);
	return victim_ok();
}

int main(int argc, char **argv)
{
	int level = eventfd(1, 0), edge = eventfd(1, 0), once = eventfd(1, 0), quiet = eventfd(0, 0), deep = eventfd(1, 0), p[2], twin;
	struct epoll_event event = {0};
	uint32_t got[16];

	if (argc > 2 && !strcmp(argv[2], "reused"))
		return reused(argv);
	outer = epoll_create1(EPOLL_CLOEXEC);
	inner = epoll_create1(0);
	CHECK(outer >= 0 && inner >= 0 && pipe(p) == 0);
	add(outer, level, EPOLLIN, DATA(1));
	add(outer, edge, EPOLLIN | EPOLLET, DATA(2));
	add(outer, once, EPOLLIN | EPOLLONESHOT, DATA(3));
	add(outer, quiet, EPOLLIN, DATA(4));
	add(outer, inner, EPOLLIN, DATA(5));
	add(inner, deep, EPOLLIN | EPOLLOUT, DATA(6));
	add(outer, p[0], EPOLLIN | EPOLLRDHUP, DATA(7));
	twin = dup(p[0]);
	add(outer, twin, EPOLLIN | EPOLLPRI, DATA(8));
	CHECK(write(p[1], "x", 1) == 1);
	CHECK_EQ(wait_all(outer, got), 6);
	CHECK_EQ(wait_all(outer, got), 4); /* edge and one-shot are spent: level, inner, both pipes stay */
	victim_ready(argv);
	victim_hold(argv);
	/* A restart may report an edge once more, which edge-triggered programs have to expect; nothing else may differ. */
	wait_all(outer, got);
	CHECK_EQ(got[3], 0);
	CHECK_EQ(wait_all(outer, got), 4);
	CHECK_EQ(got[1], EPOLLIN);
	CHECK_EQ(got[2], 0);
	CHECK_EQ(got[3], 0);
	CHECK_EQ(got[4], 0);
	CHECK_EQ(got[5], EPOLLIN);
	CHECK_EQ(got[7], EPOLLIN);
	CHECK_EQ(got[8], EPOLLIN);
	CHECK_EQ(wait_all(inner, got), 1);
	CHECK_EQ(got[6], EPOLLIN | EPOLLOUT);
	CHECK(eventfd_write(edge, 1) == 0 && eventfd_write(quiet, 1) == 0);
	CHECK_EQ(wait_all(outer, got), 6);
	CHECK_EQ(got[2], EPOLLIN);
	CHECK_EQ(got[4], EPOLLIN);
	event.events = EPOLLIN | EPOLLONESHOT;
	event.data.u64 = DATA(9);
	CHECK(epoll_ctl(outer, EPOLL_CTL_MOD, once, &event) == 0);
	CHECK_EQ(wait_all(outer, got), 6);
	CHECK_EQ(got[9], EPOLLIN);
	CHECK(epoll_ctl(outer, EPOLL_CTL_ADD, level, &event) == -1 && errno == EEXIST);
	CHECK(epoll_ctl(outer, EPOLL_CTL_DEL, twin, NULL) == 0);
	CHECK(close(p[1]) == 0);
	wait_all(outer, got);
	CHECK_EQ(got[7], EPOLLIN | EPOLLHUP);
	CHECK_EQ(got[8], 0);
	CHECK_EQ(fcntl(outer, F_GETFD), FD_CLOEXEC);
	return victim_ok();
}
