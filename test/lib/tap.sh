# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# tap.sh - TAP for tests in bash, sourced first.  It owns: the count, a private directory $T (removed at the end, kept
# where a check failed and TEST_KEEP is set), a run directory of its own ($CKPT_RUNDIR), and the processes that
# the test started (ended by recorded id, never by name).
#
#	. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
#	plan 2
#	ok "$x -gt 3" "x is large"		an expression of test(1), or
#	ok -- grep -q word file			a command, quiet when it works
#	is "$got" "$want" "they are alike"
#	like "$got" "ex*pected" "a shell pattern"
#	done_testing
#
# Also: not_ok, like, pass, fail, diag, skip, skip_rest, bail, need_program, need_python, need_part, background, remember,
# wait_for, as_user, user_bin: each is described where it stands.

set -u
# The last part of a pipe runs in this shell: "... | none_of RULE" counts.
shopt -s lastpipe
: "${TOP_SRCDIR:=$(cd "$(dirname "$0")/.." && pwd -P)}"
: "${TOP_BUILDDIR:=$(pwd -P)}"
export TOP_SRCDIR TOP_BUILDDIR
# Words of the person's own environment must not steer what is tested.
for tap_name in "${!CKPT_@}"; do
	case $tap_name in CKPT_TEST_*) ;; *) unset "$tap_name" ;; esac
done
unset LD_PRELOAD MAKEFLAGS MFLAGS MAKELEVEL
export LC_ALL=C

tap_run=0 tap_failed=0 tap_plan='' tap_done=''
tap_pids=()

T=$(mktemp -d "${TMPDIR:-/tmp}/ckpt-test.XXXXXX") || { echo "Bail out! no temporary directory"; exit 1; }
chmod 755 "$T" # as_user has to pass through
CKPT_RUNDIR=$T/run
mkdir -m 700 "$CKPT_RUNDIR"
export T CKPT_RUNDIR
tap_shell=$BASHPID

