/* SPDX-License-Identifier: MIT */
/*
 * actors: all actors of one system, and what the files of this module share.
 *
 *	message.c   blocks and verdicts          life.c      birth, start, restart, end
 *	table.c     slots for cells              tree.c      stopping depth-first
 *	deliver.c   send, post, dead letters     registry.c  names
 *	turn.c      a worker runs an actor       ask.c       questions inside, call.c from outside
 *	timer.c     timers, delayed messages     context.c   what a handler asks of its context
 *	gate.c      the limits of bounded mailboxes   block.c   work that may block
 *	behaviour.c become, stash, functions as actors
 *	stream.c    events and their subscribers
 *	fd.c        readiness of descriptors
 *	trace.c     what happened, for a crash record   look.c   actors seen from outside, paths
 *	census.c    what all of them are doing          latency.c  how long messages wait
 *	flight.c    messages that are timed             follow.c   who sends what to whom
 *
 * Life of a message: akt_send (deliver.c) pushes it on the cell's mailbox; the push that found it
 * idle submits the cell to the scheduler; a worker's turn (turn.c) takes message after message,
 * finds the row of the handler table, runs it, and frees the block.
 */
#ifndef AKTI_ACTORS_H
#define AKTI_ACTORS_H

#include "actor/cell.h"
#include "actor/following.h"
#include "actor/gate.h"
#include "actor/registry.h"
#include "io/pool.h"
#include "io/poller.h"
#include "actor/stream.h"
#include "crash/events.h"
#include "prof/blackbox.h"
#include "prof/label.h"
#include "prof/probe.h"
#include "prof/prof.h"
#include <akt/system.h>
#include <setjmp.h>

/* Counters with one writer: each worker has one, outside threads share a few. */
struct tally {
	_Alignas(AKTI_LINES) akti_counter accepted;
	akti_counter processed;
	akti_counter dead[AKT_DEAD_REASONS];
	akti_counter dropped;
	akti_counter spawned;
	akti_counter ended;
	akti_counter restarts;
	akti_counter failures;
	_Atomic uint32_t inside; /* of actors.outside: see akti_outside_begin */
};

#define OUTSIDE_TALLIES 16u /* threads outside are dealt over these */
#define TRAIL_BYTES 256u

enum actors_phase {
	ACTORS_OPEN = 0,
	ACTORS_DRAINING = 1, /* no posts, no births from outside */
	ACTORS_STOPPING = 2, /* no births at all */
};

struct port;
struct census;
struct latency;

/* Who looks at all actors now. */
struct censuses {
	struct plat_mutex mutex; /* of first, and of the rows of those in the list */
	struct census *first;
};

struct actors {
	struct sched sched;
	struct table table;
	struct gates gates;
	struct registry names;
	struct io_pool pool;     /* for what may block */
	struct io_poller poller; /* for who waits for a descriptor */
	struct stream stream;
	struct censuses censuses;
	struct latency *latency; /* NULL: no samples are taken */
	struct flights flights;
	struct prof_messages_system messages;
	uint64_t cycles_begin; /* the time-stamp counter and the clock at the start */
	int64_t begin_ns;
	uint64_t node;
	_Atomic uint32_t phase;     /* enum actors_phase */
	_Atomic uint8_t prof_phase; /* enum prof_phase, for labels */
	_Atomic uint32_t walk_at;   /* shutdown walk: the next run of slots */
	akt_options options;
	/* What to do with a failed actor; whether a parent may have one more child restarted; how
	 * long to wait before a restart. Set by super. */
	enum akt_directive (*supervise)(struct actors *actors, struct cell *cell, int error);
	bool (*may_restart_child)(struct actors *actors, struct cell *parent);
	int64_t (*backoff)(struct actors *actors, struct cell *cell);
	struct plat_mutex ports_mutex;
	struct port *ports; /* idle ones */
	akt_ctx *contexts;  /* one per worker */
	struct tally outside[OUTSIDE_TALLIES];
	uint64_t trace_hash; /* seeded: of everything that has happened (trace.c) */
};

