#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# t5330-ptrace.t - ptrace is refused, or somebody else has it: strace, gdb, a program that is not dumpable, one with a seccomp filter, one that
# has become another user.  Each is named with its remedy, nothing is stopped, and when the reason has gone the next checkpoint works.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
. "$TOP_SRCDIR/test/lib/faults.sh"
need_part ckpt_launch ckpt_command ckpt_coordinator ckpt_agent libckpt.so test/lib/steady
need_python ctypes
both "$0"

# Another tracer
for tracer in strace gdb; do
	if ! command -v "$tracer" >/dev/null; then
		skip "under $tracer" "no $tracer"
		continue
	fi
	start_steady "$tracer" "$T/$tracer" 4 2
	case $tracer in
	strace) strace -f -o /dev/null -p "$PID" 2>/dev/null & ;;
	gdb) gdb -q -n -batch -p "$PID" -ex 'shell sleep 1000' </dev/null >/dev/null 2>&1 & ;;
	esac
	by=$!
	disown "$by"
	remember "$by"
	wait_for 20 grep -q "^TracerPid:.$by\$" "/proc/$PID/status"
	[ "$tracer" != gdb ] || sleep 1
	before=$(images "$IMG")
	try "$COMMAND" --job "$tracer" -c
	refused 75 "*traced process by process $by ($tracer)*detach*" "under $tracer"
	is "$(images "$IMG")" "$before" "under $tracer: the generation before is whole"
	ok "under $tracer: it is still traced" -- grep -q "^TracerPid:.$by\$" "/proc/$PID/status"
	for child in $(children_of "$by") "$by"; do kill -9 "$child" 2>/dev/null; done
	wait_for 10 grep -q "^TracerPid:.0\$" "/proc/$PID/status"
	kill -CONT "$PID"
	IMAGES=$before
	unharmed "under $tracer, detached"
	next_works "under $tracer, detached"
	end_steady
done

# A program that does something on command, and counts.
cat >"$T/odd.py" <<'END_PY'
import ctypes, os, signal, struct, sys, time
libc = ctypes.CDLL(None, use_errno=True)
stop, what = sys.argv[1:3]
def prctl(*a):
    if libc.prctl(*[ctypes.c_ulong(x) for x in a]): sys.exit("prctl: %d" % ctypes.get_errno())
def odd():
    if what == "dumpable": prctl(4, 0, 0, 0, 0)
    if what == "seccomp":
        prctl(38, 1, 0, 0, 0)
        code = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0x7fff0000))
        program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", 1, ctypes.addressof(code)))
        prctl(22, 2, ctypes.addressof(program), 0, 0)
    if what == "uid": os.setresgid(54321, 54321, 54321); os.setresuid(54321, 54321, 54321)
def undo():
    if what == "dumpable": prctl(4, 1, 0, 0, 0)
open(stop + ".ready", "w").write("ready\n")
was = False
while not os.path.exists(stop):
    if not was and os.path.exists(stop + ".odd"): odd(); was = True; os.close(os.open(stop + ".is", os.O_CREAT | os.O_WRONLY))
    if was and os.path.exists(stop + ".even"): undo(); was = False; os.unlink(stop + ".is"); os.unlink(stop + ".odd")
    try: os.utime(stop + ".ready")
    except PermissionError: open(stop + ".ready2", "w").close()
    time.sleep(0.02)
print("ok")
END_PY

start_odd() {
	JOB=$1 IMG=$T/$1 STOP=$T/$1.d/stop
	mkdir -m 777 "$T/$1.d"
	start_job "$1" "$IMG" -- "$PYTHON" "$T/odd.py" "$STOP" "$1" </dev/null >"$T/$1.out" 2>&1
	PID=$PROGRAM_PID
	wait_for 20 test -s "$STOP.ready"
	chmod 666 "$STOP.ready"
	try "$COMMAND" --job "$1" -c
	is "$status" 0 "$1: a first generation" || diag "$said"
	IMAGES=$(images "$IMG")
	: >"$STOP.odd"
	wait_for 10 test -e "$STOP.is"
}

end_odd() {
	is "$(images "$IMG" | wc -w)" 1 "$1: one generation is there"
	ok "$1: the program runs" -- alive "$PID"
	: >"$STOP"
	wait_for 10 gone "$PID"
	is "$(cat "$T/$1.out")" ok "$1: its output is that of an undisturbed run"
	wait_for 10 no_trace "$1"
}

start_odd dumpable
try "$COMMAND" --job dumpable -c
if [ "$AS" = root ]; then
	is "$status" 0 "not dumpable: no matter for root" || diag "$said"
else
	refused 75 "*not dumpable*prctl*" "not dumpable"
	is "$(images "$IMG")" "$IMAGES" "not dumpable: the generation before is whole"
fi
: >"$STOP.even"
wait_for 10 sh -c "! test -e '$STOP.is'"
next_works "dumpable again"
end_odd dumpable

start_odd seccomp
try "$COMMAND" --job seccomp -c
refused 75 "*seccomp filter*run it without a filter*" "a seccomp filter"
is "$(images "$IMG")" "$IMAGES" "a seccomp filter: the generation before is whole"
end_odd seccomp

if [ "$AS" = root ]; then
	start_odd uid
	try "$COMMAND" --job uid -c
	is "$status" 0 "the program has become another user: root's agent saves it" || diag "$said"
	end_odd uid
fi

# A set-uid program by exec from inside: an ordinary user may not look into it.
setuid=
for one in /bin/su /usr/bin/su /usr/bin/passwd; do
	[ ! -u "$one" ] || setuid=$one
done
if [ "$AS" = user ] && [ "$(id -u)" != 0 ] && [ -n "$setuid" ] && ! findmnt -n -o OPTIONS -T "$setuid" | grep -q nosuid; then
	mkfifo "$T/fifo"
	background sh -c "exec sleep 1000 >'$T/fifo'"
	JOB=suid IMG=$T/suid
	# It waits for a password, which never comes.
	start_job suid "$IMG" -- sh -c "sleep 1; exec '$setuid' 2>/dev/null" <"$T/fifo" >/dev/null 2>&1
	PID=$PROGRAM_PID
	if wait_for 5 sh -c "grep -q '^Uid:.[0-9]*.0' /proc/$PID/status" && sleep 0.3 && alive "$PID"; then
		try "$COMMAND" --job suid -c
		refused 75 "*su*(pid $PID)*another user*" "a set-uid program from inside"
		is "$(images "$IMG")" "" "a set-uid program from inside: nothing is there"
	else
		skip "a set-uid program from inside" "it does not wait here"
	fi
	kill -9 "$PID" 2>/dev/null
else
	skip "a set-uid program from inside" "for an ordinary user with a set-uid program"
fi
done_testing
