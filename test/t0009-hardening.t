#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# t0009-hardening.t - a build with a distribution's hardening flags and -flto: bare objects stay bare, libckpt.so stays a
# plain shared object, and everything still compiles.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
. "$TOP_SRCDIR/test/lib/tree.sh"
. "$TOP_SRCDIR/test/lib/bare.sh"

cflags='-O2 -g -flto=auto -ffat-lto-objects -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE
	-Wformat -Werror=format-security'
cppflags='-Wdate-time -D_FORTIFY_SOURCE=2'
ldflags='-pie -flto=auto -Wl,-z,relro -Wl,-z,now'

# A copy of the source: this one may be configured itself.
make -s -C "$TOP_BUILDDIR" distdir distdir="$T/src" >"$T/log" 2>&1 || bail "make distdir fails: $(tail -n 1 "$T/log")"
mkdir "$T/b"
cd "$T/b" || bail "no directory"
# shellcheck disable=SC2086
"$T/src/configure" -q CC="${CC:-gcc}" CFLAGS="$(echo $cflags)" CPPFLAGS="$cppflags" LDFLAGS="$ldflags" >"$T/log" 2>&1
ok "$? = 0" "configure with these flags" || { diag <"$T/log"; done_testing; }
make -s -j2 >"$T/log" 2>&1
ok "$? = 0" "make with these flags" || diag <"$T/log"

if [ -n "$(bare_objects "$T/b")" ]; then
	undefined_bare "$T/b" | none_of "bare objects have no undefined symbols"
	impure_bare "$T/b" | none_of "bare objects have no TLS, stack protector, endbr64 or link-time code"
else
	skip "bare objects" "no *.bare.o"
fi
if [ -e "$T/b/libckpt.so" ]; then
	like "$(readelf -h "$T/b/libckpt.so")" '*DYN (Shared object file)*' "libckpt.so is a shared object"
	table_exports >"$T/table"
	lib_exports "$T/b/libckpt.so" | diff "$T/table" - | none_of "libckpt.so exports its table"
	lib_versions "$T/b/libckpt.so" | none_of "libckpt.so asks for no version above GLIBC_2.17"
	readelf -d "$T/b/libckpt.so" | grep TEXTREL | none_of "libckpt.so has no text relocations"
else
	skip "libckpt.so" "not built"
fi
done_testing