tap_end() {
	local status=$? pid
	[ "$BASHPID" = "$tap_shell" ] || return 0
	trap - EXIT INT TERM HUP
	for pid in ${tap_pids[@]+"${tap_pids[@]}"} $(cat "$T"/pids/* 2>/dev/null); do
		kill -9 "$pid" 2>/dev/null
	done
	wait 2>/dev/null
	if [ "$tap_failed" -gt 0 ] && [ -n "${TEST_KEEP-}" ]; then
		diag "kept: $T"
	else
		chmod -R u+rwX "$T" 2>/dev/null
		rm -rf "$T"
	fi
	[ -n "$tap_done" ] && exit "$tap_done"
	[ "$status" -eq 0 ] && status=1 # ended before done_testing
	exit "$status"
}
trap tap_end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# plan N - says how many checks come; without it done_testing says how many came.
plan() {
	tap_plan=$1
	echo "1..$1"
}

# diag TEXT... - comment lines; without arguments, standard input.
diag() {
	if [ $# -gt 0 ]; then
		printf '%s\n' "$*" | sed 's/^/# /'
	else
		sed 's/^/# /'
	fi
}

tap_line() {
	tap_run=$((tap_run + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tap_run - ${2//#/\\#}"
	else
		tap_failed=$((tap_failed + 1))
		echo "not ok $tap_run - ${2//#/\\#}"
	fi
	return "$1"
}

# ok EXPRESSION TEXT, or ok [TEXT] -- COMMAND...
ok() {
	local text='' status said
	if [ "$1" = -- ] || [ "${2-}" = -- ]; then
		[ "$1" = -- ] || { text=$1; shift; }
		shift
		said=$("$@" 2>&1)
		status=$?
		[ "$status" -eq 0 ] || status=1
		tap_line "$status" "${text:-$*}" && return 0
		diag "failed: $*"
		[ -z "$said" ] || diag "$said"
		return 1
	fi
	# The expression is words for test(1): splitting is what is wanted.
	# shellcheck disable=SC2086
	[ $1 ]
	status=$?
	[ "$status" -eq 0 ] || status=1
	tap_line "$status" "$2" && return 0
	diag "not true: $1"
	return 1
}

not_ok() {
	local text=$1
	[ "${2-}" = -- ] && shift 2
	if "$@" >/dev/null 2>&1; then
		tap_line 1 "$text"
		diag "worked, and should not have: $*"
		return 1
	fi
	tap_line 0 "$text"
}

is() {
	[ "$1" = "$2" ]
	tap_line $? "$3" && return 0
	diag "got:  $1"
	diag "want: $2"
	return 1
}

like() {
	# shellcheck disable=SC2053
	[[ $1 == $2 ]]
	tap_line $? "$3" && return 0
	diag "got:  $1"
	diag "want: $2"
	return 1
}

pass() { tap_line 0 "$1"; }
fail() { tap_line 1 "$1"; }

# skip WHAT WHY - one check that cannot be made here.
skip() {
	tap_run=$((tap_run + 1))
	echo "ok $tap_run - ${1//#/\\#} # SKIP $2"
}

# skip_rest WHY - all checks that are still in the plan, then the end; the whole file where nothing ran yet.
skip_rest() {
	if [ "$tap_run" -eq 0 ] && [ -z "$tap_plan" ]; then
		echo "1..0 # SKIP $1"
		tap_done=0
		exit 0
	fi
	[ -n "$tap_plan" ] || skip "the rest" "$1"
	while [ "$tap_run" -lt "${tap_plan:-0}" ]; do
		skip "not run" "$1"
	done
	done_testing
}

# bail WHY - nothing of the suite makes sense.
bail() {
	echo "Bail out! $1"
	tap_done=255
	exit 255
}

done_testing() {
	[ -n "$tap_plan" ] || echo "1..$tap_run"
	if [ "$tap_failed" -gt 0 ] || [ "${tap_plan:-$tap_run}" != "$tap_run" ]; then
		tap_done=1
	else
		tap_done=0
	fi
	exit "$tap_done"
}

# need_program NAME... - all of them on this host; where the suite runs as CI (CI=true) a missing one is a failure,
# elsewhere the test is skipped and counted.
need_program() {
	local name missing=
	for name; do
		command -v "$name" >/dev/null 2>&1 || missing="$missing $name"
	done
	tap_missing "$missing"
}

# need_python MODULE... - modules that the distribution's python3 can import; tests run it as "$PYTHON", since one that a
# user has put before it in PATH does not see the packages.
PYTHON=/usr/bin/python3
need_python() {
	local name missing=
	need_program "$PYTHON"
	for name; do
		"$PYTHON" -c "import $name" 2>/dev/null || missing="$missing python3-$name"
	done
	tap_missing "$missing"
}

# need_part FILE... - built parts, relative to the build directory.
need_part() {
	local name missing=
	for name; do
		[ -e "$TOP_BUILDDIR/$name" ] || missing="$missing $name"
	done
	tap_missing "$missing"
}

tap_missing() {
	[ -n "$1" ] || return 0
	[ "${CI-}" = true ] || skip_rest "missing:$1"
	fail "missing:$1 (CI=true allows no skip)"
	skip_rest "missing:$1"
}

# background COMMAND... - start it; its id is in $! and is killed at the end of the test.
background() {
	"$@" &
	tap_pids+=($!)
}

# remember PID... - kill these at the end too.
remember() { tap_pids+=("$@"); }

# wait_for SECONDS COMMAND... - until COMMAND works; fails when it has not by then.
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# as_user COMMAND... - as an ordinary user: ourselves, or, where we are root, an id without an account and without
# capabilities, whose own directory is $U (user_dir makes it).
tap_uid=$(id -u)
TEST_UID=$tap_uid
[ "$tap_uid" != 0 ] || TEST_UID=${CKPT_TEST_UID:-64321}
U=$T/user
user_dir() {
	mkdir -p "$U/run"
	chmod 700 "$U" "$U/run"
	[ "$tap_uid" != 0 ] || chown -R "$TEST_UID:$TEST_UID" "$U"
}
as_user() {
	[ -d "$U" ] || user_dir
	if [ "$tap_uid" != 0 ]; then
		"$@"
	else
		HOME=$U CKPT_RUNDIR=$U/run setpriv --reuid "$TEST_UID" --regid "$TEST_UID" --clear-groups \
			--inh-caps=-all -- "$@"
	fi
}

# The built parts lie side by side in $BIN: tests say "$BIN/ckpt_launch".  user_bin makes that a directory which as_user
# can reach: a copy where the build directory belongs to root alone.
BIN=$TOP_BUILDDIR
user_bin() {
	local part
	as_user test -r "$TOP_BUILDDIR/Makefile" && return 0
	BIN=$T/bin
	mkdir -p "$BIN"
	for part in "$TOP_BUILDDIR"/ckpt_* "$TOP_BUILDDIR"/*.so "$TOP_BUILDDIR"/*.bin "$TOP_BUILDDIR/test/victim"; do
		[ ! -e "$part" ] || cp -a "$part" "$BIN/"
	done
	chmod -R go+rX "$BIN"
}
