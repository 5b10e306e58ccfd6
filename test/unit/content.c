/* SPDX-License-Identifier: BSD-3-Clause */
/* content - copies with holes, sums that do not depend on them, edges, opening again, and the names of what is kept.  [tool] */
#include "base/content.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/image.h"
#include "tap.h"

#define MB (1ul << 20)

static char dir[] = "/tmp/ckpt-unit.XXXXXX";

static int make(const char *name, char path[128])
{
	snprintf(path, 128, "%s/%s", dir, name);
	return open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

static void fill(int fd, uint64_t at, size_t len, unsigned seed)
{
	char *data = malloc(len);

	for (size_t i = 0; i < len; i++)
		data[i] = (char)((i * 2654435761u + seed) >> 7 | 1);
	ok(pwrite(fd, data, len, (off_t)at) == (ssize_t)len, "write");
	free(data);
}

static uint64_t sum_of(int fd, uint64_t size)
{
	uint64_t sum = 0;

	ok(ckpt_content_sum(fd, size, &sum) == 0, "sum of %lu bytes", (unsigned long)size);
	return sum;
}

static void test_holes(void)
{
	char path[128];
	int from = make("from", path), to = make("to", path), dense = make("dense", path);
	static char zeros[MB];
	struct stat st, sparse;

	fill(from, 3 * MB + 100, 5000, 1);
	fill(from, 7 * MB, 1, 2);
	ok(ftruncate(from, 10 * MB + 7) == 0, "a file with holes");
	ok(ckpt_content_clone(from, 10 * MB + 7, to) == 0, "clone");
	ok(!fstat(to, &st) && !fstat(from, &sparse) && st.st_size == sparse.st_size, "the same size");
	ok(st.st_blocks <= sparse.st_blocks + 16, "holes stay holes (%ld, %ld blocks)", (long)st.st_blocks, (long)sparse.st_blocks);
	ok(sum_of(from, 10 * MB + 7) == sum_of(to, 10 * MB + 7), "the same sum");
	for (int i = 0; i < 11; i++)
		ok(pwrite(dense, zeros, i < 10 ? MB : 7, (off_t)(i * MB)) > 0, "zeros");
	ok(ckpt_content_copy(from, 3 * MB, 4 * MB + 1, dense, 3 * MB) == 0, "copy of a part");
	ok(sum_of(dense, 10 * MB + 7) == sum_of(from, 10 * MB + 7), "written zeros and holes have one sum");
	fill(dense, 5 * MB, 4096, 3);
	ok(sum_of(dense, 10 * MB + 7) != sum_of(from, 10 * MB + 7), "another block, another sum");
	ok(ckpt_content_copy(from, 0, 10 * MB + 7, dense, 0) == 0, "copy over data");
	ok(sum_of(dense, 10 * MB + 7) == sum_of(from, 10 * MB + 7), "holes clear what was there");
	ok(ckpt_content_copy(from, 0, 11 * MB, dense, 0) == -ENODATA, "more than there is");
	ok(ckpt_content_sum(from, 11 * MB, &(uint64_t){ 0 }) == -ENODATA, "a sum of more than there is");
	close(from);
	close(to);
	close(dense);
}

static void test_position(void)
{
	char path[128];
	int fd = make("block", path), other = make("other", path);

	fill(fd, 0, 4096, 5);
	fill(other, 4096, 4096, 5);
	ok(sum_of(fd, 8192 - 4096) != sum_of(other, 8192), "a block's place counts");
	ok(ftruncate(fd, 8192) == 0 && sum_of(fd, 8192) != sum_of(other, 8192), "also in files of one size");
	close(fd);
	close(other);
}

static void test_edges(void)
{
	char path[128];
	int fd = make("edges", path);
	uint64_t one = 0, two = 0;

	fill(fd, 0, 100000, 7);
	ok(ckpt_content_edges(fd, 100000, 4096, &one) == 0, "edges");
	fill(fd, 50000, 10, 9);
	ok(ckpt_content_edges(fd, 100000, 4096, &two) == 0 && one == two, "the middle is not looked at");
	fill(fd, 99999, 1, 8);
	ok(ckpt_content_edges(fd, 100000, 4096, &two) == 0 && one != two, "the last byte is");
	ok(ckpt_content_edges(fd, 10, 4096, &two) == 0, "a file that is smaller than an edge");
	ok(ckpt_content_edges(fd, 200000, 4096, &two) == -ENODATA, "more than there is");
	close(fd);
}

static void test_open(void)
{
	char path[128];
	struct stat st;
	int fd = make("readonly", path);

	ok(fchmod(fd, 0444) == 0 && close(fd) == 0, "mode 0444");
	fd = ckpt_content_open(path, O_RDWR);
	ok(fd >= 0, "its owner opens it for writing");
	ok(!fstat(fd, &st) && (st.st_mode & 07777) == 0444, "its mode is as it was");
	close(fd);
	ok(ckpt_content_open("/nowhere/at/all", O_RDONLY) == -ENOENT, "a file that is not there");
}

static void test_names(void)
{
	char name[256], program[64], job[64];
	uint32_t generation = 0, member = 0, k = 0;

	ok(ckpt_image_content_name(name, sizeof(name), "a b", "j", 7, 2, 30, 0) > 0, "a name");
	ok(!strcmp(name, "ckpt_a-b_j_g000007_2_f30.dat"), "is %s", name);
	ok(ckpt_image_parse_content_name(name, program, job, &generation, &member, &k) == 0, "taken apart");
	ok(!strcmp(program, "a-b") && !strcmp(job, "j") && generation == 7 && member == 2 && k == 30, "into its parts");
	ok(ckpt_image_parse_name(name, NULL, NULL, NULL, NULL) == -EINVAL, "it is no image's");
	ok(ckpt_image_parse_content_name("ckpt_a_j_g000007_2.img", NULL, NULL, NULL, NULL, NULL) == -EINVAL,
	   "and an image's name is none");
	ok(ckpt_image_parse_content_name("ckpt_a_j_g000007_2_f.dat", NULL, NULL, NULL, NULL, NULL) == -EINVAL, "no number");
	ok(ckpt_image_parse_content_name("ckpt_a_j_g000007_2_f1.dat.x", NULL, NULL, NULL, NULL, NULL) == -EINVAL, "more behind it");
	ok(ckpt_image_content_name(name, sizeof(name), "a", "j", 7, 2, 3, 1) > 0 && name[0] == '.', "a temporary name");
}

int main(void)
{
	static const char *const names[] = { "from", "to", "dense", "block", "other", "edges", "readonly" };
	char path[128];

	ok(mkdtemp(dir) != NULL, "a directory");
	test_holes();
	test_position();
	test_edges();
	test_open();
	test_names();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	ok(rmdir(dir) == 0, "nothing is left");
	return done_testing();
}
