#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# t0006-dist.t - the tarball holds every file of the tree, and the suite runs every test that lies in test/.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
. "$TOP_SRCDIR/test/lib/tree.sh"

ls test/t*.t | sort >"$T/there"
tr ' ' '\n' <<<"${TESTS_T-}" | grep . | sort >"$T/listed"
if [ -s "$T/listed" ]; then
	comm -23 "$T/there" "$T/listed" | none_of "each test/t*.t stands in test/local.mk"
	comm -13 "$T/there" "$T/listed" | none_of "and each that stands there exists"
else
	skip "tests are listed" "run by hand, without make"
	skip "listed tests exist" "run by hand, without make"
fi
ls test/unit/*.c | sed 's/\.c$//' | while read -r unit; do
	[[ " ${UNIT_TESTS-$unit} " == *" $unit "* ]] || echo "$unit"
done | none_of "each test/unit/*.c stands in UNIT_TESTS"

sed 's/-.*//' "$T/there" | sort | uniq -d | none_of "no two tests have one number"

make -s -C "$TOP_BUILDDIR" distdir distdir="$T/dist" >"$T/log" 2>&1
ok "$? = 0" "make distdir" || diag <"$T/log"
{ tree_files; find test contrib bench doc -type f -name '*.img' 2>/dev/null; ls LICENSE; } | sort | while read -r file; do
	[ -e "$T/dist/$file" ] || echo "$file"
done | none_of "each file of the tree is in the tarball"
done_testing
