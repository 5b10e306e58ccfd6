#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# t1302-phases.t - an agent that fails or dies in each phase: the command says so with the right status, the job runs on, the generation
# before is whole, nothing is left of the attempt, and the next one works.  With a fake agent.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
. "$TOP_SRCDIR/test/lib/job.sh"
need_part ckpt_launch ckpt_command ckpt_coordinator libckpt.so
with_fake_agent

start_job p "$T/img" -- sleep 1000
pid=$PROGRAM_PID
"$COMMAND" -c >/dev/null

# attempt STATUS PATTERN TEXT [OPTION...] - one that fails.
attempt() {
	local want=$1 pattern=$2 text=$3 before after
	shift 3
	before=$(images "$T/img")
	try "$COMMAND" -c --timeout 30 "$@"
	is "$status" "$want" "$text: exit status $want" || diag "$said"
	like "$said" "$pattern" "$text: says so"
	after=$(images "$T/img")
	is "$after" "$before" "$text: the generation before is whole, nothing else is there"
	ok "$text: the program runs" -- alive "$pid"
	mishap
	try "$COMMAND" -c --timeout 30
	is "$status" 0 "$text: the next checkpoint works" || diag "$said"
}

for phase in PREPARE STOP COLLECT RESUME WRITE; do
	mishap fail $phase
	attempt 75 "*$phase was told to fail*" "fails in $phase"
	mishap die $phase
	attempt "$([ $phase = WRITE ] && echo 74 || echo 75)" \
		"*the agent was killed by signal 9 in phase $phase: the checkpoint was abandoned, the job runs on" "dies in $phase"
done
mishap full WRITE
attempt 74 "*No space left on device*" "no space in WRITE"
for phase in PREPARE STOP COLLECT WRITE; do
	mishap fail $phase
	attempt 75 "*$phase was told to fail*" "then-exit fails in $phase" --then-exit
done
mishap die WRITE
attempt 74 "*killed*WRITE*job runs on" "then-exit, dies in WRITE" --then-exit

# It fails, and cannot undo it either.
printf 'fail STOP\nfail ABORT\n' >"$T/mishap"
attempt 75 "*STOP was told to fail*" "fails in STOP and in ABORT"
printf 'fail STOP\ndie ABORT\n' >"$T/mishap"
attempt 75 "*STOP was told to fail*" "fails in STOP, dies in ABORT"

# Past WRITE the generation counts.
mishap die COMMIT
try "$COMMAND" -c
is "$status" 0 "dies in COMMIT: the generation counts"
mishap die COMMIT
try "$COMMAND" -c --then-exit
is "$status" 75 "then-exit, dies in COMMIT: it did not end the job, and says so"
like "$said" "*generation * is complete, but the job was not ended*" "then-exit, dies in COMMIT: but the generation is complete"
ok "then-exit, dies in COMMIT: the program runs" -- alive "$pid"
ok "then-exit, dies in COMMIT: one image is there" -- test "$(images "$T/img" | wc -w)" = 1
mishap

# The coordinator dies in a phase: the agent gives up by itself.
for phase in STOP COLLECT WRITE; do
	mishap hang $phase
	"$COMMAND" -c >"$T/said" 2>&1 &
	command_pid=$!
	wait_for 10 sh -c "'$COMMAND' --status | grep -q -i -E 'stopping|collecting|writing'"
	kill -9 "$(coordinator_of p)"
	wait "$command_pid"
	is "$?" 69 "coordinator killed in $phase: exit status 69"
	like "$(cat "$T/said")" "*the coordinator has gone away*" "coordinator killed in $phase: says so"
	ok "coordinator killed in $phase: the program runs" -- alive "$pid"
	mishap
	wait_for 10 sh -c "! ls '$T/img' | grep -q -v g0000" && sleep 0.1
	try "$COMMAND" -c
	is "$status" 0 "coordinator killed in $phase: the next command starts another, and it works" || diag "$said"
	is "$(images "$T/img" | wc -w)" 1 "coordinator killed in $phase: one generation is there"
done
end_job p
is "$(ls -A "$CKPT_RUNDIR")" "" "nothing is left behind"
done_testing
