/* SPDX-License-Identifier: MIT */
/* life: birth, start, failure, restart, end. All but birth run on the actor's own turn. */
#include "actor/actors.h"
#include "actor/ask.h"
#include "actor/mailbox.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct rare *akti_cell_rare(struct cell *cell)
{
	if (cell->rare == NULL) {
		cell->rare = akti_mem_alloc(sizeof(struct rare), MEM_OTHER);
		if (cell->rare != NULL)
			memset(cell->rare, 0, sizeof(struct rare));
	}
	return cell->rare;
}

/* --- birth -------------------------------------------------------------------------------------- */

/* NULL: *ret_r says why. Else *ret_flags is what the mailbox wants in ctl. */
static struct cell *new_cell(struct actors *actors, akt_ctx *ctx, const akt_type *type, int *ret_r,
			     uint32_t *ret_flags)
{
	struct cell *cell = akti_table_take(&actors->table, ctx != NULL ? &ctx->slots : NULL);

	if (cell == NULL) {
		*ret_r = akti_table_is_full(&actors->table) ? AKT_ERR_LIMIT : AKT_ERR_NOMEM;
		return NULL;
	}
	cell->state = NULL;
	cell->rare = NULL;
	if (type->state_size > 0) {
		cell->state = akti_mem_alloc(type->state_size, MEM_STATE);
		if (cell->state == NULL) {
			*ret_r = AKT_ERR_NOMEM;
			akti_table_give(&actors->table, ctx != NULL ? &ctx->slots : NULL, cell);
			return NULL;
		}
		memset(cell->state, 0, type->state_size);
	}
	*ret_flags = 0;
	if (akti_unlikely(akti_mailbox_special(type) || actors->options.observe != 0) &&
	    (*ret_r = akti_mailbox_make(actors, cell, type, ret_flags)) < 0) {
		if (cell->state != NULL)
			akti_mem_free(cell->state, type->state_size);
		akti_table_give(&actors->table, ctx != NULL ? &ctx->slots : NULL, cell);
		return NULL;
	}
	if (akti_unlikely(actors->latency != NULL))
		*ret_flags |= CTL_WATCHED;
	akti_mem_note_alloc(cell, sizeof(*cell), MEM_CELL);
	*ret_r = 0;
	return cell;
}

/* The actor's own copy of arg, if its type says what that is. */
static int own_arg(const akt_type *type, const void **arg)
{
	void *own;

	if (akti_likely(type->arg_type == NULL))
		return 0;
	own = akti_mem_alloc(type->arg_type->size, MEM_STATE);
	if (own == NULL)
		return AKT_ERR_NOMEM;
	if (*arg != NULL)
		memcpy(own, *arg, type->arg_type->size);
	else
		memset(own, 0, type->arg_type->size);
	*arg = own;
	return 0;
}

AKTI_INLINE void free_arg(const akt_type *type, const void *arg)
{
	if (akti_unlikely(type->arg_type != NULL))
		akti_mem_free((void *)(uintptr_t)arg, type->arg_type->size);
}

static const akt_handler no_handlers[] = { AKT_END };

static void init_cell(struct cell *cell, const akt_type *type, const void *arg, uint32_t parent)
{
	akti_publish(&cell->type, type);
	cell->handlers = type->handlers != NULL ? type->handlers : no_handlers;
	akti_publish(&cell->mode, CELL_RUNNING);
	cell->reason = AKT_REASON_STOPPED;
	cell->started = type->start == NULL;
	cell->cursor = CELL_NONE;
	akti_store_rel(&cell->parent, parent);
	cell->first_child = CELL_NONE;
	cell->next_sibling = CELL_NONE;
	cell->prev_sibling = CELL_NONE;
	akti_store_rlx(&cell->ended, CELL_NONE);
	akti_publish(&cell->name, NULL);
	cell->arg = arg;
	cell->children = 0;
	if (akti_unlikely(type == &akti_function_type))
		akti_function_enter(cell, arg);
}

