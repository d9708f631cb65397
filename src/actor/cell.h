/* SPDX-License-Identifier: MIT */
/*
 * cell: what an actor is in memory, 128 bytes, and the table of them.
 *
 *	line 0, touched by every message          line 1, touched by birth, death and supervision
 *	+0   task       the scheduler's link      +64  ctl_node   queued when ctl asks for a turn
 *	+8   box.last   senders and owner         +72  parent, first_child, next/prev sibling
 *	+16  box.first                            +88  ended, ended_next   children that have ended
 *	+24  ctl        generation and flags      +96  name
 *	+32  handlers   of its next message       +104 arg
 *	+40  state                                +112 children, error
 *	+48  rare       what few need, see actors.h   +120 type
 *	+56  slot, mode, reason, shard
 *
 * ctl is one word: generation << 32 | flags. Whoever wants something of an actor (stop, restart) sets
 * flags by CAS under the generation it knows, so a request never reaches a slot's next tenant, and
 * queues ctl_node unless CTL_QUEUED says that somebody has. So control needs no memory, wakes the
 * actor through the mailbox's own word, and is seen before the next message because the owner reads
 * ctl at each.
 *
 * A cell is never unmapped while its system lives. Free, its mailbox is closed: a sender that lost
 * the race against the end finds CLOSED and dead-letters (queue/mpsc.h).
 *
 * Looking from outside. type, mode, name and parent are the owner's; who is not reads them with
 * akti_look (look.c), which argues why that is safe.
 *
 * Generations begin at 1 and count up at each end; a slot whose generation reaches its last value is
 * retired, which costs 128 bytes once in four billion lives, so a reference never dangles.
 */
#ifndef AKTI_CELL_H
#define AKTI_CELL_H

#include "actor/message.h"
#include "plat/plat.h"
#include "sched/sched.h"
#include <akt/actor.h>

enum ctl_flag {
	CTL_LIVE = 1u << 0,     /* the slot has a tenant */
	CTL_ENDING = 1u << 1,   /* takes no more messages */
	CTL_STOP = 1u << 2,     /* asked to stop */
	CTL_SHUTDOWN = 1u << 3, /* ... because the system shuts down */
	CTL_RESTART = 1u << 4,  /* asked to restart */
	CTL_CHILD = 1u << 5,    /* a child has ended */
	CTL_START = 1u << 6,    /* its start hook is due */
	CTL_QUEUED = 1u << 7,   /* ctl_node is in the mailbox, or about to be */
	CTL_PORT = 1u << 8,     /* no actor: a thread outside waits here for replies */
	/* mode is not RUNNING, or messages were kept: the owner's own note */
	CTL_UNSTEADY = 1u << 9,
	CTL_FINAL = 1u << 10,   /* its end has begun: ctl_node is queued no more */
	CTL_GATED = 1u << 11,   /* its mailbox is bounded: senders go through its gate */
	CTL_SORTED = 1u << 12,  /* its owner takes messages over into an order of its own */
	CTL_RING = 1u << 13,    /* its messages come through its gate's ring */
	CTL_MAIL = 1u << 14,    /* ... and its owner has been told that there are some */
	CTL_WATCHED = 1u << 15, /* some of its messages are samples, see latency.h */
	CTL_SUSPEND = 1u << 16, /* asked to handle nothing */
	CTL_RESUME = 1u << 17,  /* asked to go on */
	CTL_HALT = 1u << 18,    /* asked to halt for a restart of its group */
	CTL_REVIVE = 1u << 19,  /* halted, and asked to start */
	CTL_REPORT = 1u << 20,  /* asked what it has, see census.h */
};
#define CTL_ASKS                                                                                   \
	(CTL_STOP | CTL_RESTART | CTL_CHILD | CTL_START | CTL_SUSPEND | CTL_RESUME | CTL_HALT |    \
	 CTL_REVIVE | CTL_REPORT)
/* What the owner looks for before each message. CTL_QUEUED: the next node may be ctl_node; it is set
 * before ctl_node is queued, and so seen by whoever has met the node. */
#define CTL_ATTEND (CTL_ASKS | CTL_UNSTEADY | CTL_QUEUED | CTL_SORTED)

