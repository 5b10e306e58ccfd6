# SPDX-License-Identifier: BSD-3-Clause
# map.sed - table.h -> libckpt.map: each row's name is exported, nothing else is.
1i {\
	global:
s/^	W([A-Z]*, \([A-Za-z0-9_]*\),.*/		\1;/p
$a \
	local: *;\
};
