#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# t1410-files-policies.t - what a restart does about files that have grown, shrunk, been overwritten, renamed, replaced or removed
# since; --files, --file-limit, --path-map; copies that are damaged or gone; a restart that fails leaves every file as it was.
# As root and as an ordinary user.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
need_part ckpt_launch ckpt_command ckpt_coordinator ckpt_agent ckpt_restart ckpt_inspect libckpt.so
user_bin

# As whom: $as; a job's files lie in $dir, its images in $img.
ckpt() {
	local name=$1
	shift
	said=$($as "$BIN/ckpt_$name" "$@" 2>&1 </dev/null)
	status=$?
}
shell() { $as bash -c "$1"; }
# The job's process, once it is the program: ckpt_launch joins the job before it execs it.
is_there() {
	local pid name
	pid=$(pid_of) && [ -n "$pid" ] && { ! read -r name <"/proc/$pid/comm" || [ "$name" != ckpt_launch ]; } 2>/dev/null
}
pid_of() { $as "$BIN/ckpt_command" --ckptdir "$img" --list --json 2>/dev/null | sed -n 's/.*"real_pid": *\([0-9]*\).*/\1/p'; }
is_gone() { [ -z "$(pid_of)" ]; }
end() {
	$as "$BIN/ckpt_command" --ckptdir "$img" --kill >/dev/null 2>&1
	wait_for 10 is_gone
}

# scene NAME [OPTION...] -- REDIRECTIONS - a new directory with a log of 30 bytes, a database of 8192, an output of 5; a program
# that has them open that way.
scene() {
	local name=$1 options=()
	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	dir=$base/$name img=$dir/img
	shell "mkdir -p '$img'; cd '$dir'; printf 'line %03d\n' 1 2 3 >log; echo last >>log
		head -c 8192 /dev/zero | tr '\0' d >db; printf 'out 0' >out; ln db db.link; touch -d '2001-02-03 04:05:06.789' log db out
		cp -p log log.was; cp -p db db.was; cp -p out out.was"
	(
		$as bash -c "cd '$dir'; exec '$BIN/ckpt_launch' --ckptdir img ${options[*]-} sleep 1000 $* </dev/null >/dev/null 2>&1"
	) 2>/dev/null &
	remember $!
	disown $! # bash would tell of its end
	wait_for 10 is_there || diag "$name: no job"
}

checkpointed() {
	ckpt command --ckptdir "$img" --checkpoint
	[ "$status" = 0 ] || diag "$said"
	end
}

# back TEXT [OPTION...] - the restart works; the program is ended again.
back() {
	local text=$1
	shift
	# In the foreground of a shell that waits: an orphan's id might stay taken for long after its end.
	{ $as "$BIN/ckpt_restart" "$@" "$img" </dev/null >"$T/restart" 2>&1; } 2>/dev/null &
	local pid=$!
	wait_for 10 is_there_or_gone "$pid"
	ok "$who: $text: restarts" -- is_there || diag <"$T/restart"
	end
	wait "$pid" 2>/dev/null
}
is_there_or_gone() { is_there || ! kill -0 "$1"; }

# same FILE... - content and time of change are the saved ones.
same() {
	local file
	for file; do
		cmp "$dir/$file" "$dir/$file.was" || return 1
		[ "$(stat -c %y "$dir/$file")" = "$(stat -c %y "$dir/$file.was")" ] || { echo "$file: $(stat -c %y "$dir/$file")"; return 1; }
	done
}

# bad STATUS PATTERN TEXT [OPTION...] - the restart is refused so, and no file in the directory changes.
bad() {
	local want=$1 pattern=$2 text=$3 before
	shift 3
	before=$(listing)
	said=$($as timeout -k 5 30 "$BIN/ckpt_restart" "$@" "$img" 2>&1 </dev/null)
	status=$?
	is "$status" "$want" "$who: $text: refused"
	like "$said" "$pattern" "$who: $text: by name"
	is "$(listing)" "$before" "$who: $text: nothing is changed"
	[ "$status" != 0 ] || end
}
listing() { (cd "$dir" && find . -path ./img -prune -o -type f -printf '%p %s %T@ %m ' -exec sha256sum {} \; | sort); }

