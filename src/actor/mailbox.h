/* SPDX-License-Identifier: MIT */
/*
 * mailbox: what a type's table asks of its mailbox beyond the plain list, made at birth.
 */
#ifndef AKTI_MAILBOX_H
#define AKTI_MAILBOX_H

#include "actor/cell.h"

struct actors;

/* Whether the type asks for anything. */
AKTI_INLINE bool akti_mailbox_special(const akt_type *type)
{
	return type->mailbox_messages_max != 0 || type->mailbox_bytes_max != 0;
}

/* Whether what it asks for makes sense. */
bool akti_mailbox_valid(const akt_type *type);

/* Make it for a cell that nobody has a reference of; *ret_flags goes into its ctl.
 * Errors: NOMEM. */
int akti_mailbox_make(struct actors *actors, struct cell *cell, const akt_type *type,
		      uint32_t *ret_flags);

#endif
