/* SPDX-License-Identifier: MIT */
/* mailbox: see mailbox.h. */
#include "actor/mailbox.h"
#include "actor/actors.h"
#include <string.h>

static bool has_limit(const akt_type *type)
{
	return type->mailbox_messages_max != 0 || type->mailbox_bytes_max != 0;
}

static bool valid_ring(const akt_type *type)
{
	return has_limit(type) && type->mailbox_messages_max <= AKT_MAILBOX_RING_MAX &&
	       (type->mailbox == AKT_MAILBOX_RING || type->mailbox == AKT_MAILBOX_FIFO);
}

bool akti_mailbox_valid(const akt_type *type)
{
	uint64_t bytes = type->mailbox_bytes_max;

	return (bytes == 0 || (bytes >= MSG_BLOCK_MIN && bytes <= AKT_MAILBOX_BYTES_MAX)) &&
	       (unsigned)type->overflow <= AKT_OVERFLOW_DROP_OLDEST &&
	       (unsigned)type->mailbox <= AKT_MAILBOX_RING &&
	       (type->mailbox == AKT_MAILBOX_PRIORITY) == (type->priority != NULL) &&
	       (!akti_mailbox_is_ring(type) || valid_ring(type));
}

/* --- birth -------------------------------------------------------------------------------------- */

/* Answers and time-outs are what somebody waits for. */
static int64_t key_by_priority(const void *arg, struct mpsc_node *node)
{
	const akt_type *type = arg;
	const akt_msg *msg = akti_msg_of(node);

	return msg->to & (MSG_REPLY | MSG_TIMER) ? INT64_MAX : type->priority(msg);
}

/* Minus the position of the ring before which it was queued; the stamp says the low bits of it. */
static int64_t key_by_position(const void *arg, struct mpsc_node *node)
{
	const struct mailbox *mailbox = arg;
	uint64_t stamp = akti_flight_position(mailbox->flights, akti_msg_of(node)->to);
	uint64_t head = mpmc_head(&mailbox->gate->ring);
	uint64_t behind = (stamp - head) << (64 - MSG_STAMP_BITS);

	return -(int64_t)(head + (uint64_t)((int64_t)behind >> (64 - MSG_STAMP_BITS)));
}

static int open_ring(struct gate *gate, const akt_type *type)
{
	uint64_t most = type->mailbox_messages_max;
	struct mpmc_slot *slots;
	size_t bytes;

	if (most == 0) /* no more than lines */
		most = akti_min_u64(type->mailbox_bytes_max / MSG_BLOCK_MIN, AKT_MAILBOX_RING_MAX);
	bytes = akti_mpmc_slots_bytes(most);
	slots = akti_mem_alloc(bytes, MEM_MAILBOX);
	if (slots == NULL)
		return AKT_ERR_NOMEM;
	memset(slots, 0, bytes);
	akti_mpmc_open(&gate->ring, slots, most);
	return 0;
}

/* What the owner keeps in rare. gate: of a ring, or NULL. */
static int make_order(struct actors *actors, struct cell *cell, const akt_type *type,
		      struct gate *gate)
{
	struct mailbox *mailbox;

	if (akti_cell_rare(cell) == NULL)
		return AKT_ERR_NOMEM;
	mailbox = akti_mem_alloc(sizeof(*mailbox), MEM_MAILBOX);
	if (mailbox == NULL)
		return AKT_ERR_NOMEM;
	mailbox->kind = type->mailbox;
	mailbox->gate = gate;
	mailbox->flights = &actors->flights;
	if (gate != NULL)
		akti_heap_init(&mailbox->heap, key_by_position, mailbox);
	else if (type->mailbox == AKT_MAILBOX_PRIORITY)
		akti_heap_init(&mailbox->heap, key_by_priority, type);
	else
		akti_fair_init(&mailbox->fair);
	cell->rare->mailbox = mailbox;
	return 0;
}

