#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# t5341-exec.t - a program that execs, between checkpoints and at their very moment (hundreds of times a second): no exec fails because of us, a
# checkpoint works or says why not, and what was saved comes back.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
. "$TOP_SRCDIR/test/lib/faults.sh"
need_part ckpt_launch ckpt_command ckpt_coordinator ckpt_agent ckpt_restart libckpt.so test/lib/steady test/lib/execs
both "$0"
EXECS=$TOP_BUILDDIR/test/lib/execs

rounds=40
[ -z "${CKPT_TEST_LONG-}" ] || rounds=400

# Virtual ids do not outlive an exec: where ids may be exact they are.
pids=
[ "$AS" = root ] || pids='--pids exact'

grows() {
	local before
	before=$(cat "$STOP.count")
	wait_for 20 sh -c "n=\$(cat '$STOP.count') && [ -n \"\$n\" ] && [ \"\$n\" != '$before' ]"
}

for pause in 4000 0; do
	JOB=exec$pause IMG=$T/exec$pause STOP=$T/exec$pause.stop
	start_job "$JOB" "$IMG" -- "$EXECS" "$STOP" "$pause" </dev/null >"$T/$JOB.out" 2>&1
	PID=$PROGRAM_PID
	wait_for 20 test -s "$STOP.count"
	good=0 bad=0
	for round in $(seq "$rounds"); do
		try "$COMMAND" --job "$JOB" -c --timeout 20
		case $status in
		0) good=$((good + 1)) ;;
		75) diag "$said" ;;
		*) bad=$((bad + 1)); diag "$status $said" ;;
		esac
		alive "$PID" || break
	done
	is "$bad" 0 "$JOB: $rounds checkpoints work ($good) or say why not"
	ok "$good -gt 0" "$JOB: some work"
	ok "$JOB: it counts on" -- grows
	# The last that worked comes back.
	if [ -n "$pids" ] && ! unshare -Ur true 2>/dev/null; then
		skip "$JOB: restarted" "no user namespaces for an ordinary user"
		end_job "$JOB"
		continue
	fi
	kill -9 "$PID"
	wait_for 20 no_trace "$JOB"
	is "$(cat "$T/$JOB.out")" "" "$JOB: no exec has failed"
	is "$(images "$IMG" | wc -w)" 1 "$JOB: one generation is there"
	"$BIN/ckpt_restart" $pids "$IMG" </dev/null >"$T/$JOB.out" 2>"$T/$JOB.err" &
	restart=$!
	remember "$restart"
	ok "$JOB: restarted, it counts on" -- grows
	: >"$STOP"
	wait "$restart"
	is "$?" 0 "$JOB: restarted, it ends as it would" || cat "$T/$JOB.out" "$T/$JOB.err" | diag
	wait_for 20 no_trace "$JOB"
done

# Another binary between two checkpoints.
STOP=$T/other.stop
start_job other "$T/other" -- sh -c "until test -e '$STOP.go'; do sleep 0.01; done; exec '$STEADY' '$STOP' 4 2" </dev/null >"$T/other.out" 2>&1
PID=$PROGRAM_PID JOB=other IMG=$T/other
n=0
until "$COMMAND" --job other -c >/dev/null 2>&1 || [ "$n" -ge 100 ]; do n=$((n + 1)); done
: >"$STOP.go"
wait_for 20 test -s "$STOP.ready"
next_works "another binary"
remember_facts
next_works "another binary, once more"
unharmed "another binary"
end_steady
done_testing
