/* SPDX-License-Identifier: MIT */
/*
 * turn: a worker runs an actor.
 *
 * A turn takes messages until the budget is spent or the mailbox is empty. Before each message the
 * owner reads ctl: what was asked of the actor (start, stop, restart, a child's end) comes first.
 * The common case touches line 0 of the cell and the message, and ends with one CAS.
 */
#include "actor/actors.h"
#include "actor/ask.h"
#include "actor/census.h"
#include "actor/follow.h"
#include "actor/latency.h"
#include "actor/mailbox.h"
#include "sched/loop.h"

static akt_handler_fn find_handler(const akt_handler *row, const akt_msg_type *msg_type)
{
	for (; row->run != NULL; row++) {
		if (row->type == msg_type || akti_unlikely(row->type == NULL))
			return row->run;
	}
	return NULL;
}

akt_msg *akti_detach_current(akt_ctx *ctx)
{
	akt_msg *msg = ctx->msg;

	if (msg == NULL)
		return NULL;
	ctx->from = msg->from;
	ctx->ask = msg->to & (MSG_REPLY | MSG_TIMER) ? 0 : msg->ask;
	if (!(ctx->state & CTX_ADVANCED)) {
		ctx->next = mpsc_advance(&ctx->cell->box, &msg->node, MPSC_BUSY);
		ctx->state |= CTX_ADVANCED;
	}
	ctx->msg = NULL;
	return msg;
}

/* The same as run_handler, while somebody watches: published, and with its cycles counted. */
static AKTI_NOINLINE int run_observed(akt_ctx *ctx, struct cell *cell, akt_handler_fn run)
{
	const akt_msg_type *type = ctx->msg->type;
	uint64_t begin;
	int r;

	(void)type; /* without probes */
	akti_label_cell(ctx->actors, cell);
	akti_trace(ctx->actors, cell, HANDLE, handle, ctx->msg->type, (const void *)(uintptr_t)run,
		   0);
	begin = akti_prof_cycles();
	akti_label_code(ctx->msg->type, (const void *)(uintptr_t)run, begin);
	r = run(ctx, cell->state, ctx->msg);
	begin = akti_prof_cycles() - begin;
	akti_prof_handler_ran((const void *)(uintptr_t)run, begin);
	AKTI_PROBE(handled, cell->slot, cell->type, type, run, begin);
	akti_label_none();
	return r;
}

/* Run the handler of ctx->msg. Negative: the actor failed. */
AKTI_INLINE int run_handler(akt_ctx *ctx, struct cell *cell, akt_handler_fn run, akt_msg *msg)
{
	if (akti_likely(!akti_any_rlx(&akti_prof_on)))
		return run(ctx, cell->state, msg);
	return run_observed(ctx, cell, run);
}

/* The same of a sample that was sent at sent_ns. */
static AKTI_NOINLINE int run_sample(akt_ctx *ctx, struct cell *cell, akt_handler_fn run,
				    akt_msg *msg, int64_t sent_ns)
{
	struct actors *actors = ctx->actors;
	int64_t begin_ns = akti_sched_now(&actors->sched);
	struct series *series = akti_latency_arrived(actors, cell, msg, begin_ns - sent_ns);
	int r = run_handler(ctx, cell, run, msg);

	if (series != NULL)
		akti_latency_ran(series, akti_sched_now(&actors->sched) - begin_ns);
	return r;
}

/* The same of a message that is followed or a sample. */
static int run_followed(akt_ctx *ctx, struct cell *cell, akt_handler_fn run, akt_msg *msg)
{
	int64_t sent_ns = akti_follow_begin(ctx, cell, msg);
	int r;

	if (akti_likely(sent_ns == FLIGHT_NO_SAMPLE))
		r = run_handler(ctx, cell, run, msg);
	else
		r = run_sample(ctx, cell, run, msg, sent_ns);
	akti_follow_end(ctx);
	return r;
}

