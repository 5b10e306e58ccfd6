#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# t0120-inspect.t - ckpt_inspect on the golden image, on a directory, on damage, and on this host.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
need_part ckpt_inspect

inspect=$TOP_BUILDDIR/ckpt_inspect
image=$T/images/ckpt_victim_j1_g000007_1.img
mkdir -m 700 "$T/images"
install -m 600 "$TOP_SRCDIR/test/golden/v1.img" "$image"

"$inspect" --verify "$image" >"$T/out" 2>&1
is $? 0 "an image is shown"
ok "its head" -- grep -qE -- 'victim, job j1, generation 7, member 1 of 3' "$T/out"
ok "it was verified" -- grep -qE -- 'right, all of them' "$T/out"
ok "a mapping, with what is saved of it" -- grep -qE -- '000010000000-000010040000 rw-p +0 heap +20' "$T/out"
is "$(grep -c 'rip 0x400010' "$T/out")" 3 "three threads"

"$inspect" --json "$image" >"$T/out" 2>&1
is $? 0 "as JSON"
ok "with its version" -- grep -qE -- '"schema": 1' "$T/out"

"$inspect" "$T/images" >"$T/out" 2>&1
is $? 0 "a directory is shown"
ok "a generation that lacks two of three" -- grep -qE -- 'j1 +7 .* incomplete' "$T/out"
mkdir "$T/empty"
is "$("$inspect" "$T/empty")" "$T/empty: no images" "a directory without images"

# damage, wherever it is, is status 65 and one line
for at in 20 700 5000 40000; do
	cp "$image" "$T/images/bad.img"
	printf '\377' | dd of="$T/images/bad.img" bs=1 seek=$at conv=notrunc 2>/dev/null
	"$inspect" --verify "$T/images/bad.img" >"$T/out" 2>"$T/err"
	is "$?,$(wc -l <"$T/err")" 65,1 "a byte that is wrong at $at"
done
chmod g+w "$image"
"$inspect" "$image" >"$T/out" 2>"$T/err"
is $? 65 "an image that the group may write"
ok "and the remedy" -- grep -qE -- 'chmod go-w' "$T/err"

"$inspect" "$T/nothing" >"$T/out" 2>"$T/err"
is $? 74 "what is not there"
"$inspect" >"$T/out" 2>"$T/err"
is $? 64 "no argument"
"$inspect" --host >"$T/out" 2>&1
is $? 0 "the host is shown"
ok "and the ids that would be chosen" -- grep -qE 'ids by --pids=auto +(exact|virtual)$' "$T/out"
done_testing
