/* SPDX-License-Identifier: MIT */
/*
 * signal: what the runtime says from one actor to another.
 *
 * A signal is a message with MSG_SIGNAL: it is counted, keeps its place behind what the same actor
 * sent before, and no handler sees it.
 *
 *	watch    a question without a time-out. The actor that gets it keeps the block in a list, and at
 *	         its end makes the block its answer, a struct akt_down.
 *	unwatch  the watcher has lost interest. It names the block, which is still in the list: had it
 *	         left, the actor would have ended, and the signal would meet nobody.
 *	fault    a child is suspended and its parent is to decide.
 *	report   a child has halted, or has started again, as its parent asked (group.c).
 */
#include "actor/actors.h"
#include "actor/ask.h"
#include <stdio.h>
#include <string.h>

const akt_msg_type akti_watch_type = { "akt.watch", sizeof(struct akt_down), 0, NULL, NULL };
static const akt_msg_type unwatch_type = { "akt.unwatch", 8, 0, NULL, NULL };
static const akt_msg_type fault_type = { "akt.fault", 16, 0, NULL, NULL };
static const akt_msg_type report_type = { "akt.report", 8, 0, NULL, NULL };
static const akt_field down_fields[] = {
	AKT_FIELD(1, akt_down, ref),
	AKT_FIELD(2, akt_down, reason),
	AKT_FIELD(3, akt_down, error),
};
const akt_msg_type akt_message_akt_down = { "akt.down", sizeof(struct akt_down), 3, down_fields,
					    NULL };

/* Payloads. */
struct watch_link {
	akt_msg *next;
	akt_msg *prev;
};
struct unwatch {
	const akt_msg *request;
};
struct fault {
	uint64_t child; /* address */
	int32_t error;
	int32_t restart; /* restart it, or fail yourself */
};
struct report {
	uint32_t slot;
	uint32_t halted;
};
_Static_assert(sizeof(struct akt_down) <= MSG_LINE_PAYLOAD, "a request can become its answer");
_Static_assert(sizeof(struct watch_link) <= sizeof(struct akt_down), "the list fits in a request");

static struct watch_link *link_of(akt_msg *request)
{
	return akt_msg_bytes(request);
}

/* --- watches ------------------------------------------------------------------------------------ */

int akt_watch(akt_ctx *ctx, akt_ref ref, akt_handler_fn then, uint64_t tag)
{
	akt_msg *request;

	if (then == NULL || akt_ref_equal(ref, akt_self(ctx)))
		return AKT_ERR_INVALID;
	request = akti_msg_new_signal(&akti_watch_type, akti_watch_type.size);
	if (request == NULL)
		return AKT_ERR_NOMEM;
	((struct akt_down *)akt_msg_bytes(request))->ref = ref;
	request->to = MSG_SIGNAL;
	return akti_ask_watch(ctx, ref, request, then, tag);
}

void akti_signal_unwatch(akt_ctx *ctx, uint64_t target, const akt_msg *request)
{
	akt_msg *msg = akti_msg_new_signal(&unwatch_type, unwatch_type.size);

	if (msg == NULL)
		return; /* then the request stays in the list until the watched actor ends */
	((struct unwatch *)akt_msg_bytes(msg))->request = request;
	msg->from = akti_address_of_cell(ctx->actors, ctx->cell);
	msg->ask = 0;
	msg->to = MSG_SIGNAL;
	(void)akti_deliver(ctx->actors, ctx, target, msg);
}

static void add_watcher(struct rare *rare, akt_msg *request)
{
	struct watch_link *link = link_of(request);

	link->next = rare->watchers;
	link->prev = NULL;
	if (link->next != NULL)
		link_of(link->next)->prev = request;
	rare->watchers = request;
}

static void remove_watcher(struct rare *rare, const akt_msg *named)
{
	akt_msg *request = (akt_msg *)(uintptr_t)named;
	struct watch_link *link = link_of(request);

	if (link->prev != NULL)
		link_of(link->prev)->next = link->next;
	else
		rare->watchers = link->next;
	if (link->next != NULL)
		link_of(link->next)->prev = link->prev;
	akti_msg_release_plain(request);
}

/* A request becomes its answer; whom it speaks of is there. */
static void make_down(akt_msg *request, int reason, int error)
{
	struct akt_down *down = akt_msg_bytes(request);

	down->reason = reason;
	down->error = error;
	request->type = &akt_message_akt_down;
	request->to = MSG_REPLY;
}

void akti_signal_make_gone(akt_msg *request)
{
	make_down(request, AKT_REASON_GONE, 0);
}

