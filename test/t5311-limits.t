#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# t5311-limits.t - resource limits of the shell that launches: soft ones are the program's own business and do not reach who writes
# its image; what a hard one makes impossible is said by name, and the program is unharmed.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
. "$TOP_SRCDIR/test/lib/faults.sh"
need_part ckpt_launch ckpt_command ckpt_coordinator ckpt_agent libckpt.so test/lib/steady
need_program prlimit
both "$0"

LIMITED=$LAUNCH
# limited LIMIT... - launch under these limits from here on.
limited() {
	printf '#!/bin/sh\nexec prlimit %s %s "$@"\n' "$*" "$LIMITED" >"$T/launch"
	chmod +x "$T/launch"
	LAUNCH=$T/launch
}

for soft in --fsize=1000000: --nofile=20: --cpu=1000: --as=400000000: --data=200000000: --memlock=0: --core=0: --sigpending=1:; do
	name=soft$(tr -dc a-z <<<"$soft")
	limited "$soft"
	start_steady "$name" "$T/$name" 8 2
	next_works "$name"
	unharmed "$name"
	end_steady
done

# Hard: the image is larger than anybody here may write, unless who writes may raise it.
for mode in copy fork; do
	limited --fsize=3000000:3000000
	JOB=fsize$mode IMG=$T/fsize$mode STOP=$T/fsize$mode.stop
	start_job "$JOB" "$IMG" --snapshot "$mode" -- "$STEADY" "$STOP" 8 2 </dev/null >"$T/$JOB.out" 2>&1
	PID=$PROGRAM_PID
	wait_for 20 test -s "$STOP.ready"
	remember_facts
	for more in "" --then-exit; do
		try "$COMMAND" --job "$JOB" -c $more
		refused 74 "*$IMG/*File too large*ulimit -f*" "hard limit on file size, $mode $more"
		unharmed "hard limit on file size, $mode $more"
	done
	: >"$STOP"
	wait_for 20 gone "$PID"
	is "$(cat "$T/$JOB.out")" ok "$JOB: its output is that of an undisturbed run"
	wait_for 10 no_trace "$JOB"
done

# Address space: too little for who writes.
limited --as=60000000:60000000
JOB=as IMG=$T/as STOP=$T/as.stop
start_job "$JOB" "$IMG" -- "$STEADY" "$STOP" 4 1 </dev/null >"$T/$JOB.out" 2>&1
PID=$PROGRAM_PID
wait_for 20 test -s "$STOP.ready"
remember_facts
try "$COMMAND" --job as -c --timeout 30
refused 75 "*memory*ulimit -H -v*" "hard limit on address space"
unharmed "hard limit on address space"
: >"$STOP"
wait_for 20 gone "$PID"
is "$(cat "$T/as.out")" ok "as: its output is that of an undisturbed run"
wait_for 10 no_trace as

# Few descriptors, hard: enough for the program.
limited --nofile=12:12
start_steady nofile "$T/nofile" 4 1
next_works "12 descriptors at most"
end_steady

# No further process: a snapshot cannot be forked.  Root is not bound by it.
if [ "$AS" = user ] && [ "$(id -u)" != 0 ]; then
	limited
	for mode in fork auto; do
		start_steady "nproc$mode" "$T/nproc$mode" 4 1 --snapshot "$mode"
		prlimit --pid "$PID" --nproc=1:1
		if [ "$mode" = fork ]; then
			try "$COMMAND" --job "$JOB" -c
			refused 75 "*cannot fork a snapshot*--snapshot copy*" "no further process, --snapshot fork"
			unharmed "no further process, --snapshot fork"
		else
			next_works "no further process, --snapshot auto copies"
		fi
		end_steady
	done
else
	skip "no further process" "root is not bound by RLIMIT_NPROC"
fi
done_testing
