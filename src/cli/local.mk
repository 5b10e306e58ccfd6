# SPDX-License-Identifier: BSD-3-Clause
# src/cli/local.mk - the commands ckpt_launch, ckpt_command, ckpt_inspect.

bin_PROGRAMS += ckpt_inspect
ckpt_inspect_SOURCES = \
	src/cli/ckpt_inspect.c \
	src/cli/host_probe.c \
	src/cli/inspect.h \
	src/cli/inspect_directory.c \
	src/cli/inspect_image.c \
	src/cli/inspect_record.c \
	src/cli/probe.h \
	src/cli/probe_kernel.c \
	src/cli/probe_self.c \
	src/cli/probe_task.c
ckpt_inspect_CPPFLAGS = $(TOOL_CPPFLAGS)
ckpt_inspect_LDADD = libckptbase.a $(JANSSON_LIBS)
