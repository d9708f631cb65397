/* SPDX-License-Identifier: MIT */
#include "actor/ask.h"
#include "actor/actors.h"
#include <string.h>

#define ASKS_ROOM_MIN 8u
#define ASK_MSG_BYTES 64u

enum ask_state { ASK_PENDING = 0, ASK_FIRED = 1, ASK_DONE = 2 };

struct ask {
	struct ask *next; /* in its bucket; then in the stack of cancelled ones */
	struct wheel_timer timer;
	akt_handler_fn then; /* NULL: answered, its time-out message is to be dropped */
	uint64_t tag;
	struct worker *worker; /* whose wheel the timer is in */
	_Atomic uint32_t state;
	uint32_t id;
	uint64_t asker;         /* address */
	uint64_t watched;       /* a watch: the address of whom; else 0 */
	const akt_msg *request; /* of a watch: its name there */
	bool waits;             /* akti_ask_wait, and still wanted */
};
#define ASK_BYTES (ASK_MSG_BYTES + sizeof(struct ask))

static struct ask *ask_of_msg(akt_msg *msg)
{
	return (struct ask *)(void *)((char *)msg + ASK_MSG_BYTES);
}

static akt_msg *msg_of_ask(struct ask *ask)
{
	return (akt_msg *)(void *)((char *)ask - ASK_MSG_BYTES);
}

static void free_ask(struct ask *ask)
{
	akti_mem_free(msg_of_ask(ask), ASK_BYTES);
}

void akti_ask_free_timed(akt_msg *msg)
{
	akti_mem_free(msg, ASK_BYTES);
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
		free_ask(ask);
		ask = next;
	}
}

/* The asker has no more use for the record. False: its time-out message is on the way. */
static bool cancel(akt_ctx *ctx, struct ask *ask)
{
	uint32_t pending = ASK_PENDING;
	akt_ctx *home;
	struct ask *top;

	if (!akti_cas_acqrel(&ask->state, &pending, ASK_DONE))
		return false;
	if (ask->worker == ctx->worker) {
		if (ask->timer.prev != NULL)
			akti_wheel_cancel(&ctx->worker->wheel, &ask->timer);
		free_ask(ask);
		return true;
	}
	home = ask->worker->user;
	top = akti_load_rlx(&home->cancelled);
	do {
		ask->next = top;
	} while (!akti_cas_acqrel(&home->cancelled, &top, ask));
	return true;
}

void akti_ask_timer(struct worker *worker, struct wheel_timer *timer)
{
	struct ask *ask = akti_container_of(timer, struct ask, timer);
	akt_ctx *ctx = worker->user;
	uint32_t pending = ASK_PENDING;

	if (akti_cas_acqrel(&ask->state, &pending, ASK_FIRED)) {
		akt_msg *msg = msg_of_ask(ask);

		akti_msg_make_verdict(msg, AKT_ERR_TIMEOUT);
		(void)akti_deliver(ctx->actors, ctx, ask->asker, msg);
	}
	akti_ask_sweep(worker);
}

static struct ask **bucket_of(const struct rare *rare, uint32_t id)
{
	return &rare->asks[id & (rare->asks_room - 1)];
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

static struct ask *new_ask(akt_ctx *ctx, struct rare *rare, akt_handler_fn then, uint64_t tag)
{
	akt_msg *msg = akti_mem_alloc(ASK_BYTES, MEM_ASK);
	struct ask *ask;

