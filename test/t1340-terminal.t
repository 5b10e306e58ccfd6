#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Under a real shell on a terminal: ^Z, bg, fg, ^C, ^\ of a restarted program do what they would do to the program itself; its modes
# come back with it, the shell's when it stops or ends; another size is told.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
. "$TOP_SRCDIR/test/lib/restart.sh"
need_program perl

DRIVE=$TOP_SRCDIR/test/lib/pty-drive

# An interactive shell as WHO, in $D; the script is standard input.
shell() {
	local status
	cat >"$D/script"
	(as "$WHO" env -i PATH="$PATH" HOME="$D" TERM=dumb CKPT_RUNDIR="$D/run" "$DRIVE" bash --norc --noprofile -i \
		<"$D/script" >"$D/driven" 2>&1)
	status=$?
	[ "$status" = 0 ] || cat "$D/driven"
	return "$status"
}

# Launched on a terminal, saved there; the terminal goes.
on_terminal() {
	: >"$D/log"
	rm -f "$D/log.stop"
	(as "$WHO" env -i PATH="$PATH" HOME="$D" TERM=dumb CKPT_RUNDIR="$D/run" "$DRIVE" bash --norc --noprofile -i \
		>"$D/driven" 2>&1) <<-END || { diag <"$D/driven"; return 1; }
	type cd $D; export PS1='ready> '; $BIN/ckpt_launch --ckptdir $D/img $WITNESS $D/log $*\n
	shell grep -q '^$AWAIT' $D/log
	shell CKPT_RUNDIR=$D/run $BIN/ckpt_command --checkpoint --then-exit >$D/said 2>&1
	expect Killed
	END
	: >"$D/log"
}

RESTART="$BIN/ckpt_restart"

job_control() {
	begin "$WHO"
	AWAIT=beat
	ok "$WHO: saved on a terminal" -- on_terminal
	ok "$WHO: ^C, ^\\, size, ^Z, fg, bg, end" -- shell <<-END
	type cd /; PS1='ready'\ ; stty -a | grep -c isig\n
	expect ready.*1
	type $RESTART $D/img\n
	shell grep -q beat $D/log
	foreground witness
	shell grep -q WINCH $D/log
	type \x03
	shell grep -q INT $D/log
	type \x1c
	shell grep -q QUIT $D/log
	size 30 100
	sleep 0.2
	type \x1a
	expect Stopped
	foreground bash
	type jobs\n
	expect Stopped.*ckpt_restart
	type fg\n
	foreground witness
	sleep 0.3
	type \x1a
	expect Stopped
	type bg\n
	expect ckpt_restart
	foreground bash
	type jobs\n
	expect Running
	type fg\n
	sleep 0.3
	type \x03
	sleep 0.3
	type \x1a
	expect Stopped
	type fg\n
	foreground witness
	shell echo 7 >$D/log.stop
	expect ready
	foreground bash
	type echo status=\$?\n
	expect status=7
	END
}

# A program with default actions: ^C and ^\ end it, and the shell sees the signals.
deaths() {
	begin "$WHO"
	AWAIT=beat
	ok "$WHO: saved, with default actions" -- on_terminal deaf
	ok "$WHO: ^C and ^\\ end it" -- shell <<-END
	type cd /; ulimit -c 0; PS1='ready'\ ; $RESTART $D/img\n
	foreground witness
	type \x03
	expect ready
	type echo status=\$?\n
	expect status=130
	type $RESTART $D/img\n
	foreground witness
	type \x1c
	expect Quit
	type echo status=\$?\n
	expect status=131
	type $RESTART $D/img & sleep 0.5; fg\n
	sleep 1
	type \x03
	expect ready
	type echo status=\$?\n
	expect status=130
	END
}

modes() {
	begin "$WHO"
	AWAIT=raw
	ok "$WHO: saved in raw mode" -- on_terminal raw
	ok "$WHO: raw again, and the shell's modes at its end" -- shell <<-END
	modes raw
	type stty icanon echo; PS1='ready'\ ; cd /\n
	expect ready
	type stty -a >$D/before; $RESTART $D/img\n
	foreground witness
	modes raw
	size 33 99
	shell grep -q 'size 33 99' $D/log
	type \x03
	shell grep -q 'byte 3 raw' $D/log
	type \x1a
	shell grep -q 'byte 26 raw' $D/log
	shell kill -TSTP \$(pgrep -f ^$WITNESS.*$D/log)
	expect Stopped
	foreground bash
	type stty -a >$D/between; fg\n
	foreground witness
	modes raw
	type x
	shell grep -q 'byte 120 raw' $D/log
	type q
	expect ready
	type stty -a >$D/after; echo status=\$?\n
	expect status=0
	type $RESTART $D/img\n
	foreground witness
	modes raw
	shell kill -9 \$(pgrep -f ^$WITNESS.*$D/log)
	expect Killed
	type stty -a >$D/killed; echo done=\$?\n
	expect done=0
	type $RESTART $D/img & sleep 0.7; stty -a >$D/background; kill %%; wait; echo back=\$?\n
	expect back=[0-9]
	type $RESTART --stdin /nonexistent/file $D/img; stty -a >$D/refused; echo refused=\$?\n
	expect refused=0
	END
	for when in between after killed background refused; do
		is "$(cat "$D/$when")" "$(sed 's/rows 24; columns 80/rows 33; columns 99/' "$D/before")" \
			"$WHO: the shell's modes: $when"
	done
}

# A session leader without a terminal is one again; signals reach it through ckpt_restart.
leader() {
	begin "$WHO"
	(as "$WHO" setsid -w "$BIN/ckpt_launch" --ckptdir "$D/img" "$WITNESS" "$D/log" leader </dev/null >"$D/out" 2>&1) &
	P=$!
	wait_for "$LIMIT" has_heard beat
	ok "$WHO: a session leader saved" -- command_ --checkpoint --then-exit
	wait "$P" 2>/dev/null
	: >"$D/log"
	restart
	beats
	P=$(real_pid)
	is "$(awk '{ print $6 }' "/proc/$P/stat")" "$P" "$WHO: it leads a session"
	kill -INT "$R"
	ok "$WHO: and hears SIGINT" -- wait_for "$LIMIT" has_heard INT
	echo 0 >"$D/log.stop"
	ends_with 0 "$WHO: ended"
}

for WHO in $(each_who); do
	job_control
	deaths
	modes
	leader
	ok "$WHO: nothing is left" -- wait_for "$LIMIT" nothing_left
done
done_testing
