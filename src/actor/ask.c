/* SPDX-License-Identifier: MIT */
#include "actor/ask.h"
#include "actor/follow.h"
#include "base/hash.h"
#include "actor/fd.h"
#include <string.h>

#define ASKS_ROOM_MIN 8u
/* What is due later is never due: the wheel's arithmetic stays clear of the end of time. */
#define ASK_LATEST_NS (AKT_FOREVER - AKT_S(1))

void akti_ask_free(struct ask *ask)
{
	akti_mem_free(akti_msg_of_ask(ask), ASK_BYTES);
}

void akti_ask_landed(akt_msg *msg)
{
	struct ask *ask = akti_ask_of_msg(msg);
	uint32_t state = ASK_FIRED;

	if (!akti_cas_acqrel(&ask->state, &state, ASK_LOST))
		akti_ask_free(ask); /* DONE: the actor knew it no more */
}

void akti_ask_sweep(struct worker *worker)
{
	akt_ctx *ctx = worker->user;
	struct ask *ask;

	if (akti_likely(akti_load_rlx(&ctx->cancelled) == NULL))
		return;
	ask = akti_xchg_acqrel(&ctx->cancelled, NULL);
	while (ask != NULL) {
		struct ask *next = ask->next;

		if (ask->timer.prev != NULL)
			akti_wheel_cancel(&worker->wheel, &ask->timer);
		akti_ask_free(ask);
		ask = next;
	}
}

/* The actor has no more use for the record, which is in the table no more. */
static void cancel(akt_ctx *ctx, struct ask *ask)
{
	uint32_t state = ASK_PENDING;
	akt_ctx *home;
	struct ask *top;

	ask->then = NULL;
	if (ask->kind == ASK_SEND)
		akt_msg_free(ask->msg);
	while (!akti_cas_acqrel(&ask->state, &state, ASK_DONE)) {
		if (state != ASK_LOST)
			continue;
		akti_ask_free(ask);
		return;
	}
	if (state == ASK_FIRED)
		return; /* its message is on the way, or runs */
	if (ask->worker == ctx->worker) {
		if (ask->timer.prev != NULL)
			akti_wheel_cancel(&ctx->worker->wheel, &ask->timer);
		akti_ask_free(ask);
		return;
	}
	home = ask->worker->user;
	top = akti_load_rlx(&home->cancelled);
	do {
		ask->next = top;
	} while (!akti_cas_acqrel(&home->cancelled, &top, ask));
}

void akti_ask_timer(struct worker *worker, struct wheel_timer *timer)
{
	struct ask *ask = akti_container_of(timer, struct ask, timer);
	akt_ctx *ctx = worker->user;
	uint32_t pending = ASK_PENDING;

	if (akti_cas_acqrel(&ask->state, &pending, ASK_FIRED)) {
		akt_msg *msg = akti_msg_of_ask(ask);

		if (!akti_ask_is_timer(ask))
			akti_msg_make_verdict(msg, AKT_ERR_TIMEOUT);
		(void)akti_deliver(ctx->actors, ctx, ask->asker, msg);
	}
	akti_ask_sweep(worker);
}

static struct ask **bucket_of(const struct rare *rare, uint64_t id)
{
	return &rare->asks[id & (rare->asks_room - 1)];
}

/* What points to the record whose id has this lower half, or would. */
static struct ask **find(const struct rare *rare, uint32_t id)
{
	struct ask **link = bucket_of(rare, id);

	while (*link != NULL && (uint32_t)(*link)->id != id)
		link = &(*link)->next;
	return link;
}

/* Room for one more; a table that cannot grow goes on with longer chains. */
static bool make_room(struct rare *rare)
{
	uint32_t room = rare->asks_room == 0 ? ASKS_ROOM_MIN : rare->asks_room * 2;
	struct ask **asks;

	if (rare->asks_count < rare->asks_room)
		return true;
	asks = akti_mem_alloc(room * sizeof(*asks), MEM_ASK);
	if (asks == NULL)
		return rare->asks_room > 0;
	memset(asks, 0, room * sizeof(*asks));
	for (uint32_t b = 0; b < rare->asks_room; b++) {
		struct ask *ask = rare->asks[b];

		while (ask != NULL) {
			struct ask *next = ask->next;

			ask->next = asks[ask->id & (room - 1)];
			asks[ask->id & (room - 1)] = ask;
			ask = next;
		}
	}
	if (rare->asks != NULL)
		akti_mem_free(rare->asks, rare->asks_room * sizeof(*asks));
	rare->asks = asks;
	rare->asks_room = room;
	return true;
}

