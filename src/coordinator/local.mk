# SPDX-License-Identifier: BSD-3-Clause
# src/coordinator/local.mk - ckpt_coordinator, one per job: drives the phases, never reads an image's pages.

ckptlibexec_PROGRAMS += ckpt_coordinator

ckpt_coordinator_SOURCES = \
	src/coordinator/agents.c \
	src/coordinator/agents.h \
	src/coordinator/attempt.c \
	src/coordinator/attempt.h \
	src/coordinator/job.c \
	src/coordinator/job.h \
	src/coordinator/keep.c \
	src/coordinator/keep.h \
	src/coordinator/log.c \
	src/coordinator/log.h \
	src/coordinator/loop.c \
	src/coordinator/loop.h \
	src/coordinator/main.c \
	src/coordinator/members.c \
	src/coordinator/members.h \
	src/coordinator/peer.c \
	src/coordinator/peer.h \
	src/coordinator/place.c \
	src/coordinator/place.h \
	src/coordinator/requests.c \
	src/coordinator/requests.h
ckpt_coordinator_CPPFLAGS = $(TOOL_CPPFLAGS)
ckpt_coordinator_LDADD = libckptbase.a
