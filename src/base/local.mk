# SPDX-License-Identifier: BSD-3-Clause
# src/base/local.mk - libckptbase.a: what every tool stands on and what knows no job.

noinst_LIBRARIES += libckptbase.a

libckptbase_a_CPPFLAGS = $(TOOL_CPPFLAGS)
libckptbase_a_SOURCES = \
	src/base/arena.c \
	src/base/arena.h \
	src/base/dial.c \
	src/base/dial.h \
	src/base/err.c \
	src/base/err.h \
	src/base/generations.c \
	src/base/generations.h \
	src/base/image.h \
	src/base/jobfile.c \
	src/base/jobfile.h \
	src/base/options.c \
	src/base/options.h \
	src/base/procs.c \
	src/base/procs.h \
	src/base/record.c \
	src/base/record.h \
	src/base/rundir.c \
	src/base/rundir.h \
	src/base/where.c \
	src/base/where.h \
	src/base/wire.c \
	src/base/wire.h
