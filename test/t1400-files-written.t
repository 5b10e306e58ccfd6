#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# t1400-files-written.t - programs that write files in every way: checkpoint, run on and write more, SIGKILL, restart, twice; each
# file ends byte-identical to an uninterrupted run's, and is the same file still.  As root and as an ordinary user.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
need_part ckpt_launch ckpt_command ckpt_coordinator ckpt_agent ckpt_restart libckpt.so test/victim/writer
user_bin

seed=${CKPT_TEST_SEED:-$RANDOM}
RANDOM=$seed
diag "CKPT_TEST_SEED=$seed"
steps=400

# pid_of DIR - the id of the job's one process.
pid_of() { $as "$BIN/ckpt_command" --ckptdir "$1" --list --json | sed -n 's/.*"real_pid": *\([0-9]*\).*/\1/p'; }

# reach PID STEP - until the writer has come so far.
at_step() { local name; read -r name 2>/dev/null <"/proc/$1/comm" && [ "${name#step }" -ge "$2" ]; }
reach() { wait_for 30 at_step "$1" "$2" || diag "process $1 does not come to step $2: $(cat "/proc/$1/comm")"; }

checkpoint() { $as "$BIN/ckpt_command" --ckptdir "$1" --checkpoint >"$T/said" 2>&1 || diag "$(cat "$T/said")"; }

# run NAME COMMAND... - in the background; its exit status goes to $dir/NAME.status.
run() {
	local name=$1
	shift
	rm -f "$dir/$name.status"
	(
		$as "$@" </dev/null >"$dir/$name.out" 2>&1
		echo $? >"$dir/$name.status"
	) 2>/dev/null &
	remember $!
}

# one KIND [OPTION] - the whole life of one file.
one() {
	local kind=$1 option=${2-} file=$dir/$1 img=$dir/img-$1 first second
	mkdir -p "$img"
	own "$img"
	first=$((RANDOM % (steps / 4) + 20)) second=$((steps / 2 + RANDOM % (steps / 4)))
	$as "$BIN/test/victim/writer" "$file.control" "$kind" $steps 0 >/dev/null
	run "$kind" "$BIN/ckpt_launch" --ckptdir "$img" $option "$BIN/test/victim/writer" "$file" "$kind" $steps
	wait_for 10 test -s "$file"
	$as ln "$file" "$file.link"
	wait_for 10 test -n "\$(pid_of '$img')" || true
	cycle "$kind" "$first"
	cycle "$kind" "$second"
	wait_for 60 test -s "$dir/$kind.status"
	is "$(cat "$dir/$kind.status") $(tail -n 1 "$dir/$kind.out")" "0 ok" "$kind, $who: ends well"
	ok "$kind, $who: byte-identical to an uninterrupted run" -- cmp "$file" "$file.control"
	ok "$kind, $who: the file is the one it was (its other link shows it)" -- test "$file" -ef "$file.link"
}

# cycle KIND STEP - checkpoint there, let it run on, kill it, bring it back.
cycle() {
	local kind=$1 img=$dir/img-$1 pid
	pid=$(pid_of "$img")
	reach "$pid" "$2"
	checkpoint "$img"
	reach "$pid" $(($2 + 20 + RANDOM % 60))
	kill -9 "$pid"
	wait_for 10 test -s "$dir/$kind.status"
	run "$kind" "$BIN/ckpt_restart" "$img"
	wait_for 10 is_there "$img"
}
is_there() { [ -n "$(pid_of "$1")" ]; }

whole() {
	local kind
	for kind in sequential append records mapped cut; do
		one "$kind"
	done
	rm -rf "$dir"/img-sequential "$dir"/sequential*
	one sequential --file-limit=0
	is "$(ls "$dir" | grep -c 'append.ckpt-tail')" 2 "$who: what was appended after the checkpoint is kept beside the log, each time"
	is "$(ls "$dir" | grep -c 'records.ckpt-old')" 2 "$who: what was overwritten is kept beside the database, each time"
}

if [ "$(id -u)" = 0 ]; then
	who=root as='' dir=$T/root
	own() { :; }
	mkdir "$dir"
	whole
fi
who=user as=as_user
user_dir
dir=$U
own() { [ "$(id -u)" != 0 ] || chown "$TEST_UID:$TEST_UID" "$1"; }
whole
done_testing
