#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# t5320-stops.t - SIGSTOP to the coordinator, the agent, its tracer, the command, at random moments of a checkpoint, for ever: the program does
# not stand longer than CKPT_HOLD_TIMEOUT allows, and when they go on, or are killed, the next checkpoint works.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
. "$TOP_SRCDIR/test/lib/faults.sh"
need_part ckpt_launch ckpt_command ckpt_coordinator ckpt_agent libckpt.so test/lib/steady
both "$0"

rounds=1
[ -z "${CKPT_TEST_LONG-}" ] || rounds=40
[ "$AS" = root ] || rounds=$(((rounds + 1) / 2))
seed=${CKPT_TEST_SEED:-$RANDOM}
RANDOM=$seed
diag "CKPT_TEST_SEED=$seed"
export CKPT_HOLD_TIMEOUT=2

# The one of the role, or nothing where it is not there at this moment.
one_of() {
	local agent
	case $1 in
	coordinator) coordinator_of "$JOB" ;;
	agent) agent_of "$JOB" ;;
	tracer) agent=$(agent_of "$JOB") && [ -n "$agent" ] && children_of "$agent" | awk '{ print $1 }' ;;
	command) echo "$COMMAND_PID" ;;
	esac
}

# hit MODE WHO MORE - a checkpoint in which WHO is stopped at some moment.
hit() {
	local what="$1, $2 stopped $3" victim='' tries=0 more=${3-}
	"$COMMAND" --job "$JOB" -c --timeout 20 $more >"$T/said" 2>&1 &
	COMMAND_PID=$!
	disown "$COMMAND_PID"
	sleep "0.0$(printf %02d $((RANDOM % 60)))"
	# A tracer lives only as long as something stands.
	while [ -z "$victim" ] && [ "$tries" -lt 200 ] && alive "$COMMAND_PID"; do
		victim=$(one_of "$2" 2>/dev/null)
		tries=$((tries + 1))
	done
	[ -z "$victim" ] || kill -STOP $victim 2>/dev/null
	if ! wait_for 30 moves; then
		if [ -n "$more" ] && gone "$PID"; then
			diag "$what: it came too late, the job is ended"
		else
			fail "$what: the program runs on"
			diag "$(grep -E '^(State|TracerPid)' "/proc/$PID/status")"
		fi
		[ -z "$victim" ] || kill -CONT $victim 2>/dev/null
		return
	fi
	[ $((RANDOM % 2)) = 0 ] && [ -n "$victim" ] && kill -CONT $victim 2>/dev/null
	[ "$2" != coordinator ] || [ -z "$victim" ] || kill -CONT $victim 2>/dev/null
	wait_for 30 gone "$COMMAND_PID" || { [ "$2" = command ] && kill -9 "$COMMAND_PID"; }
	[ -z "$victim" ] || [ "$2" = agent ] || kill -CONT $victim 2>/dev/null
	if [ -n "$more" ] && gone "$PID"; then
		diag "$what: it went on, the job is ended"
		return
	fi
	next_works "$what"
	wait_for 5 as_before || { fail "$what: the program has what it had"; diff "$T/facts" "$T/facts.now" | diag; }
	wait_for 5 no_helper || fail "$what: no process is left"
}

for mode in copy fork; do
	start_steady "stops$mode$$" "$T/$mode" 40 2 --snapshot "$mode"
	for who in coordinator agent tracer command; do
		for round in $(seq "$rounds"); do
			hit "$mode" "$who" ""
		done
	done
	end_steady
done

# With --then-exit it may come to its end all the same: then a stopped helper has not held it up for ever.
for who in agent tracer; do
	start_steady "exit$who$$" "$T/exit$who" 40 2
	hit exit "$who" --then-exit
	if gone "$PID"; then
		wait_for 20 no_trace "$JOB"
		is "$?" 0 "$JOB: nothing of the job is left"
	else
		end_steady
	fi
done
done_testing