struct ask *akti_ask_new(akt_ctx *ctx, enum ask_kind kind, akt_handler_fn then, uint64_t tag)
{
	struct rare *rare = akti_cell_rare(ctx->cell);
	struct ask **link;
	struct ask *ask;
	akt_msg *msg;

	if (rare == NULL || !make_room(rare))
		return NULL;
	msg = akti_mem_alloc(ASK_BYTES,
			     kind == ASK_TIMER || kind == ASK_SEND ? MEM_TIMER : MEM_ASK);
	if (msg == NULL)
		return NULL;
	akti_ask_sweep(ctx->worker);
	memset(msg, 0, ASK_BYTES);
	msg->to = MSG_TIMER;
	msg->size = ASK_MSG_BYTES - (uint32_t)sizeof(*msg);
	ask = akti_ask_of_msg(msg);
	ask->kind = kind;
	ask->then = then;
	ask->tag = tag;
	ask->worker = ctx->worker;
	ask->asker = akti_address_of_cell(ctx->actors, ctx->cell);
	/* A lower half of 0 says that nothing was asked; a timer may still have one of a round ago. */
	do {
		link = find(rare, (uint32_t)++rare->ask_last);
	} while ((uint32_t)rare->ask_last == 0 || *link != NULL);
	ask->id = rare->ask_last;
	*link = ask;
	rare->asks_count++;
	return ask;
}

void akti_ask_arm_at(akt_ctx *ctx, struct ask *ask, int64_t deadline_ns)
{
	ask->worker = ctx->worker;
	ask->timer.deadline_ns = deadline_ns;
	if (deadline_ns < ASK_LATEST_NS)
		akti_sched_arm(ctx->worker, &ask->timer, deadline_ns);
}

void akti_ask_arm(akt_ctx *ctx, struct ask *ask, int64_t delay_ns)
{
	int64_t now;

	if (delay_ns == AKT_FOREVER)
		return;
	now = akti_sched_now(&ctx->actors->sched);
	akti_ask_arm_at(ctx, ask, delay_ns < ASK_LATEST_NS - now ? now + delay_ns : AKT_FOREVER);
}

/* msg->to holds the flags of msg. */
static int send_question(akt_ctx *ctx, struct ask *ask, uint64_t to, akt_msg *msg)
{
	if (ask == NULL) {
		akt_msg_free(msg);
		return AKT_ERR_NOMEM;
	}
	msg->from = ask->asker;
	msg->ask = (uint32_t)ask->id;
	(void)akti_deliver(ctx->actors, ctx, to, msg);
	return 0;
}

/* A question of the user's. */
static int question(akt_ctx *ctx, akt_ref to, akt_msg *msg, int64_t timeout_ns, akt_handler_fn then,
		    uint64_t tag, bool exclusive)
{
	struct cell *cell = ctx->cell;
	uint32_t most = cell->type->asks_max != 0 ? cell->type->asks_max : AKT_ASKS_DEFAULT;
	struct ask *ask;

	if (msg == NULL)
		return akt_msg_null_error();
	if (timeout_ns <= 0 || then == NULL) {
		akt_msg_free(msg);
		return AKT_ERR_INVALID;
	}
	if (cell->rare != NULL && cell->rare->questions >= most) {
		akt_msg_free(msg);
		return AKT_ERR_LIMIT;
	}
	ask = akti_ask_new(ctx, ASK_QUESTION, then, tag);
	if (ask != NULL) {
		akti_ask_arm(ctx, ask, timeout_ns);
		cell->rare->questions++;
	}
	if (ask != NULL && exclusive) {
		ask->exclusive = true;
		cell->rare->exclusive++;
		(void)akti_or_acqrel(&cell->ctl, CTL_UNSTEADY);
	}
	msg->to = 0;
	return send_question(ctx, ask, akti_address_of(ctx->actors, to), msg);
}

int akt_ask(akt_ctx *ctx, akt_ref to, akt_msg *msg, int64_t timeout_ns, akt_handler_fn then,
	    uint64_t tag)
{
	return question(ctx, to, msg, timeout_ns, then, tag, false);
}

