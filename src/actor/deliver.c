/* SPDX-License-Identifier: MIT */
/* deliver: every message and every control request goes through here on its way to a mailbox. */
#include "actor/actors.h"
#include "actor/call.h"
#include "actor/follow.h"
#include "actor/latency.h"
#include <akt/fd.h>
#include "sched/loop.h"

struct tally *akti_outside_tally(struct actors *actors)
{
	/* Any address of this thread's own deals threads over the counters. */
	uintptr_t mine = (uintptr_t)&akti_worker_self;

	return &actors->outside[(mine >> 12) % OUTSIDE_TALLIES];
}

bool akti_outside_is_any(void *arg)
{
	struct actors *actors = arg;

	for (unsigned i = 0; i < OUTSIDE_TALLIES; i++)
		if (akti_load_sc(&actors->outside[i].inside) != 0)
			return true;
	return false;
}

/* 0. */
AKTI_INLINE int make_run(struct actors *actors, akt_ctx *ctx, struct cell *cell)
{
	if (ctx != NULL)
		return akti_sched_submit_on(ctx->worker, &cell->task);
	akti_sched_submit(&actors->sched, &cell->task);
	return 0;
}

static int verdict_for(enum akt_dead reason)
{
	switch (reason) {
	case AKT_DEAD_UNHANDLED:
		return AKT_ERR_UNHANDLED;
	case AKT_DEAD_STOPPED:
		return AKT_ERR_STOPPED;
	case AKT_DEAD_FULL:
		return AKT_ERR_FULL;
	default:
		return AKT_ERR_GONE;
	}
}

/* What no user has sent is no user's loss. */
static bool is_internal(const akt_msg *msg)
{
	return (msg->to & (MSG_TIMER | MSG_SIGNAL)) || msg->type == &akt_message_akt_down ||
	       msg->type == &akt_message_akt_fd_ready;
}

static void tell_user(struct actors *actors, const struct cell *cell, const akt_msg *msg,
		      enum akt_dead reason)
{
	akt_dead_letter letter = {
		.reason = reason,
		.to_type = "",
		.msg_type = msg->type->name,
	};

	if (actors->options.dead_letter == NULL)
		return;
	if (cell != NULL) {
		letter.to = akti_ref_of(actors, cell);
		letter.to.gen = ADDRESS_GEN(msg->to);
		if (reason == AKT_DEAD_UNHANDLED)
			letter.to_type = cell->type->name;
	}
	if (msg->from != 0) {
		letter.from.slot = ADDRESS_SLOT(msg->from);
		letter.from.gen = ADDRESS_GEN(msg->from);
		letter.from.node = actors->node;
	}
	actors->options.dead_letter(actors->options.arg, &letter);
}

/* Nobody will handle msg: a question ends with a verdict, in the block that asked it. */
static void conclude(struct actors *actors, akt_ctx *ctx, akt_msg *msg, int error)
{
	if (msg->ask == 0 || (msg->to & (MSG_REPLY | MSG_TIMER))) {
		akti_msg_release(msg);
		return;
	}
	akti_msg_make_verdict(msg, error);
	msg->to |= MSG_REPLY;
	(void)akti_deliver(actors, ctx, msg->from, msg);
}

void akti_dead_letter(struct actors *actors, akt_ctx *ctx, const struct cell *cell, akt_msg *msg,
		      enum akt_dead reason)
{
	if (akti_unlikely(msg->to & MSG_COUNTED))
		akti_gate_leave(akti_gate_of(&actors->gates, cell), msg);
	if (akti_unlikely(msg->to & MSG_TIMED))
		akti_follow_lost(actors, ctx, msg, MESSAGES_DEAD);
	if (akti_unlikely(msg->to & MSG_EVENT))
		akti_event_arrived(actors, msg);
	akti_tally(actors, ctx, dead[reason], 1);
	AKTI_PROBE(dead, cell != NULL ? cell->slot : CELL_NONE, NULL, msg->type, NULL, (int)reason);
	if (akti_unlikely(akti_traced() || (akti_blackbox_is_on() && !is_internal(msg))))
		akti_trace_dead(actors, cell, msg, reason);
	if (!is_internal(msg)) {
		tell_user(actors, cell, msg, reason);
		if (akti_event_wanted(actors))
			akti_event_dead(actors, ctx, cell, msg, (int)reason);
	}
	if (msg->type == &akti_watch_type) {
		akti_signal_make_gone(msg);
		(void)akti_deliver(actors, ctx, msg->from, msg);
		return;
	}
	conclude(actors, ctx, msg, verdict_for(reason));
}

