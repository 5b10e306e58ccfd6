# SPDX-License-Identifier: BSD-3-Clause
# src/agent/local.mk - ckpt_agent, one per host: stops, looks, writes.

ckptlibexec_PROGRAMS += ckpt_agent

ckpt_agent_CPPFLAGS = $(TOOL_CPPFLAGS)
ckpt_agent_SOURCES = \
	src/agent/agent.c \
	src/agent/attributes.c \
	src/agent/attributes.h \
	src/agent/calls.c \
	src/agent/calls.h \
	src/agent/descriptors.c \
	src/agent/descriptors.h \
	src/agent/inside.c \
	src/agent/inside.h \
	src/agent/looker.c \
	src/agent/looker.h \
	src/agent/looker_collect.c \
	src/agent/looker_parts.h \
	src/agent/memory.c \
	src/agent/memory.h \
	src/agent/memory_pages.c \
	src/agent/process.c \
	src/agent/process.h \
	src/agent/process_check.c \
	src/agent/refusals.c \
	src/agent/refusals.h \
	src/agent/reports.c \
	src/agent/reports.h \
	src/agent/snapshot.c \
	src/agent/snapshot.h \
	src/agent/tracer.c \
	src/agent/tracer.h \
	src/agent/tracer_main.c \
	src/agent/tracer_wire.h \
	src/agent/written.c \
	src/agent/written.h \
	src/agent/written_keep.c \
	src/agent/written_parts.h
ckpt_agent_LDADD = libckptplugin.a libckptblob.a libckptbase.a -lpthread
