/* SPDX-License-Identifier: MIT */
#include "actor/census.h"
#include "actor/ask.h"
#include "actor/call.h"
#include "actor/mailbox.h"
#include <string.h>

void akti_census_init(struct actors *actors)
{
	akti_plat_mutex_init(&actors->censuses.mutex, PLAT_RANK_SYSTEM);
	actors->cycles_begin = akti_prof_cycles();
	actors->begin_ns = akti_plat_now();
}

void akti_census_fini(struct actors *actors)
{
	akti_plat_mutex_fini(&actors->censuses.mutex);
}

/* How long ago the time-stamp counter stood there; -1: not known. */
static int64_t since(const struct actors *actors, uint64_t begin)
{
	uint64_t cycles = akti_prof_cycles();
	double passed_ns = (double)(akti_plat_now() - actors->begin_ns);

	if (cycles <= actors->cycles_begin || begin > cycles || actors->sched.config.seed != 0)
		return -1;
	return (int64_t)((double)(cycles - begin) *
			 (passed_ns / (double)(cycles - actors->cycles_begin)));
}

/* --- as the owner ------------------------------------------------------------------------------- */

/* For how long a message has been on its way; AKT_UNKNOWN: nobody has stamped it. */
static int64_t age_of(struct actors *actors, const akt_msg *msg)
{
	const struct flight *flight;

	if (!(msg->to & MSG_TIMED))
		return AKT_UNKNOWN;
	flight = akti_flight_at(&actors->flights, (uint32_t)msg->to >> MSG_STAMP_SHIFT);
	if (flight->weight != 0)
		return since(actors, flight->sent_ticks);
	if (flight->sent_ns != FLIGHT_NO_SAMPLE)
		return akti_sched_now(&actors->sched) - flight->sent_ns;
	return AKT_UNKNOWN;
}

/* Messages in a list, with their bytes, and the age of the first that has one. A sender that has not
 * linked its own yet cuts it short. */
static uint32_t count_list(struct actors *actors, const struct cell *cell, struct mpsc_node *node,
			   struct census_row *row)
{
	uint32_t count = 0;

	for (; node != NULL && count < CENSUS_QUEUED_MAX; node = akti_load_acq(&node->next)) {
		const akt_msg *msg = akti_msg_of(node);

		if (node == &cell->ctl_node)
			continue;
		row->memory += akti_msg_block_bytes(akti_msg_payload_bytes(msg));
		if (row->oldest_ns == AKT_UNKNOWN)
			row->oldest_ns = age_of(actors, msg);
		count++;
	}
	row->queued_more = node != NULL;
	return count;
}

/* The bytes of messages that were put by. */
static void count_kept(const struct kept *kept, struct census_row *row)
{
	struct mpsc_node *node = kept->first;

	for (uint32_t i = 0; i < kept->count && i < CENSUS_QUEUED_MAX; i++) {
		row->memory += akti_msg_block_bytes(akti_msg_payload_bytes(akti_msg_of(node)));
		node = akti_load_acq(&node->next);
	}
}

/* What waits in an order of its own. */
static uint32_t count_order(const struct mailbox *mailbox)
{
	return mailbox->kind == AKT_MAILBOX_FAIR
		       ? akti_fair_count(&mailbox->fair, CENSUS_QUEUED_MAX)
		       : mailbox->heap.count;
}

static uint32_t of_kind(const struct rare *rare, enum ask_kind kind)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < rare->asks_room; i++)
		for (const struct ask *ask = rare->asks[i]; ask != NULL; ask = ask->next)
			count += ask->kind == (uint32_t)kind;
	return count;
}

/* idle: it has been claimed, and its list was empty then; what comes meanwhile is of a later moment. */
static void tell(struct actors *actors, struct cell *cell, bool idle, struct census_row *row)
{
	const struct rare *rare = cell->rare;
	uint32_t queued = 0;

	row->told = true;
	row->memory = cell->type->state_size;
	row->oldest_ns = AKT_UNKNOWN;
	if (!idle)
		queued = count_list(actors, cell, mpsc_first(&cell->box), row);
	if (rare != NULL) {
		queued += rare->backlog.count;
		if (rare->mailbox != NULL)
			queued += count_order(rare->mailbox);
		row->memory += rare->owned_bytes;
		count_kept(&rare->backlog, row);
		count_kept(&rare->stash, row);
		row->stashed = rare->stash.count;
		row->questions = rare->questions;
		row->timers = rare->timers_count;
		row->fds = rare->fds_count;
		row->watches = rare->asks_count > 0 ? of_kind(rare, ASK_WATCH) : 0;
		row->failures = rare->failures;
		row->restarts = rare->restarted;
	}
	if (!row->queued_known)
		row->queued = queued;
	row->queued_known = true;
}

