#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A program whose vdso is another kernel's (--vdso jump treats this one's so): its old entry points lead to today's, its clocks,
# jumps and threads are right, after a second restart too.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"

for victim in clocks self threads cxx; do
	need_part "test/victim/$victim"
	for mode in root:exact user:virtual; do
		[ "$(id -u)" = 0 ] || [ "${mode%%:*}" = user ] || continue
		CKPT_VDSO=jump perl "$TOP_SRCDIR/test/lib/chain" --as "${mode%%:*}" --pids "${mode##*:}" \
			"$TOP_BUILDDIR/test/victim/$victim" >"$T/chain" 2>&1
		status=$?
		[ $status = 0 ] || diag <"$T/chain"
		is $status 0 "$victim, ${mode/:/, ids }"
	done
done
done_testing
