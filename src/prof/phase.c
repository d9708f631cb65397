/* SPDX-License-Identifier: MIT */
/* See phase.h. */
#include "prof/phase.h"

#include <akt/profile.h>
#include <stdlib.h>
#include <string.h>

_Atomic uint16_t akti_prof_phase_now;

/* Written before its number is anywhere. */
static const char *texts[PROF_PHASES + AKT_PROFILE_PHASES_MAX] = { "none", "start", "run",
								   "shutdown" };
static uint16_t count = PROF_PHASES;

uint16_t akti_prof_phase_number(const char *name)
{
	size_t size_bytes = strlen(name) + 1;
	char *text;

	for (uint16_t i = 0; i < count; i++) {
		if (strcmp(texts[i], name) == 0)
			return i;
	}
	if (count == AKTI_COUNT_OF(texts) || (text = malloc(size_bytes)) == NULL)
		return PROF_PHASE_NONE;
	memcpy(text, name, size_bytes);
	texts[count] = text;
	return count++;
}

const char *akti_prof_phase_text(uint16_t phase)
{
	return phase < AKTI_COUNT_OF(texts) && texts[phase] != NULL ? texts[phase] : "none";
}
