#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# t5350-requests.t - requests that come too fast: a tiny time-out, two at once, twenty in a row, an interval shorter than the writing, a
# checkpoint while another is being written.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
. "$TOP_SRCDIR/test/lib/faults.sh"
need_part ckpt_launch ckpt_command ckpt_coordinator ckpt_agent libckpt.so test/lib/steady
both "$0"

start_steady r "$T/img" 40 2
timed=0 worked=0 other=0
for limit in 0.001 0.001 0.002 0.005 0.01 0.01 0.02 0.03 0.04 0.05; do
	try "$COMMAND" --job r -c --timeout "$limit"
	case $status in
	124) timed=$((timed + 1)); ok "--timeout $limit says so" -- grep -qE "timed out after $limit s.*runs on|no answer in time" <<<"$said" ;;
	0) worked=$((worked + 1)) ;;
	*) other=$((other + 1)); diag "$status $said" ;;
	esac
	IMAGES=$(images "$IMG")
	# What is abandoned is abandoned a little later.
	wait_for 10 sh -c "[ \$(ls -A '$IMG' | grep -c img) = 1 ]"
	IMAGES=$(images "$IMG")
	is "$(wc -w <<<"$IMAGES")" 1 "--timeout $limit: one whole generation is there" || diag "$IMAGES"
done
is "$other" 0 "a tiny --timeout: $timed times 124, $worked times done"
ok "$timed -gt 0" "some are too short"
unharmed "after them"
next_works "after them"

# Two at once are one
one=$(sed 's/.*_g0*\([0-9]*\)_.*/\1/' <<<"$IMAGES")
for i in 1 2; do
	"$COMMAND" --job r -c >"$T/said.$i" 2>&1 &
	eval "pid$i=$!"
done
wait "$pid1"
is "$?" 0 "two at once: the first" || diag <"$T/said.1"
wait "$pid2"
is "$?" 0 "two at once: the second" || diag <"$T/said.2"
IMAGES=$(images "$IMG")
two=$(sed 's/.*_g0*\([0-9]*\)_.*/\1/' <<<"$IMAGES")
ok "$((two - one)) -ge 1 -a $((two - one)) -le 2" "two at once: one generation, or one after the other ($one, then $two)"
unharmed "two at once"

good=0
for i in $(seq 20); do
	"$COMMAND" --job r -c >"$T/said" 2>&1 && good=$((good + 1)) || diag <"$T/said"
done
is "$good" 20 "twenty in a row"
IMAGES=$(images "$IMG")
is "$(wc -w <<<"$IMAGES")" 1 "twenty in a row: the last is there"
unharmed "twenty in a row"

# Commands that are killed while they wait
for i in 1 2 3 4 5; do
	"$COMMAND" --job r -c >/dev/null 2>&1 &
	command_pid=$!
	disown "$command_pid"
	sleep "0.0$i"
	kill -9 "$command_pid" 2>/dev/null
done
next_works "commands killed"
unharmed "commands killed"

# An interval that is over before the writing is, because the agent stands again and again.
"$COMMAND" --job r --interval 1 >/dev/null
for i in 1 2 3 4 5 6; do
	agent=$(agent_of r)
	[ -z "$agent" ] || { kill -STOP "$agent"; sleep 0.5; kill -CONT "$agent"; }
	sleep 0.1
	"$COMMAND" --job r -c >"$T/said" 2>&1 || { fail "a checkpoint between those of the interval"; diag <"$T/said"; }
done
"$COMMAND" --job r --interval 0 >/dev/null
next_works "an interval shorter than the writing"
unharmed "an interval shorter than the writing"
end_steady
done_testing