AKTI_INLINE void free_state(struct cell *cell)
{
	if (cell->type->state_size > 0)
		akti_mem_free(cell->state, cell->type->state_size);
	cell->state = NULL;
}

/* Close the mailbox; what is in it, nobody will handle. */
static void drop_mailbox(struct actors *actors, akt_ctx *ctx, struct cell *cell)
{
	struct mpsc_node *last;
	struct mpsc_node *node = akti_mpsc_close(&cell->box, &last);

	while (node != NULL) {
		struct mpsc_node *next = node == last ? NULL : mpsc_await_next(node);
		akt_msg *msg = akti_msg_of(node);

		AKT_ASSERT(node != &cell->ctl_node);
		akti_dead_letter(actors, ctx, cell, msg,
				 msg->to & MSG_REPLY ? AKT_DEAD_LATE : AKT_DEAD_GONE);
		node = next;
	}
}

/* Undo a birth whose name was taken. Nobody has its reference; but a sender to the slot's former tenant
 * may have looked before that one ended, and queued since. */
static void unborn(struct actors *actors, akt_ctx *ctx, struct cell *cell)
{
	uint64_t ctl = akti_load_rlx(&cell->ctl);

	free_state(cell);
	free_arg(cell->type, cell->arg);
	if (cell->rare != NULL) {
		akti_mailbox_end(actors, ctx, cell);
		akti_mem_free(cell->rare, sizeof(struct rare));
		cell->rare = NULL;
	}
	akti_store_rel(&cell->ctl, (uint64_t)akti_ctl_gen(ctl) << 32);
	drop_mailbox(actors, ctx, cell);
	akti_mem_note_free(cell);
	akti_table_give(&actors->table, ctx != NULL ? &ctx->slots : NULL, cell);
}

/* The cell is set up and ours (BUSY): let it take part. */
static void let_live(struct actors *actors, struct cell *cell)
{
	if (cell->type->start != NULL || !mpsc_rest(&cell->box))
		akti_sched_submit(&actors->sched, &cell->task);
}

static bool restarts_valid(const akt_type *type)
{
	return (type->restarts_max <= AKT_RESTARTS_MAX ||
		type->restarts_max == AKT_RESTARTS_UNLIMITED) &&
	       type->children_restarts_max <= AKT_RESTARTS_MAX;
}

bool akti_type_valid(const akt_type *type)
{
	return type != NULL && type->name != NULL && restarts_valid(type) &&
	       (unsigned)type->on_failure <= AKT_DIRECTIVE_ESCALATE &&
	       (unsigned)type->strategy <= AKT_REST_FOR_ONE && akti_mailbox_valid(type) &&
	       akti_behaviour_valid(type) && type->asks_max <= AKT_ASKS_MAX &&
	       (type->arg_type == NULL ||
		(type->arg_type->size > 0 && type->arg_type->codec == NULL));
}

static int check_birth(struct actors *actors, const akt_ctx *ctx, const akt_type *type)
{
	uint32_t phase;

	if (actors == NULL || !akti_type_valid(type))
		return AKT_ERR_INVALID;
	phase = akti_load_acq(&actors->phase);
	if (akti_unlikely(phase != ACTORS_OPEN) && (phase == ACTORS_STOPPING || ctx == NULL))
		return AKT_ERR_STOPPED;
	return 0;
}

static void open_mailbox(struct cell *cell, struct mpsc_node *as)
{
	/* A sender that lost the race against the former tenant's end may be closing again. */
	for (unsigned turn = 0; !mpsc_open(&cell->box, as); turn++)
		akti_mpsc_wait_turn(turn);
}

/* On the parent's turn. */
static void link_child(struct table *table, struct cell *parent, struct cell *cell)
{
	uint32_t slot = akti_table_slot(table, cell);

	cell->next_sibling = parent->first_child;
	if (parent->first_child != CELL_NONE)
		akti_table_cell(table, parent->first_child)->prev_sibling = slot;
	parent->first_child = slot;
	parent->children++;
}

