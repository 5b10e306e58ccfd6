/* SPDX-License-Identifier: BSD-3-Clause */
/* blob.h - the executor's bytes, as tools carry them into a process.  [tool] */
#ifndef CKPT_EXECUTOR_BLOB_H
#define CKPT_EXECUTOR_BLOB_H

extern const unsigned char ckpt_executor_blob[], ckpt_executor_blob_end[];

#endif
