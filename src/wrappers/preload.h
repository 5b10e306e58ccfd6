/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * preload.h - what every wrapper's file includes: the functions behind ours, raw calls, the
 * table's names.  [preload]
 */
#ifndef CKPT_WRAPPERS_PRELOAD_H
#define CKPT_WRAPPERS_PRELOAD_H

/*
 * With 64-bit offsets asked for by name, the headers would rename fcntl to fcntl64 behind our
 * back.
 */
#undef _FILE_OFFSET_BITS

#include <errno.h>
#include <grp.h>
#include <pthread.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <termios.h>

#include "wrappers/raw.h"
#include "wrappers/table.h"

/* The next object's functions, one pointer a NEXT row and a used one. */
#define CKPT_POINTER(name, ret, params) ret(*name) params;
#define CKPT_POINTER_NEXT(name, ret, params) CKPT_POINTER(name, ret, params)
#define CKPT_POINTER_OWN(name, ret, params)
#define CKPT_POINTER_ROW(how, name, ret, params, why) CKPT_POINTER_##how(name, ret, params)
struct ckpt_next {
	CKPT_WRAPPERS(CKPT_POINTER_ROW)
	CKPT_USED(CKPT_POINTER)
};
extern struct ckpt_next ckpt_next;

/*
 * Before our constructor has run (another library's may call us), or where this libc is older than
 * the function: looked up at the call; a function that fails with ENOSYS where there is none.
 */
void *ckpt_next_find(void *slot, const char *name);
#define REAL(name) \
	(__builtin_expect(ckpt_next.name != NULL, 1) \
		 ? ckpt_next.name \
		 : (__typeof__(ckpt_next.name))ckpt_next_find(&ckpt_next.name, #name))

/* All of them.  By the constructor. */
void ckpt_next_find_all(void);

/*
 * The reserved region of include/ckpt/slot.h.  By the constructor; without it the agent finds
 * another place.
 */
void ckpt_slot_reserve(void);

/* The library is compiled with hidden visibility: only the table's names are seen. */
#define CKPT_PUBLISH(how, name, ret, params, why) \
	extern ret name params __attribute__((visibility("default")));
CKPT_WRAPPERS(CKPT_PUBLISH)

#endif
