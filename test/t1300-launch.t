#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# t1300-launch.t - ckpt_launch: what the program sees, what is refused, that nothing stays.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
. "$TOP_SRCDIR/test/lib/job.sh"
need_part ckpt_launch ckpt_coordinator libckpt.so
mkdir "$T/img"
cd "$T/img" || exit 1

try "$LAUNCH" sh -c 'echo out; exit 7'
is "$status $said" "7 out" "output and exit status are the program's"
try "$LAUNCH" sh -c 'kill -TERM $$'
is "$status" 143 "so is the signal that ends it"
is "$("$LAUNCH" echo --job -i)" "--job -i" "options end at PROGRAM"
is "$("$LAUNCH" sh -c 'echo $$; exec readlink /proc/self/fd/3' 2>/dev/null | wc -l)" 1 "no descriptor of ours is open"
"$LAUNCH" sh -c 'echo $$' >"$T/pid" &
wait $!
is "$(cat "$T/pid")" "$!" "no process between: the pid stays"
SECONDS=0
x=$("$LAUNCH" true)
ok "$SECONDS -lt 3" "x=\$(ckpt_launch true) returns at once: the coordinator does not hold the pipe"
is "$x" "" "and prints nothing"
printf '%s\n' 'import os, signal, sys' \
	'print(sorted(signal.sigpending()), sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])))' \
	'try: os.waitpid(-1, 0)' 'except ChildProcessError: print("no child")' >"$T/look.py"
