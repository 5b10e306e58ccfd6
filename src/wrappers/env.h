/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * env.h - the variables that carry the library from one exec to the next: hidden from the program,
 * passed on at exec. [preload]  Everything but ckpt_env_hide() may run after vfork and in a signal
 * handler.
 */
#ifndef CKPT_WRAPPERS_ENV_H
#define CKPT_WRAPPERS_ENV_H

#include <stddef.h>

/*
 * What is passed on: "NAME=VALUE" strings one behind the other, the last followed by an empty one.
 * Read at each exec, so that ckpt_restart may put another job's names there (slot.h).
 */
#define CKPT_HIDDEN_ROOM 8192
extern char ckpt_hidden[CKPT_HIDDEN_ROOM];

/* Take our variables out of envp, in place, and keep them.  Once, by the constructor. */
void ckpt_env_hide(char **envp);

/* Value of one of our variables; "" where it is not set. */
const char *ckpt_env_value(const char *name);

/*
 * Bytes that ckpt_env_fill() needs for envp (NULL: an empty environment); 0 where envp is to be
 * passed as it is.
 */
size_t ckpt_env_room(char *const envp[]);

/* Build the environment that is passed on for envp in room (aligned for pointers). */
char *const *ckpt_env_fill(void *room, char *const envp[]);

#endif
