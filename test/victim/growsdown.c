/* SPDX-License-Identifier: BSD-3-Clause */
/* growsdown - a MAP_GROWSDOWN mapping keeps its content and grows further.  [victim] */
#include "victim.h"

#include <sys/mman.h>

#define PAGE 4096ul

int main(int argc, char **argv)
{
	char *room, *low;

	(void)argc;
	room = mmap(NULL, 4096 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	CHECK(room != MAP_FAILED);
	CHECK(munmap(room, 4096 * PAGE) == 0);
	low = mmap(room + 4000 * PAGE, 4 * PAGE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED, -1, 0);
	CHECK(low == room + 4000 * PAGE);
	victim_fill(low, 4 * PAGE, 1);
	victim_fill(low - 8 * PAGE, 8 * PAGE, 2);
	victim_ready(argv);
	victim_hold(argv);
	victim_verify(low, 4 * PAGE, 1, "top");
	victim_verify(low - 8 * PAGE, 8 * PAGE, 2, "grown before");
	for (int i = 9; i < 100; i++)
		victim_fill(low - i * PAGE, PAGE, i);
	for (int i = 9; i < 100; i++)
		victim_verify(low - i * PAGE, PAGE, i, "grown after");
	return victim_ok();
}
