/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * next.c - find the functions that stand behind our wrappers.  [preload]
 *
 * All are found at start: dlsym takes the loader's lock, which a signal handler or a vfork child
 * must not wait for.
 */
#include <dlfcn.h>

#include "wrappers/preload.h"

/* The oldest version of dlsym, so that the library loads with any glibc from 2.17 on. */
__asm__(".symver dlsym, dlsym@GLIBC_2.2.5");

struct ckpt_next ckpt_next;

static long not_there(void)
{
	errno = ENOSYS;
	return -1;
}

void *ckpt_next_find(void *slot, const char *name)
{
	int saved = errno;
	void *found = dlsym(RTLD_NEXT, name);

	errno = saved;
	if (!found)
		return (void *)not_there;
	__atomic_store_n((void **)slot, found, __ATOMIC_RELAXED);
	return found;
}

#define FIND_NEXT(name) ckpt_next_find(&ckpt_next.name, #name);
#define FIND_OWN(name)
#define FIND(how, name, ret, params, why) FIND_##how(name)
#define FIND_USED(name, ret, params) FIND_NEXT(name)

void ckpt_next_find_all(void)
{
	CKPT_WRAPPERS(FIND)
	CKPT_USED(FIND_USED)
}
