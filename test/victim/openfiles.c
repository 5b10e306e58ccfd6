/* SPDX-License-Identifier: BSD-3-Clause */
/* openfiles - stdio in the middle of a file, many descriptors, a read-only file, files that are written in place.  [victim] */
#include "victim.h"

#define MANY 900

int main(int argc, char **argv)
{
	char path[4096], line[64], page[4096];
	int fd[MANY], place;
	FILE *out, *in;

	(void)argc;
	snprintf(path, sizeof(path), "%s.text", argv[1]);
	unlink(path);
	out = fopen(path, "w");
	CHECK(out != NULL);
	for (int i = 0; i < 10000; i++)
		fprintf(out, "%d\n", i);
	CHECK(fclose(out) == 0);
	CHECK(chmod(path, 0400) == 0);
	in = fopen(path, "r");
	CHECK(in != NULL);
	for (int i = 0; i < 3333; i++)
		CHECK(fgets(line, sizeof(line), in) && atoi(line) == i);
	for (int i = 0; i < MANY; i++) {
		fd[i] = open(path, O_RDONLY | (i % 2 ? O_CLOEXEC : 0));
		CHECK(fd[i] >= 0 && lseek(fd[i], i, SEEK_SET) == i);
	}
	snprintf(path, sizeof(path), "%s.out", argv[1]);
	out = fopen(path, "w");
	CHECK(out != NULL && fprintf(out, "begun ") == 6); /* stays in the buffer */
	snprintf(path, sizeof(path), "%s.place", argv[1]);
	place = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	CHECK(place >= 0 && ftruncate(place, 64 * 4096) == 0);
	for (int i = 0; i < 64; i += 7) { /* with holes between */
		victim_fill(page, 4096, i + 1);
		CHECK(pwrite(place, page, 4096, i * 4096) == 4096);
	}
	victim_ready(argv);
	victim_hold(argv);
	for (int i = 3333; i < 10000; i++)
		CHECK(fgets(line, sizeof(line), in) && atoi(line) == i);
	CHECK(!fgets(line, sizeof(line), in) && feof(in));
	for (int i = 0; i < MANY; i++) {
		CHECK_EQ(lseek(fd[i], 0, SEEK_CUR), i);
		CHECK_EQ(fcntl(fd[i], F_GETFD), i % 2 ? FD_CLOEXEC : 0);
	}
	for (int i = 0; i < 64; i++) {
		CHECK(pread(place, page, 4096, i * 4096) == 4096);
		if (i % 7)
			victim_zero(page, 4096, "hole");
		else
			victim_verify(page, 4096, i + 1, "written in place");
	}
	CHECK(fprintf(out, "ended\n") == 6 && fclose(out) == 0);
	snprintf(path, sizeof(path), "%s.out", argv[1]);
	in = fopen(path, "r");
	CHECK(in && fgets(line, sizeof(line), in));
	CHECK_STR(line, "begun ended\n");
	return victim_ok();
}
