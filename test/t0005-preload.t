#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# t0005-preload.t - libckpt.so: exports its table and nothing else, and runs with any glibc since 2.17.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
. "$TOP_SRCDIR/test/lib/tree.sh"
. "$TOP_SRCDIR/test/lib/bare.sh"

need_part libckpt.so
lib=$TOP_BUILDDIR/libckpt.so

table_exports >"$T/table"
lib_exports "$lib" >"$T/real"
comm -23 "$T/table" "$T/real" | none_of "each name of the table is exported"
comm -13 "$T/table" "$T/real" | none_of "and no other one (open64 beside open, say)"
lib_versions "$lib" | none_of "no symbol version above GLIBC_2.17"
lib_needed "$lib" | none_of "no library but libc"
readelf -d "$lib" | grep TEXTREL | none_of "no text relocations"
readelf -W -l "$lib" | grep GNU_STACK | grep E | none_of "no executable stack"
readelf -d "$lib" | grep -E 'RPATH|RUNPATH' | none_of "no search path"
done_testing
