#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# t0100-unit.t - the unit tests: each program's own TAP lines, numbered on, and that it came to its end.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"

[ -n "${UNIT_TESTS-}" ] || UNIT_TESTS=$(cd "$TOP_SRCDIR" && ls test/unit/*.c | sed 's/\.c$//')

for unit in $UNIT_TESTS; do
	name=${unit##*/}
	"$TOP_BUILDDIR/$unit" >"$T/out" 2>&1
	status=$?
	checks=0 planned=
	while IFS= read -r line; do
		case $line in
		"ok "*" # SKIP "*) what=${line#*- }; skip "$name: ${what%% # SKIP*}" "${line#*# SKIP }" ;;
		"ok "*) pass "$name: ${line#*- }" ;;
		"not ok "*) fail "$name: ${line#*- }" ;;
		1..*) planned=${line#1..}; continue ;;
		*) diag "${line#\# }"; continue ;;
		esac
		checks=$((checks + 1))
	done <"$T/out"
	[ "$status" -gt 1 ] && diag "$name: exit status $status"
	is "$checks" "$planned" "$name: ends with its plan"
done
done_testing
