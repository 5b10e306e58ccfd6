# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# bare.sh - what bare objects and libckpt.so must be, for the build at hand (t0004, t0005) and for one made with a
# distribution's flags (t0009).  After tap.sh.

# bare_objects DIR - the objects of bare code in a build directory: PROGRAM-FILE.bare.o at its top.
bare_objects() {
	(cd "$1" && ls -- *.bare.o 2>/dev/null)
}

# undefined_bare DIR - symbols that the bare objects of one program want and do not have between them.
undefined_bare() {
	local dir=$1 program
	for program in $(bare_objects "$dir" | sed 's/-.*//' | sort -u); do
		nm -u "$dir/$program"-*.bare.o | awk '$1 == "U" || $1 == "w" { print $2 }' | sort -u >"$T/wanted"
		nm --defined-only "$dir/$program"-*.bare.o | awk 'NF == 3 { print $3 }' | sort -u >"$T/had"
		comm -23 "$T/wanted" "$T/had" | sed "s|^|$program wants |"
	done
}

# impure_bare DIR - instructions that bare code may not have: those that need TLS (stack protector, errno) and endbr64.
impure_bare() {
	local dir=$1 object
	for object in $(bare_objects "$dir"); do
		objdump -d --no-show-raw-insn "$dir/$object" | awk -v object="$object" '
			/^[0-9a-f]+ <.*>:$/ { where = $2 }
			/%fs:/ { print object " " where " reaches through %fs: " $0 }
			/endbr64/ { print object " " where " endbr64" }'
		readelf -W -S "$dir/$object" | grep -q -E '\.gnu\.lto_|\.llvmbc' && echo "$object holds link-time code, not instructions"
	done
	return 0
}

# table_exports - the names in the wrappers' table, from which the build makes the version script.
table_exports() {
	sed -n -E 's/^.*\bW\([A-Z]+, *([A-Za-z_][A-Za-z0-9_]*),.*/\1/p' "$TOP_SRCDIR/src/wrappers/table.h" | sort -u
}

# lib_exports FILE - the names that a shared object really defines.
lib_exports() {
	nm -D --defined-only "$1" | awk '$2 != "A" { print $3 }' | sed 's/@.*//' | sort -u
}

# lib_versions FILE - glibc's symbol versions that it asks for and that are newer than 2.17.
lib_versions() {
	objdump -T "$1" | grep -o 'GLIBC_[0-9.]*' | sort -u | while read -r version; do
		newest=$(printf '%s\nGLIBC_2.17\n' "$version" | sort -V | tail -n 1)
		[ "$newest" = GLIBC_2.17 ] || objdump -T "$1" | grep -F -- "$version"
	done
}

# lib_needed FILE - libraries that it needs and that are not libc's own.
lib_needed() {
	readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -v -x -E 'libc\.so\.6|ld-linux-x86-64\.so\.2'
	return 0
}
