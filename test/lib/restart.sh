# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# restart.sh - for tests of ckpt_restart's own behaviour, after tap.sh: one program, witness, is launched, checkpointed, killed and
# restarted as root or as an ordinary user.  It owns $D (that life's directory) and the ids $P (the program) and $R (ckpt_restart).
#
#	for WHO in $(each_who)		root and user, or user alone
#	begin WHO			a fresh $D with $D/img, and a run directory
#	launch WORD...			witness under ckpt_launch; $P
#	save				checkpoint --then-exit, the program is gone
#	restart ARG...			ckpt_restart in the background, from / with an empty environment; $R
#	as WHO COMMAND...		in a subshell: becomes COMMAND
# The log of witness is $D/log: heard WORD counts its lines.

LIMIT=20
LAUNCH=() # more options of ckpt_launch

need_part ckpt_launch ckpt_restart ckpt_coordinator ckpt_agent libckpt.so test/victim/witness
user_bin
WITNESS=$T/witness
cp "$TOP_BUILDDIR/test/victim/witness" "$WITNESS"

each_who() {
	[ "$(id -u)" != 0 ] || echo root
	echo user
}

# Descriptors that are the test's alone must not be the program's.
close_others() {
	local fd
	for fd in /proc/self/fd/*; do
		fd=${fd##*/}
		[ "$fd" -le 2 ] || [ "$fd" = 255 ] || eval "exec $fd>&-"
	done
}

as() {
	local who=$1
	shift
	close_others
	if [ "$who" = user ] && [ "$(id -u)" = 0 ]; then
		exec setpriv --reuid "$TEST_UID" --regid "$TEST_UID" --clear-groups --inh-caps=-all -- \
			env HOME="$D" CKPT_RUNDIR="$D/run" "$@"
	fi
	exec env HOME="$D" CKPT_RUNDIR="$D/run" "$@"
}

begin() {
	WHO=$1
	D=$(mktemp -d "$T/$WHO.XXXXXX")
	mkdir -m 700 "$D/img" "$D/run"
	touch "$D/out" "$D/err" "$D/said" "$D/log"
	[ "$WHO" != user ] || [ "$(id -u)" != 0 ] || chown -R "$TEST_UID:$TEST_UID" "$D"
}

now() { (as "$WHO" "$@"); }

heard() { grep -c "^$1" "$D/log" 2>/dev/null; }

# One more beat than there were.
beats() {
	local n
	n=$(heard beat)
	wait_for "$LIMIT" more_beats "$n"
}
more_beats() { [ "$(heard beat)" -gt "$1" ]; }
has_heard() { [ "$(heard "$1")" -ge "${2:-1}" ]; }

launch() {
	(as "$WHO" "$BIN/ckpt_launch" --ckptdir "$D/img" ${LAUNCH[@]+"${LAUNCH[@]}"} "$WITNESS" "$D/log" "$@" \
		</dev/null >"$D/out" 2>"$D/err") &
	P=$!
	remember "$P"
	wait_for "$LIMIT" has_heard beat
}

command_() { now "$BIN/ckpt_command" "$@" >"$D/said" 2>&1; }

save() {
	local status
	command_ --checkpoint --then-exit
	status=$?
	[ "$status" = 0 ] || diag <"$D/said"
	wait "$P" 2>/dev/null
	return "$status"
}

restart() {
	(cd / && as "$WHO" env -i CKPT_RUNDIR="$D/run" "$BIN/ckpt_restart" "$@" "$D/img" \
		</dev/null >"$D/r.out" 2>"$D/r.err") &
	R=$!
	remember "$R"
}

# Today's id of the program, as we see it.
real_pid() { now "$BIN/ckpt_command" --list 2>/dev/null | awk 'NR == 2 { print $NF }'; }

is_gone() { [ ! -e "/proc/$1" ] || grep -q '^State:.[ZX]' "/proc/$1/status" 2>/dev/null; }

# No process of ours is left (one that has our directory in its arguments or environment), and nothing in the run directory.
nothing_left() {
	local file
	printf '%s\n' "CKPT_RUNDIR=$D/run" "$D/" >"$T/pattern"
	for file in $(grep -lsaF -f "$T/pattern" /proc/[0-9]*/environ /proc/[0-9]*/cmdline); do
		file=${file%/*}
		is_gone "${file##*/}" && continue
		echo "left: ${file##*/} $(tr '\0' ' ' <"$file/cmdline")"
		return 1
	done
	[ -z "$(ls "$D/run")" ] || { ls "$D/run"; return 1; }
}

# ends_with STATUS TEXT - a check: ckpt_restart has ended with it, within LIMIT.
ends_with() {
	local status=none
	if wait_for "$LIMIT" is_gone "$R"; then
		wait "$R" 2>/dev/null
		status=$?
	fi
	is "$status" "$1" "$2" || diag <"$D/r.err"
}
