# SPDX-License-Identifier: BSD-3-Clause
# src/restart/local.mk - ckpt_restart: verifies, plans, rebuilds, and stands where the program stood.

bin_PROGRAMS += ckpt_restart

ckpt_restart_CPPFLAGS = $(TOOL_CPPFLAGS)
ckpt_restart_SOURCES = \
	src/restart/attribute_list.c \
	src/restart/attribute_list.h \
	src/restart/build.c \
	src/restart/build.h \
	src/restart/child.c \
	src/restart/child.h \
	src/restart/guardian.c \
	src/restart/guardian.h \
	src/restart/join.c \
	src/restart/join.h \
	src/restart/limits.c \
	src/restart/limits.h \
	src/restart/memory_list.c \
	src/restart/memory_list.h \
	src/restart/namespace.c \
	src/restart/namespace.h \
	src/restart/objects.c \
	src/restart/objects.h \
	src/restart/plan.c \
	src/restart/plan.h \
	src/restart/plan_mutex.c \
	src/restart/region.c \
	src/restart/region.h \
	src/restart/restart.c \
	src/restart/supervise.c \
	src/restart/supervise.h \
	src/restart/task_list.c \
	src/restart/task_list.h \
	src/restart/vdso.c \
	src/restart/vdso.h \
	src/restart/written.c \
	src/restart/written.h \
	src/restart/written_parts.h \
	src/restart/written_plan.c
ckpt_restart_LDADD = libckptplugin.a libckptblob.a libckptbase.a -lpthread
