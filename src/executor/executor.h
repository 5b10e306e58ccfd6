/* SPDX-License-Identifier: BSD-3-Clause */
/* executor/executor.h - what the executor's own files share.  [bare] */
#ifndef CKPT_EXECUTOR_EXECUTOR_H
#define CKPT_EXECUTOR_EXECUTOR_H

#include <stddef.h>
#include <stdint.h>

#include "ckpt/executor.h"

/* Carry out frame's list; frame->done says how far.  Called by entry.S only. */
void ckpt_executor_run(struct ckpt_frame *frame);

/* pread all of len bytes at offset into addr and compare their XXH3_64bits: 0, -errno, -EIO at an early end, -EBADMSG. */
int64_t ckpt_executor_read(int fd, uint64_t len, uint64_t offset, uint64_t addr, uint64_t sum);

/* clone3(2); the child starts the executor with its own frame and never returns here. */
int64_t ckpt_executor_clone3(void *args, size_t size, struct ckpt_frame *child);

#endif
