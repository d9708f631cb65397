/* SPDX-License-Identifier: MIT */
/* gate: see gate.h. */
#include "actor/gate.h"
#include <akt/error.h>

#define GATES_GROW_BYTES ((size_t)256 * 1024)
#define LINES(lines) ((uint64_t)(lines) << 32)
#define MESSAGES_OF(word) ((uint32_t)(word))
#define LINES_OF(word) ((uint32_t)((word) >> 32))

void akti_gates_init(struct gates *gates, uint32_t slots_max)
{
	akti_plat_mutex_init(&gates->mutex, PLAT_RANK_CELLS);
	gates->region.start = NULL;
	gates->slots_max = slots_max;
	akti_store_rlx(&gates->first, NULL);
	akti_store_rlx(&gates->ready, 0);
}

void akti_gates_fini(struct gates *gates)
{
	akti_plat_region_close(&gates->region);
	akti_plat_mutex_fini(&gates->mutex);
}

/* Holds the mutex. */
static int reach(struct gates *gates, uint32_t slot)
{
	size_t bytes = akti_round_up(((size_t)slot + 1) * sizeof(struct gate), GATES_GROW_BYTES);
	int r = 0;

	if (gates->region.start == NULL)
		r = akti_plat_region_open(&gates->region,
					  (size_t)gates->slots_max * sizeof(struct gate));
	if (r < 0)
		return r;
	r = akti_plat_region_grow(&gates->region, bytes);
	if (r < 0)
		return r;
	akti_store_rlx(&gates->first, (struct gate *)(void *)gates->region.start);
	akti_store_rel(&gates->ready,
		       (uint32_t)(gates->region.committed_bytes / sizeof(struct gate)));
	return 0;
}

struct gate *akti_gates_make(struct gates *gates, uint32_t slot)
{
	int r = 0;

	if (slot >= akti_load_acq(&gates->ready)) {
		akti_plat_lock(&gates->mutex);
		r = reach(gates, slot);
		akti_plat_unlock(&gates->mutex);
	}
	return r < 0 ? NULL : akti_load_rlx(&gates->first) + slot;
}

void akti_gate_set(struct gate *gate, const akt_type *type)
{
	uint64_t lines = type->mailbox_bytes_max / MSG_BLOCK_MIN;
	uint32_t messages = type->mailbox_messages_max;

	if (lines == 0 || lines > UINT32_MAX)
		lines = UINT32_MAX;
	akti_store_rlx(&gate->most, LINES(lines) | (messages != 0 ? messages : UINT32_MAX));
	akti_store_rlx(&gate->overflow, (uint32_t)type->overflow);
	akti_store_rlx(&gate->in_bytes, type->mailbox_bytes_max != 0);
}

static uint32_t lines_of_msg(const akt_msg *msg)
{
	return (uint32_t)((akti_msg_block_bytes(akti_msg_payload_bytes(msg)) + MSG_BLOCK_MIN - 1) /
			  MSG_BLOCK_MIN);
}

bool akti_gate_fits(struct gate *gate, const akt_msg *msg)
{
	return lines_of_msg(msg) <= LINES_OF(akti_load_rlx(&gate->most));
}

bool akti_gate_enter(struct gate *gate, akt_msg *msg)
{
	uint32_t lines = lines_of_msg(msg);
	uint64_t most = akti_load_rlx(&gate->most);
	uint64_t used = akti_load_rlx(&gate->used);

	do {
		if (MESSAGES_OF(used) >= MESSAGES_OF(most) ||
		    (uint64_t)LINES_OF(used) + lines > LINES_OF(most))
			return false;
	} while (!akti_cas_acqrel(&gate->used, &used, used + LINES(lines) + 1));
	msg->to |= MSG_COUNTED;
	return true;
}

void akti_gate_leave(struct gate *gate, akt_msg *msg)
{
	uint64_t before = akti_sub_acqrel(&gate->used, LINES(lines_of_msg(msg)) + 1);

	AKT_ASSERT(MESSAGES_OF(before) > 0);
	msg->to &= ~(uint64_t)MSG_COUNTED;
}
