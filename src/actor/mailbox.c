/* SPDX-License-Identifier: MIT */
/* mailbox: see mailbox.h. */
#include "actor/mailbox.h"
#include "actor/actors.h"

bool akti_mailbox_valid(const akt_type *type)
{
	uint64_t bytes = type->mailbox_bytes_max;

	return (bytes == 0 || (bytes >= MSG_BLOCK_MIN && bytes <= AKT_MAILBOX_BYTES_MAX)) &&
	       (unsigned)type->overflow <= AKT_OVERFLOW_DROP_NEWEST;
}

int akti_mailbox_make(struct actors *actors, struct cell *cell, const akt_type *type,
		      uint32_t *ret_flags)
{
	struct gate *gate = akti_gates_make(&actors->gates, cell->slot);

	if (gate == NULL)
		return AKT_ERR_NOMEM;
	akti_gate_set(gate, type);
	*ret_flags = CTL_GATED;
	return 0;
}