if command -v /usr/bin/python3 >/dev/null; then
	said=$(/usr/bin/python3 -c 'import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
os.execv(sys.argv[1], sys.argv[1:])' "$LAUNCH" /usr/bin/python3 "$T/look.py")
	like "$said" "\[\] \[*SIGCHLD*no child" "no child, and no SIGCHLD pending where it is blocked"
else
	skip "no child, no pending signal" "no python3"
fi

wait_for 5 nothing_runs
is "$(ls -A "$CKPT_RUNDIR" "$T/img" | grep -v -e : -e '^$')" "" "nothing is left behind"

# Environment
unset LD_PRELOAD
env | grep -v '^_=' >"$T/plain"
"$LAUNCH" env | grep -v '^_=' >"$T/launched"
if cmp -s "$T/plain" "$T/launched"; then
	pass "ckpt_launch env prints what env prints"
else
	fail "ckpt_launch env prints what env prints"
	diff "$T/plain" "$T/launched" | diag
fi
"$LAUNCH" sh -c 'tr "\0" "\n" </proc/$$/environ' >"$T/environ"
ok "the mark stands in /proc/PID/environ" -- grep -q '^CKPT_LIFE_JOB=' "$T/environ"
LD_PRELOAD='' "$LAUNCH" sh -c 'tr "\0" "\n" </proc/$$/environ' >"$T/environ"
ok "an empty LD_PRELOAD of the user's is remembered" -- grep -q -x 'CKPT_LIFE_USER_PRELOAD=' "$T/environ"

# What cannot be run
try "$LAUNCH" "$T/missing"
refused 127 "*missing*No such file*" "a program that is missing"
# A directory in PATH that may not be searched makes it 126, as for env(1).
PATH=/usr/bin:/bin try "$LAUNCH" no-such-program-anywhere
refused 127 "*no-such-program-anywhere*" "one that is not in PATH"
: >"$T/plainfile"
try "$LAUNCH" "$T/plainfile"
refused 126 "*plainfile*Permission denied*" "a file that is not executable"
try "$LAUNCH" "$T"
is "$status" 126 "a directory"
try "$LAUNCH" --no-such-option true
is "$status" 125 "an unknown option"
try "$LAUNCH"
is "$status" 125 "no program"
try "$LAUNCH" --keep 0 true
refused 125 "*keep*0*" "keeping nothing"
try "$LAUNCH" --snapshot slow true
refused 125 "*snapshot*auto|copy|fork*" "a word that is none of an option's"
CKPT_KEEP=x try "$LAUNCH" true
refused 125 "*CKPT_KEEP*x*" "a variable with a bad value is named"
CKPT_DIR=/nowhere CKPT_WHATEVER=1 try "$LAUNCH" true
is "$status$said" 0 "unknown CKPT_ variables are nobody's business"
try "$LAUNCH" --version
like "$status $said" "0 ckpt_launch *" "--version"
try "$LAUNCH" --help
like "$status $said" "0 Usage: ckpt_launch *--ckptdir*" "--help"

# Programs that take no library
echo 'int main(void) { return 0; }' >"$T/p.c"
if ${CC:-cc} -static -o "$T/static" "$T/p.c" 2>/dev/null; then
	try "$LAUNCH" "$T/static"
	refused 126 "*static*statically linked*-static*" "a static program"
	printf '#!%s\n' "$T/static" >"$T/script"
	chmod +x "$T/script"
	try "$LAUNCH" "$T/script"
	refused 126 "*/static'*statically linked*" "a script whose interpreter is static"
else
	skip "a static program" "no static libc"
fi
echo 'void _start(void) { for (;;) ; }' >"$T/p32.c"
if ${CC:-cc} -m32 -nostdlib -static -o "$T/p32" "$T/p32.c" 2>/dev/null; then
	try "$LAUNCH" "$T/p32"
	refused 126 "*p32*32-bit*" "a 32-bit program"
else
	skip "a 32-bit program" "the compiler makes none"
fi
setuid=
if [ "$(id -u)" = 0 ]; then
	cp "$(type -P true)" "$T/setuid" && chown 65534 "$T/setuid" && chmod u+s "$T/setuid" && setuid=$T/setuid
else
	for setuid in /bin/su /usr/bin/passwd /usr/bin/mount ''; do
		[ ! -u "$setuid" ] || break
	done
fi
if [ -n "$setuid" ] && ! findmnt -n -o OPTIONS -T "$setuid" 2>/dev/null | grep -q nosuid; then
	try "$LAUNCH" "$setuid"
	refused 126 "*set-uid*" "a set-uid program"
else
	skip "a set-uid program" "none can be had here"
fi
cp "$(type -P true)" "$T/own" && chmod u+s "$T/own"
try "$LAUNCH" "$T/own"
is "$status$said" 0 "set-uid to ourselves changes nothing, and is no reason"
printf '#!/bin/sh\necho from a script\n' >"$T/ok.sh"
chmod +x "$T/ok.sh"
is "$("$LAUNCH" "$T/ok.sh")" "from a script" "a script of a dynamic interpreter"
printf 'echo without a first line\n' >"$T/bare"
chmod +x "$T/bare"
is "$("$LAUNCH" "$T/bare" 2>&1)" "without a first line" "a script without #! is run as execvp does"

# Directories
mkdir -m 555 "$T/readonly"
if [ "$(id -u)" = 0 ]; then
	as_user true
	user_bin
	try as_user "$BIN/ckpt_launch" --ckptdir "$T/readonly" true
else
	try "$LAUNCH" --ckptdir "$T/readonly" true
fi
refused 125 "*readonly*Permission denied*--ckptdir*" "an image directory that cannot be written"
try "$LAUNCH" --ckptdir "$T/plainfile" true
refused 125 "*plainfile*not a directory*" "one that is a file"
try "$LAUNCH" --ckptdir "$T/a/b" true
refused 125 "*a/b*No such file*" "one whose parent is missing"
try "$LAUNCH" --ckptdir "$T/new" true
is "$status$(ls -d "$T/new")" "0$T/new" "one that is missing is made"
CKPT_RUNDIR=$T/plainfile try "$LAUNCH" true
refused 125 "*run directory*plainfile*" "a run directory that is none"
mkdir -m 755 "$T/open"
CKPT_RUNDIR=$T/open try "$LAUNCH" true
refused 125 "*open*chmod 700*" "a run directory that others may enter"
wait_for 5 nothing_runs
is "$(ls -A "$CKPT_RUNDIR")" "" "nothing is left behind after all that"
done_testing
