#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# What an image is to others than ckpt_restart: a core file that gdb reads, of the bytes that count and no more, found sound by
# ckpt_inspect, of the same content by both snapshots, and whole without its files with --self-contained.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
need_part ckpt_launch ckpt_restart ckpt_inspect test/victim/image
for fd in /proc/self/fd/*; do
	fd=${fd##*/}
	[ "$fd" -gt 2 ] && [ "$fd" -ne 255 ] && eval "exec $fd>&-" 2>/dev/null
done
BIN=$TOP_BUILDDIR

# launch NAME OPTION...: the victim in $D, ready; $P
launch() {
	D=$T/$1
	shift
	mkdir "$D" "$D/img"
	"$BIN/ckpt_launch" --ckptdir "$D/img" "$@" "$BIN/test/victim/image" "$D/stop" >"$D/out" 2>"$D/err" </dev/null &
	P=$!
	remember "$P"
	wait_for 20 test -e "$D/stop.ready"
}
checkpoint() {
	"$BIN/ckpt_command" --ckptdir "$D/img" --checkpoint "$@" >"$D/said" 2>&1
	local status=$?
	[ $status = 0 ] || diag <"$D/said"
	IMAGE=$(ls "$D"/img/ckpt_*.img)
	return $status
}
finish() {
	touch "$D/stop"
	wait "$1"
	local status=$?
	[ $status = 0 ] || diag <"$D/err"
	is "$status $(cat "$D/out")" "0 ok" "$2"
}

for snapshot in copy fork; do
	launch "$snapshot" --snapshot "$snapshot"
	is $? 0 "$snapshot: launched"
	checkpoint
	is $? 0 "$snapshot: checkpoint"
	is "$(basename "$IMAGE" | sed 's/_[^_]*_g/_JOB_g/')" ckpt_image_JOB_g000001_1.img "$snapshot: the image's name"
	is "$(stat -c %a "$IMAGE")" 600 "$snapshot: nobody else reads it"
	size=$(stat -c %s "$IMAGE")
	test "$size" -gt 8388608 -a "$size" -lt 9650000
	is $? 0 "$snapshot: 8 MB of words, zeros for nothing: $size bytes"
	test "$(stat -c '%b' "$IMAGE")" -ge $((size / 512))
	is $? 0 "$snapshot: no hole in the file"
	"$BIN/ckpt_inspect" --verify "$IMAGE" >"$T/inspect" 2>&1
	is $? 0 "$snapshot: ckpt_inspect --verify"
	readelf -hlW "$IMAGE" >"$T/readelf" 2>"$T/complaints"
	like "$(cat "$T/readelf")" "*CORE (Core file)*" "$snapshot: a core file"
	is "$(cat "$T/complaints")" "" "$snapshot: readelf has nothing to complain of"
	if command -v gdb >/dev/null; then
		gdb -nx -batch -ex 'thread apply all bt' "$BIN/test/victim/image" "$IMAGE" >"$T/gdb" 2>&1
		for name in thread_in_sleepy thread_in_spinner victim_hold main; do
			like "$(cat "$T/gdb")" "*$name (*" "$snapshot: gdb shows $name"
		done
	else
		tap_missing gdb "gdb on an image"
	fi
	finish "$P" "$snapshot: unharmed"
done

# Without its files: the same program, restarted where its binary's libraries were replaced by copies of another time.
launch contained --self-contained
is $? 0 "self-contained: launched"
checkpoint --then-exit
is $? 0 "self-contained: checkpoint"
wait "$P" 2>/dev/null
test "$(stat -c %s "$IMAGE")" -gt $((8388608 + 2000000))
is $? 0 "self-contained: libraries are in the image"
"$BIN/ckpt_restart" "$D/img" >"$D/out2" 2>"$D/err" </dev/null &
R=$!
remember "$R"
finish "$R" "self-contained: restarted"
done_testing