/* Keep a message for after the restart. */
static void keep(akt_ctx *ctx, struct cell *cell, akt_msg *msg)
{
	struct rare *rare = akti_cell_rare(cell);

	if (rare != NULL) {
		rare->awaited_kept |= akti_ask_is_awaited(cell, msg);
		akti_kept_append(&rare->backlog, msg);
		return;
	}
	akti_dead_letter(ctx->actors, ctx, cell, msg, AKT_DEAD_GONE);
}

/* What is not a plain message to a running actor. ctx->msg is NULL afterwards if it was consumed. */
static AKTI_NOINLINE int handle_special(akt_ctx *ctx, struct cell *cell, akt_msg *msg)
{
	bool ours = ((msg->to ^ akti_load_rlx(&cell->ctl)) & GEN_MASK) == 0;
	akt_handler_fn run;
	bool awaits;
	int r;

	ctx->msg_type = msg->type;
	if (ours && (msg->to & MSG_SIGNAL))
		return akti_signal(ctx, cell, msg);
	if (!ours || cell->mode == CELL_STOPPING) {
		akti_dead_letter(ctx->actors, ctx, cell, akti_detach_current(ctx),
				 msg->to & MSG_REPLY ? AKT_DEAD_LATE : AKT_DEAD_GONE);
		return 0;
	}
	awaits = akti_cell_awaits(cell);
	if (cell->mode != CELL_RUNNING || (awaits && !akti_ask_is_awaited(cell, msg))) {
		keep(ctx, cell, akti_detach_current(ctx));
		return 0;
	}
	if (msg->to & (MSG_REPLY | MSG_TIMER)) {
		if (awaits)
			ctx->state |= CTX_STAY; /* for what was kept */
		return akti_ask_answered(ctx, cell, msg);
	}
	if (msg->to & MSG_EVENT)
		akti_event_arrived(ctx->actors, msg);
	if (msg->to & MSG_COUNTED)
		akti_gate_leave(akti_gate_of(&ctx->actors->gates, cell), msg);
	run = find_handler(cell->handlers, msg->type);
	if (run == NULL) {
		akti_dead_letter(ctx->actors, ctx, cell, akti_detach_current(ctx),
				 AKT_DEAD_UNHANDLED);
		return 0;
	}
	if (msg->to & (MSG_TIMED | MSG_CHAINED))
		r = run_followed(ctx, cell, run, msg);
	else
		r = run_handler(ctx, cell, run, msg);
	akti_count(&ctx->tally.processed, 1);
	return r;
}

/* Begin to follow a message that is timed and else plain, for this running actor, and will be handled.
 * False: it is another. */
static AKTI_NOINLINE bool begin_timed(akt_ctx *ctx, struct cell *cell, akt_msg *msg, uint64_t ctl)
{
	if (akti_unlikely(((msg->to ^ ctl) & (GEN_MASK | MSG_BELOW_STAMP)) != MSG_TIMED) ||
	    (akti_unlikely(cell->handlers->type != msg->type) &&
	     find_handler(cell->handlers, msg->type) == NULL))
		return false;
	return akti_follow_begin_timed(ctx, cell, msg);
}

_Static_assert((PROF_DIVERTED & (MSG_FLAGS | MSG_TIMED | MSG_CHAINED | MSG_COUNTED | GEN_MASK)) ==
			       0 &&
		       PROF_DIVERTED < 1u << MSG_STAMP_SHIFT,
	       "no message has that bit");

/* The same as handle, of a message that is followed or plain, while somebody watches. */
static AKTI_NOINLINE int handle_observed(akt_ctx *ctx, struct cell *cell, akt_msg *msg)
{
	akt_handler_fn run = find_handler(cell->handlers, msg->type);
	int r;

	ctx->msg_type = msg->type;
	if (run == NULL)
		return handle_special(ctx, cell, msg);
	r = run_observed(ctx, cell, run);
	akti_count(&ctx->tally.processed, 1);
	return r;
}