/* Its mailbox is open: who finds it by its name may send. */
static int claim_name(struct actors *actors, akt_ctx *ctx, struct cell *cell, const char *name,
		      akt_ref ref, akt_ref *ret_ref)
{
	akt_ref holder;
	int r = akti_registry_claim(&actors->names, name, ref, akti_name_place(cell), &holder);

	if (r < 0) {
		if (r == AKT_ERR_EXISTS && ret_ref != NULL)
			*ret_ref = holder;
		unborn(actors, ctx, cell);
		return r;
	}
	akti_prof_actor_named((uint64_t)ref.slot << 32 | ref.gen, name);
	return 0;
}

/* parent: the running actor's cell, or NULL. */
static int give_birth(struct actors *actors, akt_ctx *ctx, const akt_type *type, const char *name,
		      const void *arg, struct cell *parent, akt_ref *ret_ref)
{
	int r = check_birth(actors, ctx, type);
	struct cell *cell;
	uint32_t flags;
	uint64_t gen;
	akt_ref ref;
	bool at_rest;

	if (r == 0)
		r = own_arg(type, &arg);
	if (r < 0)
		return r;
	cell = new_cell(actors, ctx, type, &r, &flags);
	if (cell == NULL) {
		free_arg(type, arg);
		return r;
	}
	init_cell(cell, type, arg,
		  parent != NULL ? akti_table_slot(&actors->table, parent) : CELL_NONE);
	gen = akti_load_rlx(&cell->ctl) >> 32;
	akti_store_rel(&cell->ctl,
		       gen << 32 | CTL_LIVE | flags | (type->start != NULL ? CTL_START : 0u));
	ref = akti_ref_of(actors, cell);
	/* With nothing to be done once others can reach it, it opens at rest. Else it is ours until all is. */
	at_rest = name == NULL && type->start == NULL && !akti_event_wanted(actors);
	if (!at_rest)
		open_mailbox(cell, MPSC_BUSY);
	if (name != NULL && (r = claim_name(actors, ctx, cell, name, ref, ret_ref)) < 0)
		return r;
	if (parent != NULL)
		link_child(&actors->table, parent, cell);
	akti_tally(actors, ctx, spawned, 1);
	akti_trace(actors, cell, SPAWN, spawn, NULL, NULL, 0);
	if (ret_ref != NULL)
		*ret_ref = ref;
	if (at_rest) {
		open_mailbox(cell, MPSC_IDLE);
		return 0;
	}
	if (akti_event_wanted(actors))
		akti_event_birth(actors, ctx, cell, parent);
	let_live(actors, cell);
	return 0;
}

/* In place: the verb itself is to be seen in profiles. */
AKTI_INLINE int birth(struct actors *actors, akt_ctx *ctx, const akt_type *type, const char *name,
		      const void *arg, akt_ref *ret_ref)
{
	_Atomic uint32_t *inside;
	int r;

	if (ctx != NULL || actors == NULL)
		return give_birth(actors, ctx, type, name, arg, NULL, ret_ref);
	inside = akti_outside_begin(actors);
	r = give_birth(actors, NULL, type, name, arg, NULL, ret_ref);
	akti_outside_end(inside);
	return r;
}

int akt_spawn(akt_system *sys, const akt_type *type, const void *arg, akt_ref *ret_ref)
{
	struct actors *actors = (struct actors *)sys;

	return birth(actors, akti_ctx_here(actors), type, NULL, arg, ret_ref);
}

int akt_spawn_named(akt_system *sys, const akt_type *type, const char *name, const void *arg,
		    akt_ref *ret_ref)
{
	struct actors *actors = (struct actors *)sys;

	if (name == NULL)
		return AKT_ERR_INVALID;
	return birth(actors, akti_ctx_here(actors), type, name, arg, ret_ref);
}

