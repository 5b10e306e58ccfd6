# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# faults.sh - what tests of faults share: a program that knows whether it was harmed (steady.c), what it has before and after, and the
# same test as root and as an ordinary user.  After tap.sh.
#
#	both "$0"	first, in a test that makes sense as both: runs it as each, one TAP stream; returns in those runs, with
#			$AS (root or user)

. "$TOP_SRCDIR/test/lib/job.sh"

both() {
	local test=$1 tree=$T/tree as
	AS=${FAULTS_AS-}
	[ -z "$AS" ] || return 0
	mkdir -p "$tree/src/test" "$tree/bin/test/lib" "$tree/bin/test/victim"
	cp -a "$TOP_SRCDIR/test/lib" "$tree/src/test/"
	cp -a "$test" "$tree/src/test/"
	for as in "$TOP_BUILDDIR"/ckpt_* "$TOP_BUILDDIR"/*.so; do
		[ ! -e "$as" ] || cp -a "$as" "$tree/bin/"
	done
	for as in "$TOP_BUILDDIR"/test/lib/* "$TOP_BUILDDIR"/test/victim/*; do
		[ ! -x "$as" ] || cp -a "$as" "$tree/bin/${as#"$TOP_BUILDDIR"/}"
	done
	chmod -R go+rX "$tree"
	as_user test -d "$U"
	export TOP_SRCDIR=$tree/src TOP_BUILDDIR=$tree/bin
	for as in root user; do
		if [ "$as" = root ]; then
			[ "$(id -u)" = 0 ] || continue
			FAULTS_AS=$as bash "$test" >"$T/said.$as" 2>&1
		else
			(cd "$U" && as_user env FAULTS_AS=$as TMPDIR="$U" bash "$tree/src/test/${test##*/}" >"$T/said.$as" 2>&1)
		fi
		grep -q '^1\.\.' "$T/said.$as" || fail "as $as: the test came to its end"
		merge "$as" <"$T/said.$as"
	done
	done_testing
}

# merge WHO - the lines of another run of TAP, as ours.
merge() {
	local line
	while IFS= read -r line; do
		case $line in
		"1..0 # SKIP"*) skip "as $1" "${line#*SKIP }" ;;
		1..*) ;;
		"ok "*"# SKIP"*) tap_run=$((tap_run + 1)); echo "ok $tap_run - as $1: ${line#* - }" ;;
		"ok "*) tap_run=$((tap_run + 1)); echo "ok $tap_run - as $1: ${line#* - }" ;;
		"not ok "*) tap_run=$((tap_run + 1)) tap_failed=$((tap_failed + 1)); echo "not ok $tap_run - as $1: ${line#* - }" ;;
		*) echo "# ${line#\# }" ;;
		esac
	done
}

STEADY=$TOP_BUILDDIR/test/lib/steady

# start_steady NAME DIR MEGABYTES THREADS [OPTION...] - and a first generation; its facts are remembered.
start_steady() {
	local name=$1 dir=$2 mb=$3 threads=$4
	shift 4
	JOB=$name IMG=$dir STOP=$T/$name.stop
	rm -f "$STOP" "$STOP.ready"
	start_job "$name" "$dir" "$@" -- "$STEADY" "$STOP" "$mb" "$threads" </dev/null >"$T/$name.out" 2>&1
	PID=$PROGRAM_PID
	wait_for 20 test -s "$STOP.ready" || diag "steady does not begin: $(cat "$T/$name.out")"
	try "$COMMAND" --job "$name" -c --timeout 60
	is "$status" 0 "$name: a first generation" || diag "$said"
	remember_facts
}

# What must not differ: its mappings, descriptors, threads, children, handlers, mask, and who traces it.
facts() {
	local dir=/proc/$1
	awk '{ print $1, $2, $4, $5, $6 }' "$dir/maps"
	ls -l "$dir/fd" | sed 's/^.* \([0-9]* -> .*\)/\1/' | grep -v '^total'
	ls "$dir/task"
	cat "$dir"/task/*/children
	grep -E '^(State:.[tT]|TracerPid|SigBlk|SigCgt|SigPnd|ShdPnd)' "$dir/status"
}

remember_facts() {
	facts "$PID" >"$T/facts"
	IMAGES=$(images "$IMG")
}

as_before() { facts "$PID" >"$T/facts.now" && cmp -s "$T/facts" "$T/facts.now"; }

moves() {
	local before
	before=$(stat -c %y "$STOP.ready" 2>/dev/null)
	sleep 0.1
	[ "$(stat -c %y "$STOP.ready" 2>/dev/null)" != "$before" ]
}

children_of() { cat /proc/"$1"/task/*/children 2>/dev/null; }
agent_of() { children_of "$(coordinator_of "$1")" | awk '{ print $1 }'; }

no_helper() {
	local agent
	agent=$(agent_of "$JOB")
	[ -z "$agent" ] || [ -z "$(children_of "$agent")" ]
}

# unharmed TEXT - it runs, has what it had, and nothing else is there than was.
unharmed() {
	if ! wait_for 5 moves; then
		fail "$1: the program runs on"
		diag "$(grep -E '^(State|TracerPid)' "/proc/$PID/status" 2>&1) $(cat "$T/$JOB.out")"
	elif ! wait_for 5 as_before; then
		fail "$1: the program has what it had"
		diff "$T/facts" "$T/facts.now" | diag
	elif ! wait_for 5 no_helper; then
		fail "$1: no process is left"
	elif [ "$(images "$IMG")" != "$IMAGES" ]; then
		fail "$1: the generation before is whole, nothing else is there"
		diag "$IMAGES; now $(images "$IMG")"
	else
		pass "$1: program and previous generation are unharmed, nothing is left"
	fi
}

# next_works TEXT - and is the only generation then.
next_works() {
	try "$COMMAND" --job "$JOB" -c --timeout 60
	IMAGES=$(images "$IMG")
	if [ "$status" != 0 ]; then
		fail "$1: the next checkpoint works"
		diag "$status $said"
	else
		is "$(wc -w <<<"$IMAGES")" 1 "$1: the next checkpoint works, and is the only one" || diag "$IMAGES"
	fi
}

# end_steady - it looks at all that it has, and says that nothing was harmed.
end_steady() {
	: >"$STOP"
	wait_for 20 gone "$PID"
	is "$(cat "$T/$JOB.out")" ok "$JOB: its output is that of an undisturbed run"
	try "$BIN/ckpt_inspect" --verify "$IMG"
	is "$status" 0 "$JOB: what is there is sound" || diag "$said"
	wait_for 10 no_trace "$JOB"
	is "$?" 0 "$JOB: nothing of the job is left" || {
		ls -lA "$CKPT_RUNDIR" | diag
		ps -o pid,ppid,stat,wchan:20,args -p "$(coordinator_of "$JOB"),$PID,$(agent_of "$JOB")" | diag
	}
}
