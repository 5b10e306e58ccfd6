# SPDX-License-Identifier: BSD-3-Clause
# src/cli/local.mk - the commands ckpt_launch, ckpt_command, ckpt_inspect.
#
#	bin_PROGRAMS += ckpt_launch
#	ckpt_launch_SOURCES = src/cli/launch.c
#	ckpt_launch_CPPFLAGS = $(TOOL_CPPFLAGS)
#	ckpt_launch_LDADD = libckptbase.a
