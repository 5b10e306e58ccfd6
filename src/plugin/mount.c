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
	/* Another mount that shows the same thing will do: a copy of the mount, in another namespace. */
	return strtoull(id + 7, NULL, 10) != st.stx_mnt_id &&
	       (st.stx_ino != look->st.st_ino || makedev(st.stx_dev_major, st.stx_dev_minor) != look->st.st_dev);
}
