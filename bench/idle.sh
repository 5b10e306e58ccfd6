#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# idle.sh - a program that waits makes no system call in ten seconds, and has no more threads, descriptors and handlers
# than without us.  Wants strace.
dir=$(mktemp -d "${TMPDIR:-/tmp}/ckpt-bench.XXXXXX") || exit 1
export CKPT_RUNDIR=$dir/run
pids=
trap 'kill $pids 2>/dev/null; rm -rf "$dir"' EXIT
for fd in $(ls /proc/self/fd); do
	[ "$fd" -le 2 ] || [ "$fd" = 255 ] || eval "exec $fd>&-"
done

"$TOP_BUILDDIR/bench/hog" nothing 0 "$dir/plain" & plain=$!
"$TOP_BUILDDIR/ckpt_launch" --ckptdir "$dir" "$TOP_BUILDDIR/bench/hog" nothing 0 "$dir/ours" & ours=$!
pids="$plain $ours"
until [ -e "$dir/plain" ] && [ -e "$dir/ours" ]; do sleep 0.1; done
"$TOP_BUILDDIR/ckpt_command" --ckptdir "$dir" --checkpoint --quiet || exit 1

# What the kernel shows of it: threads, signals caught, blocked and ignored, descriptors.
shown() {
	grep -E '^(Threads|Sig(Cgt|Blk|Ign)|ShdPnd):' "/proc/$1/status"
	ls "/proc/$1/fd"
}
shown "$plain" >"$dir/plain.shown"
shown "$ours" >"$dir/ours.shown"
echo "idle_differences $(diff "$dir/plain.shown" "$dir/ours.shown" | grep -c '^[<>]') 0 threads, signals and descriptors that differ"
timeout -s INT 10 strace -f -o "$dir/trace" -p "$ours" 2>/dev/null
# The first line is the call that it waits in.
echo "idle_calls $(grep -c -v -E 'pause\(|detached|^[0-9]+ +(strace|---)' "$dir/trace") 0 system calls in ten seconds, after a checkpoint"
