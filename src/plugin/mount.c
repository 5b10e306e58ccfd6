// SPDX-License-Identifier: BSD-3-Clause
/* mount.c - see mount.h.  [tool] */
#include "plugin/mount.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/proc.h"

/* Is that mount one of the process's mount namespace (proc(5), mountinfo: the first number of a line)? */
static bool is_attached(pid_t pid, unsigned long long id)
{
	struct ckpt_arena *arena = ckpt_arena_create();
	const char *line = ckpt_proc_read(arena, pid, "mountinfo", NULL);
	bool found = false;

	while (line && *line && !found) {
		found = strtoull(line, NULL, 10) == id;
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	ckpt_arena_destroy(arena);
	return found;
}

bool mount_hidden(const struct ckpt_look *look)
{
	const char *id = strstr(look->fdinfo, "mnt_id:");
	char path[PATH_MAX + 32];
	struct statx st;

	/* As the process sees it: it may have a mount namespace of its own. */
	snprintf(path, sizeof(path), "/proc/%d/root%s", look->pid, look->link);
	if (!id || look->link[0] != '/' || statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_MNT_ID | STATX_INO, &st) ||
	    !(st.stx_mask & STATX_MNT_ID))
		return false;
	if (strtoull(id + 7, NULL, 10) == st.stx_mnt_id)
		return false;
	/* Another mount that shows the same thing will do, where this one is attached: a copy of it, in another namespace. */
	return st.stx_ino != look->st.st_ino || makedev(st.stx_dev_major, st.stx_dev_minor) != look->st.st_dev ||
	       !(is_attached(look->pid, strtoull(id + 7, NULL, 10)) || is_attached(getpid(), strtoull(id + 7, NULL, 10)));
}
