#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# t1303-jobs.t - several jobs, names that meet, directories that are shared, coordinators that die.  With a fake agent.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
. "$TOP_SRCDIR/test/lib/job.sh"
need_part ckpt_launch ckpt_command ckpt_coordinator libckpt.so
with_fake_agent

# Two in one directory
start_job a "$T/img" -- sleep 1000
a=$PROGRAM_PID
start_job b "$T/img" -- sleep 1001
b=$PROGRAM_PID
try "$COMMAND" -c
is "$status" 64 "two jobs: one must be chosen"
like "$said" "*--job a *sleep*$T/img*--job b *" "and they are listed"
try "$COMMAND" --ckptdir "$T/img" -c
is "$status" 64 "their common directory does not choose"
try "$COMMAND" --ckptdir "$T/img" --job b -c
is "$status" 0 "with the name it does"
"$COMMAND" --job a -c >/dev/null
"$COMMAND" --job a -c >/dev/null
is "$(images "$T/img")" "ckpt_sleep_a_g000002_1.img ckpt_sleep_b_g000001_1.img " "each keeps its own generations in one directory"

# One name twice
try "$LAUNCH" --job a --ckptdir "$T/other" true
refused 125 "*a job named a is running already*--job*" "a second job of one name"
mkdir -m 700 "$T/run2"
CKPT_RUNDIR=$T/run2 try "$LAUNCH" --job a --ckptdir "$T/img" true
refused 125 "*a job named a is running already on host*$T/img*" "of one name in one image directory, with another run directory"
ok "the first one is unharmed" -- "$COMMAND" --job a --status
pids= won=0
for i in 1 2 3 4 5 6; do
	"$LAUNCH" --job race --ckptdir "$T/race" sh -c 'echo ran; sleep 1' >"$T/race.$i" 2>&1 &
	pids="$pids $!"
done
for i in $pids; do wait "$i" && won=$((won + 1)); done
is "$won" 1 "six of one name at once: one of them runs"
is "$(cat "$T"/race.? | grep -c 'is running already')" 5 "the others say why" || cat "$T"/race.? | diag
try "$LAUNCH" --job 'with space/and_slash' --ckptdir "$T/img" sh -c 'tr "\0" "\n" </proc/$$/environ | grep LIFE_JOB'
is "$said" "CKPT_LIFE_JOB=with-space-and-slash" "a name's odd bytes become '-'"
try "$LAUNCH" --job "$(printf %064d 1)" true
refused 125 "*cannot be a job's name*" "a name that is too long"
unset SLURM_JOB_ID
is "$(cd "$T/img" && SLURM_JOB_ID=4711 "$LAUNCH" sh -c 'tr "\0" "\n" </proc/$$/environ | grep LIFE_JOB')" "CKPT_LIFE_JOB=4711" \
	"the batch system's job id is the name"
(cd "$T/img" && SLURM_JOB_ID=4712 exec "$LAUNCH" sleep 1002) &
remember $!
disown $!
wait_for 10 "$COMMAND" --job 4712 --status
is "$(cd "$T/img" && SLURM_JOB_ID=4712 "$LAUNCH" sh -c 'tr "\0" "\n" </proc/$$/environ | grep LIFE_JOB')" "CKPT_LIFE_JOB=4712-2" \
	"a second program of the batch job has a name of its own"
end_job 4712

# Joining
try "$LAUNCH" -j --job nobody true
refused 125 "*no job nobody*" "joining a job that does not run"
background "$LAUNCH" -j --job a sleep 1003
joined=$!
wait_for 10 sh -c "'$COMMAND' --job a --list | grep -q ' $joined '"
ok "$? = 0" "a second program joins a job"
is "$("$COMMAND" --job a --status --json | sed -n 's/.*"members": \([0-9]*\).*/\1/p')" 2 "which has two members then"
try "$COMMAND" --job a -c
like "$status $said" "0 generation 3 of job a: 2 processes*" "and one generation of two"
kill "$joined"
wait "$joined" 2>/dev/null
wait_for 10 sh -c "'$COMMAND' --job a --status --json | grep -q '\"members\": 1'"
ok "$? = 0" "one ends, the job goes on"