	if (msg == NULL)
		return NULL;
	memset(msg, 0, ASK_BYTES);
	msg->to = MSG_TIMER;
	msg->size = ASK_MSG_BYTES - (uint32_t)sizeof(*msg);
	ask = ask_of_msg(msg);
	ask->then = then;
	ask->tag = tag;
	ask->worker = ctx->worker;
	ask->asker = akti_address_of_cell(ctx->actors, ctx->cell);
	if (++rare->ask_last == 0)
		rare->ask_last = 1; /* 0 says: no question */
	ask->id = rare->ask_last;
	ask->next = *bucket_of(rare, ask->id);
	*bucket_of(rare, ask->id) = ask;
	rare->asks_count++;
	return ask;
}

/* Ask, with msg->to holding the flags of msg. */
static int ask(akt_ctx *ctx, akt_ref to, akt_msg *msg, int64_t timeout_ns, akt_handler_fn then,
	       uint64_t tag, bool watch)
{
	struct actors *actors = ctx->actors;
	uint64_t address = akti_address_of(actors, to);
	struct rare *rare = akti_cell_rare(ctx->cell);
	struct ask *ask;

	if (rare == NULL || !make_room(rare) || (ask = new_ask(ctx, rare, then, tag)) == NULL) {
		akt_msg_free(msg);
		return AKT_ERR_NOMEM;
	}
	akti_ask_sweep(ctx->worker);
	if (timeout_ns != AKT_FOREVER)
		akti_sched_arm(ctx->worker, &ask->timer,
			       akti_sched_now(&actors->sched) + timeout_ns);
	if (watch) {
		ask->watched = address;
		ask->request = msg;
	}
	msg->from = ask->asker;
	msg->ask = ask->id;
	(void)akti_deliver(actors, ctx, address, msg);
	return 0;
}

int akt_ask(akt_ctx *ctx, akt_ref to, akt_msg *msg, int64_t timeout_ns, akt_handler_fn then,
	    uint64_t tag)
{
	if (msg == NULL)
		return AKT_ERR_NOMEM;
	if (timeout_ns <= 0 || then == NULL) {
		akt_msg_free(msg);
		return AKT_ERR_INVALID;
	}
	msg->to = 0;
	return ask(ctx, to, msg, timeout_ns, then, tag, false);
}

int akti_ask_watch(akt_ctx *ctx, akt_ref to, akt_msg *request, akt_handler_fn then, uint64_t tag)
{
	return ask(ctx, to, request, AKT_FOREVER, then, tag, true);
}

/* Take the question with this id out of the table. */
static struct ask *take_ask(struct rare *rare, uint32_t id)
{
	struct ask **link;
	struct ask *ask;

	if (rare == NULL || rare->asks_room == 0)
		return NULL;
	link = bucket_of(rare, id);
	while ((ask = *link) != NULL && ask->id != id)
		link = &ask->next;
	if (ask == NULL)
		return NULL;
	*link = ask->next;
	rare->asks_count--;
	return ask;
}

uint32_t akti_ask_wait(akt_ctx *ctx, struct cell *cell, int64_t wait_ns)
{
	struct rare *rare = akti_cell_rare(cell);
	struct ask *ask;

	if (rare == NULL || !make_room(rare) || (ask = new_ask(ctx, rare, NULL, 0)) == NULL)
		return 0;
	ask->waits = true;
	msg_of_ask(ask)->to |= MSG_SIGNAL;
	akti_ask_sweep(ctx->worker);
	akti_sched_arm(ctx->worker, &ask->timer, akti_sched_now(&ctx->actors->sched) + wait_ns);
	return ask->id;
}

uint32_t akti_ask_waited(struct cell *cell, akt_msg *msg)
{
	struct ask *ask = ask_of_msg(msg);

	if (!ask->waits)
		return 0;
	(void)take_ask(cell->rare, ask->id);
	return ask->id;
}

int akti_ask_answered(akt_ctx *ctx, struct cell *cell, akt_msg *msg)
{
	bool timed = (msg->to & MSG_TIMER) != 0;
	struct ask *ask = timed ? ask_of_msg(msg) : take_ask(cell->rare, msg->ask);
	akt_handler_fn then;
	int r;

	if (ask == NULL) {
		akti_dead_letter(ctx->actors, ctx, cell, akti_detach_current(ctx), AKT_DEAD_LATE);
		return 0;
	}
	then = ask->then;
	ctx->tag = ask->tag;
	ctx->from = 0; /* an answer asks nothing: akt_reply finds nobody */
	ctx->ask = 0;
	if (timed && then != NULL) {
		(void)take_ask(cell->rare, ask->id);
	} else if (timed) {
		akti_count(&ctx->tally.processed, 1); /* answered while it was on the way */
		return 0;
	} else {
		ask->then = NULL;
		(void)cancel(ctx, ask);
	}
	r = akti_run_continuation(ctx, cell, then);
	ctx->tag = 0;
	return r;
}

/* A question that nobody waits for any more; taken out of the table. */
static void forget(akt_ctx *ctx, struct ask *ask)
{
	if (ask->watched != 0)
		akti_signal_unwatch(ctx, ask->watched, ask->request);
	ask->then = NULL;
	ask->waits = false;
	(void)cancel(ctx, ask);
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
}

int akt_unwatch(akt_ctx *ctx, akt_ref ref)
{
	uint64_t address = akti_address_of(ctx->actors, ref);
	struct rare *rare = ctx->cell->rare;
	int count = 0;

	for (uint32_t b = 0; rare != NULL && b < rare->asks_room; b++) {
		struct ask **link = &rare->asks[b];

		while (*link != NULL) {
			struct ask *ask = *link;

			if (ask->watched != address) {
				link = &ask->next;
				continue;
			}
			*link = ask->next;
			rare->asks_count--;
			forget(ctx, ask);
			count++;
		}
	}
	return count;
}

uint64_t akt_tag(akt_ctx *ctx)
{
	return ctx->tag;
}
