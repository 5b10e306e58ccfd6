/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * victim.h - what the victims share: report, ready, hold.  [any]
 *
 * A victim is an ordinary program that puts itself into one kind of state, says ready, looks after its own
 * invariants all the time, and at the end verifies everything with its own system calls.  It knows nothing of checkpoints:
 * nothing here may speak of them.
 *
 *	victim STOPFILE [KIND...]	runs until STOPFILE exists; prints "ok", status 0; else what differed, status 1
 */
#ifndef VICTIM_H
#define VICTIM_H

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define VICTIM_SKIP 77 /* this machine has no such thing: said before "ready" */

static volatile int victim_over; /* the stop file is there: threads may end */

#define FAIL(...) victim_fail(__FILE__, __LINE__, __VA_ARGS__)
#define CHECK(cond) \
	do { \
		int errno_ = errno; /* of the call before, where the condition makes none */ \
		errno = 0; \
		if (!(cond)) \
			FAIL("%s (%s)", #cond, strerror(errno ? errno : errno_)); \
	} while (0)
#define CHECK_EQ(a, b) \
	do { \
		long long a_ = (long long)(a), b_ = (long long)(b); \
		if (a_ != b_) \
			FAIL("%s is %lld (%#llx), expected %s = %lld (%#llx)", #a, a_, a_, #b, b_, b_); \
	} while (0)
#define CHECK_STR(a, b) \
	do { \
		const char *a_ = (a), *b_ = (b); \
		if (strcmp(a_, b_)) \
			FAIL("%s is \"%s\", expected \"%s\"", #a, a_, b_); \
	} while (0)

__attribute__((noreturn, format(printf, 3, 4))) static inline void victim_fail(const char *file, int line,
									       const char *fmt, ...)
{
	char text[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	dprintf(2, "%s:%d: %s\n", file, line, text);
	_exit(1);
}

/* This machine or user cannot show the kind: say why and end. */
__attribute__((noreturn)) static inline void victim_skip(const char *why)
{
	dprintf(2, "skip: %s: %s\n", why, strerror(errno));
	_exit(VICTIM_SKIP);
}

static inline uint64_t victim_clock(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* CLOCK_MONOTONIC in nanoseconds. */
static inline uint64_t victim_now(void)
{
	return victim_clock(CLOCK_MONOTONIC);
}

/* Sleep that takes signals in its stride. */
static inline void victim_sleep_ms(long ms)
{
	struct timespec ts = {ms / 1000, ms % 1000 * 1000000};

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, &ts) == EINTR)
		;
}

/* A pattern that differs from word to word and from seed to seed, and is never zero. */
static inline uint64_t victim_word(uint64_t seed, uint64_t i)
{
	uint64_t x = (seed * 0x9e3779b97f4a7c15ull) ^ (i + 1) * 0xbf58476d1ce4e5b9ull;

	return (x ^ x >> 29) | 1;
}

static inline void victim_fill(void *at, size_t len, uint64_t seed)
{
	uint64_t *p = (uint64_t *)at;

	for (size_t i = 0; i < len / 8; i++)
		p[i] = victim_word(seed, i);
}

static inline void victim_verify(const void *at, size_t len, uint64_t seed, const char *what)
{
	const uint64_t *p = (const uint64_t *)at;

	for (size_t i = 0; i < len / 8; i++)
		if (p[i] != victim_word(seed, i))
			FAIL("%s: word %zu at %p is %#llx", what, i, (const void *)(p + i), (unsigned long long)p[i]);
}

static inline void victim_zero(const void *at, size_t len, const char *what)
{
	const uint64_t *p = (const uint64_t *)at;

	for (size_t i = 0; i < len / 8; i++)
		if (p[i])
			FAIL("%s: word %zu at %p is %#llx, expected 0", what, i, (const void *)(p + i), (unsigned long long)p[i]);
}

static inline pthread_t victim_thread(void *(*run)(void *), void *arg)
{
	pthread_t thread;
	int rc = pthread_create(&thread, NULL, run, arg);

	if (rc)
		FAIL("pthread_create: %s", strerror(rc));
	return thread;
}

static inline void victim_join(pthread_t thread)
{
	int rc = pthread_join(thread, NULL);

	if (rc)
		FAIL("pthread_join: %s", strerror(rc));
}

/* The state is set up: STOPFILE.ready comes into being. */
static inline void victim_ready(char **argv)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s.ready", argv[1] ? argv[1] : "stop");
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, "ready\n", 6) != 6)
		FAIL("%s: %s", path, strerror(errno));
	close(fd);
}

/* Wait for the stop file; a touch of STOPFILE.ready tells who waits that we live. */
static inline void victim_hold(char **argv)
{
	char path[4096];
	struct stat st;

	snprintf(path, sizeof(path), "%s.ready", argv[1] ? argv[1] : "stop");
	while (stat(argv[1] ? argv[1] : "stop", &st)) {
		utimensat(AT_FDCWD, path, NULL, 0);
		victim_sleep_ms(20);
	}
	victim_over = 1;
}

static inline int victim_ok(void)
{
	return printf("ok\n") == 3 && fflush(stdout) == 0 ? 0 : 1;
}

#endif
