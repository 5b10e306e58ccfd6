/* SPDX-License-Identifier: BSD-3-Clause */
/* manymaps - 20,000 mappings, each with content; their number and borders stay.  [victim] */
#include "victim.h"

#include <sys/mman.h>

#define PAGE 4096ul
#define MAPS 20000ul

static char *area;

static size_t count(void)
{
	FILE *f = fopen("/proc/self/maps", "re");
	unsigned long start, end;
	size_t n = 0;
	char line[4096];

	CHECK(f != NULL);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2 && start >= (unsigned long)area &&
		    end <= (unsigned long)(area + MAPS * PAGE))
			n++;
	fclose(f);
	return n;
}

int main(int argc, char **argv)
{
	(void)argc;
	/* one page more than is used: the last mapping has no equal neighbour */
	area = mmap(NULL, (MAPS + 1) * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(area != MAP_FAILED);
	for (size_t i = 0; i < MAPS; i++)
		victim_fill(area + i * PAGE, 64, i);
	for (size_t i = 0; i <= MAPS; i += 2)
		if (mprotect(area + i * PAGE, PAGE, PROT_READ))
			victim_skip("vm.max_map_count");
	CHECK_EQ(count(), MAPS);
	victim_ready(argv);
	victim_hold(argv);
	for (size_t i = 0; i < MAPS; i++) {
		victim_verify(area + i * PAGE, 64, i, "mapping");
		victim_zero(area + i * PAGE + 64, 64, "beside");
	}
	CHECK_EQ(count(), MAPS);
	for (size_t i = 1; i < MAPS; i += 2)
		victim_fill(area + i * PAGE, PAGE, i);
	CHECK(munmap(area, MAPS * PAGE) == 0);
	return victim_ok();
}
