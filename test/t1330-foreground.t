#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# ckpt_restart stands where the program stood: signals that reach it reach the program once, a stop stops both, it ends as the
# program ends, takes it along when it is killed, and --detach lets go.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
. "$TOP_SRCDIR/test/lib/restart.sh"

state_of() { sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null; }
is_state() { [[ $(state_of "$1") == $2 ]]; }
# It has begun: SIGTERM has its handler, and what is for the program is held.
has_begun() {
	local caught
	[[ $(readlink "/proc/$R/exe") == */ckpt_restart ]] || return 1
	caught=$(sed -n 's/^SigCgt:[[:space:]]*//p' "/proc/$R/status")
	[ $((0x$caught >> 14 & 1)) = 1 ]
}
soon() {
	while ! has_begun && ! is_gone "$R"; do :; done
}

# A launch, its image, and a clean log.
prepare() {
	begin "$WHO"
	launch "$@"
	beats
	ok "$WHO: saved" -- save
	: >"$D/log"
}
again() {
	rm -f "$D/log.stop"
	: >"$D/log"
	restart "$@"
	beats && ROOT=$(real_pid)
}
stop_with() {
	echo "$1" >"$D/log.stop"
	ends_with "$2" "$3"
}

signals() {
	local sig
	again
	for sig in INT QUIT TERM HUP USR1 USR2 CONT WINCH; do
		kill -s "$sig" "$R"
		wait_for "$LIMIT" has_heard "$sig"
		beats
		is "$(heard "$sig")" 1 "$WHO: SIG$sig reaches the program once"
	done
	: >"$D/log"
	kill -TSTP "$R"
	ok "$WHO: SIGTSTP stops the program" -- wait_for "$LIMIT" is_state "$ROOT" T
	ok "$WHO: and ckpt_restart" -- wait_for "$LIMIT" is_state "$R" T
	kill -CONT "$R"
	beats
	ok "$WHO: SIGCONT lets both go on" -- is_state "$R" '[RS]'
	beats
	is "$(heard CONT)" 1 "$WHO: and reaches the program once"
	kill -STOP "$ROOT"
	ok "$WHO: the program stopped by SIGSTOP: ckpt_restart too" -- wait_for "$LIMIT" is_state "$R" T
	kill -CONT "$R"
	beats
	is "$(state_of "$ROOT")" S "$WHO: both go on"
	stop_with 0 0 "$WHO: status 0"
}

ends() {
	local sig
	again
	stop_with 7 7 "$WHO: ends with the program's exit status"
	again
	stop_with 255 255 "$WHO: any status"
	for sig in ABRT SEGV KILL; do
		again
		kill -s "$sig" "$ROOT"
		ends_with $((128 + $(kill -l "$sig"))) "$WHO: ends by SIG$sig as the program"
	done
	ok "$WHO: nothing is left" -- wait_for "$LIMIT" nothing_left
	: >"$D/log"
	for _ in 1 2 3 4 5; do
		echo 3 >"$D/log.stop"
		restart
		ends_with 3 "$WHO: a program that ends at once"
	done
}

# Those that come between two lives are the program's; each once.
races() {
	local n all=1
	for n in 1 2 3 4 5 6 7 8; do
		rm -f "$D/log.stop"
		: >"$D/log"
		restart
		soon
		sleep "0.00$n"
		kill -USR1 "$R"
		beats && beats
		[ "$(heard USR1)" = 1 ] || { all=0; diag "USR1 after 0.00$n s: $(heard USR1) times"; }
		echo 0 >"$D/log.stop"
		wait "$R"
	done
	is "$all" 1 "$WHO: a signal during the restart comes once"
	for n in 1 2 3 4 5 6 7 8; do
		: >"$D/log"
		rm -f "$D/log.stop"
		restart
		soon
		sleep "0.00$n"
		kill -TERM "$R"
		sleep 0.05
		# Either it ended the restart, and nothing is there, or the program has heard it.
		if [ "$(heard TERM)" = 0 ]; then
			wait_for "$LIMIT" is_gone "$R" || wait_for 1 has_heard TERM || all=0
		fi
		if is_gone "$R"; then
			wait "$R" 2>/dev/null
			[ $? = 143 ] || all=0
		else
			echo 0 >"$D/log.stop"
			wait "$R"
		fi
		wait_for "$LIMIT" nothing_left || { all=0; diag "$(nothing_left)"; }
	done
	is "$all" 1 "$WHO: SIGTERM during the restart ends it, or is the program's"
}

killed() {
	again
	kill -9 "$R"
	ok "$WHO: SIGKILL of ckpt_restart takes the program along" -- wait_for "$LIMIT" is_gone "$ROOT"
	ok "$WHO: and leaves nothing" -- wait_for "$LIMIT" nothing_left
	again
	kill -STOP "$ROOT"
	wait_for "$LIMIT" is_state "$R" T
	kill -9 "$R"
	ok "$WHO: also a stopped one" -- wait_for "$LIMIT" is_gone "$ROOT"
	ok "$WHO: and leaves nothing of it" -- wait_for "$LIMIT" nothing_left
	# The program sees nothing of ours: no child, no descriptor, no parent-death signal of ours.
	again
	is "$(cat "/proc/$ROOT/task/$ROOT/children")" "" "$WHO: the program has no child of ours"
	stop_with 0 0 "$WHO: ended"
}

detached() {
	again --detach
	ends_with 0 "$WHO: --detach returns at once"
	beats
	ok "$WHO: the program lives on" -- kill -0 "$ROOT"
	ok "$WHO: in its job" -- command_ --status
	ok "$WHO: which can be checkpointed" -- command_ --checkpoint
	ok "$WHO: and killed" -- command_ --kill
	ok "$WHO: nothing is left" -- wait_for "$LIMIT" nothing_left
	: >"$D/log"
	(cd / && as "$WHO" env -i CKPT_RUNDIR="$D/run" "$BIN/ckpt_restart" --detach "$D/img" <&- >&- 2>&-)
	is $? 0 "$WHO: --detach without standard descriptors"
	beats
	ROOT=$(real_pid)
	echo 0 >"$D/log.stop"
	ok "$WHO: lives to its end" -- wait_for "$LIMIT" has_heard end
	wait_for "$LIMIT" nothing_left
	rm "$D/log.stop"
	: >"$D/log"
	(trap '' HUP && cd / && as "$WHO" env -i CKPT_RUNDIR="$D/run" "$BIN/ckpt_restart" "$D/img" >"$D/r.out" 2>"$D/r.err") &
	R=$!
	remember "$R"
	beats
	kill -HUP "$R"
	beats
	is "$(heard HUP)" 0 "$WHO: under nohup SIGHUP is not passed on"
	stop_with 0 0 "$WHO: ended in order"
	ok "$WHO: nothing left at the end" -- wait_for "$LIMIT" nothing_left
}

for WHO in $(each_who); do
	prepare
	signals
	ends
	races
	killed
	detached
done
done_testing
