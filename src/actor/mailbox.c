/* SPDX-License-Identifier: MIT */
/* mailbox: see mailbox.h. */
#include "actor/mailbox.h"
#include "actor/actors.h"

bool akti_mailbox_valid(const akt_type *type)
{
	uint64_t bytes = type->mailbox_bytes_max;

	return (bytes == 0 || (bytes >= MSG_BLOCK_MIN && bytes <= AKT_MAILBOX_BYTES_MAX)) &&
	       (unsigned)type->overflow <= AKT_OVERFLOW_DROP_NEWEST &&
	       (unsigned)type->mailbox <= AKT_MAILBOX_FAIR &&
	       (type->mailbox == AKT_MAILBOX_PRIORITY) == (type->priority != NULL);
}

static int make_gate(struct actors *actors, const struct cell *cell, const akt_type *type)
{
	struct gate *gate = akti_gates_make(&actors->gates, cell->slot);

	if (gate == NULL)
		return AKT_ERR_NOMEM;
	akti_gate_set(gate, type);
	return 0;
}

/* Answers and time-outs are what somebody waits for. */
static int64_t key_of(const void *arg, struct mpsc_node *node)
{
	const akt_type *type = arg;
	const akt_msg *msg = akti_msg_of(node);

	return msg->to & MSG_FLAGS ? INT64_MAX : type->priority(msg);
}

static int make_order(struct cell *cell, const akt_type *type)
{
	struct mailbox *mailbox;

	if (akti_cell_rare(cell) == NULL)
		return AKT_ERR_NOMEM;
	mailbox = akti_mem_alloc(sizeof(*mailbox), MEM_OTHER);
	if (mailbox == NULL) {
		akti_mailbox_unmake(cell);
		return AKT_ERR_NOMEM;
	}
	mailbox->kind = type->mailbox;
	if (type->mailbox == AKT_MAILBOX_PRIORITY)
		akti_heap_init(&mailbox->heap, key_of, type);
	else
		akti_fair_init(&mailbox->fair);
	cell->rare->mailbox = mailbox;
	return 0;
}

int akti_mailbox_make(struct actors *actors, struct cell *cell, const akt_type *type,
		      uint32_t *ret_flags)
{
	int r = 0;

	if (type->mailbox_messages_max != 0 || type->mailbox_bytes_max != 0) {
		r = make_gate(actors, cell, type);
		*ret_flags |= CTL_GATED;
	}
	if (r == 0 && type->mailbox != AKT_MAILBOX_FIFO) {
		r = make_order(cell, type);
		*ret_flags |= CTL_SORTED;
	}
	return r;
}

static void free_mailbox(struct rare *rare)
{
	if (rare->mailbox == NULL)
		return;
	if (rare->mailbox->kind == AKT_MAILBOX_PRIORITY)
		akti_heap_fini(&rare->mailbox->heap);
	else
		akti_fair_fini(&rare->mailbox->fair);
	akti_mem_free(rare->mailbox, sizeof(struct mailbox));
	rare->mailbox = NULL;
}

void akti_mailbox_end(akt_ctx *ctx, struct cell *cell)
{
	akt_msg *msg;

	while ((msg = akti_mailbox_take(cell->rare->mailbox)) != NULL)
		akti_dead_letter(ctx->actors, ctx, cell, msg,
				 msg->to & MSG_REPLY ? AKT_DEAD_LATE : AKT_DEAD_GONE);
	free_mailbox(cell->rare);
}

void akti_mailbox_unmake(struct cell *cell)
{
	if (cell->rare == NULL)
		return;
	free_mailbox(cell->rare);
	akti_mem_free(cell->rare, sizeof(struct rare));
	cell->rare = NULL;
}
