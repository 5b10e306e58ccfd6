# SPDX-License-Identifier: BSD-3-Clause
# bench/local.mk - make bench: ratios within one run, medians of interleaved runs, never a timed test.
#
# A measurement is a script bench/NAME.sh that prints one line "name value bound"; the C programs that it runs are
#	EXTRA_PROGRAMS += bench/NAME and BENCHES += bench/NAME

EXTRA_DIST += bench/run bench/Bench.pm bench/checkpoint.pl bench/checkpoint.sh bench/idle.sh bench/startup.pl \
	bench/startup.sh

EXTRA_PROGRAMS += bench/hog
BENCHES += bench/hog
bench_hog_SOURCES = bench/hog.c
bench_hog_LDADD = -lpthread

bench: all
	$(AM_V_at)test -z '$(BENCHES)' || $(MAKE) $(AM_MAKEFLAGS) $(BENCHES)
	$(AM_V_at)TOP_BUILDDIR='$(abs_builddir)' $(srcdir)/bench/run

.PHONY: bench
