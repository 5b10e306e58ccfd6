/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ids.c - the table of ids, taken over from what ckpt_restart wrote.  [preload]
 *
 * A life has a table of its own, built from boot[] by whoever asks first and published by one
 * compare-and-swap; who loses throws his own away.  Older tables stay: a thread that was stopped
 * between a system call and the translation of its result needs the table of the life in which the
 * call was made.  A fork child inherits a copy, which is right: what its parent knew, it knows.
 */
#include "wrappers/ids.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "wrappers/call.h"
#include "wrappers/preload.h"

#define ID_ABOVE \
	(1 << 22) /* PID_MAX_LIMIT: no kernel id is larger; in a futex word 30 bits have room */
#define TID_OFFSET_MAX (1 << 16)
#define GONE UINT64_MAX

static struct ckpt_id_pair boot[CKPT_IDS_BOOT] __attribute__((aligned(8)));

struct ckpt_ids ckpt_ids = {
	.magic = CKPT_SLOT_MAGIC,
	.version = CKPT_SLOT_VERSION,
	.boot = (uint64_t)boot,
	.call_from = (uint64_t)ckpt_call_from,
	.call_to = (uint64_t)ckpt_call_to,
};

/*
 * Two open-addressed halves of words known << 32 | real, one searched by known, one by real. 0:
 * free, GONE: was used.
 */
struct table {
	uint32_t life;
	uint32_t mask;
	struct table *older;
	uint64_t word[];
};

static struct table *newest;

enum half { BY_REAL = 0, BY_KNOWN = 32 }; /* the shift that brings the key down */

static uint64_t *half_of(struct table *t, enum half half)
{
	return t->word + (half == BY_KNOWN ? t->mask + 1 : 0);
}

static uint64_t *table_find(struct table *t, enum half half, uint32_t key)
{
	uint64_t *words = half_of(t, half);
	uint32_t i = key * 0x9e3779b1u >> 7, n;

	for (n = 0; n <= t->mask; n++, i++) {
		uint64_t word = __atomic_load_n(&words[i & t->mask], __ATOMIC_ACQUIRE);

		if (!word)
			return NULL;
		if (word != GONE && (uint32_t)(word >> half) == key)
			return &words[i & t->mask];
	}
	return NULL;
}

static void table_add(struct table *t, enum half half, uint64_t word)
{
	uint64_t *words = half_of(t, half);
	uint32_t i = (uint32_t)(word >> half) * 0x9e3779b1u >> 7, n;

	for (n = 0; n <= t->mask; n++, i++) {
		uint64_t old = __atomic_load_n(&words[i & t->mask], __ATOMIC_RELAXED);

		if (old && old != GONE)
			continue;
		if (__atomic_compare_exchange_n(&words[i & t->mask], &old, word, 0,
						__ATOMIC_RELEASE, __ATOMIC_RELAXED))
			return;
		i--, n--; /* somebody was faster: look at this place again */
	}
}

static void table_pair(struct table *t, int known, int real)
{
	uint64_t word = (uint64_t)(uint32_t)known << 32 | (uint32_t)real;

	table_add(t, BY_REAL, word);
	table_add(t, BY_KNOWN, word);
}

static void table_drop(struct table *t, int real)
{
	uint64_t *at = table_find(t, BY_REAL, (uint32_t)real);
	uint64_t word;

	if (!at)
		return;
	word = __atomic_exchange_n(at, GONE, __ATOMIC_ACQ_REL);
	at = table_find(t, BY_KNOWN, (uint32_t)(word >> 32));
	if (at && (uint32_t)*at == (uint32_t)real)
		__atomic_store_n(at, GONE, __ATOMIC_RELEASE);
}

static struct table *table_build(uint32_t life, struct table *older)
{
	uint32_t count = ckpt_ids.count < CKPT_IDS_BOOT ? ckpt_ids.count : CKPT_IDS_BOOT;
	uint32_t size = 128, i;
	struct table *t, *expected = older;
	size_t bytes;
	long at;

