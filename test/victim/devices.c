/* SPDX-License-Identifier: BSD-3-Clause */
/* devices - /dev/null, zero, full, random, urandom: open, with flags, and behaving as they do.  [victim] */
#include "victim.h"

#include <sys/mman.h>
#include <sys/sysmacros.h>

int main(int argc, char **argv)
{
	static const struct {
		const char *path;
		int minor;
	} device[] = {{"/dev/null", 3}, {"/dev/zero", 5}, {"/dev/full", 7}, {"/dev/random", 8}, {"/dev/urandom", 9}};
	int fd[5];
	struct stat st;
	char buf[16], *zero;

	(void)argc;
	for (int i = 0; i < 5; i++) {
		fd[i] = open(device[i].path, O_RDWR | (i % 2 ? O_NONBLOCK | O_CLOEXEC : O_APPEND));
		if (fd[i] < 0)
			victim_skip(device[i].path);
	}
	zero = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd[1], 0);
	CHECK(zero != MAP_FAILED);
	victim_fill(zero, 4096, 1);
	victim_ready(argv);
	victim_hold(argv);
	for (int i = 0; i < 5; i++) {
		CHECK(fstat(fd[i], &st) == 0);
		CHECK(S_ISCHR(st.st_mode) && major(st.st_rdev) == 1);
		CHECK_EQ(minor(st.st_rdev), device[i].minor);
		CHECK_EQ(fcntl(fd[i], F_GETFL) & (O_NONBLOCK | O_APPEND | O_ACCMODE), O_RDWR | (i % 2 ? O_NONBLOCK : O_APPEND));
	}
	CHECK(write(fd[0], "x", 1) == 1 && read(fd[0], buf, 1) == 0);
	memset(buf, 1, sizeof(buf));
	CHECK(read(fd[1], buf, sizeof(buf)) == sizeof(buf));
	victim_zero(buf, sizeof(buf), "/dev/zero");
	CHECK(write(fd[2], "x", 1) == -1 && errno == ENOSPC);
	CHECK(read(fd[3], buf, 8) == 8 && read(fd[4], buf, 8) == 8);
	victim_verify(zero, 4096, 1, "mapped /dev/zero");
	victim_zero(zero + 4096, 4096, "mapped /dev/zero");
	return victim_ok();
}