/* Handle one message, given what ctl said. Negative: the actor failed. */
AKTI_INLINE int handle(akt_ctx *ctx, struct cell *cell, akt_msg *msg, uint64_t ctl)
{
	const akt_msg_type *type;
	akt_handler_fn run;
	uint64_t plain, to;
	int r;

	ctx->msg = msg;
	plain = akti_or_with_rlx(ctl & GEN_MASK, &akti_prof_diverted);
	if (akti_unlikely(msg->to != plain ||
			  ((ctl & CTL_UNSTEADY) &&
			   (cell->mode != CELL_RUNNING || akti_cell_awaits(cell))))) {
		to = akti_peek(&msg->to); /* again: kept from above, all would pay for a register */
		plain &= GEN_MASK;
		if (akti_unlikely((ctl & CTL_UNSTEADY) != 0))
			return handle_special(ctx, cell, msg);
		if (to == plain)
			; /* somebody watches */
		else if (akti_likely(((to ^ plain) & (GEN_MASK | MSG_BELOW_STAMP)) == MSG_CHAINED))
			akti_follow_begin_untimed(ctx, (uint32_t)to >> MSG_STAMP_SHIFT, msg->type);
		else if (!begin_timed(ctx, cell, msg, plain))
			return handle_special(ctx, cell, msg);
		if (akti_unlikely(akti_any_rlx(&akti_prof_on)))
			return handle_observed(ctx, cell, msg);
	}
	type = msg->type;
	ctx->msg_type = type;
	/* Most actors have few rows, and the first is the busiest: that one is tried in place. */
	if (akti_likely(cell->handlers->type == type)) {
		run = cell->handlers->run;
	} else {
		run = find_handler(cell->handlers, type);
		if (akti_unlikely(run == NULL))
			return handle_special(ctx, cell, msg);
	}
	r = run(ctx, cell->state, msg);
	akti_count(&ctx->tally.processed, 1);
	return r;
}

/* A continuation is a handler too. */
int akti_run_continuation(akt_ctx *ctx, struct cell *cell, akt_handler_fn then)
{
	int r;

	if (akti_unlikely(ctx->msg->to & (MSG_TIMED | MSG_CHAINED)))
		r = run_followed(ctx, cell, then, ctx->msg);
	else
		r = run_handler(ctx, cell, then, ctx->msg);
	akti_count(&ctx->tally.processed, 1);
	return r;
}

int akti_handle_instead(akt_ctx *ctx, struct cell *cell, akt_msg *msg)
{
	int r = handle(ctx, cell, msg, akti_load_rlx(&cell->ctl));

	if (ctx->msg != NULL)
		akti_msg_release_plain(ctx->msg);
	ctx->msg = NULL;
	ctx->from = 0;
	return r;
}

static AKTI_NOINLINE void end_counted(akt_ctx *ctx)
{
	if (ctx->state & CTX_UNDONE) {
		akti_count(&ctx->tally.processed, -1); /* it was counted a moment ago */
		ctx->following.serial = UINT64_MAX;    /* and is over all the same */
	}
	if (ctx->state & CTX_TIMED)
		akti_follow_end(ctx);
}

/* What the handler owned goes back, and the context is as between messages. */
AKTI_INLINE void end_scope(akt_ctx *ctx)
{
	if (ctx->state & CTX_SCOPE)
		akti_own_end(&ctx->scope);
	if (ctx->state & (CTX_UNDONE | CTX_TIMED))
		end_counted(ctx);
	ctx->state = 0;
}

/* The handler has failed; what comes of that, it has sent. */
static AKTI_COLD void failed(akt_ctx *ctx, struct cell *cell, int error)
{
	akti_follow_failing(ctx);
	akti_life_failed(ctx, cell, error);
	akti_follow_failed(ctx);
}

