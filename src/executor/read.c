// SPDX-License-Identifier: BSD-3-Clause
/*
 * read.c - page data from the image into memory, checked in the same pass while it is warm in the cache.  [bare]
 * Uses vector registers: only in a process that is being restored, whose registers are set afterwards.
 */
#include <stddef.h>
#include <stdint.h>

/* xxhash wants these three; the compiler may also call them for its own loops. */
void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);

#define XXH_INLINE_ALL
#define XXH_NO_STDLIB
#define XXH_DEBUGLEVEL 0
#include <xxhash.h>

#include "base/sys.h"
#include "executor/executor.h"


void *memcpy(void *to, const void *from, size_t n)
{
	void *d = to;

	__asm__ volatile("rep movsb" : "+D"(d), "+S"(from), "+c"(n) : : "memory");
	return to;
}

void *memset(void *to, int byte, size_t n)
{
	void *d = to;

	__asm__ volatile("rep stosb" : "+D"(d), "+c"(n) : "a"(byte) : "memory");
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *p = a, *q = b;

	for (size_t i = 0; i < n; i++)
		if (p[i] != q[i])
			return p[i] - q[i];
	return 0;
}

#define PIECE (128u << 10) /* hashed while it is still in the second-level cache */
#define POPULATE_WRITE 23  /* MADV_POPULATE_WRITE: many page faults in one call, where the kernel has it (5.14) */

int64_t ckpt_executor_read(int fd, uint64_t len, uint64_t offset, uint64_t addr, uint64_t sum)
{
	XXH3_state_t state;
	uint64_t got = 0;

	XXH3_INITSTATE(&state);
	XXH3_64bits_reset(&state);
	sys_call3(__NR_madvise, addr, len, POPULATE_WRITE);
	while (got < len) {
		uint64_t want = len - got < PIECE ? len - got : PIECE;
		long n = sys_call4(__NR_pread64, fd, addr + got, want, offset + got);

		if (n == -4 /* EINTR */)
			continue;
		if (n < 0)
			return n;
		if (n == 0)
			return -5; /* EIO: the file has become shorter */
		XXH3_64bits_update(&state, (const void *)(addr + got), n);
		got += n;
	}
	return XXH3_64bits_digest(&state) == sum ? 0 : -74; /* EBADMSG */
}
