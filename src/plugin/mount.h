/* SPDX-License-Identifier: BSD-3-Clause */
/* mount.h - does a description's path lead to the mount that it was opened on?  [tool] */
#ifndef CKPT_PLUGIN_MOUNT_H
#define CKPT_PLUGIN_MOUNT_H

#include <stdbool.h>

#include "ckpt/plugin.h"

/* True where it does not: a detached mount (open_tree(2)), or one that another was mounted over. Unknown is false. */
bool mount_hidden(const struct ckpt_look *look);

#define MOUNT_HIDDEN_REASON "its path leads to another mount now, so it could not be opened again"

#endif
