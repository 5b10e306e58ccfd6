# SPDX-License-Identifier: BSD-3-Clause
# src/coordinator/local.mk - ckpt_coordinator, one per job: drives the phases, never reads an image's pages.
#
#	ckptlibexec_PROGRAMS += ckpt_coordinator
#	ckpt_coordinator_SOURCES = src/coordinator/....c
#	ckpt_coordinator_LDADD = libckptbase.a
