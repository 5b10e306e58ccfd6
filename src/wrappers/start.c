/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * start.c - the library's start inside a member.  [preload]
 *
 * Runs before other libraries' constructors (-z initfirst) and before the program.  It leaves no
 * thread, timer, handler, lock or descriptor behind and makes no call that a seccomp filter for an
 * ordinary dynamic program could miss: mmap, mprotect. It does not speak to the coordinator:
 * ckpt_launch has joined the root, and the walk finds its children.
 */
#include "wrappers/env.h"
#include "wrappers/preload.h"

__attribute__((constructor)) static void preload_start(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	ckpt_env_hide(envp);
	ckpt_slot_reserve();
	ckpt_next_find_all();
}
