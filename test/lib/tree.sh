# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# tree.sh - for the tree-rule tests (t00xx), after tap.sh: which files are the project's, what they say about themselves,
# and one check a rule with the offenders as its explanation.

cd "$TOP_SRCDIR" || bail "no source directory"

# The project's own text files, without what generators and builds leave beside them.
tree_files() {
	{
		ls bootstrap configure.ac Makefile.am ./*.md .clang-format .ci/* 2>/dev/null
		find include src test bench doc contrib -type d -name .deps -prune -o -type f \
			\( -name '*.[chS1-8]' -o -name '*.cc' -o -name '*.cpp' -o -name '*.mk' -o -name '*.map' -o -name '*.ld' \
			-o -name '*.sh' -o -name '*.py' -o -name '*.pl' -o -name '*.t' -o -name '*.md' -o -name '*.txt' \
			-o -name '*.sed' -o -name '*.awk' -o -name TABLE \
			-o -path test/run -o -path test/lint -o -path bench/run \) -print 2>/dev/null
		# Scripts without an extension; a build in the source leaves programs beside them.
		grep -s -l -I '^#!' test/lib/*
	} | sed 's/^\.\///' | sort -u
}

tree_sources() { tree_files | grep -E '^(include|src)/.*\.[chS]$'; }

# environment FILE - bare, preload, tool, any, or types, by the file's first comment.
environment() {
	local said
	said=$(head -n 15 "$1" | grep -o -m1 -E '\[(bare|preload|tool|any)\]|Types only' | head -n 1)
	case $said in
	'Types only') echo types ;;
	'') [[ $1 != include/* ]] || echo types ;; # a contract by its place
	*) said=${said#[}; echo "${said%]}" ;;
	esac
}

# none_of RULE - a check that holds when standard input is empty; its lines are the offenders.
none_of() {
	local offenders
	offenders=$(cat)
	if [ -z "$offenders" ]; then
		pass "$1"
	else
		fail "$1"
		diag "$offenders"
	fi
}