void akti_drop(struct actors *actors, akt_ctx *ctx, struct cell *cell, akt_msg *msg)
{
	if (msg->to & MSG_COUNTED)
		akti_gate_leave(akti_gate_of(&actors->gates, cell), msg);
	if (msg->to & MSG_TIMED)
		akti_follow_lost(actors, ctx, msg, MESSAGES_DROPPED);
	akti_tally(actors, ctx, dropped, 1);
	conclude(actors, ctx, msg, AKT_ERR_FULL);
}

struct drop {
	struct actors *actors;
	akt_ctx *ctx;
	struct cell *cell;
	bool met_control; /* a request was queued behind what was refused */
};

static void drop_refused(void *arg, struct mpsc_node *node)
{
	struct drop *drop = arg;

	if (node == &drop->cell->ctl_node)
		drop->met_control = true;
	else
		akti_dead_letter(drop->actors, drop->ctx, drop->cell, akti_msg_of(node),
				 AKT_DEAD_GONE);
}

/* ctl_node met a closed mailbox, and is out of it again. An owner does not close while CTL_QUEUED is
 * set; only the shutdown walk does, which closes what is idle before it decides, and gives no slot
 * to anybody else. It either ends the actor or opens again, and then the request stands. */
static AKTI_COLD void insist(struct actors *actors, struct cell *cell, uint32_t gen)
{
	struct drop drop = { actors, akti_ctx_here(actors), cell, false };
	enum mpsc_pushed pushed = MPSC_REFUSED;

	AKT_ASSERT(akti_load_acq(&actors->phase) == ACTORS_STOPPING);
	for (unsigned turn = 0; pushed == MPSC_REFUSED; turn++) {
		uint64_t ctl = akti_load_acq(&cell->ctl);

		if (akti_ctl_gen(ctl) != gen || (ctl & CTL_FINAL))
			return;
		akti_mpsc_wait_turn(turn);
		pushed = mpsc_push(&cell->box, &cell->ctl_node);
		if (pushed == MPSC_REFUSED)
			akti_mpsc_reclose(&cell->box, &cell->ctl_node, drop_refused, &drop);
	}
	if (pushed == MPSC_WOKE)
		(void)make_run(actors, NULL, cell);
}

static AKTI_NOINLINE int refused(struct actors *actors, akt_ctx *ctx, struct cell *cell,
				 akt_msg *msg)
{
	struct drop drop = { actors, ctx, cell, false };

	akti_mpsc_reclose(&cell->box, &msg->node, drop_refused, &drop);
	/* Whose request it is, ctl says: msg may be for the slot's former tenant. Nobody gives the slot
	 * away while the request is out of the mailbox, so it is not a later one's. */
	if (drop.met_control)
		insist(actors, cell, akti_ctl_gen(akti_load_acq(&cell->ctl)));
	return AKT_ERR_GONE;
}

/* ctl_node was refused. */
static AKTI_COLD void control_refused(struct actors *actors, struct cell *cell, uint32_t gen)
{
	struct drop drop = { actors, akti_ctx_here(actors), cell, false };

	akti_mpsc_reclose(&cell->box, &cell->ctl_node, drop_refused, &drop);
	insist(actors, cell, gen);
}

static AKTI_NOINLINE int gone(struct actors *actors, akt_ctx *ctx, const struct cell *cell,
			      uint64_t to, akt_msg *msg)
{
	msg->to = to;
	akti_dead_letter(actors, ctx, cell, msg,
			 msg->to & MSG_REPLY ? AKT_DEAD_LATE : AKT_DEAD_GONE);
	return AKT_ERR_GONE;
}

