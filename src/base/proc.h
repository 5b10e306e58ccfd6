/* SPDX-License-Identifier: BSD-3-Clause */
/* proc.h - small readers of /proc (proc(5)).  [tool] */
#ifndef CKPT_BASE_PROC_H
#define CKPT_BASE_PROC_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"

/* The whole of /proc/PID/NAME, NUL behind it, in arena; *len may be NULL.  NULL with errno when it cannot be read. */
char *ckpt_proc_read(struct ckpt_arena *arena, pid_t pid, const char *name, size_t *len);

/* The link /proc/PID/NAME in arena; NULL with errno. */
char *ckpt_proc_link(struct ckpt_arena *arena, pid_t pid, const char *name);

/* The value behind "Key:" at a line's start of a status-like text, leading blanks skipped; NULL if there is none. */
const char *ckpt_proc_field(const char *text, const char *key);

/* The same as a number in `base`; 0 if there is none. */
uint64_t ckpt_proc_number(const char *text, const char *key, int base);

/* Field n (as proc(5) counts, from 3 on) of a stat text, which may have blanks in its command name. */
uint64_t ckpt_proc_stat(const char *text, int n);
char ckpt_proc_state(const char *stat_text);

/* The numeric names in /proc/PID/NAME ("task", "fd"), sorted, in arena.  Returns how many, or -errno. */
ssize_t ckpt_proc_numbers(struct ckpt_arena *arena, pid_t pid, const char *name, int **out);

#endif