int akt_spawn_child(akt_ctx *ctx, const akt_type *type, const char *name, const void *arg,
		    akt_ref *ret_ref)
{
	if (ctx->cell->mode == CELL_STOPPING || ctx->cell->mode == CELL_ENDED)
		return AKT_ERR_STOPPED;
	return give_birth(ctx->actors, ctx, type, name, arg, ctx->cell, ret_ref);
}

/* --- hooks -------------------------------------------------------------------------------------- */

static void begin_hook(akt_ctx *ctx, struct cell *cell)
{
	akti_publish(&ctx->cell, cell);
	ctx->msg = NULL;
	ctx->msg_type = NULL;
	ctx->state = 0;
	ctx->from = 0;
	ctx->ask = 0;
	ctx->trail[0] = '\0';
	ctx->following.end_ticks = 0; /* no handler begins where the last one ended */
}

static uint64_t begin_profiled(akt_ctx *ctx, struct cell *cell, enum crash_event_kind kind,
			       const void *hook)
{
	uint64_t begin = akti_prof_cycles();

	akti_label_cell(ctx->actors, cell);
	akti_label_code(NULL, hook, begin);
	if (kind == CRASH_START)
		akti_trace(ctx->actors, cell, START, start, NULL, hook, 0);
	else
		akti_trace(ctx->actors, cell, STOP, stop, NULL, hook, 0);
	return begin;
}

static void end_profiled(const void *hook, uint64_t begin)
{
	akti_prof_handler_ran(hook, akti_prof_cycles() - begin);
	akti_label_none();
}

/* A hook has ended: what it owned goes back. */
static void end_hook(akt_ctx *ctx)
{
	if (akti_unlikely(ctx->state & CTX_SCOPE))
		akti_own_end(&ctx->scope);
	ctx->state = 0;
}

/* Run a hook that may raise. Negative: it did, or said so. start or stop. */
static int run_hook(akt_ctx *ctx, struct cell *cell, bool start, enum akt_reason reason)
{
	const akt_type *type = cell->type;
	jmp_buf *outer = ctx->landing;
	jmp_buf here;
	volatile int r = 0;

	ctx->landing = &here;
	if (_setjmp(here) != 0)
		r = ctx->raised;
	else if (start)
		r = type->start(ctx, cell->state, cell->arg);
	else
		type->stop(ctx, cell->state, reason);
	ctx->landing = outer;
	return r;
}

static void start(akt_ctx *ctx, struct cell *cell)
{
	const akt_type *type = cell->type;
	bool profiled = atomic_load_explicit(&akti_prof_on, memory_order_relaxed);
	uint64_t begin;
	int r;

	if (type->start == NULL)
		return;
	begin_hook(ctx, cell);
	begin = profiled ? begin_profiled(ctx, cell, CRASH_START,
					  (const void *)(uintptr_t)type->start)
			 : 0;
	r = run_hook(ctx, cell, true, AKT_REASON_STOPPED);
	if (profiled)
		end_profiled((const void *)(uintptr_t)type->start, begin);
	end_hook(ctx);
	cell->started = r >= 0;
	if (r < 0)
		akti_life_failed(ctx, cell, r);
}

void akti_life_start(akt_ctx *ctx, struct cell *cell)
{
	start(ctx, cell);
	if (cell->started)
		akti_event(ctx, cell, AKT_EVENT_STARTED, 0, 0);
}

/* The stop hook runs once per start. */
AKTI_INLINE bool has_stop_hook(const struct cell *cell)
{
	return cell->started && cell->type->stop != NULL;
}