enum ctx_state {
	CTX_REPLIED = 1u << 0,
	CTX_ADVANCED = 1u << 1, /* the mailbox has moved on from msg */
	CTX_SCOPE = 1u << 2,    /* the handler owns something */
	CTX_BACKLOG = 1u << 3,  /* msg was kept: it hangs on no mailbox */
	CTX_STAY = 1u << 4,     /* there is a backlog now: the actor must not rest */
	CTX_UNDONE = 1u << 5,   /* msg was stashed or is a dead letter: it is not processed */
	CTX_TIMED = 1u << 6,    /* the end of the handler is to be timed, see follow.h */
};

struct own;

/* One per worker: what a handler sees as its context. */
struct akt_ctx {
	struct worker *worker;
	struct actors *actors;
	struct cell *cell;
	akt_msg *msg;                 /* being handled; NULL: taken, forwarded, or a hook runs */
	const akt_msg_type *msg_type; /* for samples: what is handled, or was; NULL: a hook */
	struct mpsc_node *next;       /* CTX_ADVANCED: the node after msg, or NULL */
	uint32_t state;               /* CTX_*; 0 between messages */
	uint64_t from;                /* of msg, once it was taken */
	uint32_t ask;
	uint64_t tag;
	struct ask *running; /* whose continuation runs, by its own message */
	struct slot_list slots;
	_Atomic(const struct prof_label *) label; /* of its thread, while that is there */
	_Atomic(struct ask *) cancelled; /* asks of this wheel that other workers have ended */
	struct tally tally;
	struct own *scope; /* what the handler owns */
	int trail_error;   /* what the trail speaks of */
	int raised;
	uint64_t culprit;    /* the child whose fault fails this actor; 0: none */
	uint64_t hook_began; /* in cycles, of a stop hook that is profiled; 0: it is not */
	jmp_buf *landing;    /* where akt_raise goes */
	jmp_buf loop;        /* the worker's loop: for the handlers of plain messages */
	char trail[TRAIL_BYTES];
	char name[AKT_REF_TEXT];
	struct flight_list flights;
	struct following following;
};

AKTI_INLINE akt_ref akti_ref_of(struct actors *actors, const struct cell *cell)
{
	akt_ref ref = { akti_table_slot(&actors->table, cell),
			akti_ctl_gen(akti_load_rlx(&((struct cell *)(uintptr_t)cell)->ctl)),
			actors->node };

	return ref;
}

/* Where to is on this node; an address that nobody has when it is of another system. */
AKTI_INLINE uint64_t akti_address_of(const struct actors *actors, akt_ref to)
{
	return akti_likely(to.node == actors->node) ? ADDRESS(to.slot, to.gen) : ADDRESS_NOBODY;
}

AKTI_INLINE uint64_t akti_address_of_cell(const struct actors *actors, struct cell *cell)
{
	(void)actors;
	return cell->slot | (akti_load_rlx(&cell->ctl) & GEN_MASK);
}

/* The context of the calling thread when it is a worker of this system, else NULL. */
AKTI_INLINE akt_ctx *akti_ctx_here(struct actors *actors)
{
	struct worker *worker = akti_worker_self;

	return worker != NULL && worker->sched == &actors->sched ? worker->user : NULL;
}

/* Whether anybody wants events. */
AKTI_INLINE bool akti_event_wanted(struct actors *actors)
{
	return akti_unlikely(akti_load_rlx(&actors->stream.count) != 0);
}

AKTI_INLINE struct name_place akti_name_place(struct cell *cell)
{
	return (struct name_place){ &cell->name, &cell->shard };
}

/* --- who.c ------------------------------------------------------------------------------------ */

/* Samples of threads that run actors know whom from now on. Threads: any thread. */
void akti_who_begin(void);

/* --- look.c ----------------------------------------------------------------------------------- */

/* What can be seen of an actor by who does not own it. */
struct look {
	uint32_t slot;
	uint32_t gen;
	uint32_t parent; /* slot; CELL_NONE: none */
	uint64_t ctl;
	enum cell_mode mode;
	const akt_type *type;
	size_t name_length; /* 0: anonymous, about to be named, or ending */
	char name[AKT_NAME_MAX + 1];
};

