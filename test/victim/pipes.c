/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pipes KIND - a pipe with both ends in the process.  [victim]
 * content | empty | capacity | packet (O_DIRECT) | full | nowriter | noreader | nonblock | shared (dup, ends again through /proc) | flow
 */
#include "victim.h"

#include <sys/ioctl.h>

#include <sys/ioctl.h>

static const char *kind;
static int p[2];

static int is(const char *what)
{
	return !strcmp(kind, what);
}

static void drain_and_verify(size_t len, uint64_t seed)
{
	char *got = malloc(len);
	size_t at = 0;
	int n = 0;

	CHECK(ioctl(p[0], FIONREAD, &n) == 0);
	CHECK_EQ(n, len);
	while (at < len) {
		ssize_t r = read(p[0], got + at, len - at);

		CHECK(r > 0);
		at += r;
	}
	victim_verify(got, len, seed, "pipe");
	CHECK(ioctl(p[0], FIONREAD, &n) == 0 && n == 0);
	free(got);
}

static void put(size_t len, uint64_t seed)
{
	char *data = malloc(len);

	victim_fill(data, len, seed);
	CHECK(write(p[1], data, len) == (ssize_t)len);
	free(data);
}

static void *reader(void *arg)
{
	uint64_t word, expected = 0;
	ssize_t n;

	while ((n = read(p[0], &word, 8)) == 8) {
		if (word == UINT64_MAX)
			return arg;
		CHECK_EQ(word, expected);
		expected++;
	}
	FAIL("read gave %zd", n);
}

static void *writer(void *arg)
{
	uint64_t last = UINT64_MAX;

	for (uint64_t word = 0; !victim_over; word++)
		CHECK(write(p[1], &word, 8) == 8);
	CHECK(write(p[1], &last, 8) == 8);
	return arg;
}

static void packets(void)
{
	char buf[4096];

	for (int i = 1; i <= 5; i++) { /* one packet a read, its rest is thrown away */
		CHECK_EQ(read(p[0], buf, i == 5 ? 2 : sizeof(buf)), i == 5 ? 2 : i * 10);
		CHECK_EQ(buf[0], i);
	}
	CHECK(write(p[1], "abc", 3) == 3 && write(p[1], "de", 2) == 2);
	CHECK_EQ(read(p[0], buf, sizeof(buf)), 3);
	CHECK_EQ(read(p[0], buf, sizeof(buf)), 2);
}

static void verify(int capacity)
{
	char byte = 0, path[64];
	int again, left = -1;

	CHECK_EQ(fcntl(p[is("noreader") ? 1 : 0], F_GETPIPE_SZ), capacity);
	if (is("content") || is("shared") || is("readers"))
		drain_and_verify(10000, 1);
	if (is("readers")) { /* nothing stands there twice, and both still read */
		CHECK(ioctl(p[0], FIONREAD, &left) == 0 && left == 0);
		CHECK(write(p[1], "12", 2) == 2 && read(400, &byte, 1) == 1 && byte == '1' && read(p[0], &byte, 1) == 1 && byte == '2');
	}
	if (is("capacity"))
		drain_and_verify(200000, 1);
	if (is("packet"))
		packets();
	if (is("full") || is("nonblock")) {
		CHECK(write(p[1], &byte, 1) == -1 && errno == EAGAIN);
		drain_and_verify(65536, 1);
	}
	if (is("nowriter")) {
		drain_and_verify(512, 1);
		CHECK_EQ(read(p[0], &byte, 1), 0);
		return;
	}
	if (is("noreader")) {
		CHECK(write(p[1], &byte, 1) == -1 && errno == EPIPE);
		return;
	}
	CHECK_EQ(fcntl(p[0], F_GETFL) & O_NONBLOCK, is("nonblock") ? O_NONBLOCK : 0);
	if (is("shared")) { /* 400 = dup of the read end, 401 = read-write, by another description */
		put(8, 3);
		CHECK(read(400, path, 8) == 8);
		CHECK(write(401, "y", 1) == 1 && read(p[0], &byte, 1) == 1 && byte == 'y');
		CHECK(fcntl(401, F_SETFL, O_NONBLOCK) == 0 && !(fcntl(p[0], F_GETFL) & O_NONBLOCK));
		CHECK(fcntl(400, F_SETFL, O_NONBLOCK) == 0 && (fcntl(p[0], F_GETFL) & O_NONBLOCK));
	}
	put(4096, 7);
	drain_and_verify(4096, 7);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", p[1]);
	again = open(path, O_WRONLY);
	CHECK(again >= 0 && write(again, "z", 1) == 1 && read(p[0], &byte, 1) == 1 && byte == 'z');
}

int main(int argc, char **argv)
{
	pthread_t thread[2] = {0};
	int capacity, both;

	kind = argc > 2 ? argv[2] : "content";
	signal(SIGPIPE, SIG_IGN);
	CHECK(pipe2(p, is("packet") ? O_DIRECT : is("nonblock") ? O_NONBLOCK : O_CLOEXEC) == 0);
	if (is("capacity"))
		CHECK(fcntl(p[1], F_SETPIPE_SZ, 256 << 10) == 256 << 10);
	capacity = fcntl(p[1], F_GETPIPE_SZ);
	if (is("content") || is("shared") || is("readers"))
		put(10000, 1);
	if (is("capacity"))
		put(200000, 1);
	for (int i = 1; is("packet") && i <= 5; i++)
		CHECK(write(p[1], (char[50]){i}, i * 10) == i * 10);
	if (is("full") || is("nonblock"))
		put(65536, 1);
	if (is("full"))
		CHECK(fcntl(p[1], F_SETFL, O_NONBLOCK) == 0);
	if (is("nowriter"))
		put(512, 1);
	if (is("nowriter") || is("noreader"))
		CHECK(close(p[is("nowriter")]) == 0);
	if (is("shared")) {
		both = open("/proc/self/fd/3", O_RDWR);
		CHECK(p[0] == 3 && both >= 0 && dup2(p[0], 400) == 400 && dup2(both, 401) == 401 && close(both) == 0);
	}
	if (is("readers")) {
		both = open("/proc/self/fd/3", O_RDONLY);
		CHECK(p[0] == 3 && both >= 0 && dup2(both, 400) == 400 && close(both) == 0);
	}
	if (is("flow")) {
		thread[0] = victim_thread(reader, NULL);
		thread[1] = victim_thread(writer, NULL);
	}
	victim_ready(argv);
	victim_hold(argv);
	if (is("flow")) {
		victim_join(thread[1]);
		victim_join(thread[0]);
	}
	verify(capacity);
	return victim_ok();
}