AKTI_INLINE void begin_stop_hook(akt_ctx *ctx, struct cell *cell)
{
	if (akti_unlikely(cell->rare != NULL && cell->rare->fds_count > 0))
		akti_ask_release_fds(ctx, cell);
	begin_hook(ctx, cell);
	ctx->hook_began = 0;
	if (akti_unlikely(atomic_load_explicit(&akti_prof_on, memory_order_relaxed)))
		ctx->hook_began = begin_profiled(ctx, cell, CRASH_STOP,
						 (const void *)(uintptr_t)cell->type->stop);
}

/* It has the last word: a failure in it is logged. */
static AKTI_COLD void log_stop_hook(akt_ctx *ctx, const struct cell *cell)
{
	akti_log(ctx->actors, "%s: its stop hook failed: %s%s%s", cell->type->name,
		 akt_strerror(ctx->raised), ctx->trail[0] != '\0' ? ": " : "", ctx->trail);
	ctx->trail[0] = '\0';
}

AKTI_INLINE void end_stop_hook(akt_ctx *ctx, struct cell *cell, int r)
{
	if (akti_unlikely(r < 0))
		log_stop_hook(ctx, cell);
	if (akti_unlikely(ctx->hook_began != 0))
		end_profiled((const void *)(uintptr_t)cell->type->stop, ctx->hook_began);
	end_hook(ctx);
}

static void run_stop_hook(akt_ctx *ctx, struct cell *cell, enum akt_reason reason)
{
	if (!has_stop_hook(cell))
		return;
	begin_stop_hook(ctx, cell);
	end_stop_hook(ctx, cell, run_hook(ctx, cell, false, reason));
}

/* --- failure ------------------------------------------------------------------------------------ */

static const char *directive_words(enum akt_directive directive)
{
	static const char *const words[] = { "stopping", "restarting", "going on", "escalating" };

	return words[directive];
}

static void log_failure(akt_ctx *ctx, const struct cell *cell, int error,
			enum akt_directive directive)
{
	char who[AKT_REF_TEXT];

	akti_log(ctx->actors, "%s %s failed: %s%s%s; %s", cell->type->name,
		 cell->name != NULL ? cell->name->text
				    : akt_ref_print(akti_ref_of(ctx->actors, cell), who),
		 akt_strerror(error), ctx->trail[0] != '\0' ? ": " : "", ctx->trail,
		 directive_words(directive));
}

/* Whether the parent has a word in it. */
static bool is_led(struct actors *actors, const struct cell *cell)
{
	uint32_t slot = akti_load_rlx(&cell->parent);
	const akt_type *parent;

	if (slot == CELL_NONE)
		return false;
	parent = akti_table_cell(&actors->table, slot)->type;
	return parent->strategy != AKT_ONE_FOR_ONE || parent->children_restarts_max != 0;
}

/* Restart now, or as the parent says. */
static void restart_failed(akt_ctx *ctx, struct cell *cell)
{
	if (!is_led(ctx->actors, cell)) {
		(void)akti_or_acqrel(&cell->ctl, CTL_RESTART);
	} else if (!akti_signal_fault(ctx, cell, cell->error, true)) {
		cell->reason = AKT_REASON_FAILED;
		(void)akti_or_acqrel(&cell->ctl, CTL_STOP);
	}
}

/* Suspend until the back-off is over. False: there is none, or no memory for it. */
static bool back_off(akt_ctx *ctx, struct cell *cell)
{
	int64_t wait_ns = ctx->actors->backoff(ctx->actors, cell);

	if (wait_ns <= 0 || akti_cell_rare(cell) == NULL)
		return false;
	cell->rare->backoff = akti_ask_wait(ctx, wait_ns);
	if (cell->rare->backoff == 0)
		return false;
	akti_publish(&cell->mode, CELL_SUSPENDED);
	(void)akti_or_acqrel(&cell->ctl, CTL_UNSTEADY);
	return true;
}

