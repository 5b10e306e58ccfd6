#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# t9000-bare-root.t - a Debian with nothing but this tree, made with debootstrap: ./bootstrap check installs what is
# missing, builds and passes, as root and as a user with sudo.  Needs root, debootstrap and a Debian mirror.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"

[ "$(id -u)" = 0 ] || skip_rest "needs root"
command -v debootstrap >/dev/null || skip_rest "needs debootstrap"
: "${TEST_MIRROR:=http://deb.debian.org/debian}"

root=$T/root
debootstrap --variant=minbase --include=git,ca-certificates bookworm "$root" "$TEST_MIRROR" >"$T/log" 2>&1 ||
	skip_rest "debootstrap cannot make a root here: $(tail -n 1 "$T/log")"
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
if [ -f /etc/apt/sources.list.d/debian.sources ]; then
	cp /etc/apt/sources.list.d/debian.sources "$root/etc/apt/sources.list.d/"
	rm -f "$root/etc/apt/sources.list"
fi
# How this host reaches its mirrors (a proxy, say) holds inside too.
apt-config dump | grep -E '^Acquire::(http|https|Check)' >"$root/etc/apt/apt.conf.d/90host"

make -s -C "$TOP_BUILDDIR" distdir distdir="$T/dist" >"$T/log" 2>&1
ok "$? = 0" "make distdir" || diag <"$T/log"
# What a clone has, not what a tarball has.
rm -rf "$T/dist/configure" "$T/dist/Makefile.in" "$T/dist/aclocal.m4" "$T/dist/build-aux"

# inside COMMAND - in the bare root, with mounts that end with the command.
inside() {
	unshare --mount --pid --fork --propagation private sh -c '
		mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" &&
		exec chroot "$0" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb "$@"' "$root" "$@"
}

cp -r "$T/dist" "$root/root/ckpt"
inside env TEST_FAMILIES=0 /root/ckpt/bootstrap check >"$T/log" 2>&1
is "$?" 0 "./bootstrap check as root" || tail -n 40 "$T/log" | diag
is "$(tail -n 1 "$T/log")" "Result: PASS" "prove's summary is the last that is printed"
like "$(cat "$T/log")" '*bootstrap: missing: *gcc*' "what is missing is named before it is installed"

# Away with some of it: the user has to install again.
{
	inside apt-get -q -y --no-install-recommends install sudo
	inside apt-get -q -y remove libxxhash-dev bc
	inside useradd -m -d /srv/someone someone
	echo 'someone ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/someone"
	cp -r "$T/dist" "$root/srv/someone/ckpt"
	inside chown -R someone /srv/someone/ckpt
} >"$T/log" 2>&1
inside su someone -c 'TEST_FAMILIES=0 ~/ckpt/bootstrap check' >"$T/log" 2>&1
is "$?" 0 "./bootstrap check as a user with sudo" || tail -n 40 "$T/log" | diag
is "$(tail -n 1 "$T/log")" "Result: PASS" "prove's summary is the last that is printed"
like "$(cat "$T/log")" '*bootstrap: missing: *libxxhash-dev*' "what is missing is named before it is installed"

inside mv /usr/bin/sudo /usr/bin/sudo.away
inside apt-get -q -y remove bc >"$T/log" 2>&1
inside su someone -c '~/ckpt/bootstrap check' >"$T/log" 2>&1
is "$?" 1 "without sudo, a user's ./bootstrap check says no"
like "$(tail -n 1 "$T/log")" '*ask root*bc*' "naming what root should install"
done_testing