void akti_signal_down(akt_ctx *ctx, const struct cell *cell, uint32_t gen, akt_msg *watchers,
		      int error)
{
	akt_ref ref = { cell->slot, gen, ctx->actors->node };

	while (watchers != NULL) {
		akt_msg *request = watchers;
		struct akt_down *down = akt_msg_bytes(request);
		uint64_t watcher = request->from;

		watchers = link_of(request)->next;
		down->ref = ref;
		make_down(request, cell->reason, error);
		request->from = ADDRESS(ref.slot, ref.gen);
		(void)akti_deliver(ctx->actors, ctx, watcher, request);
	}
}

/* --- faults ------------------------------------------------------------------------------------- */

/* A signal from a child to its parent. NULL: memory is out. */
static akt_msg *to_parent(akt_ctx *ctx, const akt_msg_type *type, struct cell *cell)
{
	akt_msg *msg = akti_msg_new_signal(type, type->size);

	if (msg == NULL)
		return NULL;
	msg->from = akti_address_of_cell(ctx->actors, cell);
	msg->ask = 0;
	msg->to = MSG_SIGNAL;
	return msg;
}

static void send_to_parent(akt_ctx *ctx, const struct cell *cell, akt_msg *msg)
{
	struct cell *parent = akti_table_cell(&ctx->actors->table, akti_load_rlx(&cell->parent));

	(void)akti_deliver(ctx->actors, ctx, akti_address_of_cell(ctx->actors, parent), msg);
}

bool akti_signal_fault(akt_ctx *ctx, struct cell *cell, int error, bool restart)
{
	struct fault *fault;
	akt_msg *msg;

	if (akti_load_rlx(&cell->parent) == CELL_NONE)
		return false;
	msg = to_parent(ctx, &fault_type, cell);
	if (msg == NULL)
		return false;
	fault = akt_msg_bytes(msg);
	fault->child = msg->from;
	fault->error = error;
	fault->restart = restart;
	akti_publish(&cell->mode, CELL_SUSPENDED);
	(void)akti_or_acqrel(&cell->ctl, CTL_UNSTEADY);
	send_to_parent(ctx, cell, msg);
	return true;
}

bool akti_signal_report(akt_ctx *ctx, struct cell *cell, bool halted)
{
	akt_msg *msg = to_parent(ctx, &report_type, cell);
	struct report *report;

	if (msg == NULL)
		return false;
	report = akt_msg_bytes(msg);
	report->slot = cell->slot;
	report->halted = halted;
	send_to_parent(ctx, cell, msg);
	return true;
}

/* Negative: the parent fails with its child's error. */
static int child_fault(akt_ctx *ctx, struct cell *cell, const struct fault *fault)
{
	struct cell *child = akti_table_cell(&ctx->actors->table, ADDRESS_SLOT(fault->child));
	uint64_t ctl = akti_load_acq(&child->ctl);
	bool group = cell->rare != NULL;
	char who[AKT_REF_TEXT];

	/* A child that has ended meanwhile, or a parent that gets rid of it anyway. */
	if (akti_ctl_gen(ctl) != ADDRESS_GEN(fault->child) || cell->mode == CELL_STOPPING ||
	    cell->mode == CELL_RESTARTING || cell->mode == CELL_HALTING)
		return 0;
	if (fault->restart && group && akti_group_will_halt(ctx, cell, child))
		return 0;
	if (fault->restart && group && ctx->actors->may_restart_child(ctx->actors, cell)) {
		akti_group_restart(ctx, cell, child);
		return 0;
	}
	ctx->culprit = fault->child;
	(void)snprintf(ctx->trail, sizeof(ctx->trail), "its child %s %s %s", child->type->name,
		       akt_ref_print(akti_ref_of(ctx->actors, child), who),
		       fault->restart ? "fails too often" : "escalates");
	return fault->error;
}

/* --- arrival ------------------------------------------------------------------------------------ */

int akti_signal(akt_ctx *ctx, struct cell *cell, akt_msg *msg)
{
	akti_count(&ctx->tally.processed, 1);
	if (msg->to & MSG_TIMER)
		return akti_life_backed_off(ctx, cell, msg);
	if (msg->type == &fault_type) {
		(void)akti_cell_rare(cell); /* without memory for it the parent fails */
		return child_fault(ctx, cell, akt_msg_bytes(msg));
	}
	if (msg->type == &report_type) {
		const struct report *report = akt_msg_bytes(msg);

		if (cell->rare != NULL)
			akti_group_reported(ctx, cell, report->slot, report->halted != 0);
		return 0;
	}
	if (msg->type == &unwatch_type) {
		if (cell->rare != NULL)
			remove_watcher(cell->rare, ((struct unwatch *)akt_msg_bytes(msg))->request);
		return 0;
	}
	if (akti_cell_rare(cell) == NULL) {
		/* No memory for the list: better an early word than none. */
		(void)akti_detach_current(ctx);
		make_down(msg, AKT_REASON_GONE, AKT_ERR_NOMEM);
		(void)akti_deliver(ctx->actors, ctx, msg->from, msg);
		return 0;
	}
	add_watcher(cell->rare, akti_detach_current(ctx));
	return 0;
}