/* Handle a message that hangs on no mailbox. False: the actor failed. */
static bool handle_loose(akt_ctx *ctx, struct cell *cell, akt_msg *msg)
{
	int r;

	ctx->state = CTX_ADVANCED | CTX_BACKLOG;
	r = handle(ctx, cell, msg, akti_load_rlx(&cell->ctl));
	if (r < 0)
		failed(ctx, cell, r);
	if (ctx->msg != NULL)
		akti_msg_release(ctx->msg);
	ctx->msg = NULL;
	end_scope(ctx);
	return r >= 0;
}

/* Take an awaited answer out of the backlog. NULL: there is none. */
static akt_msg *take_awaited(struct cell *cell)
{
	struct kept *backlog = &cell->rare->backlog;
	struct mpsc_node *before = NULL;

	for (struct mpsc_node *node = backlog->first; node != NULL;
	     before = node, node = akti_load_rlx(&node->next)) {
		if (!akti_ask_is_awaited(cell, akti_msg_of(node)))
			continue;
		if (before == NULL)
			return akti_kept_take(backlog);
		akti_store_rlx(&before->next, akti_load_rlx(&node->next));
		if (backlog->last == node)
			backlog->last = before;
		backlog->count--;
		return akti_msg_of(node);
	}
	cell->rare->awaited_kept = false;
	return NULL;
}

/* The next kept message that may be handled now. */
static akt_msg *take_kept(struct cell *cell)
{
	struct rare *rare = cell->rare;

	if (rare->exclusive > 0)
		return rare->awaited_kept ? take_awaited(cell) : NULL;
	return rare->backlog.first != NULL ? akti_kept_take(&rare->backlog) : NULL;
}

/* Kept messages go first, until the actor must be attended to or the budget is spent. */
static AKTI_NOINLINE void handle_backlog(akt_ctx *ctx, struct cell *cell, uint32_t *budget)
{
	struct rare *rare = cell->rare;

	akt_msg *msg;

	while (*budget > 0 && !(akti_load_rlx(&cell->ctl) & CTL_ASKS) &&
	       (msg = take_kept(cell)) != NULL) {
		(*budget)--;
		if (!handle_loose(ctx, cell, msg))
			return;
	}
	if (rare->backlog.first == NULL && rare->exclusive == 0)
		(void)akti_and_acqrel(&cell->ctl, ~(uint64_t)CTL_UNSTEADY);
}

/* Whether handle_backlog has something to do: a message, or the end of being unsteady. */
static bool has_backlog(const struct cell *cell, uint64_t ctl)
{
	const struct rare *rare = cell->rare;

	if (rare == NULL)
		return false;
	if (rare->exclusive > 0)
		return rare->awaited_kept;
	return rare->backlog.first != NULL || (ctl & CTL_UNSTEADY);
}

/* What the parent asks of a group. A child that has halted says so again. */
static void attend_group(akt_ctx *ctx, struct cell *cell, uint64_t ctl)
{
	if (cell->mode == CELL_STOPPING)
		return;
	if ((ctl & CTL_REVIVE) && cell->mode == CELL_HALTED)
		akti_life_revive(ctx, cell);
	else if ((ctl & CTL_HALT) && cell->mode == CELL_HALTED)
		akti_life_halt(ctx, cell);
	else if (ctl & CTL_HALT)
		akti_tree_restart(ctx, cell, true);
}

static bool may_restart(const struct cell *cell)
{
	return cell->mode == CELL_RUNNING || cell->mode == CELL_SUSPENDED;
}

