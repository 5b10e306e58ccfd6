#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# t0004-bare.t - bare objects need nothing: no symbol, no TLS, no stack protector.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
. "$TOP_SRCDIR/test/lib/tree.sh"
. "$TOP_SRCDIR/test/lib/bare.sh"

[ -n "$(bare_objects "$TOP_BUILDDIR")" ] || tap_missing " *.bare.o"
ok "$(bare_objects "$TOP_BUILDDIR" | wc -l) -gt 0" "there are bare objects"
undefined_bare "$TOP_BUILDDIR" | none_of "no undefined symbols"
impure_bare "$TOP_BUILDDIR" | none_of "no TLS, no stack protector, no endbr64"
done_testing
