# SPDX-License-Identifier: BSD-3-Clause
# src/executor/local.mk - executor.bin, the [bare] code that runs inside a process, and libckptblob.a, which carries it.
#
# executor.c may use the general registers only: inside a program that goes on the others are the program's.

EXECUTOR_OBJECTS = executor-entry.bare.o executor-executor.bare.o executor-read.bare.o
BARE_OBJECTS = $(EXECUTOR_OBJECTS)

executor-entry.bare.o: src/executor/entry.S
	$(AM_V_CC)$(CC) $(BARE_CPPFLAGS) $(BARE_CFLAGS) -c -o $@ $(srcdir)/src/executor/entry.S

executor-executor.bare.o: src/executor/executor.c src/executor/executor.h include/ckpt/executor.h src/base/sys.h
	$(AM_V_CC)$(CC) $(BARE_CPPFLAGS) $(BARE_CFLAGS) -mgeneral-regs-only -c -o $@ $(srcdir)/src/executor/executor.c

executor-read.bare.o: src/executor/read.c src/executor/executor.h include/ckpt/executor.h src/base/sys.h
	$(AM_V_CC)$(CC) $(BARE_CPPFLAGS) $(BARE_CFLAGS) -fno-tree-loop-distribute-patterns -c -o $@ $(srcdir)/src/executor/read.c

executor.elf: $(EXECUTOR_OBJECTS) src/executor/executor.ld
	$(AM_V_CCLD)$(CC) $(BARE_LINK) -Wl,-T,$(srcdir)/src/executor/executor.ld -o $@ $(EXECUTOR_OBJECTS)

executor.bin: executor.elf
	$(AM_V_GEN)$(OBJCOPY) -O binary -j .blob executor.elf $@

blob.o: src/executor/blob.S executor.bin
	$(AM_V_CC)$(CC) -I. -c -o $@ $(srcdir)/src/executor/blob.S

libckptblob.a: blob.o
	$(AM_V_AR)rm -f $@ && $(AR) cr $@ blob.o && $(RANLIB) $@

EXTRA_DIST += src/executor/entry.S src/executor/executor.c src/executor/executor.h src/executor/read.c \
	src/executor/executor.ld src/executor/blob.S src/executor/blob.h
CLEANFILES += $(EXECUTOR_OBJECTS) executor.elf executor.bin blob.o libckptblob.a
