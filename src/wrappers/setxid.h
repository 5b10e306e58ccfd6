/* SPDX-License-Identifier: BSD-3-Clause */
/* setxid.h - what fork.c must know of setxid.c.  [preload] */
#ifndef CKPT_WRAPPERS_SETXID_H
#define CKPT_WRAPPERS_SETXID_H

/* In a fork child: the lock may have been held by a thread that is not here. */
void ckpt_setxid_forked(void);

#endif
