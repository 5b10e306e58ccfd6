/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spawn.c - posix_spawn with our variables in the environment that is passed on.  [preload]
 */
#include "wrappers/spawn.h"

#include <alloca.h>
#include <sys/mman.h>

#include "wrappers/env.h"
#include "wrappers/ids.h"
#include "wrappers/preload.h"

#define STACK_ROOM (64u << 10)

int ckpt_spawn(ckpt_spawn_fn *spawn, pid_t *pid, const char *file,
	       const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attr,
	       char *const argv[], char *const envp[])
{
	size_t room = ckpt_env_room(envp);
	void *mapping = NULL;
	pid_t child;
	int ret;

	if (room > STACK_ROOM) {
		mapping = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			       0);
		if (mapping == MAP_FAILED)
			return ENOMEM;
		envp = ckpt_env_fill(mapping, envp);
	} else if (room) {
		envp = ckpt_env_fill(alloca(room), envp);
	}
	ret = spawn(&child, file, actions, attr, argv, envp);
	if (!ret && pid)
		*pid = ckpt_ids_born(child);
	if (mapping)
		munmap(mapping, room);
	return ret;
}

int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
		const posix_spawnattr_t *attr, char *const argv[], char *const envp[])
{
	return ckpt_spawn(REAL(posix_spawn), pid, path, actions, attr, argv, envp);
}

int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
		 const posix_spawnattr_t *attr, char *const argv[], char *const envp[])
{
	return ckpt_spawn(REAL(posix_spawnp), pid, file, actions, attr, argv, envp);
}
