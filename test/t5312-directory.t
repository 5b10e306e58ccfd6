#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# t5312-directory.t - the image directory is removed, made read-only or replaced by a file between launch and checkpoint.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
. "$TOP_SRCDIR/test/lib/faults.sh"
need_part ckpt_launch ckpt_command ckpt_coordinator ckpt_agent libckpt.so test/lib/steady
both "$0"

# spoiled PATTERN TEXT - the next checkpoint says so; then the directory is as it was, and it works.
spoiled() {
	local more
	for more in "" --then-exit; do
		try "$COMMAND" --job "$JOB" -c --timeout 60 $more
		refused 73 "$1" "$2 $more"
		IMAGES=$(images "$IMG" 2>/dev/null)
		unharmed "$2 $more"
	done
}

start_steady dir "$T/img" 4 2
mv "$T/img" "$T/away"
spoiled "*$T/img*No such file or directory*" "removed"
mkdir "$T/img"
next_works "removed, and made anew"

mv "$T/img" "$T/img.2"
: >"$T/img"
IMG=$T/img.2
spoiled "*$T/img*Not a directory*" "replaced by a file"
rm "$T/img"
mv "$T/img.2" "$T/img"
IMG=$T/img
next_works "replaced by a file, and put back"

if [ "$AS" = user ] && [ "$(id -u)" != 0 ]; then
	chmod 555 "$T/img"
	spoiled "*cannot create $T/img/*Permission denied*" "made read-only"
	chmod 000 "$T/img"
	try "$COMMAND" --job dir -c
	refused 73 "*$T/img*Permission denied*" "may not even be entered"
	chmod 755 "$T/img"
	remember_facts
	next_works "made read-only, and writable again"
else
	skip "made read-only" "root may write all the same"
fi

end_steady
done_testing
