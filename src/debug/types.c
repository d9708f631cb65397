/* SPDX-License-Identifier: MIT */
#include "debug/types.h"
#include <string.h>

uint32_t akti_types_number(struct types *types, const char *name)
{
	uint32_t i = 0;

	while (i < types->count && i < TYPES_MAX - 1 && types->names[i] != name &&
	       strcmp(types->names[i], name) != 0)
		i++;
	if (i == types->count) {
		types->names[i] = i < TYPES_MAX - 1 ? name : "other";
		types->count++;
	}
	return i;
}
