#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# t1100-preload.t - libckpt.so in a program without any coordinator: the program sees what it would see alone, what it
# execs is a member too, and ids are translated once a restart has said so.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
need_part libckpt.so test/victim/preload_env test/victim/preload_shell test/victim/preload_ids test/victim/preload_children

# Where an ordinary user may read them too.
cp "$TOP_BUILDDIR/libckpt.so" "$TOP_BUILDDIR"/test/victim/preload_* "$T" || bail "cannot copy"
lib=$T/libckpt.so
with() {
	env LD_PRELOAD="$lib" CKPT_LIFE_JOB=t1100 CKPT_LIFE_SOCKET="$T/none" CKPT_LIFE_PRELOAD="$lib" "$@"
}

with_user() {
	as_user env LD_PRELOAD="$lib" CKPT_LIFE_JOB=t1100 CKPT_LIFE_PRELOAD="$lib" "$@"
}

# ---- the environment ----

env >"$T/alone"
with env >"$T/ours"
ok "env prints what it prints alone" -- cmp "$T/alone" "$T/ours"
env "$T/preload_env" show >"$T/alone"
with "$T/preload_env" show >"$T/ours"
is "$(diff "$T/alone" "$T/ours" | grep '^[<>]')" "< library no
> library yes" "environ, envp and getenv too"
with sh -c 'cat /proc/$$/environ' | tr '\0' '\n' >"$T/ours"
ok "the mark of a member is seen from outside" -- grep -q -x 'CKPT_LIFE_JOB=t1100' "$T/ours"

for form in execve execv execvp execvpe execl execle execlp fexecve execveat syscall thread vfork \
	posix_spawn posix_spawnp system popen; do
	for passed in full cleared null; do
		env "$T/preload_env" $form $passed >"$T/alone" 2>&1
		with "$T/preload_env" $form $passed >"$T/ours" 2>&1
		want="< library no
> library yes"
		[ "$form $passed" != "fexecve null" ] || want= # EINVAL in both
		is "$(diff "$T/alone" "$T/ours" | grep '^[<>]')" "$want" \
			"$form, environment $passed: the library and nothing else is there"
	done
done

LD_PRELOAD=libm.so.6 "$T/preload_env" execve full >"$T/alone"
LD_PRELOAD="$lib:libm.so.6" CKPT_LIFE_JOB=t1100 CKPT_LIFE_PRELOAD="$lib" CKPT_LIFE_USER_PRELOAD=libm.so.6 \
	"$T/preload_env" execve full >"$T/ours"
is "$(diff "$T/alone" "$T/ours" | grep '^[<>]')" "< library no
> library yes" "the user's own LD_PRELOAD is seen, and passed on"
like "$(cat "$T/ours")" "*LD_PRELOAD is libm.so.6*" "with its value"
LD_PRELOAD="$lib:libm.so.6" CKPT_LIFE_JOB=t1100 CKPT_LIFE_PRELOAD="$lib" CKPT_LIFE_USER_PRELOAD=libm.so.6 \
	sh -c 'grep -c libm.so.6 /proc/self/maps' >"$T/ours"
ok "$(cat "$T/ours") -gt 0" "and loaded in what is exec'ed"
is "$(LD_PRELOAD="$lib:" CKPT_LIFE_JOB=t1100 CKPT_LIFE_PRELOAD="$lib" CKPT_LIFE_USER_PRELOAD= \
	env | grep '^LD_PRELOAD')" "LD_PRELOAD=" "an empty one stays empty"
is "$(with env CKPT_LIFE_JOB=other CKPT_LIFE_PRELOAD="$lib" LD_PRELOAD="$lib" \
	sh -c 'cat /proc/$$/environ' | tr '\0' '\n' | grep ^CKPT_LIFE_JOB)" "CKPT_LIFE_JOB=other" \
	"who names another job is taken at his word"
is "$(LD_PRELOAD="$lib" env | grep -c LD_PRELOAD)" 1 "preloaded by hand, without a job: nothing is hidden"

big=$(head -c 100000 /dev/zero | tr '\0' x)
is "$(BIG=$big with sh -c 'sh -c "echo \${#BIG}; grep -c libckpt /proc/self/maps"' | head -n 1)" 100000 \
	"a large variable is passed on"
many=$(for ((i = 0; i < 9000; i++)); do echo "V$i=$i"; done)
# shellcheck disable=SC2086
is "$(with env -i $many /usr/bin/env /usr/bin/env | wc -l)" 9000 "so are 9,000 of them"

# ---- scripts and errors ----

printf '#!/bin/sh\ngrep -c libckpt.so /proc/self/maps\n' >"$T/script"
printf 'grep -c libckpt.so /proc/self/maps\n' >"$T/plain"
chmod +x "$T/script" "$T/plain"
ok "$(with env "$T/script") -gt 0" "what a script starts has the library"
ok "$(with env "$T/plain") -gt 0" "also one without #!"
with env "$T/none" 2>"$T/ours"
is $? 127 "what is not there: 127"
with env "$T" 2>"$T/ours"
is $? 126 "what cannot be run: 126"

# ---- nothing of ours between checkpoints ----

facts() { ls /proc/self/fd /proc/self/task | grep -v '^[0-9]\{2,\}$'; grep -E '^(Sig[^Q]|Threads|Seccomp)' /proc/self/status; }
export -f facts
bash -c facts >"$T/alone"
with bash -c facts >"$T/ours"
ok "descriptors, threads and signals are those of a run without us" -- cmp "$T/alone" "$T/ours"

# ---- system and popen as libc's own ----

"$T/preload_shell" >"$T/alone" 2>&1
with "$T/preload_shell" >"$T/ours" 2>&1
ok "system and popen behave as libc's own" -- diff "$T/alone" "$T/ours"

# ---- ids ----

subtest() {
	local name=$1
	shift
	"$@" >"$T/tap" 2>&1 && ok "$name ($(grep -c ^ok "$T/tap") checks)" -- grep -q '^1\.\.' "$T/tap" && return
	fail "$name"
	grep -v '^ok' "$T/tap" | diag
}
subtest "every call in ids that differ from the kernel's" with "$T/preload_ids"
subtest "children and threads made after a restart" with "$T/preload_children"
if [ "$tap_uid" = 0 ]; then
	subtest "the ids as an ordinary user" with_user "$T/preload_ids"
	subtest "children as an ordinary user" with_user "$T/preload_children"
fi
done_testing
