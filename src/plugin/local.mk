# SPDX-License-Identifier: BSD-3-Clause
# src/plugin/local.mk - libckptplugin.a: one resource = one file = one const struct, and one line in registry.h.

noinst_LIBRARIES += libckptplugin.a

libckptplugin_a_SOURCES = \
	src/plugin/device.c \
	src/plugin/directory.c \
	src/plugin/epoll.c \
	src/plugin/eventfd.c \
	src/plugin/file.c \
	src/plugin/mount.c \
	src/plugin/mount.h \
	src/plugin/outside.c \
	src/plugin/pipe.c \
	src/plugin/rebuild.c \
	src/plugin/rebuild.h \
	src/plugin/refused.c \
	src/plugin/registry.c \
	src/plugin/registry.h \
	src/plugin/terminal.c