/* Do what ctl asks, and go on with what mode waits for. True: the actor has ended. */
static AKTI_NOINLINE bool attend(akt_ctx *ctx, struct cell *cell)
{
	uint64_t ctl = akti_and_acqrel(&cell->ctl, ~(uint64_t)CTL_ASKS);

	ctx->msg = NULL;
	if (ctl & CTL_REPORT)
		akti_census_report(ctx->actors, cell);
	if (ctl & CTL_CHILD)
		akti_tree_reap(ctx, cell);
	if ((ctl & CTL_STOP) && cell->mode != CELL_STOPPING) {
		enum akt_reason reason = cell->reason;

		if (reason != AKT_REASON_FAILED)
			reason = ctl & CTL_SHUTDOWN ? AKT_REASON_SHUTDOWN : AKT_REASON_STOPPED;
		akti_tree_stop(ctx, cell, reason);
	} else {
		if (ctl & CTL_START)
			akti_life_start(ctx, cell);
		if (ctl & (CTL_HALT | CTL_REVIVE))
			attend_group(ctx, cell, ctl);
		else if ((ctl & CTL_RESTART) && may_restart(cell))
			akti_tree_restart(ctx, cell, false);
		else if (ctl & (CTL_SUSPEND | CTL_RESUME))
			akti_life_suspend(ctx, cell, !(ctl & CTL_RESUME));
	}
	if (cell->children > 0)
		return false;
	if (cell->mode == CELL_RESTARTING)
		akti_life_restart(ctx, cell);
	else if (cell->mode == CELL_HALTING)
		akti_life_halt(ctx, cell);
	/* While ctl_node is in the mailbox the cell cannot be given away: it comes, and then. */
	if (cell->mode != CELL_STOPPING || !akti_cell_may_end(cell))
		return false;
	akti_life_end(ctx, cell);
	akti_tree_ended(ctx, cell);
	return true;
}

/* ctl_node has come: it may be queued again from now on. */
static struct mpsc_node *take_ctl_node(struct cell *cell)
{
	struct mpsc_node *next = mpsc_advance(&cell->box, &cell->ctl_node, MPSC_BUSY);

	(void)akti_and_acqrel(&cell->ctl, ~(uint64_t)CTL_QUEUED);
	return next;
}

/* The owner has nothing: give the actor up. Not NULL: something came. */
static AKTI_NOINLINE struct mpsc_node *give_up(struct cell *cell)
{
	struct mpsc_node *node;

	if (mpsc_rest(&cell->box))
		return NULL;
	for (unsigned turn = 0; (node = mpsc_first(&cell->box)) == NULL; turn++)
		akti_mpsc_wait_turn(turn);
	return node;
}

/* Handle node's message and move on. ctl: as seen before it. False: the mailbox was empty and has
 * been given up. */
AKTI_INLINE bool handle_node(akt_ctx *ctx, struct cell *cell, struct mpsc_node **node, uint64_t ctl)
{
	akt_msg *msg = akti_msg_of(*node);
	uint32_t state;
	int r;

	r = handle(ctx, cell, msg, ctl);
	if (akti_unlikely(r < 0))
		failed(ctx, cell, r);
	state = ctx->state;
	if (akti_unlikely(state != 0)) {
		end_scope(ctx);
		if (state & CTX_ADVANCED) {
			*node = ctx->next; /* the message went elsewhere */
			return true;
		}
		if (state & CTX_STAY)
			r = -1; /* no rest, as after a failure */
	}
	/* After a failure the cell must not rest: ctl then asks without ctl_node. */
	*node = mpsc_advance(&cell->box, *node, akti_likely(r >= 0) ? MPSC_IDLE : MPSC_BUSY);
	/* What lies in a struct ask has been taken out of the mailbox. */
	akti_msg_release_plain(msg);
	return *node != NULL || akti_unlikely(r < 0);
}

/* STEP_ENDED: the actor is not ours any more. STEP_NODE: go on with the node. */
enum next_step { STEP_ENDED, STEP_AGAIN, STEP_NODE };

/* ctl asks for something, ctl_node is queued, or the actor is unsteady: see to it before the next
 * message. */
static enum next_step look_closer(akt_ctx *ctx, struct cell *cell, struct mpsc_node **node,
				  uint64_t ctl, uint32_t *budget)
{
	if (ctl & (CTL_ASKS | CTL_UNSTEADY)) {
		if (*node != NULL)
			akti_store_rlx(&cell->box.first, *node);
		if (attend(ctx, cell))
			return STEP_ENDED;
		if (akti_load_rlx(&cell->ctl) & CTL_ASKS)
			return STEP_AGAIN;
	}
	if (*node == &cell->ctl_node) {
		*node = take_ctl_node(cell);
		return STEP_AGAIN;
	}
	if (cell->mode != CELL_RUNNING || !has_backlog(cell, akti_load_rlx(&cell->ctl)))
		return STEP_NODE;
	handle_backlog(ctx, cell, budget);
	return STEP_AGAIN;
}