/* To a thread that waits outside. */
static AKTI_NOINLINE int deliver_to_port(struct actors *actors, akt_ctx *ctx, struct cell *cell,
					 uint64_t to, akt_msg *msg)
{
	enum mpsc_pushed pushed;

	msg->to = to;
	pushed = mpsc_push(&cell->box, &msg->node);
	if (pushed == MPSC_WOKE)
		akti_port_wake(cell);
	return pushed == MPSC_REFUSED ? refused(actors, ctx, cell, msg) : 0;
}

/* No place in a bounded mailbox. */
static int overflown(struct actors *actors, akt_ctx *ctx, struct cell *cell, akt_msg *msg)
{
	if (akti_load_rlx(&akti_gate_of(&actors->gates, cell)->overflow) == AKT_OVERFLOW_REJECT) {
		akti_dead_letter(actors, ctx, cell, msg, AKT_DEAD_FULL);
		return AKT_ERR_FULL;
	}
	akti_drop(actors, ctx, cell, msg);
	return 0;
}

AKTI_INLINE int push(struct actors *actors, akt_ctx *ctx, struct cell *cell, akt_msg *msg)
{
	enum mpsc_pushed pushed = mpsc_push(&cell->box, &msg->node);

	if (akti_likely(pushed == MPSC_WOKE))
		return make_run(actors, ctx, cell);
	if (akti_unlikely(pushed == MPSC_REFUSED))
		return refused(actors, ctx, cell, msg);
	return 0;
}

/* To an actor whose mailbox has limits. What the runtime itself sends has none. */
static AKTI_NOINLINE int deliver_gated(struct actors *actors, akt_ctx *ctx, struct cell *cell,
				       uint64_t to, akt_msg *msg)
{
	msg->to = to;
	if (!(to & MSG_FLAGS) && !akti_gate_enter(akti_gate_of(&actors->gates, cell), msg))
		return overflown(actors, ctx, cell, msg);
	return push(actors, ctx, cell, msg);
}

/* Make room in a full ring, or give msg up. True: it is given up, and *ret_r what the send returns. */
static bool make_room(struct actors *actors, akt_ctx *ctx, struct cell *cell, akt_msg *msg,
		      uint64_t tail, unsigned turn, int *ret_r)
{
	struct gate *gate = akti_gate_of(&actors->gates, cell);
	struct mpsc_node *oldest;

	if (akti_load_rlx(&gate->overflow) != AKT_OVERFLOW_DROP_OLDEST ||
	    !akti_gate_fits(gate, msg)) {
		*ret_r = overflown(actors, ctx, cell, msg);
		return true;
	}
	oldest = akti_mpmc_steal(&gate->ring, tail);
	if (oldest != NULL)
		akti_drop(actors, ctx, cell, akti_msg_of(oldest));
	else
		akti_mpsc_wait_turn(turn); /* it is being written, or gone */
	return false;
}

/* Give msg its place among those of the ring. What is followed needs a flight for it; if there is none,
 * the place is more important. */
static void queue_beside(struct actors *actors, akt_ctx *ctx, struct gate *gate, akt_msg *msg)
{
	uint32_t tail = (uint32_t)mpmc_tail(&gate->ring);

	if (msg->to & MSG_CHAINED)
		msg->to = akti_flight_take(actors, ctx, msg->to);
	if (msg->to & MSG_TIMED) {
		akti_flight_at(&actors->flights, (uint32_t)msg->to >> MSG_STAMP_SHIFT)->position =
			tail & ((1u << MSG_STAMP_BITS) - 1);
		return;
	}
	msg->to &= ~((uint64_t)MSG_CHAINED | (uint64_t)(UINT32_MAX << MSG_STAMP_SHIFT));
	msg->to |= tail << MSG_STAMP_SHIFT;
}

/* To an actor whose messages come through a ring. What the runtime itself sends goes beside it, with
 * its place: it may not wait for room. */
