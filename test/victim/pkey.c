/* SPDX-License-Identifier: BSD-3-Clause */
/* pkey - protection keys: allocated keys, keys of mappings and each thread's PKRU stay.  [victim] */
#include "victim.h"

#include <setjmp.h>
#include <sys/mman.h>

#define PAGE 4096ul

static int denied, readonly, stranger;
static char *area;
static __thread sigjmp_buf back;
static __thread volatile int key_seen;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	key_seen = info->si_code == SEGV_PKUERR ? (int)info->si_pkey : -1;
	siglongjmp(back, 1);
}

static int faults(char kind, volatile char *p)
{
	volatile int rights[2] = {pkey_get(denied), pkey_get(readonly)};

	key_seen = 0;
	if (sigsetjmp(back, 1)) { /* a handler runs with the rights of a new process, and siglongjmp leaves them */
		pkey_set(denied, rights[0]);
		pkey_set(readonly, rights[1]);
		return key_seen;
	}
	if (kind == 'r')
		(void)*p;
	else
		*p = 1;
	return 0;
}

static void verify(int mine, int other)
{
	CHECK_EQ(pkey_get(denied), mine);
	CHECK_EQ(pkey_get(readonly), other);
	CHECK_EQ(faults('r', area), mine & PKEY_DISABLE_ACCESS ? denied : 0);
	CHECK_EQ(faults('r', area + PAGE), 0);
	CHECK_EQ(faults('w', area + PAGE), other & PKEY_DISABLE_WRITE ? readonly : 0);
}

static void *open_thread(void *arg)
{
	CHECK(pkey_set(denied, 0) == 0 && pkey_set(readonly, 0) == 0);
	while (!victim_over) {
		verify(0, 0);
		victim_sleep_ms(2);
	}
	verify(0, 0);
	return arg;
}

int main(int argc, char **argv)
{
	struct sigaction act = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
	pthread_t thread;

	(void)argc;
	denied = pkey_alloc(0, PKEY_DISABLE_ACCESS);
	if (denied < 0)
		victim_skip("protection keys");
	readonly = pkey_alloc(0, PKEY_DISABLE_WRITE);
	CHECK(readonly > 0);
	area = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(area != MAP_FAILED);
	CHECK(sigaction(SIGSEGV, &act, NULL) == 0);
	CHECK(pkey_mprotect(area, PAGE, PROT_READ | PROT_WRITE, denied) == 0);
	CHECK(pkey_mprotect(area + PAGE, PAGE, PROT_READ | PROT_WRITE, readonly) == 0);
	thread = victim_thread(open_thread, NULL);
	victim_ready(argv);
	victim_hold(argv);
	verify(PKEY_DISABLE_ACCESS, PKEY_DISABLE_WRITE);
	victim_join(thread);
	stranger = pkey_alloc(0, 0);
	CHECK(stranger > 0 && stranger != denied && stranger != readonly);
	CHECK(pkey_free(denied) == 0);
	return victim_ok();
}
