# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# job.sh - jobs for tests of the commands: launched in the background, with an agent whose phases can be made to fail
# (fake_agent.c) or with the real one.  After tap.sh.

LAUNCH=$BIN/ckpt_launch
COMMAND=$BIN/ckpt_command

# with_fake_agent - from here on coordinators start that one; mishap WHAT PHASE makes it fail, mishap alone lets all go well.
with_fake_agent() {
	need_part test/lib/fake_agent
	export CKPT_AGENT=$TOP_BUILDDIR/test/lib/fake_agent FAKE_AGENT=$T/mishap
}

mishap() {
	if [ $# -gt 0 ]; then
		printf '%s %s\n' "$1" "$2" >"$T/mishap"
	else
		rm -f "$T/mishap"
	fi
}

# start_job NAME DIR [OPTION...] -- PROGRAM... - in the background; $PROGRAM_PID is the program's id once the job can be spoken to.
start_job() {
	local name=$1 dir=$2
	local -a options=()
	shift 2
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	mkdir -p "$dir"
	background "$LAUNCH" --job "$name" --ckptdir "$dir" ${options[@]+"${options[@]}"} "$@"
	PROGRAM_PID=$!
	disown "$PROGRAM_PID" # bash would tell of its end
	wait_for 60 "$COMMAND" --job "$name" --status || diag "job $name does not answer"
}

# end_job NAME - and wait until nothing of it is left.
end_job() {
	"$COMMAND" --job "$1" --kill >/dev/null 2>&1
	wait_for 60 no_trace "$1"
}

nothing_runs() { [ -z "$(ls -A "$CKPT_RUNDIR")" ]; }

no_trace() { [ ! -e "$CKPT_RUNDIR/$1.sock" ] && [ ! -e "$CKPT_RUNDIR/$1.job" ]; }

coordinator_of() { sed -n 's/^coordinator //p' "$CKPT_RUNDIR/$1.job"; }

images() { (cd "$1" 2>/dev/null && ls -A | grep -v '\.job$' | tr '\n' ' '); }

# try COMMAND... - its exit status in $status, what it said in $said.
try() {
	said=$("$@" 2>&1 </dev/null)
	status=$?
}

# refused STATUS PATTERN TEXT - the last try ended so, and said so in one line.
refused() {
	is "$status" "$1" "$3: exit status $1" || diag "$said"
	like "$said" "$2" "$3: says so"
	is "$(printf '%s\n' "$said" | wc -l)" 1 "$3: in one line"
}

gone() { ! kill -0 "$1" 2>/dev/null || grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null; }
alive() { ! gone "$1"; }
