#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# t0003-text.t - what each file of the tree owes its reader.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
. "$TOP_SRCDIR/test/lib/tree.sh"

tree_files >"$T/files"
ok "$(wc -l <"$T/files") -gt 20" "the tree has files ($(wc -l <"$T/files"))"

while read -r file; do
	head -n 3 "$file" | grep -q 'SPDX-License-Identifier: BSD-3-Clause' || echo "$file"
done <"$T/files" | none_of "SPDX in the first lines of each file"

while read -r file; do
	name=${file##*/}
	case $file in
	*.md | *.txt | *.[1-8]) continue ;;
	src/*.[chS] | include/*.[chS])
		# "base/image.h - ..." is a caption too: two folders may have an image.h.
		caption="(^|[ /])${name//./\\.} - "
		;;
	*)
		# A sentence in a comment.
		caption='^( \*|/\*|//|#+|--) ?[A-Za-z.].* .* .*'
		;;
	esac
	head -n 6 "$file" | grep -v SPDX | grep -q -E -- "$caption" || echo "$file"
done <"$T/files" | none_of "a caption in each source's first lines: \"name - what it owns\" in src and include"

# Spelled apart, so that this file does not offend.
words="TO""DO|FIX""ME|\\bXX""X\\b|\\bfor no""w\\b|/wo""rk/|/ho""me/"
xargs grep -n -E "$words" <"$T/files" | none_of "no promises for later, no paths of somebody's machine"

while read -r file; do
	lines=$(wc -l <"$file")
	[ "$lines" -lt 600 ] || echo "$file: $lines lines"
done <"$T/files" | none_of "no file has 600 lines"

ok "$(wc -l <README.md) -le 120" "README.md fits into 120 lines"

xargs grep -n -P '[ \t]+$' <"$T/files" | none_of "no blanks at the ends of lines"
while read -r file; do
	[ ! -s "$file" ] || [ -z "$(tail -c 1 "$file")" ] || echo "$file"
done <"$T/files" | none_of "each file ends with a newline"

grep -E '\.[ch]$' "$T/files" | xargs grep -n -E '^ {8,}[^ *]' | none_of "C is indented by tabs"

xargs grep -l '^#!' <"$T/files" | while read -r file; do
	[ -x "$file" ] || echo "$file"
done | none_of "what begins with #! can be run"
done_testing
