// SPDX-License-Identifier: BSD-3-Clause
/* generations.c - unit test of base/generations.h: which generations a directory holds.  [tool] */
#include "base/generations.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/image.h"
#include "test/unit/tap.h"

static char top[64] = "/tmp/ckpt-unit.XXXXXX";

/* An image's first page under its name; version 0 writes no head at all. */
static void put(const char *job, uint32_t generation, uint32_t member, uint32_t members,
		uint32_t version, uint64_t size)
{
	unsigned char page[CKPT_IMAGE_PAGE] = "\177ELF";
	struct ckpt_image_head head = {
		.magic = CKPT_IMAGE_MAGIC,
		.version = version,
		.members = members,
		.member = member,
		.generation = generation,
		.created = 1000 + generation,
		.size = size,
	};
	char name[256], path[512];
	int fd;

	ckpt_image_name(name, sizeof(name), "prog", job, generation, member, 0);
	snprintf(path, sizeof(path), "%s/%s", top, name);
	strcpy(head.job, job);
	strcpy(head.program, "prog");
	if (version)
		memcpy(page + 84, &head, sizeof(head));
	fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);
	if (fd < 0 || write(fd, page, sizeof(page)) != (ssize_t)sizeof(page))
		exit(99);
	close(fd);
}

static const struct ckpt_generation *find(const struct ckpt_generations *g, const char *job,
					  uint32_t number)
{
	static const struct ckpt_generation none;
	const struct ckpt_generation *gen = ckpt_generations_find(g, job, number);

	return gen ? gen : &none;
}

static void test_scan(void)
{
	const char *paths[] = { top };
	const struct ckpt_generation *gen;
	struct ckpt_generations g;
	struct ckpt_err err = { 0 };

	put("a", 1, 1, 1, 1, CKPT_IMAGE_PAGE);
	put("a", 2, 1, 2, 1, CKPT_IMAGE_PAGE);
	put("a", 2, 2, 2, 1, CKPT_IMAGE_PAGE);
	put("a", 3, 1, 2, 1, CKPT_IMAGE_PAGE);
	put("a", 4, 1, 1, 1, CKPT_IMAGE_PAGE + 1);
	put("a", 5, 1, 1, 9, CKPT_IMAGE_PAGE);
	put("a", 6, 1, 1, 0, CKPT_IMAGE_PAGE);
	put("a", 7, 1, 2, 1, CKPT_IMAGE_PAGE);
	put("a", 7, 2, 3, 1, CKPT_IMAGE_PAGE);
	put("b", 1, 1, 1, 1, CKPT_IMAGE_PAGE);
	is_int(ckpt_generations_scan(paths, 1, &g, &err), 0, "a directory");
	is_int((long long)g.file_count, 10, "all files");
	is_int((long long)ckpt_generations_jobs(&g), 2, "of two jobs");
	gen = find(&g, "a", 2);
	is_int(gen->complete, 1, "two of two are complete");
	is_int(gen->expected, 2, "of two");
	is_int((long long)gen->bytes, 2 * CKPT_IMAGE_PAGE, "their bytes");
	is_int(gen->created, 1002, "their date");
	is_int(find(&g, "a", 1)->complete, 1, "one of one is complete");
	is_int(find(&g, "a", 3)->complete, 0, "one of two is not");
	is_int(find(&g, "a", 3)->present, 1, "but it is present");
	is_int(find(&g, "a", 4)->complete, 0, "nor is one that was cut");
	is_int(find(&g, "a", 5)->complete, 0, "nor one of another version");
	is_int(find(&g, "a", 6)->complete, 0, "nor one that was never finished");
	is_int(find(&g, "a", 7)->complete, 0, "nor two that do not agree");
	is_int(find(&g, "b", 1)->complete, 1, "another job's is its own");
	gen = ckpt_generations_newest(&g, "a");
	is_int(gen ? gen->number : 0, 2, "the newest complete one");
	is_int(ckpt_generations_last(&g, "a"), 7, "the last number that was used");
	ok(!ckpt_generations_newest(&g, "c"), "a job that is not there has none");
	ckpt_generations_free(&g);
}

static void test_files(void)
{
	const char *paths[2];
	struct ckpt_generations g;
	struct ckpt_err err = { 0 };
	char one[512], odd[512];

	snprintf(one, sizeof(one), "%s/ckpt_prog_a_g000001_1.img", top);
	snprintf(odd, sizeof(odd), "%s/other.img", top);
	paths[0] = one;
	is_int(ckpt_generations_scan(paths, 1, &g, &err), 0, "a file");
	is_int((long long)g.count, 1, "is one generation");
	is_text(g.files[0].path, one, "under its path");
	ckpt_generations_free(&g);
	paths[1] = odd;
	is_int(ckpt_generations_scan(paths, 2, &g, &err), -ENOENT, "a file that is missing");
	ckpt_generations_free(&g);
	close(open(odd, O_CREAT | O_WRONLY, 0600));
	is_int(ckpt_generations_scan(paths, 2, &g, &err), -EINVAL, "a file of another name");
	ok(strstr(err.text, "other.img") != NULL, "which is named");
	ckpt_generations_free(&g);
	unlink(one);
	mkfifo(one, 0600);
	is_int(ckpt_generations_scan(paths, 1, &g, &err), 0,
	       "a FIFO of an image's name does not hold us");
	is_int(g.list[0].complete, 0, "and is none");
	ckpt_generations_free(&g);
}

int main(void)
{
	char command[128];

	if (!mkdtemp(top))
		return 99;
	test_scan();
	test_files();
	snprintf(command, sizeof(command), "rm -rf %s", top);
	return system(command) ? 99 : done_testing();
}