int akti_life_backed_off(akt_ctx *ctx, struct cell *cell, akt_msg *msg)
{
	uint32_t id = akti_ask_waited(ctx, cell, msg);

	if (id == 0 || cell->rare->backoff != id || cell->mode != CELL_SUSPENDED)
		return 0;
	cell->rare->backoff = 0;
	if (is_led(ctx->actors, cell) && akti_signal_fault(ctx, cell, cell->error, true))
		return 0;
	(void)akti_control(ctx->actors, cell, akti_ctl_gen(akti_load_acq(&cell->ctl)), CTL_RESTART);
	return 0;
}

/* On its own turn: the loop looks at ctl before it does anything else. */
void akti_life_failed(akt_ctx *ctx, struct cell *cell, int error)
{
	enum akt_directive directive;
	uint64_t culprit = ctx->culprit;

	ctx->culprit = 0;
	/* Before anybody hears of it: a sibling that restarts with it may want what it held. */
	if (ctx->state & CTX_SCOPE) {
		akti_own_end(&ctx->scope);
		ctx->state &= ~(uint32_t)CTX_SCOPE;
	}
	directive = ctx->actors->supervise(ctx->actors, cell, error);
	akti_count(&ctx->tally.failures, 1);
	if (akti_cell_rare(cell) != NULL)
		cell->rare->failures++;
	akti_trace(ctx->actors, cell, FAIL, fail, ctx->msg != NULL ? ctx->msg->type : NULL, NULL,
		   error);
	cell->error = error;
	if (directive == AKT_DIRECTIVE_ESCALATE && !akti_signal_fault(ctx, cell, error, false))
		directive = AKT_DIRECTIVE_STOP;
	log_failure(ctx, cell, error, directive);
	akti_event(ctx, cell, AKT_EVENT_FAILED, (int)directive, error);
	if (directive == AKT_DIRECTIVE_ESCALATE)
		akti_event(ctx, cell, AKT_EVENT_ESCALATED, 0, error);
	akti_reply_verdict(ctx, AKT_ERR_FAILED, ctx->trail);
	ctx->trail[0] = '\0';
	if (directive == AKT_DIRECTIVE_RESTART) {
		if (!back_off(ctx, cell))
			restart_failed(ctx, cell);
	} else if (directive == AKT_DIRECTIVE_STOP) {
		cell->reason = AKT_REASON_FAILED;
		(void)akti_or_acqrel(&cell->ctl, CTL_STOP);
	} else if (directive == AKT_DIRECTIVE_RESUME && culprit != 0) {
		/* What failed was the child: going on means that it goes on. */
		(void)akti_control(ctx->actors,
				   akti_table_cell(&ctx->actors->table, ADDRESS_SLOT(culprit)),
				   ADDRESS_GEN(culprit), CTL_RESUME);
	}
}

/* Run again, beginning with what was kept. */
static void go_on(struct cell *cell)
{
	akti_publish(&cell->mode, CELL_RUNNING);
	if (cell->rare == NULL || (cell->rare->backlog.first == NULL && !akti_cell_awaits(cell)))
		(void)akti_and_acqrel(&cell->ctl, ~(uint64_t)CTL_UNSTEADY);
}

void akti_life_suspend(akt_ctx *ctx, struct cell *cell, bool suspend)
{
	if (suspend && cell->mode == CELL_RUNNING) {
		akti_publish(&cell->mode, CELL_SUSPENDED);
		(void)akti_or_acqrel(&cell->ctl, CTL_UNSTEADY);
		akti_event(ctx, cell, AKT_EVENT_SUSPENDED, 0, 0);
	} else if (!suspend && cell->mode == CELL_SUSPENDED &&
		   (cell->rare == NULL || cell->rare->backoff == 0)) {
		go_on(cell);
		akti_event(ctx, cell, AKT_EVENT_RESUMED, 0, 0);
	}
}

/* The stop hook, and what the incarnation owned. */
static void end_incarnation(akt_ctx *ctx, struct cell *cell)
{
	run_stop_hook(ctx, cell, AKT_REASON_RESTART);
	cell->started = false;
	if (cell->rare != NULL) {
		akti_ask_release_all(ctx, cell);
		akti_own_end_incarnation(cell->rare);
		akti_behaviour_end(cell);
		akti_event_forget(ctx->actors, cell);
		cell->rare->backoff = 0;
	}
}