static AKTI_NOINLINE int deliver_to_ring(struct actors *actors, akt_ctx *ctx, struct cell *cell,
					 uint64_t to, akt_msg *msg)
{
	struct gate *gate = akti_gate_of(&actors->gates, cell);
	uint32_t gen = ADDRESS_GEN(to);
	enum mpmc_put put;
	uint64_t tail;
	uint64_t ctl;
	int r;

	msg->to = to;
	if (to & MSG_FLAGS) {
		queue_beside(actors, ctx, gate, msg);
		return push(actors, ctx, cell, msg);
	}
	for (unsigned turn = 0;; turn++) {
		if (akti_load_rlx(&gate->in_bytes) && !(msg->to & MSG_COUNTED) &&
		    !akti_gate_enter(gate, msg)) {
			tail = mpmc_tail(&gate->ring);
		} else {
			put = mpmc_put(&gate->ring, &msg->node, &tail);
			if (put != MPMC_FULL)
				break;
		}
		if (make_room(actors, ctx, cell, msg, tail, turn, &r))
			return r;
	}
	if (put == MPMC_SHUT)
		return gone(actors, ctx, cell, msg->to, msg);
	ctl = akti_load_sc(&cell->ctl); /* Q5 in queue/mpmc.h */
	if (!(ctl & CTL_MAIL) && akti_ctl_gen(ctl) == gen)
		(void)akti_control(actors, cell, gen, CTL_MAIL);
	return 0;
}

/* How cell differs from: the same generation, live, not ending, no port, no limits, no ring, not
 * watched. 0: not at all. */
AKTI_INLINE uint64_t deliver_differs(struct cell *cell, uint64_t address)
{
	return (akti_load_acq(&cell->ctl) ^ ((address & GEN_MASK) | CTL_LIVE)) &
	       (GEN_MASK | CTL_LIVE | CTL_ENDING | CTL_PORT | CTL_GATED | CTL_RING | CTL_WATCHED);
}

/* To an actor that is not just any. */
static AKTI_NOINLINE int deliver_specially(struct actors *actors, akt_ctx *ctx, struct cell *cell,
					   uint64_t to, akt_msg *msg, uint64_t differs)
{
	if (differs & CTL_WATCHED) {
		differs &= ~(uint64_t)CTL_WATCHED;
		if (!(to & MSG_FLAGS) && !(differs & ~(uint64_t)(CTL_GATED | CTL_RING)))
			to = akti_latency_send(actors, ctx, to);
	}
	if (differs == CTL_PORT)
		return deliver_to_port(actors, ctx, cell, to, msg);
	if (differs == CTL_GATED)
		return deliver_gated(actors, ctx, cell, to, msg);
	if (differs == CTL_RING)
		return deliver_to_ring(actors, ctx, cell, to, msg);
	/* A signal is heard to the last. */
	if (differs != 0 &&
	    ((differs & ~(uint64_t)(CTL_GATED | CTL_RING)) != CTL_ENDING || !(to & MSG_SIGNAL)))
		return gone(actors, ctx, cell, to, msg);
	msg->to = to;
	return push(actors, ctx, cell, msg);
}

/* The same where that is more than remembering who has sent it. */
static AKTI_NOINLINE int deliver_followed(struct actors *actors, akt_ctx *ctx, uint64_t address,
					  akt_msg *msg, uint64_t flags)
{
	uint64_t to = (address & GEN_MASK) | flags;
	struct cell *cell;
	uint64_t differs;

	if (ADDRESS_SLOT(address) >= akti_load_acq(&actors->table.used))
		return gone(actors, ctx, NULL, to, msg);
	cell = akti_table_cell(&actors->table, ADDRESS_SLOT(address));
	differs = deliver_differs(cell, address);
	if (akti_likely(!(flags & MSG_SIGNAL)))
		to = akti_follow_send(actors, ctx, to, msg);
	if (akti_unlikely(differs != 0))
		return deliver_specially(actors, ctx, cell, to, msg, differs);
	msg->to = to;
	return push(actors, ctx, cell, msg);
}

/* From a handler, and to be timed. */
static AKTI_NOINLINE int deliver_sampled(struct actors *actors, akt_ctx *ctx, struct cell *cell,
					 uint64_t to, akt_msg *msg)
{
	msg->to = akti_follow_time(actors, ctx, to);
	return push(actors, ctx, cell, msg);
}

