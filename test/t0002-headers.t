#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# t0002-headers.t - each header compiles alone, twice in one file, and without libc where it is for bare code.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
. "$TOP_SRCDIR/test/lib/tree.sh"

compiles() {
	local header=$1
	shift
	printf '#include "%s"\n#include "%s"\n' "$TOP_SRCDIR/$header" "$TOP_SRCDIR/$header" >"$T/alone.c"
	${CC:-gcc} -std=gnu11 -Wall -Wextra -Werror -fsyntax-only -D_GNU_SOURCE -I"$TOP_SRCDIR/include" -I"$TOP_SRCDIR/src" \
		"$@" "$T/alone.c"
}

for header in $(tree_files | grep '\.h$'); do
	case $(environment "$header") in
	bare) flags="-ffreestanding -fno-stack-protector" ;;
	*) flags= ;;
	esac
	# shellcheck disable=SC2086
	ok "$header compiles alone" -- compiles "$header" $flags
done

tree_files | grep '\.h$' | while read -r header; do
	grep -q -E '^#ifndef [A-Z][A-Z0-9_]*_H$|^#pragma once' "$header" || echo "$header"
done | none_of "each header has its guard"

tree_files | grep '\.h$' | xargs grep -h -E '^#ifndef [A-Z][A-Z0-9_]*_H$' | sort | uniq -d |
	none_of "no guard is used by two headers"
done_testing
