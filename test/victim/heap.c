/* SPDX-License-Identifier: BSD-3-Clause */
/* heap - brk and malloc: small and big blocks made before, checked, freed and made anew after; brk grows where it stood.  [victim] */
#include "victim.h"

#include <malloc.h>

#define BLOCKS 3000

static struct {
	char *at;
	size_t len;
} block[BLOCKS];

static size_t size_of(int i)
{
	return i % 100 == 7 ? 1 << 20 : i % 10 == 3 ? 40000 : 16 + victim_word(3, i) % 500 / 8 * 8;
}

static void make(int i)
{
	block[i].len = size_of(i) & ~7ul;
	block[i].at = malloc(block[i].len);
	CHECK(block[i].at != NULL);
	victim_fill(block[i].at, block[i].len, i);
}

static void *churn(void *arg)
{
	for (uint64_t n = 0; !victim_over; n++) {
		size_t len = 16 + victim_word(n, 1) % 100000 / 8 * 8;
		char *p = malloc(len);

		CHECK(p != NULL);
		victim_fill(p, len, n);
		p = realloc(p, len * 2);
		victim_verify(p, len, n, "churned");
		free(p);
	}
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t thread[2];
	char *top, *grown;

	(void)argc;
	for (int i = 0; i < BLOCKS; i++)
		make(i);
	top = sbrk(0);
	thread[0] = victim_thread(churn, NULL);
	thread[1] = victim_thread(churn, NULL);
	victim_ready(argv);
	victim_hold(argv);
	victim_join(thread[0]);
	victim_join(thread[1]);
	CHECK(sbrk(0) == top);
	grown = sbrk(1 << 20);
	CHECK(grown == top);
	victim_zero(grown, 1 << 20, "brk growth");
	victim_fill(grown, 1 << 20, 1);
	CHECK((char *)syscall(SYS_brk, 0) == top + (1 << 20));
	for (int i = 0; i < BLOCKS; i++)
		victim_verify(block[i].at, block[i].len, i, "block");
	for (int i = 0; i < BLOCKS; i += 2)
		free(block[i].at);
	malloc_trim(0);
	for (int i = 0; i < BLOCKS; i += 2)
		make(i);
	for (int i = 0; i < BLOCKS; i++)
		victim_verify(block[i].at, block[i].len, i, "block after");
	return victim_ok();
}
