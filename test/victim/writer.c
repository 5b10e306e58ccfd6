/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * writer - writes one file in one way, step by step; what it holds at the end depends on each step and on what was read back.  [victim]
 *
 *	writer FILE KIND STEPS [MS]	ends by itself; its process name is "step N"; MS of sleep a step (default 2)
 *
 * KIND: sequential (from the beginning, no O_APPEND), append (O_APPEND), records (a tiny database: each step reads a record, and
 * writes it again or a new one), mapped (the same through a shared mapping), cut (a log that is cut to nothing now and then).
 */
#include "victim.h"

#include <sys/mman.h>
#include <sys/prctl.h>

#define RECORD 512
#define RECORDS 64

static int fd;
static char *map;

static void write_line(long step)
{
	char line[64];
	int len = snprintf(line, sizeof(line), "step %ld of many\n", step);

	CHECK(write(fd, line, len) == len);
}

/* Its old content goes into the new one: a record that did not go back to what it was shows for ever. */
static void change(uint64_t *record, long step)
{
	for (int i = 0; i < RECORD / 8; i++)
		record[i] = record[i] * 6364136223846793005ull + (uint64_t)(step + i);
}

static void write_record(long step)
{
	uint64_t record[RECORD / 8] = { 0 };
	off_t at = step * 7 % (RECORDS + step / 16) * RECORD;

	CHECK(pread(fd, record, RECORD, at) >= 0);
	change(record, step);
	CHECK(pwrite(fd, record, RECORD, at) == RECORD);
}

static void cut_and_write(long step)
{
	if (step % 50 == 49)
		CHECK(ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0);
	write_line(step);
}

int main(int argc, char **argv)
{
	const char *kind = argc > 2 ? argv[2] : "sequential";
	long steps = argc > 3 ? atol(argv[3]) : 1000, ms = argc > 4 ? atol(argv[4]) : 2;
	char name[32];

	CHECK(argc > 2);
	fd = open(argv[1], O_CREAT | O_TRUNC | (!strcmp(kind, "append") ? O_WRONLY | O_APPEND : O_RDWR), 0644);
	CHECK(fd >= 0);
	if (!strcmp(kind, "mapped")) {
		CHECK(ftruncate(fd, RECORDS * RECORD) == 0);
		map = mmap(NULL, RECORDS * RECORD, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		CHECK(map != MAP_FAILED && close(fd) == 0);
	}
	for (long step = 0; step < steps; step++) {
		if (map)
			change((uint64_t *)(map + step * 7 % RECORDS * RECORD), step);
		else if (!strcmp(kind, "records"))
			write_record(step);
		else if (!strcmp(kind, "cut"))
			cut_and_write(step);
		else
			write_line(step);
		snprintf(name, sizeof(name), "step %ld", step);
		prctl(PR_SET_NAME, name);
		victim_sleep_ms(ms);
	}
	return victim_ok();
}
