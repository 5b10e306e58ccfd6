#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# t1420-files-exact.t - regular files: locks and leases are refused by name; what cannot be opened again ends the restart by name;
# a file made read-only by its own writer; one output file shared with the script that runs ckpt_launch and ckpt_restart.
# As root and as an ordinary user.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
need_part ckpt_launch ckpt_command ckpt_coordinator ckpt_agent ckpt_restart libckpt.so test/victim/writer
need_program flock "$PYTHON"
user_bin

pid_of() { $as "$BIN/ckpt_command" --ckptdir "$img" --list --json 2>/dev/null | sed -n 's/.*"real_pid": *\([0-9]*\).*/\1/p'; }
# The job's process, once it is the program: ckpt_launch joins the job before it execs it.
is_there() {
	local pid name
	pid=$(pid_of) && [ -n "$pid" ] && { ! read -r name <"/proc/$pid/comm" || [ "$name" != ckpt_launch ]; } 2>/dev/null
}
is_gone() { [ -z "$(pid_of)" ]; }
is_there_or_gone() { is_there || ! kill -0 "$1"; }
end() {
	$as "$BIN/ckpt_command" --ckptdir "$img" --kill >/dev/null 2>&1
	wait_for 10 is_gone
}
shell() { $as bash -c "$1"; }
ckpt() {
	local name=$1
	shift
	said=$($as timeout -k 5 30 "$BIN/ckpt_$name" "$@" 2>&1 </dev/null)
	status=$?
}

# job NAME COMMAND... - under ckpt_launch, said to be ready by a file of that name.
job() {
	dir=$base/$1 img=$dir/img
	shift
	shell "mkdir -p '$img'; echo some >'$dir/file'"
	($as bash -c "cd '$dir'; $*" </dev/null >/dev/null 2>&1) 2>/dev/null &
	remember $!
	disown $!
	wait_for 10 is_there
	wait_for 10 test -e "$dir/ready" || diag "$dir: not ready"
}
launch="exec '$BIN/ckpt_launch' --ckptdir img"

# locked NAME PATTERN PYTHON - the program holds that lock.
locked() {
	job "$1" "$launch $PYTHON -c 'import fcntl, os, struct, time
f = open(\"file\", \"r+\")
$3
open(\"ready\", \"w\").close()
time.sleep(1000)'"
	ckpt command --ckptdir "$img" --check
	is "$status" 75 "$who: $1: --check says no"
	like "$said" "*$dir*$2*" "$who: $1: by name"
	ckpt command --ckptdir "$img" --checkpoint
	is "$status" 75 "$who: $1: no checkpoint"
	ok "$who: $1: the program runs on" -- is_there
	end
}

all() {
	locked posix "lock of kind POSIX*unlock it*" 'fcntl.lockf(f, fcntl.LOCK_EX, 10, 5)'
	locked flock "lock of kind FLOCK*unlock it*" 'fcntl.flock(f, fcntl.LOCK_SH)'
	locked ofd "lock of kind OFDLCK*unlock it*" 'fcntl.fcntl(f, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))'
	locked lease "lock of kind LEASE*give the lease up*" 'g = open("own", "w+"); fcntl.fcntl(g, fcntl.F_SETLEASE, fcntl.F_WRLCK); os.rename("own", "file2")'
	locked directory "lock of kind FLOCK*unlock it*" 'd = os.open("/proc/self/cwd", os.O_RDONLY); fcntl.flock(d, fcntl.LOCK_EX)'

	# Handed down by flock(1) or a shell, as scripts do to run once only.
	job inherited "exec 9>file; flock 9; touch ready; $launch sleep 1000"
	ckpt command --ckptdir "$img" --checkpoint
	like "$status $said" "75 *descriptor 9*FLOCK*9>&-*" "$who: an inherited lock is refused by name"
	end

	# Made with a mode that forbids its maker to write: open(2) gives the descriptor all the same.
	job readonly "$launch $PYTHON -c 'import os, time
f = os.open(\"made\", os.O_RDWR | os.O_CREAT, 0o444)
os.write(f, b\"begun \")
open(\"ready\", \"w\").close()
while not os.path.exists(\"go\"): time.sleep(0.01)
os.write(f, b\"ended\")'"
	ckpt command --ckptdir "$img" --checkpoint
	is "$status" 0 "$who: a file with mode 0444 open for writing: checkpoint" || diag "$said"
	end
	shell "cd '$dir'; chmod u+w made; echo more >>made; chmod a=r made; touch go"
	ckpt restart "$img"
	is "$status" 0 "$who: and restart" || diag "$said"
	is "$(cat "$dir/made") $(stat -c %a "$dir/made")" "begun ended 444" "$who: it goes on in it, and its mode is as it was"

	# A file that is gone is no closed descriptor.
	job gone "exec 7<file; touch ready; $launch sleep 1000"
	ckpt command --ckptdir "$img" --checkpoint
	end
	shell "rm '$dir/file'"
	ckpt restart "$img"
	like "$status $said" "65 *cannot open $dir/file again*nothing was started*" "$who: a file that is gone ends the restart by name"

	# One output file for a script, the program and ckpt_restart: they share its position as before.
	dir=$base/script img=$dir/img
	shell "mkdir -p '$img'"
	rm -f "$dir/run"
	cat >"$dir/run" <<-END
		#!/bin/bash
		cd '$dir' || exit
		echo "the script begins"
		'$BIN/ckpt_launch' --ckptdir img $PYTHON -c 'import time, os
		for i in range(40):
		    os.write(1, b"line %d\\n" % i)
		    time.sleep(0.02)'
		echo "\$?: the script goes on"
		echo "and says more"
		'$BIN/ckpt_restart' img
		echo "\$?: the script ends"
	END
	chmod 755 "$dir/run"
	($as bash -c "bash '$dir/run' >'$dir/log' 2>/dev/null </dev/null; touch '$dir/ended'") 2>/dev/null &
	remember $!
	wait_for 10 is_there
	wait_for 10 grep -q 'line 5' "$dir/log"
	ckpt command --ckptdir "$img" --checkpoint
	is "$status" 0 "$who: a script's output: checkpoint" || diag "$said"
	wait_for 10 grep -q 'line 20' "$dir/log"
	kill -9 "$(pid_of)"
	wait_for 20 test -e "$dir/ended"
	{ echo "the script begins"; seq -f 'line %.0f' 0 39; echo "0: the script ends"; } >"$T/want"
	ok "$who: a script's output: as if nothing had been" -- cmp "$dir/log" "$T/want"
	like "$(cat "$dir"/log.ckpt-tail-1)" "line *137: the script goes on*and says more" "$who: what was written in between is beside it"
}

if [ "$(id -u)" = 0 ]; then
	who=root as='' base=$T/root
	mkdir "$base"
	all
fi
who=user as=as_user
user_dir
base=$U
all
done_testing
