/* SPDX-License-Identifier: MIT */
/* A library that test_storm.c loads, runs and unloads. */
#include <stdint.h>

uint64_t storm_work(uint64_t x, unsigned n);

__attribute__((visibility("default"))) uint64_t storm_work(uint64_t x, unsigned n)
{
	while (n-- > 0)
		x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdu;
	return x;
}

__attribute__((constructor, destructor)) static void come_and_go(void)
{
	volatile uint64_t sink =
		0; /* not static: the next library's may lie where this one's was */

	sink = storm_work(sink, 2000);
}