void akti_census_report(struct actors *actors, struct cell *cell)
{
	struct census_row told = { .gen = akti_ctl_gen(akti_load_rlx(&cell->ctl)) };

	tell(actors, cell, false, &told);
	akti_plat_lock(&actors->censuses.mutex);
	for (struct census *census = actors->censuses.first; census != NULL;
	     census = census->next) {
		struct census_row *row =
			cell->slot < census->used ? &census->rows[cell->slot] : NULL;

		if (row == NULL || row->gen != told.gen || !row->asked || row->told)
			continue;
		row->told = true;
		row->memory = told.memory;
		row->oldest_ns = told.oldest_ns;
		if (!row->queued_known) {
			row->queued = told.queued;
			row->queued_more = told.queued_more;
			row->queued_known = true;
		}
		row->stashed = told.stashed;
		row->questions = told.questions;
		row->timers = told.timers;
		row->fds = told.fds;
		row->watches = told.watches;
		row->failures = told.failures;
		row->restarts = told.restarts;
		if (akti_sub_sc(&census->pending, 1) == 1)
			akti_plat_wake(&census->pending, 1);
	}
	akti_plat_unlock(&actors->censuses.mutex);
}

/* --- workers ------------------------------------------------------------------------------------ */

void akti_census_worker(struct actors *actors, unsigned i, struct census_worker *ret_worker)
{
	struct worker *worker = &actors->sched.workers[i];
	akt_ctx *ctx = &actors->contexts[i];
	const struct prof_label *label = akti_load_acq(&ctx->label);
	struct census_worker *at = ret_worker;
	struct prof_running running;
	struct cell *cell = akti_peek(&ctx->cell);

	*at = (struct census_worker){ .slot = CELL_NONE, .since_ns = -1 };
	at->asleep = akti_load_acq(&worker->parked) != 0;
	if (akti_worker_self == worker)
		label = &akti_prof_label; /* of a seeded one too */
	if (label != NULL && akti_label_read(label, &running) && running.actor != 0) {
		at->sure = true;
		at->slot = (uint32_t)(running.actor >> 32);
		at->gen = (uint32_t)running.actor;
		at->msg = running.msg;
		at->code = running.code;
		at->since_ns = since(actors, running.begin);
	} else if (cell != NULL && !at->asleep &&
		   (actors->sched.config.seed == 0 || akti_worker_self == worker)) {
		at->slot = cell->slot;
		at->gen = akti_ctl_gen(akti_load_acq(&cell->ctl));
	}
}

/* --- the census --------------------------------------------------------------------------------- */

/* Give a claimed actor up; what came meanwhile makes it run. */
static void let_go(struct actors *actors, struct cell *cell)
{
	if (mpsc_rest(&cell->box))
		return;
	if (akti_load_acq(&cell->ctl) & CTL_PORT)
		akti_port_wake(cell);
	else
		akti_sched_submit(&actors->sched, &cell->task);
}

/* Read an idle actor as its owner. False: it is not idle. */
static bool read_idle(struct actors *actors, struct cell *cell, struct census_row *row)
{
	uint64_t ctl;

	if (!mpsc_claim(&cell->box))
		return false;
	ctl = akti_load_acq(&cell->ctl);
	if (akti_ctl_gen(ctl) == row->gen && (ctl & (CTL_LIVE | CTL_PORT)) == CTL_LIVE) {
		row->mode = cell->mode;
		tell(actors, cell, true, row);
	}
	let_go(actors, cell);
	return true;
}

static void read_gate(struct actors *actors, const struct cell *cell, uint64_t ctl,
		      struct census_row *row)
{
	struct gate *gate;

	if (!(ctl & (CTL_GATED | CTL_RING)))
		return;
	gate = akti_gate_of(&actors->gates, cell);
	row->queued = ctl & CTL_RING ? (uint32_t)(mpmc_tail(&gate->ring) - mpmc_head(&gate->ring))
				     : (uint32_t)akti_load_acq(&gate->used);
	row->queued_known = true;
}

static void link_to(struct census_row *rows, uint32_t *first, uint32_t *last, uint32_t slot)
{
	if (*first == CELL_NONE)
		*first = slot;
	else
		rows[*last].next = slot;
	*last = slot;
}

/* False: nobody has the slot. */
static bool read_slot(struct actors *actors, struct census *census, uint32_t slot)
{
	struct census_row *row = &census->rows[slot];
	struct cell *cell = akti_table_cell(&actors->table, slot);
	struct look look;

	if (!akti_look(actors, slot, &look))
		return false;
	row->gen = look.gen;
	row->parent = look.parent;
	row->mode = (uint8_t)look.mode;
	row->ending = (look.ctl & CTL_ENDING) != 0;
	row->activity = CENSUS_IDLE;
	read_gate(actors, cell, look.ctl, row);
	if (read_idle(actors, cell, row))
		return akti_look_stands(actors, &look) || row->told;
	row->activity = CENSUS_QUEUED;
	row->ending |= akti_load_acq(&cell->box.last) == MPSC_CLOSED;
	for (unsigned i = 0; i < census->workers; i++) {
		if (census->worker[i].slot == slot && census->worker[i].gen == look.gen) {
			row->activity = CENSUS_RUNNING;
			row->worker = (uint16_t)i;
		}
	}
	return true;
}