/* The same if each is. */
static AKTI_NOINLINE int deliver_timed(struct actors *actors, akt_ctx *ctx, struct cell *cell,
				       uint64_t to, akt_msg *msg)
{
	if (!akti_follow_time_each(actors, ctx, &to))
		return deliver_sampled(actors, ctx, cell, to, msg);
	msg->to = to;
	return push(actors, ctx, cell, msg);
}

/* From a handler, to a slot that is out of reach: none at all, or each message is looked at. The
 * arguments lie where akt_send has them. */
static AKTI_NOINLINE int deliver_closely(akt_ctx *ctx, uint64_t address, struct actors *actors,
					 akt_msg *msg)
{
	uint64_t to = address & GEN_MASK;
	enum follow_send follow;
	struct cell *cell;

	if (akti_unlikely(ADDRESS_SLOT(address) >= akti_load_acq(&actors->table.used)))
		return deliver_followed(actors, ctx, address, msg, 0);
	cell = akti_table_cell(&actors->table, ADDRESS_SLOT(address));
	if (akti_unlikely(deliver_differs(cell, address) != 0))
		return deliver_followed(actors, ctx, address, msg, 0);
	follow = akti_follow_send_here(ctx, &to);
	if (akti_unlikely(follow == FOLLOW_OTHER))
		return deliver_followed(actors, ctx, address, msg, 0);
	if (akti_unlikely(follow == FOLLOW_TIME))
		return deliver_timed(actors, ctx, cell, to, msg);
	msg->to = to;
	return push(actors, ctx, cell, msg);
}

/* The hot half of akti_deliver, in place in each verb. flags: MSG_*; msg->to is not looked at. */
AKTI_INLINE int deliver(struct actors *actors, akt_ctx *ctx, uint64_t address, akt_msg *msg,
			uint64_t flags)
{
	uint64_t to = (address & GEN_MASK) | flags;
	struct cell *cell;
	uint64_t differs;

	akti_tally(actors, ctx, accepted, 1);
	if (akti_unlikely(ADDRESS_SLOT(address) >= akti_load_acq(&actors->table.reach)))
		return ctx != NULL && flags == 0
			       ? deliver_closely(ctx, address, actors, msg)
			       : deliver_followed(actors, ctx, address, msg, flags);
	cell = akti_table_cell(&actors->table, ADDRESS_SLOT(address));
	differs = deliver_differs(cell, address);
	if (akti_unlikely(differs != 0))
		return deliver_specially(actors, ctx, cell, to, msg, differs);
	msg->to = to;
	return push(actors, ctx, cell, msg);
}

static AKTI_NOINLINE int deliver_here(struct actors *actors, uint64_t to, akt_msg *msg,
				      uint64_t flags)
{
	return deliver(actors, NULL, to, msg, flags);
}

/* In place, so that the verb itself is to be seen in profiles. */
AKTI_INLINE int deliver_from_outside(struct actors *actors, uint64_t to, akt_msg *msg,
				     uint64_t flags)
{
	_Atomic uint32_t *inside = akti_outside_begin(actors);
	int r = deliver_here(actors, to, msg, flags);

	akti_outside_end(inside);
	return r;
}

/* What stands out. */
static AKTI_NOINLINE int deliver_seen(struct actors *actors, akt_ctx *ctx, uint64_t to,
				      akt_msg *msg)
{
	(void)akti_hand_over(actors, to, msg);
	if (ctx == NULL)
		return deliver_from_outside(actors, to, msg, msg->to & MSG_FLAGS);
	return deliver(actors, ctx, to, msg, msg->to & MSG_FLAGS);
}

AKTI_HOT int akti_deliver(struct actors *actors, akt_ctx *ctx, uint64_t to, akt_msg *msg)
{
	if (akti_unlikely(akti_mem_stands_out(msg)))
		return deliver_seen(actors, ctx, to, msg);
	if (akti_unlikely(ctx == NULL))
		return deliver_from_outside(actors, to, msg, msg->to & MSG_FLAGS);
	return deliver(actors, ctx, to, msg, msg->to & MSG_FLAGS);
}

