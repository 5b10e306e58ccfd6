#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# t0001-layers.t - who may include whom, by folder and by environment.  The table is HACKING.md's.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
. "$TOP_SRCDIR/test/lib/tree.sh"

# folder -> the folders, or single headers, that its files may include besides their own
declare -A may=(
	[include]=''
	[base]='include'
	[executor]='include base'
	[wrappers]='include base executor'
	[plugin]='include base'
	[agent]='include base plugin/registry.h executor/blob.h'
	[restart]='include base plugin/registry.h plugin/rebuild.h executor/blob.h'
	[coordinator]='include base'
	[cli]='include base plugin/registry.h'
)
# folder -> the environments that its files may be written for
declare -A lives=(
	[include]='types'
	[base]='any tool bare'
	[executor]='bare any tool'
	[wrappers]='preload bare any'
	[plugin]='tool'
	[agent]='tool'
	[restart]='tool bare'
	[coordinator]='tool'
	[cli]='tool'
)
# environment -> the environments whose headers it may use
declare -A uses=(
	[types]='types'
	[any]='any types'
	[bare]='bare any types'
	[preload]='preload bare any types'
	[tool]='tool any types'
)

within() { [[ " $2 " == *" $1 "* ]]; }

# src/base/x.c -> base; include/ckpt/x.h -> include
folder_of() {
	case $1 in
	include/*) echo include ;;
	*) local rest=${1#src/}; echo "${rest%%/*}" ;;
	esac
}

# What an #include "..." names, relative to the top; empty where it is nobody's.
resolve() {
	local from=$1 name=$2
	for place in "include/$name" "src/$name"; do
		[ -f "$place" ] && { echo "$place"; return; }
	done
	[ -f "${from%/*}/$name" ] && echo "${from%/*}/$name"
}

includes() {
	# Through the preprocessor's eyes only as far as quotes go: "..." is ours, <...> is the system's.
	tree_sources | xargs grep -E -H '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' |
		sed -E 's/^([^:]*):[^"]*"([^"]*)".*/\1 \2/'
}

includes | while read -r from name; do
	to=$(resolve "$from" "$name")
	[ -n "$to" ] && echo "$from $to" || echo "$from includes \"$name\", which is nowhere" >&3
done >"$T/edges" 3>"$T/nowhere"
none_of "each include is found from -Iinclude -Isrc" <"$T/nowhere"

tree_sources | while read -r file; do
	[ -n "${may[$(folder_of "$file")]+x}" ] || echo "$file"
done | none_of "each folder of src is in the table"

while read -r from to; do
	a=$(folder_of "$from") b=$(folder_of "$to")
	[ "$a" = "$b" ] || within "$b" "${may[$a]-}" || within "${to#src/}" "${may[$a]-}" || echo "$from includes $to"
done <"$T/edges" | none_of "no folder includes what it may not know"

tree_sources | while read -r file; do
	env=$(environment "$file")
	within "${env:-none}" "${lives[$(folder_of "$file")]-}" || echo "$file says ${env:-nothing}"
done | none_of "each file's first comment says its environment, one that its folder may have"

while read -r from to; do
	a=$(environment "$from") b=$(environment "$to")
	within "$b" "${uses[${a:-types}]-}" || echo "$from [$a] includes $to [$b]"
done <"$T/edges" | none_of "no environment uses another one's headers"

# The kinds stand in the registry; what several plugins share bears no kind's name.
sed -n -E '/define CKPT_PLUGINS/,/[^\\]$/s/P\(([a-z0-9_]+)\)/\n@\1\n/gp' src/plugin/registry.h 2>/dev/null |
	sed -n 's/^@//p' >"$T/kinds"
grep -E '^src/plugin/[^ ]* src/plugin/' "$T/edges" | while read -r from to; do
	kind=${to##*/} kind=${kind%.h}
	[ "${from%.*}" = "src/plugin/$kind" ] || ! grep -q -x -F -- "$kind" "$T/kinds" || echo "$from includes $to"
done | none_of "no plugin includes another one"

done_testing
