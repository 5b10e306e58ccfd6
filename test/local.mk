# SPDX-License-Identifier: BSD-3-Clause
# test/local.mk - the suite and the targets that run it: see test/README.md.

# Each test stands here, one a line; test/run finds them by their families and t0006 compares.
TESTS_T += \
	test/t0001-layers.t \
	test/t0002-headers.t \
	test/t0003-text.t \
	test/t0004-bare.t \
	test/t0005-preload.t \
	test/t0006-dist.t \
	test/t0007-install.t \
	test/t0008-documents.t \
	test/t0009-hardening.t \
	test/t0100-unit.t \
	test/t0120-inspect.t \
	test/t9000-bare-root.t

# Unit tests print TAP themselves (test/unit/tap.h) and are run by t0100-unit.t.
UNIT_TESTS += \
	test/unit/arena \
	test/unit/content \
	test/unit/image \
	test/unit/image_gdb \
	test/unit/record

check_PROGRAMS += $(UNIT_TESTS)

test_unit_arena_SOURCES = test/unit/arena.c test/unit/tap.h
test_unit_arena_LDADD = libckptbase.a
test_unit_content_SOURCES = test/unit/content.c test/unit/tap.h
test_unit_content_LDADD = libckptbase.a
test_unit_image_SOURCES = test/unit/image.c test/unit/tap.h
test_unit_image_LDADD = libckptbase.a -lpthread
test_unit_image_gdb_SOURCES = test/unit/image_gdb.c test/unit/tap.h
test_unit_image_gdb_LDADD = libckptbase.a -lpthread
test_unit_record_SOURCES = test/unit/record.c test/unit/tap.h
test_unit_record_LDADD = libckptbase.a

dist_check_SCRIPTS += $(TESTS_T) test/run test/lint
dist_check_DATA += test/lib/bare.sh test/lib/tap.sh test/lib/tree.sh
EXTRA_DIST += test/golden/v1.img test/README.md test/demo.sh

# What a run of the suite needs, and nothing that runs it.
check-build: all
	$(AM_V_at)$(MAKE) $(AM_MAKEFLAGS) $(check_PROGRAMS)

TEST_ENV = TOP_BUILDDIR='$(abs_builddir)' CC='$(CC)' OBJCOPY='$(OBJCOPY)' PROVE='$(PROVE)' VERSION='$(VERSION)' \
	UNIT_TESTS='$(UNIT_TESTS)' TESTS_T='$(TESTS_T)' PROGRAMS='$(bin_PROGRAMS) $(ckptlibexec_PROGRAMS)' \
	SANITIZED='$(SANITIZE_FLAGS)' bindir='$(bindir)'

check-local: $(check_PROGRAMS)
	$(AM_V_at)$(TEST_ENV) $(srcdir)/test/run '$(TEST_FAMILIES)'

check-long: check-build
	$(AM_V_at)$(TEST_ENV) CKPT_TEST_LONG=1 $(srcdir)/test/run '0 1 2 3 4 5 6 7 8 9'

# For a shell that runs test/run itself and wants nothing behind prove's summary: bootstrap check.
check-env:
	@printf '%s\n' "export $(TEST_ENV)"

.PHONY: check-build check-long check-env
