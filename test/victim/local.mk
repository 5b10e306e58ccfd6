# SPDX-License-Identifier: BSD-3-Clause
# test/victim/local.mk - the small programs that check themselves.
#
#	check_PROGRAMS += test/victim/NAME		(its source is test/victim/NAME.c)
#	noinst_HEADERS += test/victim/victim.h
