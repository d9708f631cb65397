/* SPDX-License-Identifier: MIT */
/* A program to disassemble: a function with another one in it. It is not run. */
static volatile unsigned sink;

static inline __attribute__((always_inline)) unsigned mix(unsigned n)
{
	return n * 2654435761u ^ n >> 7;
}

__attribute__((noinline)) unsigned work(unsigned n)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += mix(i) / (i + 1);
	return sum;
}

__attribute__((noinline)) unsigned idle(unsigned n)
{
	return n + 1;
}

int main(int argc, char **argv)
{
	(void)argv;
	sink = work((unsigned)argc) + idle((unsigned)argc);
	return 0;
}