static void begin_incarnation(akt_ctx *ctx, struct cell *cell)
{
	if (cell->type->state_size > 0)
		memset(cell->state, 0, cell->type->state_size);
	go_on(cell);
	cell->started = cell->type->start == NULL;
	akti_count(&ctx->tally.restarts, 1);
	if (akti_cell_rare(cell) != NULL)
		cell->rare->restarted++;
	akti_trace(ctx->actors, cell, RESTART, restart, NULL, NULL, 0);
	start(ctx, cell);
	if (cell->started)
		akti_event(ctx, cell, AKT_EVENT_RESTARTED, 0, 0);
}

void akti_life_restart(akt_ctx *ctx, struct cell *cell)
{
	end_incarnation(ctx, cell);
	begin_incarnation(ctx, cell);
}

/* Tell the parent how far this child is; it goes on without a child that cannot. */
static void report(akt_ctx *ctx, struct cell *cell, bool halted)
{
	if (akti_signal_report(ctx, cell, halted))
		return;
	cell->reason = AKT_REASON_FAILED;
	cell->error = AKT_ERR_NOMEM;
	(void)akti_or_acqrel(&cell->ctl, CTL_STOP);
}

void akti_life_halt(akt_ctx *ctx, struct cell *cell)
{
	if (cell->mode != CELL_HALTED)
		end_incarnation(ctx, cell);
	akti_publish(&cell->mode, CELL_HALTED);
	report(ctx, cell, true);
}

void akti_life_revive(akt_ctx *ctx, struct cell *cell)
{
	begin_incarnation(ctx, cell);
	/* A start that failed has said so. */
	if (cell->started)
		report(ctx, cell, false);
}

/* --- end ---------------------------------------------------------------------------------------- */

static void free_restarts(struct restarts *restarts)
{
	if (restarts != NULL)
		akti_mem_free(restarts, akti_restarts_bytes(restarts->room));
}

static void drop_backlog(akt_ctx *ctx, struct cell *cell)
{
	akti_behaviour_end(cell);
	akti_event_forget(ctx->actors, cell);
	while (cell->rare->backlog.first != NULL)
		akti_dead_letter(ctx->actors, ctx, cell, akti_kept_take(&cell->rare->backlog),
				 AKT_DEAD_GONE);
	if (cell->rare->mailbox != NULL)
		akti_mailbox_end(ctx->actors, ctx, cell);
	akti_ask_release_all(ctx, cell);
	akti_own_end_incarnation(cell->rare);
	if (cell->rare->asks != NULL)
		akti_mem_free(cell->rare->asks, cell->rare->asks_room * sizeof(struct ask *));
	free_restarts(cell->rare->restarts);
	free_restarts(cell->rare->children_restarts);
	akti_mem_free(cell->rare, sizeof(struct rare));
	cell->rare = NULL;
}

AKTI_INLINE int error_of_end(const struct cell *cell)
{
	return cell->reason == AKT_REASON_FAILED ? cell->error : 0;
}

AKTI_INLINE void release(akt_ctx *ctx, struct cell *cell)
{
	struct actors *actors = ctx->actors;
	uint64_t gen = akti_load_rlx(&cell->ctl) >> 32;
	akt_msg *watchers = NULL;

	akti_trace(actors, cell, END, end, NULL, NULL, cell->reason);
	if (akti_unlikely(cell->rare != NULL)) {
		watchers = cell->rare->watchers;
		drop_backlog(ctx, cell);
	}
	if (cell->name != NULL) {
		akti_registry_release(&actors->names, akti_name_place(cell));
	}
	free_state(cell);
	free_arg(cell->type, cell->arg);
	akti_function_leave(cell);
	akti_publish(&cell->mode, CELL_ENDED);
	/* From here on the reference is of the past; who has looked before meets the closed box. */
	akti_store_rel(&cell->ctl, (gen + 1) << 32);
	akti_count(&ctx->tally.ended, 1);
	if (akti_unlikely(watchers != NULL))
		akti_signal_down(ctx, cell, (uint32_t)gen, watchers, error_of_end(cell));
}