/* What a request takes back: of two, the last word counts. */
static uint64_t opposite(uint32_t flags)
{
	switch (flags) {
	case CTL_SUSPEND:
		return CTL_RESUME;
	case CTL_RESUME:
		return CTL_SUSPEND;
	case CTL_HALT:
		return CTL_REVIVE;
	case CTL_REVIVE:
		return CTL_HALT;
	default:
		return 0;
	}
}

static int request(struct actors *actors, struct cell *cell, uint32_t gen, uint32_t flags)
{
	uint64_t ctl = akti_load_acq(&cell->ctl);
	uint64_t undone = opposite(flags);

	do {
		if (akti_ctl_gen(ctl) != gen || !(ctl & CTL_LIVE) || (ctl & CTL_PORT))
			return AKT_ERR_GONE;
		if ((ctl & CTL_FINAL) || ((ctl & CTL_ENDING) && !(flags & CTL_CHILD)))
			return 0;
		if ((ctl & (flags | undone)) == flags && (ctl & CTL_QUEUED))
			return 0;
	} while (!akti_cas_acqrel(&cell->ctl, &ctl, (ctl & ~undone) | flags | CTL_QUEUED));
	if (!(ctl & CTL_QUEUED)) {
		enum mpsc_pushed pushed = mpsc_push(&cell->box, &cell->ctl_node);

		if (akti_unlikely(pushed == MPSC_REFUSED))
			control_refused(actors, cell, gen);
		else if (pushed == MPSC_WOKE)
			(void)make_run(actors, NULL, cell);
	}
	return 0;
}

int akti_control(struct actors *actors, struct cell *cell, uint32_t gen, uint32_t flags)
{
	_Atomic uint32_t *inside;
	int r;

	if (akti_ctx_here(actors) != NULL)
		return request(actors, cell, gen, flags);
	inside = akti_outside_begin(actors);
	r = request(actors, cell, gen, flags);
	akti_outside_end(inside);
	return r;
}

/* --- the public verbs --------------------------------------------------------------------------- */

/* NULL, or what stands out. */
static AKTI_NOINLINE int send_closely(akt_ctx *ctx, akt_ref to, akt_msg *msg)
{
	if (msg == NULL)
		return akt_msg_null_error();
	msg->from = akti_address_of_cell(ctx->actors, ctx->cell);
	msg->ask = 0;
	msg->to = 0;
	return deliver_seen(ctx->actors, ctx, akti_address_of(ctx->actors, to), msg);
}

AKTI_HOT int akt_send(akt_ctx *ctx, akt_ref to, akt_msg *msg)
{
	struct actors *actors = ctx->actors;

	if (akti_unlikely(akti_mem_stands_out(msg)))
		return send_closely(ctx, to, msg);
	msg->from = akti_address_of_cell(actors, ctx->cell);
	msg->ask = 0;
	/* A reference of another system is out of this one's table. */
	return deliver(actors, ctx, akti_address_of(actors, to), msg, 0);
}

/* From outside, when the system takes no more. */
static AKTI_NOINLINE int post_late(struct actors *actors, akt_ref to, akt_msg *msg)
{
	msg->to = ADDRESS(0, to.gen);
	akti_tally(actors, (akt_ctx *)NULL, accepted, 1);
	akti_dead_letter(actors, NULL, NULL, msg, AKT_DEAD_STOPPED);
	return AKT_ERR_STOPPED;
}

/* NULL, or what stands out. */
static AKTI_NOINLINE int post_closely(struct actors *actors, akt_ctx *ctx, akt_ref to, akt_msg *msg)
{
	if (msg == NULL)
		return akt_msg_null_error();
	msg->from = 0;
	msg->ask = 0;
	msg->to = 0;
	if (akti_load_acq(&actors->phase) != ACTORS_OPEN && ctx == NULL)
		return post_late(actors, to, msg);
	return deliver_seen(actors, ctx, akti_address_of(actors, to), msg);
}

