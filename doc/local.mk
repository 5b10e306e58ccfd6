# SPDX-License-Identifier: BSD-3-Clause
# doc/local.mk - manual pages (dist_man_MANS += doc/NAME.SECTION) and the texts that are installed beside them.

dist_man_MANS += \
	doc/ckpt-files.7 \
	doc/ckpt-image.5 \
	doc/ckpt.7 \
	doc/ckpt_command.1 \
	doc/ckpt_inspect.1 \
	doc/ckpt_launch.1 \
	doc/ckpt_restart.1

dist_doc_DATA += \
	HACKING.md \
	LICENSE \
	NEWS.md \
	README.md \
	doc/architecture.md \
	doc/image-format.txt \
	doc/performance.md \
	doc/status.md

EXTRA_DIST += \
	doc/adr/0001-library-without-libtool.md \
	doc/adr/0002-restart-under-ptrace.md \
	doc/adr/0003-pages-are-read-from-outside.md \
	doc/adr/0004-the-end-of-a-list.md \
	doc/adr/0005-files-at-their-end.md