# Dead coordinators
kill -9 "$(coordinator_of a)"
ok "coordinator killed: the program runs on" -- alive "$a"
try "$LAUNCH" --job a --ckptdir "$T/img" true
refused 125 "*a job named a is running already (process $a; its coordinator died*" "its name is still taken"
try "$COMMAND" --job a --list
like "$status $said" "0 *sleep*$a*" "the next command starts another, which finds the member"
try "$COMMAND" --job a -c
like "$status $said" "0 generation 4 *" "and goes on with the numbers"
kill -9 "$(coordinator_of a)"
kill -9 "$a"
wait_for 5 gone "$a"
try "$COMMAND" --job a --status
refused 69 "*no job a is running here*" "coordinator and program killed: no such job"
try "$LAUNCH" --job a --ckptdir "$T/img" true
is "$status$said" 0 "and the name is free"
wait_for 5 no_trace a
ok "$? = 0" "what the dead one left went with it"

# A child that outlives the root, a coordinator that died in between
start_job c "$T/img" -- sh -c 'setsid sleep 1004 & echo $! >'"$T/child"
wait_for 5 test -s "$T/child"
child=$(cat "$T/child")
wait_for 5 gone "$PROGRAM_PID"
try "$COMMAND" --job c --list
like "$status $said" "0 *sleep*$child*" "what the root left behind is a member"
kill -9 "$(coordinator_of c)"
try "$COMMAND" --job c --list
like "$status $said" "0 *sleep*$child*" "also for a coordinator that came later"
kill "$child"
wait_for 10 no_trace c
ok "$? = 0" "the job ends with its last member"

# A dead socket, a record of nobody
end_job b
: >"$CKPT_RUNDIR/b.sock"
: >"$CKPT_RUNDIR/b.job"
try "$COMMAND" --status
refused 69 "*no job of yours*" "leftovers are no jobs"
try "$LAUNCH" --job b --ckptdir "$T/img" true
is "$status$said" 0 "and are replaced"

# Another host's job, by its record
printf 'ckpt-job 1\njob far\nckptdir %s\nhost faraway\nboot 0000\nsocket /nowhere\ncoordinator 77\nend\n' "$T/far" >"$T/far.rec"
mkdir "$T/far"
cp "$T/far.rec" "$T/far/.ckpt_far.job"
chmod 600 "$T/far/.ckpt_far.job"
try "$COMMAND" --ckptdir "$T/far" --status
is "$status" 69 "a record that nobody holds is no job"
if command -v /usr/bin/python3 >/dev/null; then
	background /usr/bin/python3 -c 'import fcntl, os, struct, sys, time
f = open(sys.argv[1], "r+")
fcntl.fcntl(f, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
open(sys.argv[2], "w").close()
time.sleep(1000)' "$T/far/.ckpt_far.job" "$T/locked"
	wait_for 10 test -e "$T/locked"
	try "$COMMAND" --ckptdir "$T/far" --status
	refused 69 "*job far runs on host faraway (coordinator 77)*give the command there*" "one that somebody holds says where"
else
	skip "a job on another host" "no python3"
fi

# One name, two run directories, two image directories: each job's processes are its own
start_job same "$T/same1" -- sleep 1005
CKPT_RUNDIR=$T/run2 start_job same "$T/same2" -- sleep 1006
two=$PROGRAM_PID
try "$COMMAND" --job same --kill
is "$status" 0 "one name in two run directories: one is killed"
ok "the other runs" -- alive "$two"
CKPT_RUNDIR=$T/run2 try "$COMMAND" --job same --kill
is "$status" 0 "and is killed by its own"
ok "then it has ended" -- gone "$two"
is "$(ls -A "$CKPT_RUNDIR" | grep -v -E '\.so$')" "" "nothing is left behind"
done_testing
