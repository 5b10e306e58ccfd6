/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * restart/vdso.h - the kernel's vdso under a program that was started on another kernel.  [tool]
 *
 * The program keeps pointers to entry points of the vdso that it had.  The same vdso is moved to where it was.  Where the kernel
 * has another one, the old one's pages come back as content, and each entry point jumps to today's, which lives elsewhere.
 */
#ifndef CKPT_RESTART_VDSO_H
#define CKPT_RESTART_VDSO_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/* Offset of a `syscall` instruction in a vdso's bytes; 0 if there is none. */
uint64_t vdso_gadget(const void *vdso, size_t len);

/*
 * Make every entry point of old (in place, old_len bytes) jump to the one of the same name in now, which will be mapped at
 * now_at.  0, or -ENOENT with err: an entry point that today's kernel does not have.
 */
int vdso_redirect(void *old, size_t old_len, const void *now, size_t now_len, uint64_t now_at, struct ckpt_err *err);

#endif
