#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# t0007-install.t - make install: what goes where, and parts that find each other relative to the running program: under
# DESTDIR, in a place with a space (which LD_PRELOAD would split), and after the tree was moved.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
. "$TOP_SRCDIR/test/lib/tree.sh"

dest="$T/dest dir"
: "${bindir:=/usr/local/bin}"
make -s -C "$TOP_BUILDDIR" install DESTDIR="$dest" >"$T/log" 2>&1
ok "$? = 0" "make install DESTDIR with a space" || diag <"$T/log"

need_part ckpt_launch ckpt_command ckpt_restart ckpt_inspect ckpt_coordinator ckpt_agent libckpt.so
for part in bin/ckpt_launch bin/ckpt_command bin/ckpt_restart bin/ckpt_inspect libexec/ckpt/ckpt_coordinator \
	libexec/ckpt/ckpt_agent lib/ckpt/libckpt.so; do
	ok "$part is installed" -- test -e "$dest${bindir%/bin}/$part"
done

# in_use WHERE - the library that a program launched from there has mapped, and the value of its answer.
in_use() {
	mkdir -p "$T/images"
	"$1${bindir}/ckpt_launch" --ckptdir "$T/images" cat /proc/self/maps 2>"$T/said" | grep -o '/.*libckpt\.so' | sort -u
}
is "$(in_use "$dest")" "$dest${bindir%/bin}/lib/ckpt/libckpt.so" "ckpt_launch finds its library" || diag <"$T/said"
mv "$dest" "$T/moved away"
is "$(in_use "$T/moved away")" "$T/moved away${bindir%/bin}/lib/ckpt/libckpt.so" "after a move too" || diag <"$T/said"
mv "$T/moved away" "$dest"
ln -s "$dest${bindir}/ckpt_launch" "$T/link"
is "$("$T/link" --ckptdir "$T/images" echo ran 2>&1)" ran "through a symbolic link too"

make -s -C "$TOP_BUILDDIR" uninstall DESTDIR="$dest" >"$T/log" 2>&1
find "$dest" ! -type d | none_of "make uninstall leaves no file"
done_testing
