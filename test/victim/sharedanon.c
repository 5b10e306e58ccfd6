/* SPDX-License-Identifier: BSD-3-Clause */
/* sharedanon - shared anonymous memory: two views of one object stay one, a child forked after shares it.  [victim] */
#include "victim.h"

#include <sys/mman.h>
#include <sys/wait.h>

#define PAGE 4096ul
#define LEN (64 * PAGE)

int main(int argc, char **argv)
{
	char *map, *view;
	int status;
	pid_t child;

	(void)argc;
	map = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(map != MAP_FAILED);
	victim_fill(map, LEN / 2, 1);
	view = mremap(map, 0, LEN, MREMAP_MAYMOVE); /* a second mapping of the same object */
	CHECK(view != MAP_FAILED && view != map);
	victim_ready(argv);
	victim_hold(argv);
	victim_verify(map, LEN / 2, 1, "map");
	victim_zero(map + LEN / 2, LEN / 2, "untouched half");
	victim_fill(view, PAGE, 2);
	victim_verify(map, PAGE, 2, "written in one view, read in the other");
	child = fork();
	CHECK(child >= 0);
	if (!child) {
		victim_fill(map, PAGE, 4);
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child);
	CHECK_EQ(status, 0);
	victim_verify(view, PAGE, 4, "written by a child");
	CHECK(madvise(map, PAGE, MADV_DONTNEED) == 0);
	victim_verify(map, PAGE, 4, "shared memory after MADV_DONTNEED");
	CHECK(madvise(map, PAGE, MADV_REMOVE) == 0);
	victim_zero(view, PAGE, "after MADV_REMOVE");
	return victim_ok();
}