/* Look at whoever has the slot now. False: nobody has it, or not for long enough to look.
 * Threads: any thread. */
bool akti_look(struct actors *actors, uint32_t slot, struct look *ret_look);
/* Who the last component of a path, without its '/', may be; null: nobody. */
akt_ref akti_path_candidate(struct actors *actors, const char *last);
/* The last component of an actor's path, '/' included: so long; of it, no NUL, size bytes at most. */
size_t akti_path_component(const char *type, const char *name, akt_ref ref, char *text,
			   size_t size);
/* Whether the one looked at still lives: then its ancestors have been the same all the while. */
bool akti_look_stands(struct actors *actors, const struct look *look);

/* msg, NULL or a block that stands out (mem.h), is about to go to that address: then its memory is the
 * receiver's in memory profiles. False: it is NULL. Threads: any thread. */
bool akti_hand_over(struct actors *actors, uint64_t address, const akt_msg *msg);

/* --- deliver.c -------------------------------------------------------------------------------- */

/* Count n into a counter of the calling thread; ctx is NULL outside. */
#define akti_tally(actors, ctx, field, n)                                                          \
	do {                                                                                       \
		if (akti_likely((ctx) != NULL))                                                    \
			akti_count(&(ctx)->tally.field, (n));                                      \
		else                                                                               \
			(void)atomic_fetch_add_explicit(&akti_outside_tally(actors)->field,        \
							(uint64_t)(n), memory_order_relaxed);      \
	} while (0)
struct tally *akti_outside_tally(struct actors *actors);

/* A thread that is no worker is about to push into a mailbox, or to claim it, and then to make the
 * actor run if that is upon it. In between, others push behind it and leave it to this thread; so who
 * waits for quiet waits until all such are over. */
AKTI_INLINE _Atomic uint32_t *akti_outside_begin(struct actors *actors)
{
	_Atomic uint32_t *inside = &akti_outside_tally(actors)->inside;

	(void)akti_add_sc(inside, 1);
	return inside;
}

AKTI_INLINE void akti_outside_end(_Atomic uint32_t *inside)
{
	(void)akti_sub_sc(inside, 1);
}

/* Whether any is between the two; arg: actors. */
bool akti_outside_is_any(void *arg);

/* Count msg as accepted and put it into the mailbox of address to, or into the dead letters.
 * Consumes msg. Errors: GONE, FULL. */
int akti_deliver(struct actors *actors, akt_ctx *ctx, uint64_t to, akt_msg *msg);

/* Count, tell the user's hook, answer the asker with GONE, free. */
void akti_dead_letter(struct actors *actors, akt_ctx *ctx, const struct cell *cell, akt_msg *msg,
		      enum akt_dead reason);

/* A full mailbox's policy drops msg: count it, answer the asker with FULL, free. */
void akti_drop(struct actors *actors, akt_ctx *ctx, struct cell *cell, akt_msg *msg);

/* Set flags in ctl if slot still has generation gen, and see that the actor gets a turn.
 * Errors: GONE. */
int akti_control(struct actors *actors, struct cell *cell, uint32_t gen, uint32_t flags);

/* Answer the question being handled with a verdict, if there is one and it has no answer yet. */
void akti_reply_verdict(akt_ctx *ctx, int error, const char *text);

/* One line for the user's sink. Threads: any thread. */
void akti_log(struct actors *actors, const char *fmt, ...) AKTI_PRINTF(2, 3);

/* --- turn.c ----------------------------------------------------------------------------------- */

void akti_turn(struct worker *worker, struct sched_task *task);
/* All turns of a worker, until it is to end. */
void akti_turns(struct worker *worker);

/* Publish who runs, for other threads. */
AKTI_INLINE void akti_label_cell(struct actors *actors, struct cell *cell)
{
	struct prof_label *label = &akti_prof_label;

	akti_store_rel(&label->actor, (uint64_t)akti_table_slot(&actors->table, cell) << 32 |
					      akti_ctl_gen(akti_load_rlx(&cell->ctl)));
	akti_store_rel(&label->node, actors->node);
	akti_store_rel(&label->name, cell->name != NULL ? cell->name->text : NULL);
	akti_store_rel(&label->type, cell->type);
}

