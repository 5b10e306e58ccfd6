#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# What ckpt_restart refuses: one line that names the thing and the remedy, the right status, "(nothing was started)", and
# nothing left behind; the image restarts when the cause is gone.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
. "$TOP_SRCDIR/test/lib/restart.sh"
need_program perl
need_part test/lib/noptrace test/lib/xstate_bit
cp "$TOP_BUILDDIR/test/lib/noptrace" "$TOP_BUILDDIR/test/lib/xstate_bit" "$T/"

# refused STATUS REGEX WHAT ARG... - ckpt_restart ARGs, by the wrapper in BY.
BY=()
refused() {
	local status=$1 regex=$2 what="$WHO: $3" got said
	shift 3
	(as "$WHO" timeout -k 1 "$LIMIT" ${BY[@]+"${BY[@]}"} "$BIN/ckpt_restart" "$@" </dev/null >"$D/r.out" 2>"$D/r.err")
	got=$?
	said=$(cat "$D/r.err")
	is "$got" "$status" "$what: status"
	ok "$what: says so" -- grep -Eq -e "$regex" "$D/r.err" || diag "$said"
	ok "$what: (nothing was started)" -- grep -q "^ckpt_restart: .* (nothing was started)\$" "$D/r.err" || diag "$said"
	[ "${LINES_-1}" = any ] || is "$(wc -l <"$D/r.err")" 1 "$what: one line" || diag "$said"
	[ "${LEFT-}" = some ] || ok "$what: nothing left" -- nothing_left
}
works() {
	: >"$D/log"
	restart "$@"
	beats
	kill -9 "$(real_pid)"
	ends_with 137 "$WHO: restarts${1+ with $*}"
	wait_for "$LIMIT" nothing_left
}
chown_() { [ "$WHO" != user ] || [ "$(id -u)" != 0 ] || chown "$TEST_UID:$TEST_UID" "$@"; }
image() { ls "$D"/img/ckpt_*.img; }

saved() {
	begin "$WHO"
	head -c 4096 /dev/zero | tr '\0' m >"$D/log.map"
	chown_ "$D/log.map"
	launch "$@"
	beats
	save || bail "no checkpoint"
}

running() {
	begin "$WHO"
	launch
	beats
	command_ --checkpoint
	LEFT=some refused 73 "still running: witness, process $P on host .*--kill" "the original runs" "$D/img"
	ok "$WHO: and runs on" -- beats
	# Its coordinator has died: the process is found all the same.
	kill -9 "$(sed -n 's/^coordinator //p' "$D"/run/*.job)"
	LEFT=some refused 73 "still running: witness, process $P on host" "without its coordinator" "$D/img"
	local copy
	copy=$(mktemp -d "$T/rundir.XXXXXX")
	chown_ "$copy"
	BY=(env "CKPT_RUNDIR=$copy")
	LEFT=some refused 73 "still running: witness, process $P on host" "from another run directory" "$D/img"
	BY=()
	command_ --kill
	wait "$P" 2>/dev/null
	wait_for "$LIMIT" nothing_left
	works
}

two_at_once() {
	local n a b one all=1
	for n in 1 2 3 4 5 6; do
		rm -f "$D/log.stop"
		: >"$D/log"
		restart
		a=$R
		(as "$WHO" "$BIN/ckpt_restart" "$D/img" </dev/null >"$D/r2.out" 2>"$D/r2.err") &
		b=$!
		remember "$b"
		beats
		# The one that lost has ended, within the time that it waits for a coordinator that is about to end.
		one_ended() { is_gone "$a" || is_gone "$b"; }
		wait_for "$LIMIT" one_ended || { all=0; diag "both run"; }
		one=$a
		is_gone "$a" || one=$b
		wait "$one"
		[ $? = 73 ] || { all=0; diag "the loser ended otherwise"; }
		cat "$D/r.err" "$D/r2.err" >"$D/both"
		grep -Eq "^ckpt_restart: job .* (is still running|is being restarted already|is being started or ended).*\(nothing was started\)$" "$D/both" || {
			all=0
			diag <"$D/both"
		}
		echo 5 >"$D/log.stop"
		[ "$one" = "$a" ] && one=$b || one=$a
		wait "$one"
		[ $? = 5 ] || { all=0; diag "the winner ended otherwise"; }
		wait_for "$LIMIT" nothing_left || all=0
	done
	rm -f "$D/log.stop"
	is "$all" 1 "$WHO: of two restarts at once exactly one wins"
}

