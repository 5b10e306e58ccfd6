/* SPDX-License-Identifier: BSD-3-Clause */
/* mlocked KIND - range (mlock), onfault (mlock2), all (mlockall of now and later).  [victim] */
#include "victim.h"

#include <sys/mman.h>

#define LEN 16384ul

static void locked(const char *at, int expected)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	unsigned long start, end;
	int here = 0, seen = 0;
	char line[1024];

	CHECK(f != NULL);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			here = (unsigned long)at >= start && (unsigned long)at < end;
		else if (here && !strncmp(line, "VmFlags:", 8)) {
			seen++;
			CHECK_EQ(!!strstr(line, " lo"), expected);
		}
	}
	fclose(f);
	CHECK_EQ(seen, 1);
}

static char *anon(void)
{
	char *p = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

int main(int argc, char **argv)
{
	const char *kind = argc > 2 ? argv[2] : "range";
	char *p = anon(), *plain;
	unsigned char there[4];

	CHECK(mprotect(p, LEN, PROT_READ | PROT_WRITE | PROT_EXEC) == 0); /* alone in its mapping */
	if (!strcmp(kind, "range")) {
		CHECK(mlock(p, LEN) == 0);
	} else if (!strcmp(kind, "onfault")) {
		CHECK(mlock2(p, LEN, MLOCK_ONFAULT) == 0);
	} else if (mlockall(MCL_CURRENT | MCL_FUTURE)) {
		victim_skip("mlockall");
	}
	victim_fill(p, LEN / 2, 1);
	victim_ready(argv);
	victim_hold(argv);
	locked(p, 1);
	victim_verify(p, LEN / 2, 1, "locked memory");
	CHECK(mincore(p, LEN, there) == 0);
	CHECK_EQ(there[0] & 1, 1);
	CHECK_EQ(there[3] & 1, strcmp(kind, "onfault") != 0);
	plain = mmap(NULL, LEN, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(plain != MAP_FAILED);
	locked(plain, !strcmp(kind, "all"));
	CHECK(munlock(p, LEN) == 0);
	locked(p, 0);
	return victim_ok();
}