enum cell_mode {
	CELL_RUNNING = 0,
	CELL_STOPPING = 1,   /* waits for its children to end, then ends */
	CELL_RESTARTING = 2, /* waits for its children to end, then starts anew */
	CELL_ENDED = 3,
	CELL_SUSPENDED = 4, /* keeps what comes */
	CELL_HALTING = 5,   /* waits for its children to end, then halts */
	CELL_HALTED = 6,    /* has stopped, waits for its group, keeps what comes */
};

#define CELL_NONE UINT32_MAX /* no slot */

struct name;
struct rare;

struct cell {
	_Alignas(AKTI_LINE) struct sched_task task; /* first: a task is its cell */
	struct mpsc box;
	_Atomic uint64_t ctl;
	const akt_handler *handlers; /* never NULL; the type's, until akt_become */
	void *state;
	struct rare *rare;
	uint32_t slot; /* its own place, for ever */
	uint8_t mode;
	uint8_t reason;
	bool started;          /* the stop hook is owed */
	_Atomic uint8_t shard; /* of the registry, with the name: whose lock keeps it */

	_Alignas(AKTI_LINE) struct mpsc_node ctl_node;
	_Atomic uint32_t parent; /* constant while live */
	uint32_t first_child;
	uint32_t next_sibling;
	uint32_t prev_sibling;
	_Atomic uint32_t ended; /* stack of ended children, linked by ended_next */
	union {
		uint32_t ended_next; /* ended, or free: the next of its list */
		uint32_t cursor;     /* while its children are told to stop: the next one */
	};
	struct name *name;
	const void *arg;
	uint32_t children;
	int32_t error; /* of its newest failure */
	const akt_type *type;
};

_Static_assert(sizeof(struct cell) == 128, "a cell is two lines");
_Static_assert(offsetof(struct cell, ctl_node) == 64, "the second line");

AKTI_INLINE struct cell *akti_cell_of_task(struct sched_task *task)
{
	return akti_container_of(task, struct cell, task);
}

AKTI_INLINE uint32_t akti_ctl_gen(uint64_t ctl)
{
	return (uint32_t)(ctl >> 32);
}

/* Begin the end, unless ctl_node is queued or about to be: the slot cannot be given away before it
 * has come. From then on control requests pass the actor by. Owner, with no children. */
AKTI_INLINE bool akti_cell_may_end(struct cell *cell)
{
	uint64_t ctl = akti_load_acq(&cell->ctl);

	do {
		if (ctl & CTL_QUEUED)
			return false;
	} while (!akti_cas_acqrel(&cell->ctl, &ctl, ctl | CTL_FINAL));
	return true;
}

/* --- the table -------------------------------------------------------------------------------- */

#define TABLE_RUN 512u /* slots that a shutdown walk takes at once */

/* Free slots at hand: a worker's own, or the table's. */
struct slot_list {
	uint32_t first; /* linked by ended_next */
	uint32_t count;
};

struct table {
	struct cell *cells; /* the region's start */
	uint32_t slots_max;
	_Atomic uint32_t used; /* slots ever handed out */
	/* Those of them to which senders may send without further ado: all, or, while each message is
	 * looked at, none. Written under the mutex. */
	_Atomic uint32_t reach;
	bool looked_at;
	struct plat_mutex mutex;
	struct slot_list free;
	uint32_t ready; /* slots whose memory is committed */
	struct plat_region region;
};

/* Errors: NOMEM. */
int akti_table_init(struct table *table, uint32_t slots_max);
void akti_table_fini(struct table *table);

AKTI_INLINE struct cell *akti_table_cell(struct table *table, uint32_t slot)
{
	return &table->cells[slot];
}

AKTI_INLINE uint32_t akti_table_slot(const struct table *table, const struct cell *cell)
{
	(void)table;
	return cell->slot;
}

/* A closed cell for a new tenant; local is the calling worker's list or NULL.
 * NULL: all slots are taken, or memory is out; akti_table_is_full tells which. */
struct cell *akti_table_take(struct table *table, struct slot_list *local);
AKTI_INLINE bool akti_table_is_full(struct table *table)
{
	return akti_load_acq(&table->used) == table->slots_max;
}
/* Each message is to be looked at, or none any more. Threads: any thread. */
void akti_table_look(struct table *table, bool on);
/* Back, closed, its generation already counted up. */
void akti_table_give(struct table *table, struct slot_list *local, struct cell *cell);

#endif
