/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hog.c - a program to be measured, and the plain input and output that it is measured against.  [tool]
 *
 *	hog memory MIB | threads N | maps N | files N | nothing	READY	has that, makes the file READY, waits
 *	hog write MIB FILE	prints the seconds that writing so much (other memory, large writes) and fsync take
 *	hog read MIB FILE	prints the seconds that reading so much of it into freshly mapped memory takes (of a smaller file, all)
 */
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define PIECE (4u << 20)

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec * 1e-9;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static char *map(size_t len)
{
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		fail("mmap");
	return p;
}

/* xorshift: no two pages alike, nothing that packs. */
static char *random_memory(size_t len)
{
	uint64_t *p = (uint64_t *)map(len), x = 88172645463325252u;

	for (size_t i = 0; i < len / 8; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		p[i] = x;
	}
	return (char *)p;
}

static double write_all(const char *path, size_t len)
{
	char *data = random_memory(len);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	double start = now();

	if (fd < 0)
		fail(path);
	for (size_t at = 0; at < len; at += PIECE)
		if (write(fd, data + at, PIECE) != PIECE)
			fail("write");
	if (fsync(fd))
		fail("fsync");
	close(fd);
	return now() - start;
}

static double read_all(const char *path, size_t len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	double start = now();
	char *data = map(len);

	if (fd < 0)
		fail(path);
	for (ssize_t n = 1, at = 0; n && at < (ssize_t)len; at += n) {
		n = read(fd, data + at, PIECE);
		if (n < 0)
			fail("read");
	}
	close(fd);
	return now() - start;
}

static void *wait_here(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void make_threads(size_t n)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN + 16384);
	for (size_t i = 0; i < n; i++)
		if (pthread_create(&thread, &attr, wait_here, NULL))
			fail("pthread_create");
}

/* Every other page of another protection: so many mappings. */
static void make_maps(size_t n)
{
	char *p = map(n * 4096);

	for (size_t i = 0; i < n; i += 2) {
		p[i * 4096] = 1;
		if (mprotect(p + i * 4096, 4096, PROT_READ))
			fail("mprotect");
	}
}

static void make_files(size_t n)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	for (size_t i = 0; i < n; i++)
		if (open("/etc/passwd", O_RDONLY) < 0)
			fail("open");
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	size_t n = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;

	if (argc != 4)
		return fprintf(stderr, "usage: hog WHAT N FILE\n"), 64;
	if (!strcmp(what, "write"))
		return printf("%.6f\n", write_all(argv[3], n << 20)) < 0;
	if (!strcmp(what, "read"))
		return printf("%.6f\n", read_all(argv[3], n << 20)) < 0;
	if (!strcmp(what, "memory"))
		random_memory(n << 20);
	else if (!strcmp(what, "threads"))
		make_threads(n);
	else if (!strcmp(what, "maps"))
		make_maps(n);
	else if (!strcmp(what, "files"))
		make_files(n);
	close(open(argv[3], O_CREAT | O_WRONLY, 0600));
	wait_here(NULL);
}
