/* SPDX-License-Identifier: BSD-3-Clause */
/* supervise.h - ckpt_restart's life as the root process's parent in the foreground.  [tool] */
#ifndef CKPT_RESTART_SUPERVISE_H
#define CKPT_RESTART_SUPERVISE_H

#include <stdbool.h>
#include <sys/types.h>

/* Before the process exists: take the signals that will be passed on. */
void supervise_prepare(void);

/* Give the terminal's foreground to the root process's group, if we have it.  After its modes were set. */
void supervise_foreground(pid_t root);

/*
 * Stand where the program stood: pass on INT, QUIT, TERM, HUP, USR1, USR2, CONT and WINCH that reach us, stop with it and go on
 * with it, and end as it ends.  Does not return.
 */
void supervise(pid_t root) __attribute__((noreturn));

#endif