#define SORTED_AT_ONCE 1024u /* messages taken over before one is handled */

/* Whether msg has its turn later. What a former tenant was to get, signals, answers to exclusive
 * questions and whatever comes too late are seen to at once. */
static bool is_to_wait(struct cell *cell, akt_msg *msg)
{
	return ((msg->to ^ akti_load_rlx(&cell->ctl)) & GEN_MASK) == 0 && !(msg->to & MSG_SIGNAL) &&
	       cell->mode != CELL_STOPPING &&
	       !(akti_cell_awaits(cell) && akti_ask_is_awaited(cell, msg));
}

/* The oldest of what has been queued, though its sender may be about to link it. Nothing is
 * attached. */
static struct mpsc_node *look(struct cell *cell)
{
	struct mpsc_node *node = NULL;

	if (akti_load_acq(&cell->box.last) == MPSC_BUSY)
		return NULL;
	for (unsigned turn = 0; (node = mpsc_first(&cell->box)) == NULL; turn++)
		akti_mpsc_wait_turn(turn);
	return node;
}

/* Take over what senders have queued. False: look at ctl first. */
static bool take_over(akt_ctx *ctx, struct cell *cell, struct mpsc_node **node)
{
	if (*node == NULL)
		*node = look(cell);
	for (unsigned i = 0; *node != NULL && i < SORTED_AT_ONCE; i++) {
		akt_msg *msg = akti_msg_of(*node);

		if (*node == &cell->ctl_node)
			return false;
		*node = mpsc_advance(&cell->box, *node, MPSC_BUSY);
		if (akti_likely(is_to_wait(cell, msg))) {
			akti_mailbox_put(cell->rare->mailbox, msg);
			continue;
		}
		if (*node != NULL)
			akti_store_rlx(&cell->box.first, *node);
		if (!handle_loose(ctx, cell, msg))
			return false;
	}
	return true;
}

/* One step of an actor with an order of its own. */
static enum next_step step_sorted(akt_ctx *ctx, struct cell *cell, struct mpsc_node **node,
				  uint32_t *budget)
{
	struct mailbox *mailbox = cell->rare->mailbox;
	uint64_t position = 0;
	bool ready = akti_mailbox_peek(mailbox, &position);
	akt_msg *msg = NULL;

	if (!take_over(ctx, cell, node) || (ready && *node != NULL))
		return STEP_AGAIN;
	if (cell->mode == CELL_RUNNING && !akti_cell_awaits(cell)) {
		msg = akti_mailbox_take(mailbox, ready, position);
		if (msg == NULL && (ready || !akti_mailbox_rest(mailbox, cell)))
			return STEP_AGAIN;
	}
	if (msg == NULL) {
		if (*node == NULL)
			*node = give_up(cell);
		return *node == NULL ? STEP_ENDED : STEP_AGAIN;
	}
	if (*node != NULL)
		akti_store_rlx(&cell->box.first, *node);
	(*budget)--;
	(void)handle_loose(ctx, cell, msg);
	return STEP_AGAIN;
}

/* One step when ctl asks for a closer look. *node is what to go on with. */
static AKTI_NOINLINE enum next_step step_closely(akt_ctx *ctx, struct cell *cell,
						 struct mpsc_node **node, uint64_t ctl,
						 uint32_t *budget)
{
	enum next_step step = look_closer(ctx, cell, node, ctl, budget);

	if (step != STEP_NODE)
		return step;
	if (ctl & CTL_SORTED)
		return step_sorted(ctx, cell, node, budget);
	if (*node == NULL) {
		*node = give_up(cell);
		return *node == NULL ? STEP_ENDED : STEP_AGAIN;
	}
	(*budget)--;
	return handle_node(ctx, cell, node, akti_load_rlx(&cell->ctl)) ? STEP_AGAIN : STEP_ENDED;
}

