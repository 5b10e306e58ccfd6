#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# t1301-command.t - ckpt_command: what it shows, asks, and ends with.  With a fake agent.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
. "$TOP_SRCDIR/test/lib/job.sh"
need_part ckpt_launch ckpt_command ckpt_coordinator libckpt.so
with_fake_agent

try "$COMMAND" --status
refused 69 "*no job of yours is running here*" "no job"
try "$COMMAND" --job x --checkpoint
refused 69 "*no job x is running here*" "no such job"
try "$COMMAND"
is "$status" 64 "nothing to do"
try "$COMMAND" --status --kill
is "$status" 64 "two things at once"
try "$COMMAND" --then-exit
is "$status" 64 "--then-exit alone"
try "$COMMAND" --bogus
is "$status" 64 "an unknown option"
try "$COMMAND" --timeout soon --status
refused 64 "*timeout*soon*" "a time that is none"
try "$COMMAND" --version
like "$status $said" "0 ckpt_command *" "--version"

start_job one "$T/img" -- sleep 1000
pid=$PROGRAM_PID
try "$COMMAND" --status
like "$status $said" "0 *job *one*program *sleep*generation *none*" "--status"
"$COMMAND" --status --json >"$T/status.json"
"$COMMAND" --list --json >"$T/list.json"
if command -v /usr/bin/python3 >/dev/null; then
	is "$(/usr/bin/python3 -c 'import json, sys
s = json.load(open(sys.argv[1])); l = json.load(open(sys.argv[2]))
print(s["schema"], s["job"], s["directory"], s["members"], s["last_checkpoint"], l["schema"], l["members"][0]["real_pid"])' \
		"$T/status.json" "$T/list.json")" "1 one $T/img 1 None 1 $pid" "--json is JSON with a schema version"
else
	skip "--json is JSON" "no python3"
fi
like "$("$COMMAND" -l)" "*sleep*$pid*$pid*" "-l lists a process with both its ids"

try "$COMMAND" --checkpoint
like "$status $said" "0 generation 1 of job one: 1 process*" "--checkpoint"
is "$(images "$T/img")" "ckpt_sleep_one_g000001_1.img " "its image is there, under its name"
try "$COMMAND" -bc
like "$status $said" "0 generation 2 *" "-bc"
is "$(images "$T/img")" "ckpt_sleep_one_g000002_1.img " "the generation before went"
try "$COMMAND" --quiet -c
is "$status$said" 0 "--quiet says nothing"
like "$("$COMMAND" -s)" "*generation *3*" "-s knows the generation"
rm -f "$T"/img/ckpt_*
"$COMMAND" -c >/dev/null
is "$(images "$T/img")" "ckpt_sleep_one_g000004_1.img " "a number is never used again, also when its images are gone"
try "$COMMAND" --ckptdir "$T/img" --status
like "$status $said" "0 *job *one*" "found by its image directory"
CKPT_JOB=one try "$COMMAND" --status
is "$status" 0 "--job by its variable"
CKPT_CKPTDIR=$T/nowhere try "$COMMAND" --status
is "$status" 64 "--ckptdir by its variable"
CKPT_KILL=1 try "$COMMAND" --status
ok "$status = 0" "a variable kills nothing"
ok "the program runs" -- alive "$pid"

try "$COMMAND" --check
like "$status $said" "0 everything can be saved" "--check"
mishap refuse PREPARE
try "$COMMAND" --check
is "$status" 75 "--check with something that cannot be saved"
like "$said" "*sleep (pid $pid), fd 5: socket 10.0.0.1:80: its peer is outside; close it*1 thing cannot be saved*" \
	"names process, descriptor, kind, peer, reason, remedy"
like "$("$COMMAND" --check --json 2>/dev/null)" '*"schema": 1*"remedy": "close it"*' "and as JSON"
try "$COMMAND" --checkpoint
refused 75 "*sleep (pid $pid), fd 5: socket 10.0.0.1:80: its peer is outside; close it" "--checkpoint is refused for the same reason"
is "$(images "$T/img")" "ckpt_sleep_one_g000004_1.img " "the generation before is whole"
mishap

try "$COMMAND" --interval 1
like "$status $said" "0 *every 1 s*" "--interval"
wait_for 10 test -e "$T/img/ckpt_sleep_one_g000006_1.img"
ok "$? = 0" "checkpoints come by themselves"
try "$COMMAND" -i 0
is "$status" 0 "and are switched off"

# Requests that meet become one.
mishap slow COLLECT
before=$(ls "$T/img")
pids=
for i in 1 2 3 4; do
	"$COMMAND" -c >"$T/said.$i" 2>&1 &
	pids="$pids $!"
done
failed=0
for i in $pids; do wait "$i" || failed=1; done
is "$failed" 0 "four at once: all work"
is "$(sed 's/:.*//' "$T"/said.? | sort -u | wc -l)" 1 "they were one generation"
mishap

mishap hang COLLECT
try "$COMMAND" -c --timeout 0.3
refused 124 "*timed out after 0.3 s, in phase COLLECT; the job runs on*" "--timeout"
mishap
try "$COMMAND" -c --timeout 20
is "$status" 0 "the next one works"

script -qec "$COMMAND -c" /dev/null </dev/null >"$T/tty" 2>&1
ok "a progress line on a terminal" -- grep -q collecting "$T/tty"

# The end
try "$COMMAND" --checkpoint --then-exit
like "$status $said" "0 generation *the job is ended*" "--then-exit"
not_ok "the program has ended" -- alive "$pid"
ok "nothing of the job is left when the command returns" -- no_trace one
like "$(images "$T/img")" "ckpt_sleep_one_g0000*_1.img " "but the image"
is "$(ls -A "$T/img" | grep job)" "" "and no record"
start_job two "$T/img" -- sh -c 'sleep 1000 & sleep 1000 & wait'
try "$COMMAND" -kc
like "$status $said" "0 *the job is ended*" "-kc is the same"
start_job three "$T/img" -- sh -c 'sleep 1001 & echo $! >'"$T/child"'; setsid sleep 1002 & echo $! >>'"$T/child"'; wait'
wait_for 5 sh -c "[ \$(wc -l <'$T/child') = 2 ]"
try "$COMMAND" -k
like "$status $said" "0 job three is ended" "--kill"
left=
for pid in $PROGRAM_PID $(cat "$T/child"); do gone "$pid" || left="$left $pid"; done
is "$left" "" "with all its processes"
ok "nothing is left" -- no_trace three
start_job four "$T/img" -- sleep 1003
try "$COMMAND" -q
is "$status" 0 "-q is --kill too"
done_testing
