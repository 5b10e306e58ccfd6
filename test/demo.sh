#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# demo.sh - the main job on real input, for ./bootstrap demo: xz with two threads compresses files of this machine for
# about half a minute.  Once undisturbed; once under ckpt_launch, checkpointed from outside, killed with SIGKILL a few seconds
# later, restarted from the image.  Both results are compared, byte by byte.
#
#	test/demo.sh [BUILDDIR [SECONDS]]	default: the current directory, 30

set -u
bin=$(cd "${1:-.}" && pwd -P) || exit 1
seconds=${2:-30}
export LC_ALL=C

[ -x "$bin/ckpt_launch" ] || { echo "demo: no ckpt_launch in $bin: make first" >&2; exit 1; }
command -v xz >/dev/null || { echo "demo: xz is missing (Debian: xz-utils)" >&2; exit 1; }

dir=$(mktemp -d "${TMPDIR:-/tmp}/ckpt-demo.XXXXXX") || exit 1
images=$dir/images
CKPT_RUNDIR=$dir/run
export CKPT_RUNDIR
mkdir -m 700 "$images" "$CKPT_RUNDIR"
pids=()

finish() {
	local status=$?
	trap - EXIT
	for pid in ${pids[@]+"${pids[@]}"}; do
		kill -9 "$pid" 2>/dev/null
	done
	wait 2>/dev/null
	rm -rf "$dir"
	exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

step() { printf '\n== %s\n' "$*"; }
say() { printf '   %-34s %s\n' "$1" "$2"; }
die() {
	printf 'demo: %s\n' "$*" >&2
	exit 1
}
now() { date +%s%N; }
# since NS - milliseconds that have passed
since() { echo $((($(now) - $1) / 1000000)); }
secs() { awk -v ms="$1" 'BEGIN { printf "%.2f s", ms / 1000 }'; }
# field NAME - a number from ckpt_command --status --json
field() { "$bin/ckpt_command" --ckptdir "$images" --status --json 2>/dev/null | grep -o "\"$1\": *[0-9]*" | grep -o '[0-9]*$'; }
answer() { sha256sum <"$1" | cut -d' ' -f1; }
compress() { exec "$@" xz -T2 -6 --block-size=4MiB -k -c "$dir/input"; }

# Real input: what lies in this machine's /usr, as much as two threads compress in the time.
make_input() {
	local started ms bytes have
	find /usr -xdev -type f -size -16M 2>/dev/null | sort >"$dir/list"
	tar -cf - --no-recursion -T "$dir/list" 2>/dev/null | head -c 12M >"$dir/input"
	started=$(now)
	(compress) >/dev/null || die "xz fails"
	ms=$(since "$started")
	bytes=$(($(stat -c %s "$dir/input") * seconds * 1000 / (ms + 1)))
	[ "$bytes" -lt 1500000000 ] || bytes=1500000000
	: >"$dir/input"
	while have=$(stat -c %s "$dir/input") && [ "$have" -lt "$bytes" ]; do
		tar -cf - --no-recursion -T "$dir/list" 2>/dev/null | head -c $((bytes - have)) >>"$dir/input"
		[ "$(stat -c %s "$dir/input")" -gt "$have" ] || die "no space for $bytes bytes of input in $dir"
	done
}

run_undisturbed() {
	local started
	started=$(now)
	(compress) >"$dir/plain.xz" || die "xz fails"
	plain_ms=$(since "$started")
	say "it takes" "$(secs "$plain_ms")"
	say "answer (sha256 of the result)" "$(answer "$dir/plain.xz")"
}

run_and_kill() {
	local started size
	compress "$bin/ckpt_launch" --ckptdir "$images" >"$dir/result.xz" &
	victim=$!
	pids+=("$victim")
	sleep "$((plain_ms / 3000)).5"
	kill -0 "$victim" 2>/dev/null || die "the program ended too early"
	say "threads of the program" "$(ls "/proc/$victim/task" | wc -l)"
	size=$(stat -c %s "$dir/result.xz")
	started=$(now)
	"$bin/ckpt_command" --ckptdir "$images" --checkpoint || die "the checkpoint failed"
	say "ckpt_command --checkpoint took" "$(secs "$(since "$started")")"
	pause=$(field last_pause_us)
	[ -z "$pause" ] || say "pause that the program saw" "$(awk -v us="$pause" 'BEGIN { printf "%.1f ms", us / 1000 }')"
	set -- "$images"/ckpt_*.img
	[ -e "$1" ] || die "there is no image in $images"
	say "image" "${1##*/}"
	say "image's size on disk" "$(du -k "$@" | awk '{ k += $1 } END { printf "%.1f MB", k / 1024 }')"
	sleep 4
	say "result when checkpointed, and now" "$size, $(stat -c %s "$dir/result.xz") bytes"
	kill -9 "$victim"
	wait "$victim" 2>/dev/null
	! kill -0 "$victim" 2>/dev/null || die "process $victim survived SIGKILL"
	say "SIGKILL" "process $victim is gone"
}

# The program runs again when the coordinator counts it as a member.
run_again() {
	local started status
	started=$(now)
	"$bin/ckpt_restart" "$images"/ckpt_*.img &
	restart=$!
	pids+=("$restart")
	while kill -0 "$restart" 2>/dev/null; do
		[ "$(field members)" != 1 ] || { say "time to restart" "$(secs "$(since "$started")")"; break; }
		sleep 0.02
	done
	wait "$restart"
	status=$?
	[ "$status" = 0 ] || die "ckpt_restart ended with status $status"
	say "from restart to its end" "$(secs "$(since "$started")")"
	say "answer (sha256 of the result)" "$(answer "$dir/result.xz")"
}

step "Real input for xz -T2 -6, about $seconds seconds' worth of this machine's files"
make_input
say "input" "$(stat -c %s "$dir/input") bytes"
step "Undisturbed"
run_undisturbed
step "Under ckpt_launch: checkpointed from outside, running on, killed"
run_and_kill
step "Restarted from the image"
run_again
step "The two answers"
cmp "$dir/plain.xz" "$dir/result.xz" || die "the results differ"
xz -dc "$dir/result.xz" | cmp - "$dir/input" || die "the result does not decompress to the input"
say "identical" "byte by byte, and it decompresses to the input"