/* The rest of a turn, from node on, which may be NULL; handled: messages so far. */
static AKTI_NOINLINE void run_messages(akt_ctx *ctx, struct cell *cell, struct mpsc_node *node,
				       uint32_t handled)
{
	uint32_t budget = ctx->actors->options.budget - handled;

	while (budget > 0) {
		uint64_t ctl = akti_load_rlx(&cell->ctl);

		if (akti_unlikely(ctl & CTL_ATTEND)) {
			struct mpsc_node *seen = node; /* so that these two stay in registers */
			uint32_t left = budget;

			if (step_closely(ctx, cell, &seen, ctl, &left) == STEP_ENDED)
				return;
			node = seen;
			budget = left;
		} else if (akti_unlikely(node == NULL)) {
			node = give_up(cell);
			if (node == NULL)
				return;
		} else {
			if (!handle_node(ctx, cell, &node, ctl & GEN_MASK))
				return;
			budget--;
		}
	}
	if (node != NULL)
		akti_store_rlx(&cell->box.first, node);
	akti_sched_requeue(ctx->worker, &cell->task);
}

/* Most turns are one message to an idle actor: that one is handled in place. */
AKTI_INLINE void turn(struct worker *worker, struct sched_task *task)
{
	akt_ctx *ctx = worker->user;
	struct cell *cell = akti_cell_of_task(task);
	struct mpsc_node *node = mpsc_first(&cell->box);
	uint64_t ctl = akti_load_rlx(&cell->ctl);
	uint32_t handled = 0;

	akti_publish(&ctx->cell, cell);
	if (akti_likely(!(ctl & CTL_ATTEND) && node != NULL)) {
		if (akti_likely(!handle_node(ctx, cell, &node, ctl & GEN_MASK)))
			return;
		handled = 1;
	}
	run_messages(ctx, cell, node, handled);
}

/* A handler has raised: do what would have been done if it had returned. */
static AKTI_NOINLINE void land(akt_ctx *ctx)
{
	struct cell *cell = ctx->cell;
	uint32_t state = ctx->state;
	akt_msg *msg = ctx->msg;
	struct mpsc_node *node;

	akti_label_none();
	akti_follow_end(ctx);
	ctx->tag = 0;
	akti_count(&ctx->tally.processed, 1);
	failed(ctx, cell, ctx->raised);
	end_scope(ctx);
	if (ctx->running != NULL) {
		akti_ask_ran(ctx); /* msg lies in it */
		msg = NULL;
	}
	ctx->msg = NULL;
	if (state & CTX_BACKLOG)
		node = mpsc_first(&cell->box);
	else if (state & CTX_ADVANCED)
		node = ctx->next;
	else
		node = mpsc_advance(&cell->box, &msg->node, MPSC_BUSY);
	if (msg != NULL)
		akti_msg_release(msg);
	run_messages(ctx, cell, node, 1);
	akti_count(&ctx->worker->turns, 1);
}

void akti_turn(struct worker *worker, struct sched_task *task)
{
	akt_ctx *ctx = worker->user;

	ctx->landing = &ctx->loop;
	if (_setjmp(ctx->loop) == 0)
		turn(worker, task);
	else
		land(ctx);
}

static AKTI_HOT AKTI_NOINLINE void loop(struct worker *worker)
{
	akti_sched_loop(worker, turn);
}

/* One landing for all turns of a worker: what a handler needs to be taken up after it has raised is
 * in the context. So plain messages pay nothing for it. */
void akti_turns(struct worker *worker)
{
	akt_ctx *ctx = worker->user;

	ctx->landing = &ctx->loop;
	if (_setjmp(ctx->loop) != 0)
		land(ctx);
	loop(worker);
}
