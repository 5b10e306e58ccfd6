/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fpu KIND - registers held in a spinning loop that touches no memory.  [victim]
 * x87 | mxcsr | sse | avx | avx512 | general | flags.  Two threads with different values; the loop ends when the
 * word that it polls changes, and what the registers hold is compared then.
 */
#include "victim.h"

#define ALIGNED __attribute__((aligned(64)))

/* Load sixteen (or thirty-two) registers from in, spin until *over, store them to out. */
#define SPIN(load, store, list) \
	__asm__ volatile(load "1: pause\n\tcmpl $0, (%2)\n\tje 1b\n\t" store \
			 : : "r"(in), "r"(out), "r"(over) : "memory", "cc" list)
#define L(op, reg, n, size) op " " #n "*" #size "(%0), %%" reg #n "\n\t"
#define S(op, reg, n, size) op " %%" reg #n ", " #n "*" #size "(%1)\n\t"
#define ALL16(F, op, reg, size) \
	F(op, reg, 0, size) F(op, reg, 1, size) F(op, reg, 2, size) F(op, reg, 3, size) F(op, reg, 4, size) \
	F(op, reg, 5, size) F(op, reg, 6, size) F(op, reg, 7, size) F(op, reg, 8, size) F(op, reg, 9, size) \
	F(op, reg, 10, size) F(op, reg, 11, size) F(op, reg, 12, size) F(op, reg, 13, size) F(op, reg, 14, size) \
	F(op, reg, 15, size)
#define HIGH16(F, op, reg, size) \
	F(op, reg, 16, size) F(op, reg, 17, size) F(op, reg, 18, size) F(op, reg, 19, size) F(op, reg, 20, size) \
	F(op, reg, 21, size) F(op, reg, 22, size) F(op, reg, 23, size) F(op, reg, 24, size) F(op, reg, 25, size) \
	F(op, reg, 26, size) F(op, reg, 27, size) F(op, reg, 28, size) F(op, reg, 29, size) F(op, reg, 30, size) \
	F(op, reg, 31, size)
#define LK(n) "kmovq 2048+" #n "*8(%0), %%k" #n "\n\t"
#define SK(n) "kmovq %%k" #n ", 2048+" #n "*8(%1)\n\t"
#define MASKS(F) F(0) F(1) F(2) F(3) F(4) F(5) F(6) F(7)

static const char *kind;

static void spin_sse(char *in, char *out, volatile int *over)
{
	SPIN(ALL16(L, "movups", "xmm", 16), ALL16(S, "movups", "xmm", 16), );
}

__attribute__((target("avx"))) static void spin_avx(char *in, char *out, volatile int *over)
{
	SPIN(ALL16(L, "vmovups", "ymm", 32), ALL16(S, "vmovups", "ymm", 32) "vzeroupper\n\t", );
}

__attribute__((target("avx512f,avx512bw"))) static void spin_avx512(char *in, char *out, volatile int *over)
{
	SPIN(ALL16(L, "vmovups", "zmm", 64) HIGH16(L, "vmovups", "zmm", 64) MASKS(LK),
	     ALL16(S, "vmovups", "zmm", 64) HIGH16(S, "vmovups", "zmm", 64) MASKS(SK) "vzeroupper\n\t", );
}

static void spin_x87(char *in, char *out, volatile int *over)
{
	const uint16_t control = 0x0c7f; /* round to zero, 24 bits */
	uint16_t got, status;

	for (int i = 0; i < 8; i++) { /* ten-byte reals that are numbers */
		in[i * 10 + 7] |= 0x80;
		in[i * 10 + 8] = 0x10 + i, in[i * 10 + 9] = 0x40;
	}
	__asm__ volatile("fninit\n\tfldt (%0)\n\tfldt 10(%0)\n\tfldt 20(%0)\n\tfldt 30(%0)\n\tfldt 40(%0)\n\tfldt 50(%0)\n\t"
			 "fldt 60(%0)\n\tfldt 70(%0)\n\tfldcw %5\n\t1: pause\n\tcmpl $0, (%2)\n\tje 1b\n\tfnstcw %3\n\t"
			 "fnstsw %4\n\tfstpt 70(%1)\n\tfstpt 60(%1)\n\tfstpt 50(%1)\n\tfstpt 40(%1)\n\tfstpt 30(%1)\n\t"
			 "fstpt 20(%1)\n\tfstpt 10(%1)\n\tfstpt (%1)\n\tfninit\n\t"
			 : "+r"(in), "+r"(out), "+r"(over), "=m"(got), "=m"(status) : "m"(control) : "memory", "cc");
	CHECK_EQ(got, control);
	CHECK_EQ(status >> 11 & 7, 0); /* eight pushes: the top is 0 again */
}

