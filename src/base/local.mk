# SPDX-License-Identifier: BSD-3-Clause
# src/base/local.mk - libckptbase.a: what every tool stands on and what knows no job.

noinst_LIBRARIES += libckptbase.a

libckptbase_a_CPPFLAGS = $(TOOL_CPPFLAGS)
libckptbase_a_SOURCES = \
	src/base/arena.c \
	src/base/arena.h \
	src/base/content.c \
	src/base/content.h \
	src/base/dial.c \
	src/base/dial.h \
	src/base/err.c \
	src/base/err.h \
	src/base/generations.c \
	src/base/generations.h \
	src/base/ids.c \
	src/base/ids.h \
	src/base/image.h \
	src/base/image_blocks.c \
	src/base/image_core.c \
	src/base/image_decode.c \
	src/base/image_name.c \
	src/base/image_parts.h \
	src/base/image_read.c \
	src/base/image_write.c \
	src/base/jobfile.c \
	src/base/jobfile.h \
	src/base/kept.c \
	src/base/kept.h \
	src/base/maps.c \
	src/base/maps.h \
	src/base/options.c \
	src/base/options.h \
	src/base/proc.c \
	src/base/proc.h \
	src/base/procs.c \
	src/base/procs.h \
	src/base/record.c \
	src/base/record.h \
	src/base/rundir.c \
	src/base/rundir.h \
	src/base/sys.h \
	src/base/tracee.c \
	src/base/tracee.h \
	src/base/where.c \
	src/base/where.h \
	src/base/wire.c \
	src/base/wire.h
