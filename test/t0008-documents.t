#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# t0008-documents.t - the documents keep step: links lead somewhere, "works" names a test that is there, each command
# has its page and each option of a page is one that the command knows.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
. "$TOP_SRCDIR/test/lib/tree.sh"

for file in $(tree_files | grep '\.md$'); do
	grep -o -E '\]\([^)#:]+[)#]' "$file" | sed -E 's/^\]\((.*)[)#]$/\1/' | while read -r target; do
		[ -e "$(dirname "$file")/$target" ] || echo "$file: $target"
	done
done | none_of "each link between documents leads to a file"

# Rows of the support table and of doc/status.md: | what | works | t1234, t1235 |
grep -h -E '^\|.*\| *(works|done) *\|' README.md doc/status.md | while read -r row; do
	tests=$(grep -o -E '\bt[0-9]{4}\b' <<<"$row")
	[ -n "$tests" ] || echo "names no test: $row"
	for number in $tests; do
		ls test/"$number"-*.t >/dev/null 2>&1 || echo "no $number: $row"
	done
done | none_of "each row that says works or done names tests that exist"

grep -E '^\|' README.md | grep -v -E '^\| *(:?-|State|Folder)|^\|[^|]*\| *(works|refused|not yet|partly|tools|preload|bare|types) *\|' |
	grep -v -E '^\| *`' | none_of "each row of README's table says works, partly, refused or not yet"

grep -o -E '\bt[0-9]{4}-[a-z0-9-]+\.t\b' $(tree_files | grep '\.md$') | while IFS=: read -r file test; do
	[ -e "test/$test" ] || echo "$file: $test"
done | none_of "each test that a document names exists"

for program in ${PROGRAMS-}; do
	[ -x "$TOP_BUILDDIR/$program" ] || continue
	case $program in ckpt_coordinator | ckpt_agent) continue ;; esac
	page=doc/$program.1
	ok "$program has a manual page" -- test -s "$page" || continue
	"$TOP_BUILDDIR/$program" --help >"$T/help" 2>&1
	is "$?" 0 "$program --help is status 0"
	like "$("$TOP_BUILDDIR/$program" --version 2>&1)" "*${VERSION-}*" "$program --version says the version"
	sed -E 's/\\-/-/g; s/\\f[A-Z]//g' "$page" | grep -o -E '(^|[^a-z-])--[a-z][a-z-]+' | grep -o -E -- '--.*' |
		sort -u >"$T/page"
	grep -o -E '(^|[^a-z-])--[a-z][a-z-]+' "$T/help" | grep -o -E -- '--.*' | sort -u >"$T/known"
	comm -13 "$T/page" "$T/known" | none_of "$program: each option of --help stands in the page"
done
done_testing
