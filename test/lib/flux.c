/* SPDX-License-Identifier: BSD-3-Clause */
/* flux - threads that open and close, map and unmap, protect and advise under each other's hands all the time.  [victim] */
#include "../victim/victim.h"

#include <sys/mman.h>

#define LEN (64 << 10)

static void *opens(void *arg)
{
	for (unsigned i = (uintptr_t)arg; !victim_over; i++) {
		int fd = open(i % 3 ? "/dev/null" : "/proc/self/exe", O_RDONLY | (i % 2 ? O_CLOEXEC : 0)), other, ends[2];

		CHECK(fd >= 0);
		CHECK((other = dup(fd)) >= 0);
		close(other);
		CHECK(pipe(ends) == 0);
		CHECK(write(ends[1], &i, sizeof(i)) == sizeof(i));
		CHECK(read(ends[0], &other, sizeof(i)) == sizeof(i) && (unsigned)other == i);
		close(ends[0]);
		close(ends[1]);
		close(fd);
		if (i % 16 == 0)
			usleep(200);
	}
	return NULL;
}

static void *maps(void *arg)
{
	for (unsigned i = (uintptr_t)arg; !victim_over; i++) {
		char *at = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		CHECK(at != MAP_FAILED);
		victim_fill(at, LEN, i);
		CHECK(mprotect(at, LEN / 2, i % 2 ? PROT_READ : PROT_NONE) == 0);
		CHECK(mprotect(at, LEN, PROT_READ | PROT_WRITE) == 0);
		victim_verify(at, LEN, i, "mapping");
		CHECK(madvise(at, LEN / 4, MADV_DONTNEED) == 0);
		victim_zero(at, LEN / 4, "mapping");
		CHECK(munmap(at + LEN / 2, LEN / 4) == 0);
		CHECK(munmap(at, LEN) == 0);
		if (i % 16 == 0)
			usleep(200);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread[4];

	(void)argc;
	for (long i = 0; i < 4; i++)
		thread[i] = victim_thread(i & 1 ? opens : maps, (void *)i);
	victim_ready(argv);
	victim_hold(argv);
	for (int i = 0; i < 4; i++)
		victim_join(thread[i]);
	return victim_ok();
}