/* The handler or hook that it is about to run, for msg or for none, and when. */
AKTI_INLINE void akti_label_code(const akt_msg_type *msg, const void *code, uint64_t begin)
{
	struct prof_label *label = &akti_prof_label;

	akti_store_rel(&label->msg, msg);
	akti_store_rel(&label->code, (uintptr_t)code);
	akti_store_rel(&label->begin, begin);
	akti_store_rel(&label->serial, (akti_load_rlx(&label->serial) + 1) | 1);
}

AKTI_INLINE void akti_label_none(void)
{
	struct prof_label *label = &akti_prof_label;

	akti_store_rel(&label->serial, (akti_load_rlx(&label->serial) + 1) & ~UINT64_C(1));
	akti_store_rel(&label->type, NULL);
	akti_store_rel(&label->actor, 0);
	akti_store_rel(&label->msg, NULL);
	akti_store_rel(&label->name, NULL);
	akti_store_rel(&label->code, 0);
}

/* --- block.c ----------------------------------------------------------------------------------- */

/* A thread of the system that is no worker begins and ends: it is in the profiles too. arg: actors. */
void akti_thread_enter(void *arg);
void akti_thread_leave(void *arg);

/* --- trace.c: for a crash record, and for the hash of a seeded system --------------------------- */

AKTI_INLINE bool akti_traced(void)
{
	return (atomic_load_explicit(&akti_prof_on, memory_order_relaxed) &
		~(uint32_t)(PROF_WATCH_CYCLES | PROF_WATCH_OBSERVE)) != 0;
}

void akti_trace_note(struct actors *actors, const struct cell *cell, enum crash_event_kind kind,
		     const akt_msg_type *msg, const void *code, int error);

/* A message to cell, NULL: to nobody here, becomes a dead letter. */
void akti_trace_dead(struct actors *actors, const struct cell *cell, const akt_msg *msg,
		     enum akt_dead reason);

/* Something happened to cell, which is the caller's own: the probe of that name, and the event, if
 * anybody wants it. NAME, name: a row of CRASH_EVENT_TABLE. */
