#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# t5340-ends.t - the program ends in the middle of a checkpoint, at random moments: the command says so with status 75 or has a whole
# generation, the coordinator ends, nothing is left.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
. "$TOP_SRCDIR/test/lib/faults.sh"
need_part ckpt_launch ckpt_command ckpt_coordinator ckpt_agent libckpt.so test/lib/steady
both "$0"

rounds=25
[ -z "${CKPT_TEST_LONG-}" ] || rounds=400
[ "$AS" = root ] || rounds=$((rounds / 2))
seed=${CKPT_TEST_SEED:-$RANDOM}
RANDOM=$seed
diag "CKPT_TEST_SEED=$seed"

bad=0 saved=0 said_so=0 after=0

# wrong TEXT - one round that is not as it should be.
wrong() {
	bad=$((bad + 1))
	diag "round $round, by $how, $mode $more: $1"
}

JOB=e IMG=$T/img
for round in $(seq "$rounds"); do
	[ $((RANDOM % 2)) = 0 ] && mode=copy || mode=fork
	[ $((RANDOM % 2)) = 0 ] && how=itself || how=SIGKILL
	[ $((RANDOM % 5)) = 0 ] && more=--then-exit || more=
	STOP=$T/stop.$round
	start_job e "$IMG" --snapshot "$mode" -- "$STEADY" "$STOP" 8 2 </dev/null >"$T/e.out" 2>&1
	PID=$PROGRAM_PID
	wait_for 20 test -s "$STOP.ready"
	"$COMMAND" --job e -c --timeout 30 $more >"$T/said" 2>&1 &
	command_pid=$!
	sleep "0.0$(printf %02d $((RANDOM % 25)))"
	if [ "$how" = itself ]; then
		: >"$STOP"
	else
		kill -9 "$PID" 2>/dev/null
	fi
	wait "$command_pid"
	status=$?
	said=$(cat "$T/said")
	case "$status $said" in
	"0 generation "*) saved=$((saved + 1)) ;;
	"75 "*"has ended"* | "75 "*"process died"* | "75 "*"has gone"*) said_so=$((said_so + 1)) ;;
	"69 "*) after=$((after + 1)) ;; # it had ended before the command came
	*) wrong "status $status, $said" ;;
	esac
	[ "$(wc -l <<<"$said")" = 1 ] || wrong "more than a line: $said"
	wait_for 20 gone "$PID" || wrong "the program does not end: $(grep State "/proc/$PID/status")"
	wait_for 20 no_trace e || wrong "the coordinator does not end"
	left=$(images "$IMG")
	case "$status $left" in
	"0 "*" "*" "*) wrong "more than an image: $left" ;;
	"0 "*) "$BIN/ckpt_inspect" --verify "$IMG" >/dev/null 2>&1 || wrong "the image is not sound" ;;
	*" ") ;;
	*) wrong "left: $left" ;;
	esac
	rm -rf "$IMG" "$STOP"*
done
is "$bad" 0 "$rounds programs that end in the middle of a checkpoint"
diag "$saved saved, $said_so said that it ended, $after came too late"

# Short-lived ones with an interval, and nobody who asks.
left=
for n in 1 2 3 4 5 6; do
	"$LAUNCH" --job "i$n" --ckptdir "$T/i$n" --interval 1 sh -c "sleep 1.0$n; exit $n" >/dev/null 2>&1
	[ $? = "$n" ] || left="$left status of $n;"
	wait_for 20 no_trace "i$n" || left="$left job i$n;"
done
is "$left" "" "programs that end when the interval is over"
is "$(ls -A "$CKPT_RUNDIR" | grep -v '\.so$')" "" "nothing is left behind"
done_testing