static int make(struct actors *actors, struct cell *cell, const akt_type *type, uint32_t *ret_flags)
{
	struct gate *gate = NULL;
	bool ring = akti_mailbox_is_ring(type);
	int r = 0;

	if (has_limit(type) || (actors->options.observe & AKT_OBSERVE_DEPTH)) {
		gate = akti_gates_make(&actors->gates, cell->slot);
		if (gate == NULL)
			return AKT_ERR_NOMEM;
		akti_gate_set(gate, type);
		*ret_flags = CTL_GATED;
	}
	if (type->mailbox == AKT_MAILBOX_FIFO && !ring)
		return 0;
	*ret_flags |= CTL_SORTED;
	r = make_order(actors, cell, type, ring ? gate : NULL);
	if (r < 0 || !ring)
		return r;
	*ret_flags = CTL_SORTED | CTL_RING;
	r = open_ring(gate, type);
	if (r < 0) {
		akti_mem_free(cell->rare->mailbox, sizeof(struct mailbox));
		cell->rare->mailbox = NULL;
	}
	return r;
}

int akti_mailbox_make(struct actors *actors, struct cell *cell, const akt_type *type,
		      uint32_t *ret_flags)
{
	int r = make(actors, cell, type, ret_flags);

	if (r < 0 && cell->rare != NULL) {
		akti_mem_free(cell->rare, sizeof(struct rare));
		cell->rare = NULL;
	}
	return r;
}

/* --- the end ------------------------------------------------------------------------------------ */

static akt_msg *msg_or_null(struct mpsc_node *node)
{
	return node != NULL ? akti_msg_of(node) : NULL;
}

/* The next of those taken over. */
static akt_msg *take_any(struct mailbox *mailbox)
{
	return msg_or_null(mailbox->kind == AKT_MAILBOX_FAIR ? akti_fair_take(&mailbox->fair)
							     : akti_heap_take(&mailbox->heap));
}

static void end_ring(struct actors *actors, akt_ctx *ctx, struct cell *cell, struct gate *gate)
{
	struct mpmc_slot *slots = akti_load_rlx(&gate->ring.slots);
	size_t bytes = akti_mpmc_slots_bytes(akti_load_rlx(&gate->ring.most));
	struct mpsc_node *node;

	akti_mpmc_close(&gate->ring);
	while ((node = akti_mpmc_drain(&gate->ring)) != NULL)
		akti_dead_letter(actors, ctx, cell, akti_msg_of(node), AKT_DEAD_GONE);
	akti_mem_free(slots, bytes);
}

void akti_mailbox_end(struct actors *actors, akt_ctx *ctx, struct cell *cell)
{
	struct mailbox *mailbox = cell->rare->mailbox;
	akt_msg *msg;

	while ((msg = take_any(mailbox)) != NULL)
		akti_dead_letter(actors, ctx, cell, msg,
				 msg->to & MSG_REPLY ? AKT_DEAD_LATE : AKT_DEAD_GONE);
	if (mailbox->gate != NULL)
		end_ring(actors, ctx, cell, mailbox->gate);
	if (mailbox->kind == AKT_MAILBOX_FAIR)
		akti_fair_fini(&mailbox->fair);
	else
		akti_heap_fini(&mailbox->heap);
	akti_mem_free(mailbox, sizeof(*mailbox));
	cell->rare->mailbox = NULL;
}

/* --- turns -------------------------------------------------------------------------------------- */

akt_msg *akti_mailbox_take(struct mailbox *mailbox, bool ready, uint64_t position)
{
	struct mpmc *ring = mailbox->gate != NULL ? &mailbox->gate->ring : NULL;
	int64_t key;

	if (ring == NULL)
		return take_any(mailbox);
	/* Beyond tail a stamp has been misread. */
	if (akti_heap_peek(&mailbox->heap, &key) &&
	    (-key <= (int64_t)position || -key > (int64_t)mpmc_tail(ring)))
		return take_any(mailbox);
	/* What waits in the heap for a position that is being written has its turn after it. */
	return ready ? msg_or_null(mpmc_take_at(ring, position)) : NULL;
}

bool akti_mailbox_rest(struct mailbox *mailbox, struct cell *cell)
{
	uint64_t position;

	if (mailbox->gate == NULL || !(akti_load_rlx(&cell->ctl) & CTL_MAIL))
		return true;
	(void)akti_and_sc(&cell->ctl, ~(uint64_t)CTL_MAIL); /* Q5 in queue/mpmc.h */
	if (!mpmc_peek(&mailbox->gate->ring, &position))
		return true;
	(void)akti_or_acqrel(&cell->ctl, CTL_MAIL);
	return false;
}
