/* SPDX-License-Identifier: BSD-3-Clause */
/* sharedmap - a shared file mapping and its file are one: written here, read there, both ways, and times left alone.  [victim] */
#include "victim.h"

#include <sys/mman.h>

#define PAGE 4096ul
#define PAGES 16

static void *watch(void *arg)
{
	volatile uint64_t *both[2];

	memcpy(both, arg, sizeof(both));
	for (uint64_t n = 1; !victim_over; n++) {
		both[0][1] = n;
		CHECK_EQ(both[1][1], n);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	char path[4096], quiet_path[4096], page[PAGE];
	char *map, *view, *quiet;
	struct stat before, after;
	pthread_t thread;
	int fd, quiet_fd;

	(void)argc;
	snprintf(path, sizeof(path), "%s.shared", argv[1]);
	snprintf(quiet_path, sizeof(quiet_path), "%s.quiet", argv[1]);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	quiet_fd = open(quiet_path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	CHECK(fd >= 0 && quiet_fd >= 0);
	CHECK(ftruncate(fd, PAGES * PAGE) == 0);
	CHECK(write(quiet_fd, path, PAGE) == (ssize_t)PAGE);
	map = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	view = mmap(NULL, PAGES * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	quiet = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, quiet_fd, 0);
	CHECK(map != MAP_FAILED && view != MAP_FAILED && quiet != MAP_FAILED);
	CHECK(stat(quiet_path, &before) == 0);
	victim_fill(map + PAGE, (PAGES - 1) * PAGE, 1);
	thread = victim_thread(watch, (void *[]){map, view});
	victim_ready(argv);
	victim_hold(argv);
	victim_join(thread);
	victim_verify(map + PAGE, (PAGES - 1) * PAGE, 1, "map");
	victim_verify(view + PAGE, (PAGES - 1) * PAGE, 1, "view");
	victim_fill(map + 2 * PAGE, PAGE, 2);
	victim_verify(view + 2 * PAGE, PAGE, 2, "written in one, read in the other");
	CHECK(pread(fd, page, PAGE, 2 * PAGE) == (ssize_t)PAGE);
	victim_verify(page, PAGE, 2, "written in the map, read from the file");
	victim_fill(page, PAGE, 3);
	CHECK(pwrite(fd, page, PAGE, 3 * PAGE) == (ssize_t)PAGE);
	victim_verify(map + 3 * PAGE, PAGE, 3, "written to the file, read in the map");
	CHECK(msync(map, PAGES * PAGE, MS_SYNC) == 0);
	CHECK(stat(quiet_path, &after) == 0);
	CHECK_EQ(after.st_mtim.tv_sec, before.st_mtim.tv_sec);
	CHECK_EQ(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
	CHECK_EQ(after.st_ino, before.st_ino);
	return victim_ok();
}
