# SPDX-License-Identifier: BSD-3-Clause
# local.mk - libckpt.so, the [preload] part; flags: PRELOAD_CFLAGS, PRELOAD_LINK.  What it exports is its table.
#
# initfirst: our constructor runs before those of the program's other libraries, which must not see our variables.

ckptlib_PROGRAMS += libckpt.so
libckpt_so_SOURCES = \
	src/wrappers/call.c src/wrappers/call.h \
	src/wrappers/env.c src/wrappers/env.h \
	src/wrappers/exec.c \
	src/wrappers/fork.c \
	src/wrappers/ids.c src/wrappers/ids.h \
	src/wrappers/ids_fd.c \
	src/wrappers/ids_process.c \
	src/wrappers/ids_sched.c \
	src/wrappers/next.c \
	src/wrappers/preload.h \
	src/wrappers/raw.h \
	src/wrappers/setxid.c src/wrappers/setxid.h \
	src/wrappers/shell.c \
	src/wrappers/slot.c \
	src/wrappers/spawn.c src/wrappers/spawn.h \
	src/wrappers/start.c \
	src/wrappers/syscall.c \
	src/wrappers/table.h \
	src/wrappers/thread.c \
	src/wrappers/thread_create.c \
	src/wrappers/wait.c
libckpt_so_CFLAGS = $(PRELOAD_CFLAGS)
libckpt_so_LDFLAGS = $(PRELOAD_LINK) -Wl,-z,initfirst -Wl,--version-script=libckpt.map
libckpt_so_LDADD =
libckpt_so_DEPENDENCIES = libckpt.map

libckpt.map: src/wrappers/table.h src/wrappers/map.sed
	$(AM_V_GEN)sed -n -f $(srcdir)/src/wrappers/map.sed $(srcdir)/src/wrappers/table.h > $@-t && mv $@-t $@

EXTRA_DIST += src/wrappers/map.sed
CLEANFILES += libckpt.map

# Its tests run without a coordinator; its cost is measured by bench/wrappers.sh.
TESTS_T += test/t1100-preload.t
check_PROGRAMS += \
	test/victim/preload_children \
	test/victim/preload_env \
	test/victim/preload_ids \
	test/victim/preload_shell
noinst_HEADERS += test/victim/preload_ids.h
test_victim_preload_children_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/test
test_victim_preload_ids_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/test

EXTRA_PROGRAMS += bench/wrappers
BENCHES += bench/wrappers
EXTRA_DIST += bench/wrappers.sh
