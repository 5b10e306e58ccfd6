/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * filemap KIND - private mappings of a file.  [victim]
 * clean | written | protected (made read-only, then executable, since) | beyond (end of file) | gone (unlinked).
 */
#include "victim.h"

#include <setjmp.h>
#include <sys/mman.h>

#define PAGE 4096ul
#define PAGES 64

static sigjmp_buf back;
static char *map;
static const char *kind;

static void on_bus(int sig)
{
	siglongjmp(back, sig);
}

static void verify(void)
{
	for (int i = 0; i < PAGES; i++) {
		int mine = strcmp(kind, "clean") && i % 3 == 0;

		victim_verify(map + i * PAGE, PAGE, (mine ? 1000 : 0) + i, mine ? "written page" : "page of the file");
	}
}

static void verify_beyond(void)
{
	struct sigaction act = {.sa_handler = on_bus};
	volatile char *past = map + (PAGES + 2) * PAGE;
	int sig;

	CHECK(sigaction(SIGBUS, &act, NULL) == 0);
	victim_zero(map + PAGES * PAGE + 104, PAGE - 104, "rest of the last page");
	sig = sigsetjmp(back, 1);
	if (!sig) {
		(void)*past;
		FAIL("no SIGBUS beyond the end of the file");
	}
	CHECK_EQ(sig, SIGBUS);
}

int main(int argc, char **argv)
{
	char path[4096];
	char page[PAGE];
	int fd, extra = 0;

	kind = argc > 2 ? argv[2] : "written";
	snprintf(path, sizeof(path), "%s.map", argv[1]);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	CHECK(fd >= 0);
	for (int i = 0; i < PAGES; i++) {
		victim_fill(page, PAGE, i);
		CHECK(write(fd, page, PAGE) == (ssize_t)PAGE);
	}
	if (!strcmp(kind, "beyond")) {
		CHECK(write(fd, page, 100) == 100);
		extra = 4;
	}
	map = mmap(NULL, (PAGES + extra) * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	CHECK(map != MAP_FAILED);
	CHECK(close(fd) == 0);
	if (strcmp(kind, "clean"))
		for (int i = 0; i < PAGES; i += 3)
			victim_fill(map + i * PAGE, PAGE, 1000 + i);
	if (!strcmp(kind, "protected")) {
		CHECK(mprotect(map, PAGES / 2 * PAGE, PROT_READ) == 0);
		CHECK(mprotect(map + PAGES / 2 * PAGE, 8 * PAGE, PROT_READ | PROT_EXEC) == 0);
	}
	if (!strcmp(kind, "gone"))
		CHECK(unlink(path) == 0);
	victim_ready(argv);
	victim_hold(argv);
	verify();
	if (!strcmp(kind, "beyond"))
		verify_beyond();
	if (!strcmp(kind, "protected"))
		CHECK(mprotect(map, PAGES * PAGE, PROT_READ | PROT_WRITE) == 0);
	for (int i = 0; i < PAGES; i++) {
		/* Of a file that is gone nobody has what was in a page before it was written: that page is not asked for. */
		if (!strcmp(kind, "gone") && i % 3 == 0)
			continue;
		CHECK(madvise(map + i * PAGE, PAGE, MADV_DONTNEED) == 0);
		victim_verify(map + i * PAGE, PAGE, i, "the file again, after MADV_DONTNEED");
	}
	return victim_ok();
}