int akt_ask_exclusive(akt_ctx *ctx, akt_ref to, akt_msg *msg, int64_t timeout_ns,
		      akt_handler_fn then, uint64_t tag)
{
	return question(ctx, to, msg, timeout_ns, then, tag, true);
}

/* References of other systems are all nobody's here, but a watch on one is none on another: they are told
 * apart where a generation would be. */
static uint64_t watch_address(const struct actors *actors, akt_ref ref)
{
	uint64_t address = akti_address_of(actors, ref);

	if (akti_likely(address != ADDRESS_NOBODY))
		return address;
	return ADDRESS(ADDRESS_NOBODY, akti_hash_u64(ref.node ^ ADDRESS(ref.slot, ref.gen)));
}

int akti_ask_watch(akt_ctx *ctx, akt_ref to, akt_msg *request, akt_handler_fn then, uint64_t tag)
{
	struct ask *ask = akti_ask_new(ctx, ASK_WATCH, then, tag);
	uint64_t address = watch_address(ctx->actors, to);

	if (ask != NULL) {
		ask->to = address;
		ask->msg = request;
	}
	return send_question(ctx, ask, address, request);
}

void akti_ask_remove(struct rare *rare, struct ask *ask)
{
	*find(rare, (uint32_t)ask->id) = ask->next;
	rare->asks_count--;
	if (akti_ask_is_timer(ask))
		rare->timers_count--;
	if (ask->kind == ASK_QUESTION)
		rare->questions--;
	if (ask->kind == ASK_FD)
		rare->fds_count--;
	if (ask->exclusive)
		rare->exclusive--;
}

bool akti_ask_is_awaited(const struct cell *cell, akt_msg *msg)
{
	const struct ask *ask = NULL;

	if (msg->to & MSG_TIMER)
		ask = akti_ask_of_msg(msg);
	else if ((msg->to & MSG_REPLY) && cell->rare->asks_room > 0)
		ask = *find(cell->rare, msg->ask);
	return ask != NULL && ask->exclusive && ask->then != NULL;
}

int akti_ask_nothing(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	return 0;
}

uint32_t akti_ask_wait(akt_ctx *ctx, int64_t wait_ns)
{
	struct ask *ask = akti_ask_new(ctx, ASK_WAIT, akti_ask_nothing, 0);

	if (ask == NULL)
		return 0;
	akti_msg_of_ask(ask)->to |= MSG_SIGNAL;
	akti_ask_arm(ctx, ask, wait_ns);
	return (uint32_t)ask->id;
}

uint32_t akti_ask_waited(akt_ctx *ctx, struct cell *cell, akt_msg *msg)
{
	struct ask *ask = akti_ask_of_msg(msg);
	uint32_t id = 0;

	(void)akti_detach_current(ctx);
	if (ask->then != NULL) {
		id = (uint32_t)ask->id;
		akti_ask_remove(cell->rare, ask);
	}
	akti_ask_free(ask);
	return id;
}

void akti_ask_ran(akt_ctx *ctx)
{
	struct ask *ask = ctx->running;

	ctx->running = NULL;
	ctx->msg = NULL;
	ctx->tag = 0;
	if (ask->then != NULL && ask->kind == ASK_TIMER && ask->interval_ns > 0)
		akti_timer_again(ctx, ask);
	else
		akti_ask_free(ask);
}

/* ask's own message has come. It is taken out of the mailbox first: the record goes its own way. */
static int fired(akt_ctx *ctx, struct cell *cell, struct ask *ask)
{
	akt_msg *msg = akti_detach_current(ctx);
	int r;

	if (ask->then == NULL) {
		akti_count(&ctx->tally.processed, 1); /* of no more use since it was sent */
		if (msg->to & MSG_TIMED)
			akti_follow_lost(ctx->actors, ctx, msg, MESSAGES_DROPPED);
		akti_ask_free(ask);
		return 0;
	}
	if (ask->kind != ASK_TIMER || ask->interval_ns == 0)
		akti_ask_remove(cell->rare, ask);
	if (ask->kind == ASK_FD)
		akti_fd_withdraw(ctx, ask);
	if (ask->kind == ASK_SEND)
		return akti_timer_send(ctx, cell, ask);
	if (ask->kind == ASK_TIMER)
		akti_timer_tick(ask, akti_sched_now(&ctx->actors->sched));
	ctx->tag = ask->tag;
	ctx->msg = msg;
	ctx->running = ask;
	r = akti_run_continuation(ctx, cell, ask->then);
	akti_ask_ran(ctx);
	return r;
}