all() {
	# Written in place: the content is kept.
	scene place -- '7<>db' '8>>log'
	checkpointed
	like "$(ls "$img")" "*_g000001_1.img*_g000001_1_f1.dat" "$who: what may be overwritten is kept beside the image"
	is "$(ls "$img"/*.dat | wc -l)" 1 "$who: and what is only appended to is not"
	is "$(stat -c %a "$img"/*.dat)" 600 "$who: for nobody else's eyes"
	$as "$BIN/ckpt_inspect" "$img"/*.img >"$T/inspect"
	like "$(cat "$T/inspect")" "*path $dir/db*_f1.dat*" "$who: ckpt_inspect shows it"
	back "unchanged"
	ok "$who: unchanged: stays" -- same db log
	is "$(ls "$dir" | grep -c ckpt-)" 0 "$who: unchanged: nothing is put beside"

	shell "cd '$dir'; printf added >>log; printf more >>db"
	back "grown"
	ok "$who: grown: cut back, time of change too" -- same db log
	is "$(cat "$dir/log.ckpt-tail-1") $(cat "$dir/db.ckpt-tail-1")" "added more" "$who: grown: what was added is beside it"
	shell "cd '$dir'; printf again >>log"
	back "grown again"
	is "$(cat "$dir/log.ckpt-tail-1.1")" again "$who: grown again: kept under another name"

	shell "cd '$dir'; printf xxxx | dd of=db bs=1 seek=4000 conv=notrunc 2>/dev/null; cp db db.new"
	back "overwritten"
	ok "$who: overwritten: put back" -- same db log
	ok "$who: overwritten: what it held is beside it" -- cmp "$dir/db.ckpt-old-1" "$dir/db.new"
	ok "$who: overwritten: the same file, its other link too" -- test "$dir/db" -ef "$dir/db.link"
	shell "cd '$dir'; truncate -s 100 db"
	back "shrunk"
	ok "$who: shrunk: put back" -- same db
	shell "cd '$dir'; touch db"
	back "touched"
	ok "$who: touched: only the time goes back" -- same db
	shell "cd '$dir'; rm db; chmod 600 db.link"
	back "removed"
	ok "$who: removed: made again" -- same db
	is "$(stat -c %a "$dir/db")" "$(stat -c %a "$dir/db.was")" "$who: removed: with its mode"
	shell "cd '$dir'; mv db elsewhere; echo other >db"
	back "renamed, another in its place"
	ok "$who: renamed: put back" -- same db
	is "$(cat "$dir/db.ckpt-old-1.2")" other "$who: renamed: what lay there is beside it"
	ok "$who: renamed: the renamed one is left alone" -- cmp "$dir/elsewhere" "$dir/db.was"

	# Append only: the content is not kept, but known by its ends.
	shell "cd '$dir'; truncate -s 20 log"
	bad 65 "*$dir/log has shrunk*was not kept*" "a log that has shrunk"
	shell "cd '$dir'; tr l L <log.was >log; echo >>log"
	bad 65 "*$dir/log has been overwritten*was not kept*" "a log that was cut and has grown again"
	shell "cd '$dir'; rm log"
	bad 65 "*$dir/log is gone*--path-map*" "a log that is gone"
	shell "cd '$dir'; mkdir log"
	bad 65 "*$dir/log is not a regular file*" "a directory in its place"
	shell "cd '$dir'; rmdir log; cp -p log.was real; ln -s real log"
	bad 65 "*$dir/log*symbolic link*" "a symbolic link in its place"
	shell "cd '$dir'; rm log; cp log.was log; truncate -s 0 db; rm elsewhere"
	bad 65 "*$dir/nowhere is gone*" "one bad file, the others stay as they are" --path-map "$dir/log=$dir/nowhere"

	# --path-map.
	shell "cd '$dir'; cp -p db.was db; mkdir there; cp -p log there/log; printf tail >>there/log; printf tail >>log"
	back "--path-map" --path-map "$dir/log=$dir/there/log"
	ok "$who: --path-map: the file under its new name" -- cmp "$dir/there/log" "$dir/log.was"
	is "$(tail -c 4 "$dir/log")" tail "$who: --path-map: not the one under the old"
	shell "cd '$dir'; cp -p log.was log"

	# Copies.
	shell "cd '$img'; cp -p *.dat ../copy; printf X | dd of=\$(echo *.dat) bs=1 seek=5000 conv=notrunc 2>/dev/null"
	bad 65 "*_f1.dat*keeps what $dir/db held*checksum*" "a copy with a wrong byte"
	ckpt inspect --verify "$img"
	like "$status $said" "65 *_f1.dat*checksum*" "$who: and ckpt_inspect --verify says so"
	shell "cd '$img'; cp -p ../copy *.dat; truncate -s 100 *.dat"
	bad 65 "*_f1.dat*cut short*" "a copy that is cut short"
	shell "cd '$img'; cp -p ../copy \$(echo *.dat); chmod 666 *.dat"
	bad 65 "*_f1.dat*written by, others*" "a copy that others may write"
	shell "cd '$img'; rm *.dat"
	bad 65 "*_f1.dat*No such file*" "a copy that is gone"

	# A restart that fails after the files went back.
	scene late -- '7<>db' '8>>log' '9<>out' '5<log.was'
	checkpointed
	shell "cd '$dir'; rm -f log.was; printf xx | dd of=db bs=1 conv=notrunc 2>/dev/null; printf tail >>log; rm out"
	bad 65 "*log.was*nothing was started*" "a restart that fails later"

	# --files.
	scene none --files=none -- '7<>db' '8>>log'
	checkpointed
	is "$(ls "$img"/*.dat 2>/dev/null | wc -l)" 0 "$who: --files=none: nothing is kept"
	shell "cd '$dir'; printf tail >>log; printf xx >>db"
	back "--files=none"
	is "$(tail -c 4 "$dir/log")$(tail -c 2 "$dir/db")" tailxx "$who: --files=none: files stay as they are"

	scene all --files=all -- '7<db' '8>>log'
	checkpointed
	shell "cd '$dir'; printf xx | dd of=db bs=1 conv=notrunc 2>/dev/null"
	back "--files=all"
	ok "$who: --files=all: a file that is only read goes back too" -- same db

	scene reads -- '7<db' '8>>log'
	checkpointed
	is "$(ls "$img"/*.dat 2>/dev/null | wc -l)" 0 "$who: a file that is only read is not kept otherwise"
	shell "cd '$dir'; printf xx | dd of=db bs=1 conv=notrunc 2>/dev/null"
	back "a file that is only read"
	not_ok "$who: and stays as it is" -- cmp "$dir/db" "$dir/db.was"

	# Over the limit.
	scene limit --file-limit=4096 -- '7<>db' '8>>log'
	ckpt command --ckptdir "$img" --check
	is "$status" 75 "$who: over the limit: --check says so"
	like "$said" "*$dir/db*8192 bytes*--file-limit (4096)*overwritten in place*--file-limit*--files=none*" "$who: by name, with the remedy"
	ckpt command --ckptdir "$img" --checkpoint
	is "$status" 75 "$who: over the limit: no checkpoint"
	is "$(ls "$img")" "" "$who: over the limit: nothing is left behind"
	ok "$who: over the limit: the program runs on" -- is_there
	end
	# The shell writes at the end of what it opened with >: as good as a log.
	dir=$base/sequential img=$base/sequential/img
	shell "mkdir -p '$img'"
	(
		$as bash -c "cd '$dir'; exec 7>big; head -c 9000 /dev/zero | tr '\\0' z >&7
			exec '$BIN/ckpt_launch' --ckptdir img --file-limit=4096 sleep 1000 </dev/null >/dev/null 2>&1"
	) 2>/dev/null &
	remember $!
	disown $!
	wait_for 10 is_there
	checkpointed
	is "$(ls "$img"/*.dat 2>/dev/null | wc -l)" 0 "$who: a large file that is written at its end is not kept"
	shell "cd '$dir'; cp -p big big.was; printf tail >>big"
	back "a large file that is written at its end"
	ok "$who: it is cut back" -- same big
	shell "cd '$dir'; printf x | dd of=big bs=1 conv=notrunc 2>/dev/null"
	bad 65 "*$dir/big has been overwritten*" "a large file that begins otherwise"

	# Copies go with their generation.
	scene keep --keep=2 -- '7<>db'
	for i in 1 2 3; do
		ckpt command --ckptdir "$img" --checkpoint
	done
	is "$(cd "$img" && echo *.dat | sed 's/ckpt_sleep_[^_]*_//g')" "g000002_1_f1.dat g000003_1_f1.dat" "$who: copies go with their generation"
	end
}

if [ "$(id -u)" = 0 ]; then
	who=root as='' base=$T/root
	mkdir "$base"
	all
fi
who=user as=as_user
user_dir
base=$U
all
done_testing