static void scan(struct actors *actors, struct census *census)
{
	for (unsigned i = 0; i < census->workers; i++)
		akti_census_worker(actors, i, &census->worker[i]);
	for (uint32_t slot = 0; slot < census->used; slot++)
		if (!read_slot(actors, census, slot))
			census->rows[slot].activity = CENSUS_NOBODY;
}

static void link_rows(struct census *census)
{
	struct census_row *rows = census->rows;

	census->first_top = CELL_NONE;
	for (uint32_t slot = 0; slot < census->used; slot++) {
		rows[slot].first_child = CELL_NONE;
		rows[slot].next = CELL_NONE;
	}
	for (uint32_t slot = 0; slot < census->used; slot++) {
		uint32_t parent = rows[slot].parent;

		if (rows[slot].activity == CENSUS_NOBODY)
			continue;
		/* A parent that has ended since its child was looked at: the child stands alone. A
		 * parent is never younger than its child, but its slot may be anywhere. */
		if (parent < census->used && rows[parent].activity != CENSUS_NOBODY)
			link_to(rows, &rows[parent].first_child, &rows[parent].last_child, slot);
		else
			link_to(rows, &census->first_top, &census->last_top, slot);
	}
}

static void ask(struct actors *actors, struct census *census, uint32_t slot)
{
	struct census_row *row = &census->rows[slot];

	akti_plat_lock(&actors->censuses.mutex);
	row->asked = true;
	(void)akti_add_sc(&census->pending, 1);
	akti_plat_unlock(&actors->censuses.mutex);
	if (akti_control(actors, akti_table_cell(&actors->table, slot), row->gen, CTL_REPORT) < 0)
		(void)akti_sub_sc(&census->pending, 1); /* it has ended */
}

static bool all_have_reported(void *arg)
{
	struct census *census = arg;

	return akti_load_sc(&census->pending) == 0;
}

/* Ask who was not idle. */
static void ask_busy(struct actors *actors, struct census *census)
{
	akti_plat_lock(&actors->censuses.mutex);
	census->next = actors->censuses.first;
	actors->censuses.first = census;
	akti_plat_unlock(&actors->censuses.mutex);
	for (uint32_t slot = 0; slot < census->used; slot++) {
		uint8_t activity = census->rows[slot].activity;

		if ((activity == CENSUS_QUEUED || activity == CENSUS_RUNNING) &&
		    !census->rows[slot].ending)
			ask(actors, census, slot);
	}
}

static void wait_for_answers(struct actors *actors, struct census *census, int64_t until)
{
	struct census **link = &actors->censuses.first;
	uint32_t pending;

	if (akti_sched_is_driver(&actors->sched))
		(void)akti_sched_run_here(&actors->sched, all_have_reported, census, until);
	while ((pending = akti_load_sc(&census->pending)) != 0)
		if (!akti_plat_wait(&census->pending, pending, until))
			break;
	akti_plat_lock(&actors->censuses.mutex);
	while (*link != census)
		link = &(*link)->next;
	*link = census->next;
	akti_plat_unlock(&actors->censuses.mutex);
}

static size_t rows_bytes(const struct census *census)
{
	return (census->used + 1) * sizeof(struct census_row);
}

static size_t workers_bytes(const struct census *census)
{
	return census->workers * sizeof(struct census_worker);
}

void akti_census_release(struct census *census)
{
	if (census->rows != NULL)
		akti_mem_free(census->rows, rows_bytes(census));
	if (census->worker != NULL)
		akti_mem_free(census->worker, workers_bytes(census));
}

int akti_census_take(struct actors *actors, int64_t patience_ns, struct census *ret_census)
{
	struct census *census = ret_census;
	_Atomic uint32_t *inside;
	bool asks = patience_ns > 0 && akti_worker_self == NULL && actors->sched.config.seed == 0;

	memset(census, 0, sizeof(*census));
	census->used = akti_load_acq(&actors->table.used);
	census->workers = actors->sched.count;
	census->rows = akti_mem_alloc(rows_bytes(census), MEM_OTHER);
	census->worker = akti_mem_alloc(workers_bytes(census), MEM_OTHER);
	if (census->rows == NULL || census->worker == NULL) {
		akti_census_release(census);
		return AKT_ERR_NOMEM;
	}
	memset(census->rows, 0, rows_bytes(census));
	inside = akti_outside_begin(actors);
	scan(actors, census);
	if (asks)
		ask_busy(actors, census);
	akti_outside_end(inside);
	if (asks)
		wait_for_answers(actors, census, akti_plat_now() + patience_ns);
	link_rows(census);
	return 0;
}