AKTI_HOT int akt_post(akt_system *sys, akt_ref to, akt_msg *msg)
{
	struct actors *actors = (struct actors *)sys;
	akt_ctx *ctx = akti_ctx_here(actors);

	if (akti_unlikely(akti_mem_stands_out(msg)))
		return post_closely(actors, ctx, to, msg);
	msg->from = 0;
	msg->ask = 0;
	if (akti_unlikely(akti_load_acq(&actors->phase) != ACTORS_OPEN) && ctx == NULL)
		return post_late(actors, to, msg);
	if (ctx == NULL)
		return deliver_from_outside(actors, akti_address_of(actors, to), msg, 0);
	return deliver(actors, ctx, akti_address_of(actors, to), msg, 0);
}

/* Mark up to count messages as from and to that address, and link them from the oldest on; returns how
 * many there are. NULLs are left out. */
static size_t make_chain(struct actors *actors, akt_msg *const *msgs, size_t count, uint64_t from,
			 uint64_t address, struct mpsc_node **ret_first,
			 struct mpsc_node **ret_last)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		akt_msg *msg = msgs[i];

		if (akti_unlikely(akti_mem_stands_out(msg)) &&
		    !akti_hand_over(actors, address, msg))
			continue;
		msg->from = from;
		msg->ask = 0;
		msg->to = address & GEN_MASK;
		if (n++ == 0)
			*ret_first = &msg->node;
		else
			akti_store_rlx(&(*ret_last)->next, &msg->node);
		*ret_last = &msg->node;
	}
	return n;
}

/* One by one: the receiver is gone, or looks at each. */
static int deliver_each(struct actors *actors, akt_ctx *ctx, uint64_t from, uint64_t address,
			akt_msg *const *msgs, size_t count)
{
	int first_error = 0;

	for (size_t i = 0; i < count; i++) {
		int r = 0;

		if (akti_unlikely(akti_mem_stands_out(msgs[i])) &&
		    !akti_hand_over(actors, address, msgs[i])) {
			r = akt_msg_null_error();
		} else {
			msgs[i]->from = from;
			msgs[i]->ask = 0;
			r = deliver(actors, ctx, address, msgs[i], 0);
		}
		if (first_error == 0)
			first_error = r;
	}
	return first_error;
}

/* All by one exchange. */
static int deliver_batch(struct actors *actors, akt_ctx *ctx, uint64_t from, akt_ref ref,
			 akt_msg *const *msgs, size_t count)
{
	uint64_t to = akti_address_of(actors, ref);
	struct mpsc_node *first = NULL;
	struct mpsc_node *last = NULL;
	enum mpsc_pushed pushed;
	struct cell *cell;
	size_t n;

	if (msgs == NULL)
		return count > 0 ? AKT_ERR_INVALID : 0;
	if (ADDRESS_SLOT(to) >= akti_load_acq(&actors->table.reach))
		return deliver_each(actors, ctx, from, to, msgs, count);
	cell = akti_table_cell(&actors->table, ADDRESS_SLOT(to));
	if (deliver_differs(cell, to) != 0)
		return deliver_each(actors, ctx, from, to, msgs, count);
	n = make_chain(actors, msgs, count, from, to, &first, &last);
	if (n == 0)
		return count > 0 ? akt_msg_null_error() : 0;
	akti_tally(actors, ctx, accepted, n);
	pushed = mpsc_push_chain(&cell->box, first, last);
	if (pushed == MPSC_WOKE)
		(void)make_run(actors, ctx, cell);
	else if (akti_unlikely(pushed == MPSC_REFUSED))
		return refused(actors, ctx, cell, akti_msg_of(first));
	return n < count ? akt_msg_null_error() : 0;
}

int akt_send_batch(akt_ctx *ctx, akt_ref to, akt_msg *const *msgs, size_t count)
{
	return deliver_batch(ctx->actors, ctx, akti_address_of_cell(ctx->actors, ctx->cell), to,
			     msgs, count);
}

