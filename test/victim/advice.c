/* SPDX-License-Identifier: BSD-3-Clause */
/* advice - madvise(2) that stays with a mapping, seen in a forked child and in /proc/self/smaps.  [victim] */
#include "victim.h"

#include <sys/mman.h>
#include <sys/wait.h>

#define LEN (4ul << 20)

static const struct {
	int advice;
	const char *flag;
} kind[] = {{MADV_WIPEONFORK, "wf"}, {MADV_DONTFORK, "dc"}, {MADV_DONTDUMP, "dd"}, {MADV_MERGEABLE, "mg"},
	    {MADV_HUGEPAGE, "hg"}, {MADV_NOHUGEPAGE, "nh"}, {MADV_RANDOM, "rr"}, {MADV_SEQUENTIAL, "sr"}};
#define N (sizeof(kind) / sizeof(kind[0]))

static char *area[N + 1]; /* the last one has no advice */

/* The VmFlags line of the mapping that holds address. */
static void flags_of(char *address, char *flags, size_t size)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	unsigned long start, end;
	int here = 0;
	char line[1024];

	CHECK(f != NULL);
	*flags = 0;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			here = (unsigned long)address >= start && (unsigned long)address < end;
		else if (here && !strncmp(line, "VmFlags:", 8))
			snprintf(flags, size, "%s", line + 8);
	}
	fclose(f);
}

static void verify(void)
{
	char flags[1024], word[8];

	for (size_t i = 0; i <= N; i++) {
		flags_of(area[i], flags, sizeof(flags));
		for (size_t k = 0; k < N; k++) {
			snprintf(word, sizeof(word), " %s", kind[k].flag);
			if (!!strstr(flags, word) != (i == k))
				FAIL("area %zu: flag %s in \"%s\"", i, kind[k].flag, flags);
		}
		victim_verify(area[i], LEN, i, "area");
	}
}

static int child_sees(void)
{
	unsigned char there;
	int status;
	pid_t child = fork();

	CHECK(child >= 0);
	if (child) {
		CHECK(waitpid(child, &status, 0) == child);
		return status;
	}
	victim_zero(area[0], LEN, "WIPEONFORK in the child");
	CHECK(mincore(area[1], 4096, &there) == -1 && errno == ENOMEM);
	for (size_t i = 2; i <= N; i++)
		victim_verify(area[i], LEN, i, "area in the child");
	_exit(0);
}

int main(int argc, char **argv)
{
	(void)argc;
	for (size_t i = 0; i <= N; i++) {
		/* PROT_NONE between, so that neighbours do not merge */
		char *p = mmap(NULL, LEN + 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		CHECK(p != MAP_FAILED);
		area[i] = p + 4096;
		CHECK(mprotect(area[i], LEN, PROT_READ | PROT_WRITE) == 0);
		if (i < N && madvise(area[i], LEN, kind[i].advice))
			victim_skip(kind[i].flag);
		victim_fill(area[i], LEN, i);
	}
	verify();
	victim_ready(argv);
	victim_hold(argv);
	verify();
	CHECK_EQ(child_sees(), 0);
	return victim_ok();
}
