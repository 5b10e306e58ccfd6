#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# As after a reboot: the saved ids belong to strangers, the directory and the environment are others.  Root gets the exact ids
# in a namespace, a user virtual ones, or exact ones by --pids exact; and such a process is checkpointed and restarted again.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
. "$TOP_SRCDIR/test/lib/restart.sh"
need_part test/lib/strangers

STRANGERS=
settle() {
	local ids
	ids=$(ls "/proc/$P/task")
	save || return 1
	STRANGERS=
	[ "$(id -u)" = 0 ] || return 0
	# shellcheck disable=SC2086
	"$TOP_BUILDDIR/test/lib/strangers" $ids >"$D/strangers" 2>&1 &
	STRANGERS=$!
	remember "$STRANGERS"
	wait_for "$LIMIT" grep -q ready "$D/strangers" && return 0
	diag <"$D/strangers"
	return 1
}
leave() {
	[ -z "$STRANGERS" ] || kill "$STRANGERS"
	wait "$STRANGERS" 2>/dev/null
}

raw_ids() { grep '^beat' "$D/log" | tail -n 1 | sed 's/^beat [0-9]* //'; }
known_ids() { grep '^known' "$D/log" | tail -n 1 | sed 's/ group.*//'; }

# What it had, once more two beats later.
same_ids() {
	beats && beats
	is "$(known_ids)" "$KNOWN" "$1: the ids that libc tells"
	[ "$2" != exact ] || is "$(raw_ids)" "$RAW" "$1: the ids that the kernel tells, and /proc"
}

chain() {
	local mode=$1 text=$2
	shift 2
	begin "$WHO"
	launch threads ids
	beats
	RAW=$(raw_ids) KNOWN=$(known_ids)
	settle # not in a subshell: it starts processes
	is $? 0 "$text: saved, and its ids are strangers'"
	restart "$@"
	same_ids "$text, restart" "$mode" || diag <"$D/r.err"
	is "$(cat "$D/r.err")" "" "$text: nothing to say"
	ok "$text: a checkpoint by fork" -- command_ --checkpoint
	same_ids "$text, after it" "$mode"
	ok "$text: a checkpoint by copy, and the end" -- command_ --checkpoint --then-exit
	ends_with 137 "$text: ended as the program was"
	ok "$text: nothing is left" -- nothing_left
	restart "$@"
	same_ids "$text, restart of the restarted" "$mode" || diag <"$D/r.err"
	kill -9 "$(real_pid)"
	ends_with 137 "$text: SIGKILL of the program ends ckpt_restart by SIGKILL"
	wait_for "$LIMIT" nothing_left
	ok "$text: nothing is left after it" -- nothing_left
	restart "$@"
	beats
	local root
	root=$(real_pid)
	kill -9 "$R"
	ok "$text: SIGKILL of ckpt_restart ends the program" -- wait_for "$LIMIT" is_gone "$root"
	ok "$text: and all else" -- wait_for "$LIMIT" nothing_left
	wait "$R" 2>/dev/null
	restart --detach "$@"
	ends_with 0 "$text: --detach returns"
	same_ids "$text, detached" "$mode"
	echo 0 >"$D/log.stop"
	ok "$text: the detached program comes to its own end" -- wait_for "$LIMIT" has_heard end
	ok "$text: and nothing is left of it" -- wait_for "$LIMIT" nothing_left
	rm "$D/log.stop"
	restart "$@"
	beats
	echo 7 >"$D/log.stop"
	ends_with 7 "$text: ends with the program's status"
	ok "$text: nothing is left at the end" -- wait_for "$LIMIT" nothing_left
	leave
}

if [ "$(id -u)" = 0 ]; then
	WHO=root
	chain exact "root"
fi
WHO=user
chain virtual "user"
if [ "$(id -u)" = 0 ]; then
	U_OK=$(setpriv --reuid "$TEST_UID" --regid "$TEST_UID" --clear-groups unshare -Ur true 2>&1)
else
	U_OK=$(unshare -Ur true 2>&1)
fi
if [ -z "$U_OK" ]; then
	chain exact "user, --pids exact" --pids exact
else
	skip "user, --pids exact" "no user namespaces here: $U_OK"
fi
done_testing
