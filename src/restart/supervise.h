/* SPDX-License-Identifier: BSD-3-Clause */
/* supervise.h - ckpt_restart's life as the root process's parent in the foreground.  [tool] */
#ifndef CKPT_RESTART_SUPERVISE_H
#define CKPT_RESTART_SUPERVISE_H

#include <stdbool.h>
#include <sys/types.h>

/* First of all: remember the terminal's modes.  While we build, INT, QUIT, TERM and HUP end us (the modes are put back, nothing is
 * left); the other signals that we pass on are kept for the program. */
void supervise_begin(void);

/* We have the terminal's foreground: the program may set its modes. */
bool supervise_has_terminal(void);

/* The restart failed: the terminal is as it was. */
void supervise_undo(void);

/* The process is complete and stands: from here on the signals that reach us are its own, and are kept for it. */
void supervise_take(pid_t root);

/* Give the terminal's foreground to the root process's group, if we have it.  After its modes were set. */
void supervise_foreground(void);

/*
 * Stand where the program stood: pass on INT, QUIT, TERM, HUP, USR1, USR2, TSTP, CONT and WINCH that reach us, stop with it and go
 * on with it, and end as it ends.  SIGHUP that we were told to ignore (nohup) is not passed on.  Does not return.
 */
void supervise(void) __attribute__((noreturn));

#endif