static AKTI_COLD void release_heard(akt_ctx *ctx, struct cell *cell)
{
	const akt_type *type = cell->type;
	struct akt_event event;

	akti_event_make(ctx->actors, cell, &event, AKT_EVENT_STOPPED, cell->reason,
			error_of_end(cell));
	release(ctx, cell);
	akti_event_tell(ctx->actors, ctx, type, &event);
}

/* Its last word is said. */
AKTI_INLINE void bury(akt_ctx *ctx, struct cell *cell)
{
	if (akti_unlikely(akti_event_wanted(ctx->actors)))
		release_heard(ctx, cell);
	else
		release(ctx, cell);
}

void akti_life_end(akt_ctx *ctx, struct cell *cell)
{
	run_stop_hook(ctx, cell, cell->reason);
	bury(ctx, cell);
	drop_mailbox(ctx->actors, ctx, cell);
}

void akti_life_end_walked(akt_ctx *ctx, struct cell *cell)
{
	if (has_stop_hook(cell)) {
		begin_stop_hook(ctx, cell);
		cell->type->stop(ctx, cell->state, cell->reason);
		end_stop_hook(ctx, cell, 0);
	}
	bury(ctx, cell);
}

void akti_life_end_raised(akt_ctx *ctx)
{
	end_stop_hook(ctx, ctx->cell, ctx->raised);
	bury(ctx, ctx->cell);
}

void akti_life_give(akt_ctx *ctx, struct cell *cell)
{
	akti_mem_note_free(cell);
	/* Once the system stops nobody is born any more: the table goes as a whole. */
	if (akti_load_rlx(&ctx->actors->phase) != ACTORS_STOPPING)
		akti_table_give(&ctx->actors->table, &ctx->slots, cell);
}

/* --- from anywhere ------------------------------------------------------------------------------ */

static int control(akt_system *sys, akt_ref ref, uint32_t flags)
{
	struct actors *actors = (struct actors *)sys;

	if (sys == NULL)
		return AKT_ERR_INVALID;
	if (ref.node != actors->node || ref.slot >= akti_load_acq(&actors->table.used))
		return AKT_ERR_GONE;
	return akti_control(actors, akti_table_cell(&actors->table, ref.slot), ref.gen, flags);
}

int akt_stop(akt_system *sys, akt_ref ref)
{
	return control(sys, ref, CTL_STOP);
}

int akt_restart(akt_system *sys, akt_ref ref)
{
	return control(sys, ref, CTL_RESTART);
}

int akt_suspend(akt_system *sys, akt_ref ref)
{
	return control(sys, ref, CTL_SUSPEND);
}

int akt_resume(akt_system *sys, akt_ref ref)
{
	return control(sys, ref, CTL_RESUME);
}

bool akt_alive(akt_system *sys, akt_ref ref)
{
	struct actors *actors = (struct actors *)sys;
	uint64_t ctl;

	if (sys == NULL || ref.node != actors->node ||
	    ref.slot >= akti_load_acq(&actors->table.used))
		return false;
	ctl = akti_load_acq(&akti_table_cell(&actors->table, ref.slot)->ctl);
	return akti_ctl_gen(ctl) == ref.gen && (ctl & CTL_LIVE);
}

akt_ref akt_find(akt_system *sys, const char *name)
{
	akt_ref none = { 0, 0, 0 };

	return sys != NULL && name != NULL
		       ? akti_registry_find(&((struct actors *)sys)->names, name)
		       : none;
}