static void spin_mxcsr(char *in, char *out, volatile int *over)
{
	uint32_t set = in[0] & 1 ? 0x9fe0 : 0x7f95, got = 0; /* flush to zero, rounding, sticky flags */

	__asm__ volatile("ldmxcsr %1\n\t1: pause\n\tcmpl $0, (%2)\n\tje 1b\n\tstmxcsr %0\n\t"
			 : "=m"(got) : "m"(set), "r"(over) : "memory", "cc");
	CHECK_EQ(got, set);
	memcpy(out, in, 4096);
}

static void spin_general(char *in, char *out, volatile int *over)
{
	register char *from __asm__("rax") = in;
	register char *to __asm__("rdx") = out;
	register volatile int *word __asm__("rcx") = over;

	__asm__ volatile("mov (%0), %%rbx\n\tmov 8(%0), %%rsi\n\tmov 16(%0), %%rdi\n\tmov 24(%0), %%r8\n\tmov 32(%0), %%r9\n\t"
			 "mov 40(%0), %%r10\n\tmov 48(%0), %%r11\n\tmov 56(%0), %%r12\n\tmov 64(%0), %%r13\n\tmov 72(%0), %%r14\n\t"
			 "mov 80(%0), %%r15\n\t1: pause\n\tcmpl $0, (%2)\n\tje 1b\n\tmov %%rbx, (%1)\n\tmov %%rsi, 8(%1)\n\t"
			 "mov %%rdi, 16(%1)\n\tmov %%r8, 24(%1)\n\tmov %%r9, 32(%1)\n\tmov %%r10, 40(%1)\n\tmov %%r11, 48(%1)\n\t"
			 "mov %%r12, 56(%1)\n\tmov %%r13, 64(%1)\n\tmov %%r14, 72(%1)\n\tmov %%r15, 80(%1)\n\t"
			 : "+r"(from), "+r"(to), "+r"(word) : : "rbx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
			 "r14", "r15", "memory", "cc");
}

/* DF, CF, PF, AF, ZF, SF, OF set, and lives through the loop: jrcxz and mov touch no flag. */
static void spin_flags(char *in, char *out, volatile int *over)
{
	uint64_t set = 0x0ed5, got = 0;

	__asm__ volatile("lea -128(%%rsp), %%rsp\n\tpush %2\n\tpopf\n\t1: pause\n\tmovslq (%1), %%rcx\n\tjrcxz 1b\n\tpushf\n\t"
			 "pop %0\n\tcld\n\tlea 128(%%rsp), %%rsp\n\t" : "=&r"(got) : "r"(over), "r"(set) : "rcx", "memory", "cc");
	CHECK_EQ(got & 0xcd5, set & 0xcd5);
	memcpy(out, in, 4096);
}

static void *spin(void *arg)
{
	static const struct {
		const char *name;
		void (*spin)(char *, char *, volatile int *);
		size_t len;
	} table[] = {{"sse", spin_sse, 256}, {"avx", spin_avx, 512}, {"avx512", spin_avx512, 2112}, {"x87", spin_x87, 80},
		     {"mxcsr", spin_mxcsr, 8}, {"general", spin_general, 88}, {"flags", spin_flags, 8}};
	char *in = arg, *out = in + 4096;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(table[i].name, kind))
			continue;
		table[i].spin(in, out, &victim_over);
		for (size_t k = 0; k < table[i].len; k++)
			if (in[k] != out[k])
				FAIL("%s: byte %zu is %#x, was %#x", kind, k, out[k] & 255, in[k] & 255);
		return NULL;
	}
	FAIL("no kind %s", kind);
}

int main(int argc, char **argv)
{
	static char room[2][8192] ALIGNED;
	pthread_t thread[2];

	kind = argc > 2 ? argv[2] : "sse";
	if ((!strcmp(kind, "avx") && !__builtin_cpu_supports("avx")) ||
	    (!strcmp(kind, "avx512") && !__builtin_cpu_supports("avx512bw")))
		victim_skip(kind);
	for (int i = 0; i < 2; i++) {
		victim_fill(room[i], 4096, i + 1);
		room[i][0] = i;
		thread[i] = victim_thread(spin, room[i]);
	}
	victim_ready(argv);
	victim_hold(argv);
	victim_join(thread[0]);
	victim_join(thread[1]);
	return victim_ok();
}
