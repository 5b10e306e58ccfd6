# SPDX-License-Identifier: BSD-3-Clause
# test/local.mk - the suite and the targets that run it: see test/README.md.

# Each test stands here, one a line; test/run finds them by their families and t0006 compares.
TESTS_T += \
	test/t0100-unit.t

# Unit tests print TAP themselves (test/unit/tap.h) and are run by t0100-unit.t.
UNIT_TESTS += \
	test/unit/arena \
	test/unit/record

check_PROGRAMS += $(UNIT_TESTS)

test_unit_arena_SOURCES = test/unit/arena.c test/unit/tap.h
test_unit_arena_LDADD = libckptbase.a
test_unit_record_SOURCES = test/unit/record.c test/unit/tap.h
test_unit_record_LDADD = libckptbase.a

dist_check_SCRIPTS += $(TESTS_T) test/run
dist_check_DATA += test/lib/tap.sh
EXTRA_DIST += test/README.md

# What a run of the suite needs, and nothing that runs it.
check-build: all
	$(AM_V_at)$(MAKE) $(AM_MAKEFLAGS) $(check_PROGRAMS)

TEST_ENV = TOP_BUILDDIR='$(abs_builddir)' CC='$(CC)' MAKE='$(MAKE)' PROVE='$(PROVE)' UNIT_TESTS='$(UNIT_TESTS)' \
	TESTS_T='$(TESTS_T)' VERSION='$(VERSION)'

check-local: $(check_PROGRAMS)
	$(AM_V_at)$(TEST_ENV) $(srcdir)/test/run '$(TEST_FAMILIES)'

check-long: check-build
	$(AM_V_at)$(TEST_ENV) CKPT_TEST_LONG=1 $(srcdir)/test/run 0123456789

.PHONY: check-build check-long