int akt_post_batch(akt_system *sys, akt_ref to, akt_msg *const *msgs, size_t count)
{
	struct actors *actors = (struct actors *)sys;
	akt_ctx *ctx = akti_ctx_here(actors);
	int first_error = 0;

	if (akti_likely(akti_load_acq(&actors->phase) == ACTORS_OPEN) || ctx != NULL ||
	    msgs == NULL) {
		_Atomic uint32_t *inside = ctx == NULL ? akti_outside_begin(actors) : NULL;
		int r = deliver_batch(actors, ctx, 0, to, msgs, count);

		if (inside != NULL)
			akti_outside_end(inside);
		return r;
	}
	for (size_t i = 0; i < count; i++) {
		int r = akt_post(sys, to, msgs[i]);

		if (first_error == 0)
			first_error = r;
	}
	return first_error;
}

int akt_forward(akt_ctx *ctx, akt_ref to)
{
	struct actors *actors = ctx->actors;
	akt_msg *msg = akti_detach_current(ctx);

	if (msg == NULL)
		return AKT_ERR_INVALID;
	ctx->state |= CTX_REPLIED; /* the question is somebody else's now */
	if (msg->to & (MSG_REPLY | MSG_TIMER)) {
		/* An answer travels on as a plain message: it must not be taken for one again. */
		akt_msg *plain = akti_msg_plain(msg);

		if (plain == NULL)
			return AKT_ERR_NOMEM;
		msg = plain;
	}
	return akti_deliver(actors, ctx, akti_address_of(actors, to), msg);
}

/* The question being handled: from the message, or kept when it was taken. */
static bool asker(akt_ctx *ctx, uint64_t *ret_from, uint32_t *ret_ask)
{
	const akt_msg *msg = ctx->msg;
	bool asked_here = msg != NULL && !(msg->to & (MSG_REPLY | MSG_TIMER));

	*ret_from = asked_here ? msg->from : ctx->from;
	*ret_ask = asked_here ? msg->ask : ctx->ask;
	return *ret_from != 0 && !(ctx->state & CTX_REPLIED);
}

/* Send msg as the answer to question ask of to; 0, 0: nobody asked. */
static void send_answer(akt_ctx *ctx, uint64_t to, uint32_t ask, akt_msg *msg)
{
	msg->from = akti_address_of_cell(ctx->actors, ctx->cell);
	msg->ask = ask;
	msg->to = ask != 0 ? MSG_REPLY : 0;
	if (to != 0) {
		(void)akti_deliver(ctx->actors, ctx, to, msg);
	} else {
		akti_tally(ctx->actors, ctx, accepted, 1);
		akti_dead_letter(ctx->actors, ctx, NULL, msg, AKT_DEAD_LATE);
	}
}

static void send_reply(akt_ctx *ctx, akt_msg *msg)
{
	uint64_t to;
	uint32_t ask;

	if (asker(ctx, &to, &ask)) {
		if (ask != 0)
			ctx->state |= CTX_REPLIED;
		send_answer(ctx, to, ask, msg);
	} else {
		send_answer(ctx, 0, 0, msg);
	}
}

int akt_reply_to(akt_ctx *ctx, akt_msg *request, akt_msg *msg)
{
	bool asked = !(request->to & (MSG_REPLY | MSG_TIMER));

	if (akti_unlikely(msg == NULL))
		return akt_msg_null_error();
	send_answer(ctx, asked ? request->from : 0, asked ? request->ask : 0, msg);
	request->from = 0; /* answered */
	request->ask = 0;
	return 0;
}

int akt_reply(akt_ctx *ctx, akt_msg *msg)
{
	if (akti_unlikely(msg == NULL)) {
		int r = akt_msg_null_error();

		(void)akt_reply_error(ctx, r, "%s", "");
		return r;
	}
	send_reply(ctx, msg);
	return 0;
}

void akti_reply_verdict(akt_ctx *ctx, int error, const char *text)
{
	uint64_t from;
	uint32_t ask;
	akt_msg *verdict;

	if (!asker(ctx, &from, &ask) || ask == 0)
		return; /* a plain message has nobody who waits for a verdict */
	verdict = akti_msg_new_verdict(error, text);
	if (verdict != NULL)
		send_reply(ctx, verdict);
	/* Else the asker's time-out is the verdict. */
}
