# SPDX-License-Identifier: BSD-3-Clause
# src/wrappers/local.mk - libckpt.so, the [preload] part; flags: PRELOAD_CFLAGS, PRELOAD_LINK.  What it exports is the table.
#
# initfirst: our constructor runs before those of the program's other libraries, which must not see our variables.

ckptlib_PROGRAMS += libckpt.so
libckpt_so_SOURCES = \
	src/wrappers/env.c src/wrappers/env.h \
	src/wrappers/exec.c \
	src/wrappers/next.c \
	src/wrappers/preload.h \
	src/wrappers/raw.h \
	src/wrappers/slot.c \
	src/wrappers/start.c \
	src/wrappers/table.h
libckpt_so_CFLAGS = $(PRELOAD_CFLAGS)
libckpt_so_LDFLAGS = $(PRELOAD_LINK) -Wl,-z,initfirst -Wl,--version-script=libckpt.map
libckpt_so_LDADD =
libckpt_so_DEPENDENCIES = libckpt.map

libckpt.map: src/wrappers/table.h src/wrappers/map.sed
	$(AM_V_GEN)sed -n -f $(srcdir)/src/wrappers/map.sed $(srcdir)/src/wrappers/table.h > $@-t && mv $@-t $@

EXTRA_DIST += src/wrappers/map.sed
CLEANFILES += libckpt.map
