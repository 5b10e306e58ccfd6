/* SPDX-License-Identifier: BSD-3-Clause */
/* exit.h - our own exit statuses (sysexits(3) where one fits).  E(value, name, meaning).  Types only. */
#ifndef CKPT_EXIT_H
#define CKPT_EXIT_H

#define CKPT_EXIT_STATUSES(E) \
	E(64, USAGE, "the command line is wrong") \
	E(65, BAD_IMAGE, "an image is damaged, incomplete, not ours to run or does not fit this machine") \
	E(69, NO_COORDINATOR, "no coordinator: no such job is running here") \
	E(70, INTERNAL, "something that should not happen did") \
	E(73, CANNOT_CREATE, "a file cannot be created") \
	E(74, IO, "reading or writing failed") \
	E(75, CANNOT_CHECKPOINT, "the job cannot be checkpointed now") \
	E(76, PROTOCOL, "the other side speaks another protocol") \
	E(77, AUTHENTICATION, "not allowed") \
	E(124, TIMED_OUT, "timed out") \
	E(125, LAUNCH_FAILED, "ckpt_launch itself failed (as env(1))") \
	E(126, CANNOT_EXEC, "the program was found but cannot be run") \
	E(127, NOT_FOUND, "the program was not found")
#define CKPT_EXIT_STATUS(value, name, meaning) CKPT_EX_##name = value,
enum ckpt_exit_status { CKPT_EXIT_STATUSES(CKPT_EXIT_STATUS) };

#endif
