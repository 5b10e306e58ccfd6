#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# t5300-kills.t - SIGKILL to the coordinator, the agent, its tracer, the command, at random moments of a checkpoint: the program runs on
# (not stopped, and still counting), nothing half-made stays, and the next checkpoint works.  With the real agent.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
. "$TOP_SRCDIR/test/lib/job.sh"
need_part ckpt_launch ckpt_command ckpt_coordinator ckpt_agent libckpt.so
need_program "$PYTHON"

rounds=3
[ -z "${CKPT_TEST_LONG-}" ] || rounds=75
seed=${CKPT_TEST_SEED:-$RANDOM}
RANDOM=$seed
diag "CKPT_TEST_SEED=$seed"

# 60 MB, so that a checkpoint takes long enough to be hit; it counts in a file that it opens anew each time.
cat >"$T/count.py" <<'END'
import os, sys, time
data = os.urandom(60 << 20)
n = 0
while True:
    n += 1
    with open(sys.argv[1], "w") as f:
        f.write(str(n))
    time.sleep(0.01)
END
start_job k "$T/img" -- "$PYTHON" "$T/count.py" "$T/n" </dev/null >/dev/null 2>&1
pid=$PROGRAM_PID
wait_for 10 test -s "$T/n"
"$COMMAND" -c >"$T/said" 2>&1 || diag "$(cat "$T/said")"
is "$(images "$T/img" | wc -w)" 1 "a first generation"

children_of() { cat /proc/"$1"/task/*/children 2>/dev/null; }

# counts PID - it runs, and what it counts grows.
counts() {
	local before after=''
	before=$(cat "$T/n")
	wait_for 5 sh -c "[ \"\$(cat '$T/n')\" != '$before' ] && [ -s '$T/n' ]"
}

victim_of() {
	local coordinator agent
	coordinator=$(coordinator_of k)
	agent=$(children_of "$coordinator" | awk '{ print $1 }')
	case $1 in
	coordinator) echo "$coordinator" ;;
	agent) echo "$agent" ;;
	tracer) children_of "$agent" | awk '{ print $1 }' ;;
	command) echo "$2" ;;
	esac
}

for who in coordinator agent tracer command; do
	for round in $(seq "$rounds"); do
		what="$who killed, round $round"
		"$COMMAND" -c --timeout 60 >"$T/said" 2>&1 &
		command_pid=$!
		sleep "0.$(printf %03d $((RANDOM % 120)))"
		victim=$(victim_of "$who" "$command_pid")
		[ -z "$victim" ] || kill -9 $victim 2>/dev/null
		wait "$command_pid" 2>/dev/null
		wait_for 10 counts || { fail "$what: the program runs on"; diag "$(grep State "/proc/$pid/status")"; continue; }
		try "$COMMAND" -c --timeout 60
		[ "$status" = 0 ] || { fail "$what: the next checkpoint works"; diag "$status $said"; continue; }
		left=$(images "$T/img")
		[ "$(wc -w <<<"$left")" = 1 ] || { fail "$what: one generation is there"; diag "$left"; continue; }
		pass "$what: the program runs on, the next checkpoint works, one generation is there"
	done
done
is "$("$BIN/ckpt_inspect" --verify "$T/img" >"$T/said" 2>&1; echo $?)" 0 "what is there is sound" || diag <"$T/said"
end_job k
is "$(ls -A "$CKPT_RUNDIR")" "" "nothing is left behind"
done_testing