int akti_ask_answered(akt_ctx *ctx, struct cell *cell, akt_msg *msg)
{
	struct rare *rare = cell->rare;
	akt_handler_fn then;
	struct ask *ask = NULL;
	int r;

	if (msg->to & MSG_TIMER)
		return fired(ctx, cell, akti_ask_of_msg(msg));
	if (rare != NULL && rare->asks_room > 0)
		ask = *find(rare, msg->ask);
	if (ask == NULL || akti_ask_is_timer(ask)) {
		akti_dead_letter(ctx->actors, ctx, cell, akti_detach_current(ctx), AKT_DEAD_LATE);
		return 0;
	}
	then = ask->then;
	ctx->tag = ask->tag;
	ctx->from = 0; /* an answer asks nothing: akt_reply finds nobody */
	ctx->ask = 0;
	akti_ask_remove(rare, ask);
	cancel(ctx, ask);
	r = akti_run_continuation(ctx, cell, then);
	ctx->tag = 0;
	return r;
}

/* Something that nobody waits for any more; taken out of the table. */
static void forget(akt_ctx *ctx, struct ask *ask)
{
	if (ask->kind == ASK_WATCH)
		akti_signal_unwatch(ctx, ask->to, ask->msg);
	if (ask->kind == ASK_FD)
		akti_fd_withdraw(ctx, ask);
	cancel(ctx, ask);
}

void akti_ask_drop(akt_ctx *ctx, struct ask *ask)
{
	struct rare *rare = ctx->cell->rare;

	*find(rare, (uint32_t)ask->id) = ask->next;
	rare->asks_count--;
	akti_ask_free(ask);
}

int akt_cancel(akt_ctx *ctx, akt_pending pending)
{
	struct rare *rare = ctx->cell->rare;
	struct ask *ask;

	if (rare == NULL || rare->asks_room == 0 ||
	    pending.actor != akti_address_of_cell(ctx->actors, ctx->cell))
		return AKT_ERR_NOTFOUND;
	ask = *find(rare, (uint32_t)pending.id);
	if (ask == NULL || ask->id != pending.id)
		return AKT_ERR_NOTFOUND;
	akti_ask_remove(rare, ask);
	forget(ctx, ask);
	return 0;
}

void akti_ask_release_all(akt_ctx *ctx, struct cell *cell)
{
	struct rare *rare = cell->rare;

	for (uint32_t b = 0; b < rare->asks_room; b++) {
		while (rare->asks[b] != NULL) {
			struct ask *ask = rare->asks[b];

			rare->asks[b] = ask->next;
			forget(ctx, ask);
		}
	}
	rare->asks_count = 0;
	rare->timers_count = 0;
	rare->questions = 0;
	rare->exclusive = 0;
	rare->fds_count = 0;
}

/* Forget all of a kind for which key, its tag or whom it is about, is so. NULL: all of the kind. */
static int forget_some(akt_ctx *ctx, struct cell *cell, enum ask_kind kind,
		       uint64_t (*key)(const struct ask *ask), uint64_t value)
{
	struct rare *rare = cell->rare;
	int count = 0;

	for (uint32_t b = 0; rare != NULL && b < rare->asks_room; b++) {
		struct ask *next;

		for (struct ask *ask = rare->asks[b]; ask != NULL; ask = next) {
			next = ask->next;
			if (ask->kind != kind || (key != NULL && key(ask) != value))
				continue;
			akti_ask_remove(rare, ask);
			forget(ctx, ask);
			count++;
		}
	}
	return count;
}

static uint64_t tag_of(const struct ask *ask)
{
	return ask->tag;
}

static uint64_t to_of(const struct ask *ask)
{
	return ask->to;
}

void akti_ask_release_fds(akt_ctx *ctx, struct cell *cell)
{
	(void)forget_some(ctx, cell, ASK_FD, NULL, 0);
}

int akt_ask_cancel(akt_ctx *ctx, uint64_t tag)
{
	return forget_some(ctx, ctx->cell, ASK_QUESTION, tag_of, tag);
}

int akt_unwatch(akt_ctx *ctx, akt_ref ref)
{
	return forget_some(ctx, ctx->cell, ASK_WATCH, to_of, watch_address(ctx->actors, ref));
}

uint64_t akt_tag(akt_ctx *ctx)
{
	return ctx->tag;
}