#define akti_trace(actors, cell, NAME, name, msg, code, error)                                     \
	do {                                                                                       \
		AKTI_PROBE(name, (cell)->slot, (cell)->type, (msg), (code), (error));              \
		if (akti_unlikely(akti_traced() || ((CRASH_##NAME == CRASH_FAIL ||                 \
						     CRASH_##NAME == CRASH_RESTART) &&             \
						    akti_blackbox_is_on())))                       \
			akti_trace_note((actors), (cell), CRASH_##NAME, (msg), (code), (error));   \
	} while (0)

/* Run a continuation as the handler of ctx->msg. Negative: the actor failed. */
int akti_run_continuation(akt_ctx *ctx, struct cell *cell, akt_handler_fn then);

/* Handle msg, which is in no mailbox, in place of the one that brought it. Consumes msg. Negative:
 * the actor failed. */
int akti_handle_instead(akt_ctx *ctx, struct cell *cell, akt_msg *msg);

/* Leave the message being handled to whoever wants it: it may be queued elsewhere afterwards. */
akt_msg *akti_detach_current(akt_ctx *ctx);

/* --- own.c ------------------------------------------------------------------------------------ */

/* Give everything back, newest first. */
void akti_own_end(struct own **list);
/* The same with what an incarnation owns. */
struct rare;
void akti_own_end_incarnation(struct rare *rare);

/* --- behaviour.c ------------------------------------------------------------------------------ */

/* Whether what the type says of its stash makes sense. */
AKTI_INLINE bool akti_behaviour_valid(const akt_type *type)
{
	return type->stash_max <= AKT_STASH_MAX;
}
/* The incarnation ends: back to the first handlers, and what was stashed goes before the backlog.
 * Owner. */
void akti_behaviour_end(struct cell *cell);
/* The type of an actor that is a function: its own table of handlers, its state not its own. */
extern const akt_type akti_function_type;
struct function {
	const akt_handler *handlers;
	void *arg;
};
/* A birth under that type. */
void akti_function_enter(struct cell *cell, const struct function *function);
/* Its end; does nothing to an actor of another type. */
void akti_function_leave(struct cell *cell);

/* --- signal.c --------------------------------------------------------------------------------- */

/* A signal has come. Negative: the actor fails. Own turn. */
int akti_signal(akt_ctx *ctx, struct cell *cell, akt_msg *msg);
/* Suspend a failed actor and report to its parent, who is to restart it or to fail itself. False:
 * there is none, or memory is out. */
bool akti_signal_fault(akt_ctx *ctx, struct cell *cell, int error, bool restart);
/* Tell the parent that this child has halted or started. False: memory is out. */
bool akti_signal_report(akt_ctx *ctx, struct cell *cell, bool halted);
/* The actor that was cell in generation gen has ended: tell who watched it. */
void akti_signal_down(akt_ctx *ctx, const struct cell *cell, uint32_t gen, akt_msg *watchers,
		      int error);
/* A watch request that met nobody becomes its own answer. */
void akti_signal_make_gone(akt_msg *request);
/* Forget a watch on target, whose request was that message. */
void akti_signal_unwatch(akt_ctx *ctx, uint64_t target, const akt_msg *request);
extern const akt_msg_type akti_watch_type;

/* --- group.c: on the parent's turn, which has a rare -------------------------------------------- */

/* A child is to restart, and who restarts with it. */
void akti_group_restart(akt_ctx *ctx, struct cell *parent, struct cell *failed);
/* Whether child will be halted anyway. */
bool akti_group_will_halt(akt_ctx *ctx, const struct cell *parent, const struct cell *child);
/* A child has halted, or has started. */
void akti_group_reported(akt_ctx *ctx, struct cell *parent, uint32_t slot, bool halted);
/* A child is about to be unlinked; then, when all that ended are: go on. */
void akti_group_leaves(struct cell *parent, const struct cell *child);
void akti_group_go_on(akt_ctx *ctx, struct cell *parent);

/* --- life.c ----------------------------------------------------------------------------------- */

/* Whether an actor can be born under the type. NULL is welcome. */
bool akti_type_valid(const akt_type *type);

/* The start hook; when it fails the actor is told so through ctl. Own turn. */
void akti_life_start(akt_ctx *ctx, struct cell *cell);
/* A handler or hook failed: ask supervision, and set what it says in ctl. Own turn. */
void akti_life_failed(akt_ctx *ctx, struct cell *cell, int error);
/* No children left, in mode HALTING: end the incarnation, and report. Own turn. */
void akti_life_halt(akt_ctx *ctx, struct cell *cell);
/* Halted: start anew, and report. Own turn. */
void akti_life_revive(akt_ctx *ctx, struct cell *cell);
/* The wait before a restart is over. 0. Own turn. */
int akti_life_backed_off(akt_ctx *ctx, struct cell *cell, akt_msg *msg);
/* Running: handle nothing from now on; suspended: go on. Own turn. */
void akti_life_suspend(akt_ctx *ctx, struct cell *cell, bool suspend);
/* No children left, in mode RESTARTING: fresh state, start hook. Own turn. */
void akti_life_restart(akt_ctx *ctx, struct cell *cell);
/* No children left, in mode STOPPING: stop hook, release everything, close. Owner, nothing
 * attached, CTL_QUEUED not set. Afterwards akti_tree_ended or akti_life_give. */
void akti_life_end(akt_ctx *ctx, struct cell *cell);
/* The same at the shutdown walk, which has closed the mailbox and set ctx->landing; and what is left
 * to do when the stop hook, of ctx->cell, has raised to there. */
void akti_life_end_walked(akt_ctx *ctx, struct cell *cell);
void akti_life_end_raised(akt_ctx *ctx);
/* Free the slot of an ended cell. */
void akti_life_give(akt_ctx *ctx, struct cell *cell);

/* --- tree.c ----------------------------------------------------------------------------------- */

/* Owner of cell, nothing attached: begin to stop it, or to restart it, children first. Children
 * that are idle are ended here and now; the caller ends or restarts cell when it has none left. */
void akti_tree_stop(akt_ctx *ctx, struct cell *cell, enum akt_reason reason);
void akti_tree_restart(akt_ctx *ctx, struct cell *cell, bool halt);
/* cell has ended on a turn of its own: report to the parent, or give the slot back. */
void akti_tree_ended(akt_ctx *ctx, struct cell *cell);
/* Owner of a parent: free the children that have ended. */
void akti_tree_reap(akt_ctx *ctx, struct cell *cell);
/* Shutdown: stop all top-level actors; run by every worker. */
void akti_tree_walk(struct worker *worker, void *arg);

/* --- what few actors need ----------------------------------------------------------------------- */

/* Children that restart together, see group.c. Slots; CELL_NONE: none. */
struct group {
	enum { GROUP_NONE = 0, GROUP_HALTING, GROUP_REVIVING } phase;
	uint32_t youngest;
	uint32_t oldest;
	uint32_t at; /* who has been asked */
	bool waits;  /* whom it had asked has ended: ask the next */
};

/* Messages kept outside of the mailbox, in their order. The owner's. */
struct kept {
	struct mpsc_node *first; /* oldest */
	struct mpsc_node *last;  /* while first is not NULL */
	uint32_t count;
};

AKTI_INLINE void akti_kept_append(struct kept *kept, akt_msg *msg)
{
	akti_store_rlx(&msg->node.next, NULL);
	if (kept->first != NULL)
		akti_store_rlx(&kept->last->next, &msg->node);
	else
		kept->first = &msg->node;
	kept->last = &msg->node;
	kept->count++;
}

/* The oldest; there is one. */
AKTI_INLINE akt_msg *akti_kept_take(struct kept *kept)
{
	struct mpsc_node *node = kept->first;

	kept->first = akti_load_rlx(&node->next);
	kept->count--;
	return akti_msg_of(node);
}

/* Made at first use: messages that were kept, what the actor waits for, and for whom. */
struct rare {
	struct kept backlog;           /* to be handled before what is in the mailbox */
	struct kept stash;             /* to be handled when the actor says so */
	struct behaviours *behaviours; /* NULL: the type's own */
	uint32_t subscriber;           /* its number among those of events; 0: it is none */
	bool awaited_kept;             /* the backlog may hold an answer to an exclusive question */
	struct ask **asks;             /* hash table of what it waits for, by id */
	uint32_t asks_room;
	uint32_t asks_count;
	uint32_t timers_count; /* of those, timers and delayed messages */
	uint32_t questions;    /* of those, questions */
	uint32_t fds_count;    /* of those, waits for descriptors */
	uint32_t failures;     /* so far, and incarnations that followed one */
	uint32_t restarted;
	uint32_t exclusive;                 /* of these, exclusive ones: only their answers run */
	uint64_t ask_last;                  /* id of the newest */
	struct own *owned;                  /* what the incarnation owns */
	size_t owned_bytes;                 /* of the memory in it, headers included */
	akt_msg *watchers;                  /* their requests, see signal.c */
	struct restarts *restarts;          /* its own */
	struct restarts *children_restarts; /* of its children together */
	struct group group;
	int64_t failed_ns;     /* when its newest back-off is over */
	uint32_t backoff_step; /* back-offs in a row */
	uint32_t backoff;      /* id of the question that ends the wait before a restart; 0: none */
	struct mailbox *mailbox; /* an order other than first come, first served */
};

/* When the last restarts were: a ring of as many as are allowed. */
struct restarts {
	uint32_t room;
	uint32_t count;
	uint32_t oldest;
	int64_t at_ns[];
};
AKTI_INLINE size_t akti_restarts_bytes(uint32_t room)
{
	return sizeof(struct restarts) + room * sizeof(int64_t);
}
struct rare *akti_cell_rare(struct cell *cell); /* NULL: memory is out */

/* Whether it handles nothing but the answers to its exclusive questions. Owner. */
AKTI_INLINE bool akti_cell_awaits(const struct cell *cell)
{
	return cell->rare != NULL && cell->rare->exclusive > 0;
}

#endif
