#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# t5310-space.t - no space in the middle of writing, in every snapshot mode and with --then-exit; a quota.  The file system is a small
# tmpfs in a mount namespace of this test's own.
case ${FAULTS_AS-} in
root) [ -n "${FAULTS_INSIDE-}" ] || FAULTS_INSIDE=1 exec unshare -m --propagation private bash "$0" ;;
user) [ -n "${FAULTS_INSIDE-}" ] || if unshare -Urm --propagation private true 2>/dev/null; then
	FAULTS_INSIDE=1 exec unshare -Urm --propagation private bash "$0"
else
	echo "1..0 # SKIP no user namespaces for an ordinary user"
	exit 0
fi ;;
esac
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
. "$TOP_SRCDIR/test/lib/faults.sh"
need_part ckpt_launch ckpt_command ckpt_coordinator ckpt_agent libckpt.so test/lib/steady
need_program unshare mount
both "$0"

mkdir "$T/img"
mount -t tmpfs -o size=56m,mode=755 tmpfs "$T/img" || skip_rest "no tmpfs can be mounted"
trap 'umount -l "$T/img" 2>/dev/null; tap_end' EXIT

# full TEXT [OPTION...] - a checkpoint for which there is no room beside the generation before it.
full() {
	local text=$1
	shift
	fill
	try "$COMMAND" --job "$JOB" -c --timeout 60 "$@"
	refused 74 "*$IMG*No space left on device*--ckptdir*" "$text"
	unharmed "$text"
	rm -f "$IMG/.filler"
	next_works "$text"
}

# Room is left for a half of an image.
fill() {
	dd if=/dev/zero of="$IMG/.filler" bs=1M count=26 status=none
	IMAGES=$(images "$IMG")
}

for mode in copy fork auto; do
	start_steady "space$mode$$" "$T/img" 20 2 --snapshot "$mode"
	full "$mode"
	full "$mode, --then-exit" --then-exit
	# Not even room for the name, or for the first block.
	dd if=/dev/zero of="$IMG/.filler" bs=64k status=none 2>/dev/null
	IMAGES=$(images "$IMG")
	try "$COMMAND" --job "$JOB" -c --timeout 60
	refused 74 "*$IMG*No space left on device*" "$mode, all full"
	unharmed "$mode, all full"
	rm -f "$IMG/.filler"
	next_works "$mode, all full"
	end_steady
	rm -f "$T"/img/*
done

# No inode for the temporary file.
umount -l "$T/img"
mount -t tmpfs -o size=56m,nr_inodes=4,mode=755 tmpfs "$T/img"
start_steady "inodes$$" "$T/img" 4 2
n=0
while : 2>/dev/null >"$IMG/.filler$n"; do n=$((n + 1)); done
IMAGES=$(images "$IMG")
try "$COMMAND" --job "$JOB" -c --timeout 60
refused 73 "*cannot create $IMG/*No space left on device*" "no inode"
unharmed "no inode"
rm -f "$IMG"/.filler*
next_works "no inode"
end_steady
umount -l "$T/img"

# A quota: root mounts it, and is not bound by it.
if [ "$AS" = root ] && mount -t tmpfs -o size=200m,mode=1777,usrquota,usrquota_block_hardlimit=36m tmpfs "$T/img" 2>/dev/null; then
	as_user true
	mkdir -m 700 "$T/img/own"
	chown "$TEST_UID:$TEST_UID" "$T/img/own"
	as_user "$LAUNCH" --job quota --snapshot fork --ckptdir "$T/img/own" "$STEADY" "$U/stop" 20 2 </dev/null >"$T/quota.out" 2>&1 &
	remember $!
	wait_for 20 test -s "$U/stop.ready"
	try as_user "$COMMAND" --job quota -c
	is "$status" 0 "quota: a first generation fits" || diag "$said"
	before=$(images "$T/img/own")
	try as_user "$COMMAND" --job quota -c
	refused 74 "*own*Disk quota exceeded*--ckptdir*" "quota"
	is "$(images "$T/img/own")" "$before" "quota: the generation before is whole, nothing else is there"
	: >"$U/stop"
	wait_for 20 test -s "$T/quota.out"
	is "$(cat "$T/quota.out")" ok "quota: the program is unharmed"
	wait_for 10 sh -c "! ls -A '$U/run' | grep -q quota"
else
	skip "a quota" "needs root and a tmpfs with quotas"
fi
done_testing
