/* SPDX-License-Identifier: BSD-3-Clause */
/* spawn.h - start a child with our variables in its environment.  [preload] */
#ifndef CKPT_WRAPPERS_SPAWN_H
#define CKPT_WRAPPERS_SPAWN_H

#include <spawn.h>

typedef int ckpt_spawn_fn(pid_t *, const char *, const posix_spawn_file_actions_t *,
			  const posix_spawnattr_t *, char *const[], char *const[]);

/*
 * spawn: libc's posix_spawn or posix_spawnp.  As posix_spawn(3): 0 or an error number; *pid as the
 * program knows it.
 */
int ckpt_spawn(ckpt_spawn_fn *spawn, pid_t *pid, const char *file,
	       const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attr,
	       char *const argv[], char *const envp[]);

/*
 * In a fork child: the locks of system() and popen() may have been held by a thread that is not
 * here.
 */
void ckpt_shell_forked(void);

#endif
