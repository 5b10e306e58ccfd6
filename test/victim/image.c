/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * image - threads in functions with names, memory of three kinds whose sizes the test of images knows: 8 MB of words, 64 MB
 * of touched zeros, 1 GB reserved.  [victim]
 */
#include "victim.h"

#include <sys/mman.h>

#define MB (1ul << 20)

static pthread_barrier_t ready;

static __attribute__((noinline)) void *thread_in_sleepy(void *arg)
{
	pthread_barrier_wait(&ready);
	while (!victim_over)
		victim_sleep_ms(50);
	return arg;
}

static __attribute__((noinline)) void *thread_in_spinner(void *arg)
{
	volatile uint64_t x = 0;

	pthread_barrier_wait(&ready);
	while (!victim_over)
		x++;
	return arg;
}

int main(int argc, char **argv)
{
	char *data = mmap(NULL, 8 * MB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *zeros = mmap(NULL, 64 * MB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *far = mmap(NULL, 1024 * MB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	(void)argc;
	CHECK(data != MAP_FAILED && zeros != MAP_FAILED && far != MAP_FAILED);
	victim_fill(data, 8 * MB, 1);
	for (size_t at = 0; at < 64 * MB; at += 4096)
		*(volatile char *)(zeros + at) = 0;
	pthread_barrier_init(&ready, NULL, 3);
	victim_thread(thread_in_sleepy, NULL);
	victim_thread(thread_in_spinner, NULL);
	pthread_barrier_wait(&ready);
	victim_ready(argv);
	victim_hold(argv);
	victim_verify(data, 8 * MB, 1, "8 MB of words");
	for (size_t at = 0; at < 64 * MB; at += 4096)
		CHECK(!zeros[at]);
	return victim_ok();
}
