# SPDX-License-Identifier: BSD-3-Clause
# src/cli/local.mk - the commands ckpt_launch, ckpt_command, ckpt_inspect.

bin_PROGRAMS += ckpt_launch ckpt_command

ckpt_launch_SOURCES = \
	src/cli/launch.c \
	src/cli/program.c \
	src/cli/program.h
ckpt_launch_CPPFLAGS = $(TOOL_CPPFLAGS)
ckpt_launch_LDADD = libckptbase.a

ckpt_command_SOURCES = \
	src/cli/command.c \
	src/cli/jobs.c \
	src/cli/jobs.h \
	src/cli/show.c \
	src/cli/show.h
ckpt_command_CPPFLAGS = $(TOOL_CPPFLAGS)
ckpt_command_LDADD = libckptbase.a $(JANSSON_LIBS)

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
