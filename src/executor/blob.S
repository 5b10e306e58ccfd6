/* SPDX-License-Identifier: BSD-3-Clause */
/* blob.S - executor.bin as data of the tools that carry it into processes.  [tool] */
	.section .rodata
	.globl	ckpt_executor_blob
	.globl	ckpt_executor_blob_end
	.balign	64
ckpt_executor_blob:
	.incbin	"executor.bin"
ckpt_executor_blob_end:
	.section .note.GNU-stack, "", @progbits
