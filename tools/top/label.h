/* SPDX-License-Identifier: MIT */
/*
 * label: who an actor is in a profile: its name, or TYPE-SLOT.GENERATION of one that has none
 * (docs/formats/profile.md); and how a server is asked for it.
 */
#ifndef TOP_LABEL_H
#define TOP_LABEL_H

#include "top/sums.h"
#include "top/tree.h"

/* What a profile has of an actor; NULL: nothing. */
const struct sum *label_find(const struct sums *sums, const struct actor *actor);
/* An item of also= (docs/formats/tree.md). */
void label_ask(struct buffer *also, const char *label);

#endif
