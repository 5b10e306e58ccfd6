/* SPDX-License-Identifier: BSD-3-Clause */
/* anon - private anonymous memory: patterns, zero pages, protections, guard pages, holes; advice and growth after.  [victim] */
#include "victim.h"

#include <sys/mman.h>

#define MB (1ul << 20)
#define PAGE 4096ul

static char *big, *sparse, *guarded, *holes, *later, *readonly;

static char *anon(size_t len, int prot)
{
	char *p = mmap(NULL, len, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

static void verify_all(void)
{
	victim_verify(big, 8 * MB, 1, "big");
	for (size_t i = 0; i < 4096; i += 64)
		victim_verify(sparse + i * PAGE, 64, i, "sparse");
	victim_verify(guarded + PAGE, 2 * PAGE, 3, "guarded");
	for (int i = 0; i < 64; i++) {
		if (i % 2)
			victim_zero(holes + i * PAGE, PAGE, "hole");
		else
			victim_verify(holes + i * PAGE, PAGE, 100 + i, "beside a hole");
	}
	victim_verify(later, MB, 5, "later");
	victim_verify(readonly, 16 * PAGE, 6, "readonly");
}

static void *watch(void *arg)
{
	while (!victim_over) {
		verify_all();
		victim_sleep_ms(5);
	}
	return arg;
}

static void *change(void *arg)
{
	uint64_t *counter = arg, n = 0;

	while (!victim_over) {
		n++;
		for (int i = 0; i < 512; i++)
			counter[i] = n;
		for (int i = 0; i < 512; i++)
			CHECK_EQ(counter[i], n);
	}
	return NULL;
}

/* What the memory does next, which only anonymous memory does. */
static void behave(void)
{
	char *grown;

	CHECK(madvise(big, 4 * MB, MADV_DONTNEED) == 0);
	victim_zero(big, 4 * MB, "MADV_DONTNEED after");
	victim_verify(big + 4 * MB, 0, 1, "big");
	victim_fill(big, 8 * MB, 9);
	CHECK(madvise(big, MB, MADV_FREE) == 0);
	victim_fill(big, MB, 9);
	victim_verify(big, 8 * MB, 9, "big after MADV_FREE");
	grown = mremap(later, MB, 3 * MB, MREMAP_MAYMOVE);
	CHECK(grown != MAP_FAILED);
	victim_verify(grown, MB, 5, "grown");
	victim_zero(grown + MB, 2 * MB, "growth");
	CHECK(munmap(holes + 8 * PAGE, 8 * PAGE) == 0);
	victim_verify(holes + 16 * PAGE, PAGE, 116, "beside munmap");
	CHECK(mprotect(readonly, 16 * PAGE, PROT_READ | PROT_WRITE) == 0);
	victim_fill(readonly, 16 * PAGE, 7);
	CHECK(mprotect(guarded, 4 * PAGE, PROT_READ | PROT_WRITE) == 0);
	victim_zero(guarded, PAGE, "guard page");
	victim_zero(guarded + 3 * PAGE, PAGE, "guard page");
}

int main(int argc, char **argv)
{
	pthread_t threads[2];

	(void)argc;
	big = anon(8 * MB, PROT_READ | PROT_WRITE);
	victim_fill(big, 8 * MB, 1);
	sparse = anon(16 * MB, PROT_READ | PROT_WRITE);
	for (size_t i = 0; i < 4096; i += 64)
		victim_fill(sparse + i * PAGE, 64, i);
	guarded = anon(4 * PAGE, PROT_NONE);
	CHECK(mprotect(guarded + PAGE, 2 * PAGE, PROT_READ | PROT_WRITE) == 0);
	victim_fill(guarded + PAGE, 2 * PAGE, 3);
	holes = anon(64 * PAGE, PROT_READ | PROT_WRITE);
	for (int i = 0; i < 64; i++)
		victim_fill(holes + i * PAGE, PAGE, 100 + i);
	for (int i = 1; i < 64; i += 2)
		CHECK(madvise(holes + i * PAGE, PAGE, MADV_DONTNEED) == 0);
	later = anon(MB, PROT_READ | PROT_WRITE);
	victim_fill(later, MB, 5);
	readonly = anon(16 * PAGE, PROT_READ | PROT_WRITE);
	victim_fill(readonly, 16 * PAGE, 6);
	CHECK(mprotect(readonly, 16 * PAGE, PROT_READ) == 0);
	threads[0] = victim_thread(watch, NULL);
	threads[1] = victim_thread(change, anon(PAGE, PROT_READ | PROT_WRITE));
	victim_ready(argv);
	victim_hold(argv);
	victim_join(threads[0]);
	victim_join(threads[1]);
	verify_all();
	behave();
	return victim_ok();
}
