/* SPDX-License-Identifier: MIT */
#include "top/label.h"

#include <stdio.h>
#include <string.h>

#define LABEL_BYTES 512

const struct sum *label_find(const struct sums *sums, const struct actor *actor)
{
	char label[LABEL_BYTES];
	const struct sum *sum;
	const char *number = actor->ref[0] == '#' ? actor->ref + 1 : actor->ref;

	if (sums->actor_count == 0)
		return NULL;
	if (actor->name[0] == '\0')
		(void)snprintf(label, sizeof(label), "%s-%s", actor->type, number);
	else
		(void)snprintf(label, sizeof(label), "#%s", actor->name);
	if (actor->name[0] == '\0')
		return sums_of_actor(sums, label);
	/* What reads as a number got a '#' in front. */
	sum = sums_of_actor(sums, actor->name);
	return sum != NULL ? sum : sums_of_actor(sums, label);
}

void label_ask(struct buffer *also, const char *label)
{
	const char *number = strrchr(label, '-');
	unsigned slot, gen;
	int end = 0;

	if (number != NULL && sscanf(number, "-%u.%u%n", &slot, &gen, &end) == 2 &&
	    number[end] == '\0') {
		buffer_printf(also, "@%u.%u", slot, gen);
		return;
	}
	buffer_percent(also, label[0] == '#' ? label + 1 : label, "-_.");
}