images() {
	local i j n at
	i=$(image)
	mkdir "$D/other"
	chown_ "$D/other"
	refused 65 "no images in $D/other" "an empty directory" "$D/other"
	refused 65 "$D/absent: No such file" "an absent directory" "$D/absent"
	echo hello >"$D/other/ckpt_a_b_g000001_1.img"
	refused 65 "ckpt_a_b_g000001_1.img: is not an image" "not an image" "$D/other"
	refused 65 "witness does not have an image's name" "a name that is none" "$WITNESS"
	rm "$D"/other/*
	# The same job's generation with another member missing, as its own head says.
	j=$D/other/${i##*/}
	cp -p "$i" "$j"
	truncate -s -5 "$j"
	refused 65 "is cut short" "a truncated one" "$D/other"
	n=0
	for at in 100 5000 20000; do
		cp -p "$i" "$j"
		perl -e 'open F, "+<", $ARGV[0]; sysseek F, $ARGV[1], 0; sysread F, $b, 1; sysseek F, $ARGV[1], 0;
			syswrite F, chr(ord($b) ^ 4)' "$j" "$at"
		LINES_=any refused 65 "${j##*/}" "a flipped bit at $at" "$D/other"
	done
	# A data page in the middle, and the last byte.
	for at in $(($(stat -c %s "$i") / 2)) $(($(stat -c %s "$i") - 1)); do
		cp -p "$i" "$j"
		perl -e 'open F, "+<", $ARGV[0]; sysseek F, $ARGV[1], 0; sysread F, $b, 1; sysseek F, $ARGV[1], 0;
			syswrite F, chr(ord($b) ^ 64)' "$j" "$at"
		LINES_=any refused 65 "${j##*/}" "a flipped bit at $at of $(stat -c %s "$i")" "$D/other"
	done
	cp -p "$i" "$j"
	refused 65 "no such generation" "a generation that is not there" --generation 9 "$D/other"
	refused 65 "job nobody" "a job that is not there" --job nobody "$D/other"
	ok "$WHO: an image of another processor" -- now "$T/xstate_bit" "$j"
	refused 65 "processor features that this machine lacks .xstate bits 0x4000000000000000.; restart it on" "another processor" "$D/other"
	cp -p "$i" "$j"
	# Of the head: magic, version, members (ckpt/image.h).
	at=$(perl -e 'open F, "<", $ARGV[0]; read F, $b, 4096; print index $b, "ckptimg\n"' "$j")
	perl -e 'open F, "+<", $ARGV[0]; sysseek F, $ARGV[1], 0; syswrite F, chr 2' "$j" $((at + 12))
	refused 65 "is not complete: 1 of 2 images" "a missing member" --generation 1 "$D/other"
	refused 65 "no complete generation" "nothing but an incomplete generation" "$D/other"
	cp -p "$i" "$j"
	perl -e 'open F, "+<", $ARGV[0]; sysseek F, $ARGV[1], 0; syswrite F, chr 2' "$j" $((at + 8))
	refused 65 "is of another format version" "another format version" "$D/other"
	cp -p "$i" "$j"
	mv "$j" "${j%_g*}_g000042_1.img"
	refused 65 "renamed" "a renamed one" "$D/other"
	rm "$D"/other/*
	chmod 620 "$i"
	refused 65 "others" "an image that others may write" "$D/img"
	chmod 600 "$i"
	chmod 770 "$D/img"
	refused 65 "others|group" "a directory that others may write" "$D/img"
	chmod 700 "$D/img"
	if [ "$(id -u)" = 0 ]; then
		cp -p "$i" "$j"
		chmod 644 "$j"
		chown 12345 "$j"
		refused 65 "12345" "an image of somebody else's" "$D/other"
		rm "$j"
		if [ "$WHO" = user ]; then
			local said
			said=$( (as root "$BIN/ckpt_restart" "$D/img" 2>&1 </dev/null))
			is $? 65 "root restarting a user's image: status"
			like "$said" "*belongs to another user*$TEST_UID*nothing was started*" "root restarting a user's image: refused"
		fi
	fi
	works
}

surroundings() {
	local i
	i=$(image)
	mv "$D/log.map" "$D/log.map.away"
	refused 65 "has $D/log.map mapped: No such file.*--path-map" "a mapped file that is gone" "$D/img"
	works --path-map "$D/log.map=$D/log.map.away"
	printf x >"$D/log.map"
	refused 65 "has $D/log.map mapped, and the file has changed" "a mapped file that changed" "$D/img"
	rm "$D/log.map"
	mv "$D/log.map.away" "$D/log.map"
	mv "$WITNESS" "$WITNESS.away"
	LINES_=any refused 65 "$WITNESS.*No such file" "the program's binary is gone" "$D/img"
	mv "$WITNESS.away" "$WITNESS"
	chmod 500 "$D/run"
	[ "$(id -u)" = 0 ] && [ "$WHO" = root ] || refused 73 "$D/run" "a run directory that cannot be written" "$D/img"
	chmod 700 "$D/run"
	chmod 755 "$D/run"
	refused 77 "$D/run.*chmod 700" "a run directory that others enter" "$D/img"
	chmod 700 "$D/run"
	BY=(bash -c 'ulimit -n 11; exec "$@"' -)
	refused 65 "descriptors.*ulimit -Hn" "a low limit on descriptors" "$D/img"
	BY=(bash -c 'ulimit -v 20000; exec "$@"' -)
	refused 65 "ulimit -Hv" "a low limit on memory" "$D/img"
	BY=()
	works
	# A soft limit alone is no hindrance.
	BY=(bash -c 'ulimit -Sn 11; exec "$@"' -)
	: >"$D/log"
	(as "$WHO" "${BY[@]}" "$BIN/ckpt_restart" "$D/img" </dev/null >"$D/r.out" 2>"$D/r.err") &
	R=$!
	beats
	kill -9 "$(real_pid)"
	ends_with 137 "$WHO: a soft limit is raised"
	BY=()
	if [ "$WHO" = user ] && [ "$(id -u)" = 0 ]; then
		BY=(bash -c 'ulimit -u 1; exec "$@"' -)
		refused 74 "ulimit -u" "a limit on processes" "$D/img"
		BY=()
	fi
	BY=("$T/noptrace")
	refused 65 "ptrace is refused" "no ptrace" "$D/img"
	BY=()
	refused 73 "cannot open $D/absent/file" "--stdout that cannot be opened" --stdout "$D/absent/file" "$D/img"
	wait_for "$LIMIT" nothing_left
	works
}

options() {
	local i
	i=$(image)
	refused 99 "no images" "--fail-status" --fail-status 99 "$D/run"
	BY=(env CKPT_FAIL_STATUS=98)
	refused 98 "no images" "CKPT_FAIL_STATUS" "$D/run"
	BY=()
	(as "$WHO" "$BIN/ckpt_restart" --no-such-option --fail-status=97 "$D/img" 2>"$D/r.err")
	is $? 97 "$WHO: --fail-status, a wrong option"
	(as "$WHO" "$BIN/ckpt_restart" 2>"$D/r.err")
	is $? 64 "$WHO: no argument"
	(as "$WHO" "$BIN/ckpt_restart" --pids perhaps "$D/img" 2>"$D/r.err")
	is $? 64 "$WHO: a wrong word"
	# Two jobs in one directory.
	cp -p "$i" "$D/other.img"
	local second
	second=$(mktemp -d "$D/second.XXXXXX")
	chown_ "$second"
	(as "$WHO" "$BIN/ckpt_launch" --ckptdir "$D/img" --job second "$WITNESS" "$second/log" </dev/null >/dev/null 2>&1) &
	P=$!
	remember "$P"
	wait_for "$LIMIT" grep -q beat "$second/log"
	command_ --job second --checkpoint --then-exit
	wait "$P" 2>/dev/null
	LINES_=any refused 64 "several jobs.*--job" "images of several jobs" "$D/img"
	ok "$WHO: they are listed" -- grep -q -e "--job second (witness)" "$D/r.err"
	works --job "$(ls "$D/img" | sed -n 's/ckpt_witness_\(.*\)_g.*/\1/p' | grep -v second)"
	# shellcheck disable=SC2046
	: >"$D/log"
	(as "$WHO" "$BIN/ckpt_restart" "$i" </dev/null >"$D/r.out" 2>"$D/r.err") &
	R=$!
	beats
	command_ --kill
	ends_with 137 "$WHO: an image by name"
	rm "$D"/img/*second*
}

# Restarted from generation 1, it writes 2; while 1 is what it runs from, it stays, and older ones go.
generations() {
	: >"$D/log"
	restart
	beats
	ok "$WHO: a checkpoint of the restarted" -- command_ --checkpoint
	is "$(ls "$D/img" | sed 's/.*_g/g/' | tr '\n' ' ')" "g000001_1.img g000002_1.img " "$WHO: the generation it runs from stays"
	ok "$WHO: another" -- command_ --checkpoint
	is "$(ls "$D/img" | sed 's/.*_g/g/' | tr '\n' ' ')" "g000001_1.img g000003_1.img " "$WHO: with one more, beside the newest"
	kill -9 "$(real_pid)"
	ends_with 137 "$WHO: killed"
	wait_for "$LIMIT" nothing_left
	works --generation 1
	works
	: >"$D/log"
	restart --generation 1
	beats
	ok "$WHO: a checkpoint of what was restarted from an older one" -- command_ --checkpoint
	is "$(ls "$D/img" | sed 's/.*_g/g/' | tr '\n' ' ')" "g000001_1.img g000004_1.img " "$WHO: has a number above all"
	kill -9 "$(real_pid)"
	ends_with 137 "$WHO: killed again"
	wait_for "$LIMIT" nothing_left
}

for WHO in $(each_who); do
	running
	two_at_once
	saved mapped threads
	images
	surroundings
	options
	generations
done
done_testing
