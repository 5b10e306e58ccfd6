# SPDX-License-Identifier: BSD-3-Clause
# src/wrappers/local.mk - libckpt.so, the [preload] part; flags: PRELOAD_CFLAGS, PRELOAD_LINK and the version script libckpt.map.
#
#	ckptlib_PROGRAMS += libckpt.so
#	libckpt_so_SOURCES = src/wrappers/....c
#	libckpt_so_CFLAGS = $(PRELOAD_CFLAGS)
#	libckpt_so_LDFLAGS = $(PRELOAD_LINK) -Wl,--version-script=$(srcdir)/src/wrappers/libckpt.map
#	libckpt_so_DEPENDENCIES = src/wrappers/libckpt.map
#	EXTRA_DIST += src/wrappers/libckpt.map