	while (size < 4 * count)
		size *= 2;
	bytes = sizeof(*t) + 2 * size * sizeof(t->word[0]);
	at = raw_call6(SYS_mmap, 0, (long)bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at < 0 && at > -4096)
		return NULL;
	t = (struct table *)at;
	t->life = life;
	t->mask = size - 1;
	t->older = older;
	for (i = 0; i < count; i++) {
		if (boot[i].known)
			table_pair(t, boot[i].known, boot[i].real);
	}
	if (__atomic_compare_exchange_n(&newest, &expected, t, 0, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		return t;
	raw_call3(SYS_munmap, at, (long)bytes, 0);
	return expected;
}

/* Today's table; NULL where there is none (first life, or no memory: boot[] is searched then). */
static struct table *table_now(void)
{
	struct table *t = __atomic_load_n(&newest, __ATOMIC_ACQUIRE);
	uint32_t life = ckpt_ids_life();

	while (!t || t->life != life) {
		t = table_build(life, t);
		if (!t)
			return NULL;
		life = ckpt_ids_life();
	}
	return t;
}

static int boot_search(int key, int by_known)
{
	uint32_t i;

	for (i = 0; i < ckpt_ids.count && i < CKPT_IDS_BOOT; i++) {
		if (by_known && boot[i].known == key)
			return boot[i].real;
		if (!by_known && boot[i].real == key)
			return boot[i].known;
	}
	return key;
}

/* boot[] stays true, because the agent reads it when it writes an image: one pair, one 8-byte word; 0 is a free place. */
static void boot_drop(int real)
{
	uint64_t *words = (uint64_t *)boot, word;
	uint32_t i;

	for (i = 0; i < ckpt_ids.count && i < CKPT_IDS_BOOT; i++) {
		word = __atomic_load_n(&words[i], __ATOMIC_RELAXED);
		if (word && (int)(word >> 32) == real)
			__atomic_store_n(&words[i], 0, __ATOMIC_RELEASE);
	}
}

static void boot_put(int known, int real)
{
	uint64_t *words = (uint64_t *)boot;
	uint64_t word = (uint64_t)(uint32_t)real << 32 | (uint32_t)known;
	uint32_t i, count = __atomic_load_n(&ckpt_ids.count, __ATOMIC_ACQUIRE);

	for (i = 0; i < count && i < CKPT_IDS_BOOT; i++) {
		uint64_t free = 0;

		if (__atomic_compare_exchange_n(&words[i], &free, word, 0, __ATOMIC_RELEASE,
						__ATOMIC_RELAXED))
			return;
	}
	if (i < CKPT_IDS_BOOT) {
		i = __atomic_fetch_add(&ckpt_ids.count, 1, __ATOMIC_ACQ_REL);
		if (i < CKPT_IDS_BOOT)
			__atomic_store_n(&words[i], word, __ATOMIC_RELEASE);
	}
}

static int real_of(int known)
{
	struct table *t = table_now();
	uint64_t *at;

	if (!t)
		return boot_search(known, 1);
	at = table_find(t, BY_KNOWN, (uint32_t)known);
	return at ? (int)(uint32_t)*at : known;
}

int ckpt_ids_real(int known)
{
	if (!ckpt_ids_active() || known == 0 || known == -1)
		return known;
	return known > 0 ? real_of(known) : -real_of(-known);
}

int ckpt_ids_known(int real, uint32_t life)
{
	struct table *t;
	uint64_t *at;

	if (!ckpt_ids_active() || real <= 0)
		return real;
	t = table_now();
	if (!t)
		return boot_search(real, 0);
	while (t && t->life != life)
		t = t->older;
	at = t ? table_find(t, BY_REAL, (uint32_t)real) : NULL;
	return at ? (int)(*at >> 32) : real;
}

int ckpt_ids_collides(int real)
{
	return ckpt_ids_active() && real_of(real) != real;
}

static void ids_forget(struct table *t, int real)
{
	if (!table_find(t, BY_REAL, (uint32_t)real))
		return;
	boot_drop(real);
	table_drop(t, real);
}

int ckpt_ids_born(int real)
{
	struct table *t;
	int known = real;

	if (!ckpt_ids_active() || real <= 0)
		return real;
	t = table_now();
	if (!t)
		return real;
	ids_forget(t, real);
	while (table_find(t, BY_KNOWN, (uint32_t)known))
		known += ID_ABOVE;
	if (known != real) {
		boot_put(known, real);
		table_pair(t, known, real);
	}
	return known;
}

void ckpt_ids_gone(int known)
{
	struct table *t = ckpt_ids_active() ? table_now() : NULL;

	if (t)
		ids_forget(t, real_of(known));
}

/*
 * Where glibc keeps a thread's id differs from release to release, so it is asked of the kernel:
 * the word that is cleared when the thread ends is that one.  A vfork child has no such word, and
 * a program may have moved it: then the next caller learns it.
 */
int *ckpt_ids_tid_word(uintptr_t th)
{
	int64_t offset = __atomic_load_n(&ckpt_ids.tid_offset, __ATOMIC_RELAXED);
	uint64_t word = 0;

	if (!offset) {
		if (raw_call3(SYS_prctl, PR_GET_TID_ADDRESS, (long)&word, 0))
			return NULL;
		offset = (int64_t)(word - (uintptr_t)pthread_self());
		if (!word || offset <= 0 || offset > TID_OFFSET_MAX)
			return NULL;
		__atomic_store_n(&ckpt_ids.tid_offset, offset, __ATOMIC_RELAXED);
	}
	return (int *)(th + (uintptr_t)offset);
}
