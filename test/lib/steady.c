/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * steady - a program that is always at work and always knows whether it was harmed.  [victim]
 *
 *	steady STOPFILE MEGABYTES THREADS
 *
 * Its threads write page after page of one block anew, each page in its own count, after a look whether what they wrote last is
 * there; the main thread sleeps, and minds an early return.  Its descriptors, mappings and threads stay the same all the time, so
 * that a test can compare them.
 */
#include "../victim/victim.h"

#include <sys/mman.h>

#define PAGE 4096

static char *block;
static uint32_t *count_of; /* of each page */
static size_t pages, threads;

static void *work(void *arg)
{
	size_t mine = (size_t)arg;

	for (size_t i = mine; !victim_over; i += threads) {
		size_t page = i % (pages / threads * threads);
		char *at = block + page * PAGE;

		victim_verify(at, PAGE, page * 1000 + count_of[page], "page");
		count_of[page] = (count_of[page] + 1) % 1000;
		victim_fill(at, PAGE, page * 1000 + count_of[page]);
		if (i / threads % 64 == 0)
			usleep(500);
	}
	return NULL;
}

/* As victim_hold, with sleeps that must be whole and uninterrupted. */
static void hold(char **argv)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s.ready", argv[1]);
	while (access(argv[1], F_OK)) {
		const struct timespec nap = { 0, 15000000 };
		uint64_t before = victim_now();

		CHECK_EQ(clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL), 0);
		CHECK(victim_now() - before >= 15000000);
		utimensat(AT_FDCWD, path, NULL, 0);
	}
	victim_over = 1;
}

int main(int argc, char **argv)
{
	pthread_t thread[64];

	CHECK(argc == 4);
	pages = strtoul(argv[2], NULL, 10) << 8;
	threads = strtoul(argv[3], NULL, 10);
	CHECK(pages && threads && threads <= 64);
	block = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	count_of = mmap(NULL, pages * sizeof(*count_of), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(block != MAP_FAILED && count_of != MAP_FAILED);
	for (size_t i = 0; i < pages; i++)
		victim_fill(block + i * PAGE, PAGE, i * 1000);
	for (size_t i = 0; i < threads; i++)
		thread[i] = victim_thread(work, (void *)i);
	victim_ready(argv);
	hold(argv);
	for (size_t i = 0; i < threads; i++)
		victim_join(thread[i]);
	for (size_t i = 0; i < pages; i++)
		victim_verify(block + i * PAGE, PAGE, i * 1000 + count_of[i], "page");
	return victim_ok();
}
