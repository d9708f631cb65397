/* SPDX-License-Identifier: MIT */
/* Leaks a block of its own between the beginning and the end of a section. For packaging.sh. */
#include <akt/profile.h>
#include <stdlib.h>

static void *volatile kept, *volatile freed;

static __attribute__((noinline)) void planted(void)
{
	kept = malloc(12345);
}

int main(void)
{
	akt_profile_options options = AKT_PROFILE_OPTIONS;
	akt_profile *profile;

	options.memory_every = 1;
	if (akt_profile_begin(&profile, "leak", AKT_PROFILE_MEMORY, &options) < 0)
		return 1;
	planted();
	freed = malloc(54321);
	free(freed);
	return akt_profile_end(profile) < 0;
}
