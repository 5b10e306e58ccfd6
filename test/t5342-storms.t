#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# t5342-storms.t - many checkpoints in a row of programs that make and end threads, take signals, open and close, map and unmap all the time:
# each works or says why not, and the programs are unharmed.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
. "$TOP_SRCDIR/test/lib/faults.sh"
need_part ckpt_launch ckpt_command ckpt_coordinator ckpt_agent libckpt.so test/victim/storm test/victim/sigstorm
both "$0"

rounds=25
[ -z "${CKPT_TEST_LONG-}" ] || rounds=500

for victim in storm sigstorm flux; do
	for mode in copy fork; do
		name=$victim$mode
		STOP=$T/$name.stop
		program=$TOP_BUILDDIR/test/victim/$victim
		[ "$victim" != flux ] || program=$TOP_BUILDDIR/test/lib/flux
		start_job "$name" "$T/$name" --snapshot "$mode" -- "$program" "$STOP" </dev/null >"$T/$name.out" 2>&1
		wait_for 20 test -s "$STOP.ready"
		good=0 bad=0
		for round in $(seq "$rounds"); do
			try "$COMMAND" --job "$name" -c --timeout 30
			if [ "$status" = 0 ]; then
				good=$((good + 1))
			else
				bad=$((bad + 1))
				diag "$status $said"
			fi
			alive "$PROGRAM_PID" || break
		done
		is "$good" "$rounds" "$name: $rounds checkpoints in a row"
		is "$(images "$T/$name" | wc -w)" 1 "$name: one generation is there"
		: >"$STOP"
		wait_for 30 gone "$PROGRAM_PID"
		is "$(cat "$T/$name.out")" ok "$name: its output is that of an undisturbed run"
		wait_for 10 no_trace "$name"
	done
done
done_testing
