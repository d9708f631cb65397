/* SPDX-License-Identifier: MIT */
#include "actor/call.h"
#include "actor/follow.h"

/* Whether the asker must be woken. It says that it sleeps and looks once more; who answers queues the answer
 * and takes that back. Both exchange the word, and whoever is second sees what the first did before. */
enum port_word { PORT_AWAKE = 0, PORT_ASLEEP = 1 };

struct port {
	struct port *next; /* in the list of idle ones */
	struct cell *cell;
	uint64_t address;
	uint32_t ask;          /* number of the newest question */
	_Atomic uint32_t word; /* PORT_* */
	int64_t patience_ns;
	struct plat_poll
		*door; /* the same for a thread that drives, which sleeps elsewhere; or NULL */
};

static const akt_type port_type = { .name = "akt.outside" };

void akti_port_wake(struct cell *cell)
{
	struct port *port = cell->state;

	if (akti_xchg_acqrel(&port->word, PORT_AWAKE) == PORT_ASLEEP)
		akti_plat_wake(&port->word, 1);
	if (port->door != NULL)
		akti_plat_poll_ring(port->door);
}

static struct port *new_port(struct actors *actors)
{
	struct port *port = akti_mem_alloc(sizeof(*port), MEM_OTHER);
	struct cell *cell;
	uint64_t gen;

	if (port == NULL)
		return NULL;
	cell = akti_table_take(&actors->table, NULL);
	if (cell == NULL) {
		akti_mem_free(port, sizeof(*port));
		return NULL;
	}
	gen = akti_load_rlx(&cell->ctl) >> 32;
	port->cell = cell;
	port->address = ADDRESS(akti_table_slot(&actors->table, cell), gen);
	port->ask = 0;
	port->door = actors->sched.config.door;
	akti_store_rlx(&port->word, PORT_AWAKE);
	port->patience_ns = PLAT_PATIENCE_NS;
	akti_publish(&cell->type, &port_type);
	cell->state = port;
	cell->rare = NULL;
	akti_publish(&cell->name, NULL);
	akti_store_rel(&cell->parent, CELL_NONE);
	akti_store_rel(&cell->ctl, gen << 32 | CTL_LIVE | CTL_PORT);
	for (unsigned turn = 0; !mpsc_open(&cell->box, MPSC_IDLE); turn++)
		akti_mpsc_wait_turn(turn);
	return port;
}

static struct port *borrow(struct actors *actors)
{
	struct port *port;

	akti_plat_lock(&actors->ports_mutex);
	port = actors->ports;
	if (port != NULL)
		actors->ports = port->next;
	akti_plat_unlock(&actors->ports_mutex);
	return port != NULL ? port : new_port(actors);
}

static void give_back(struct actors *actors, struct port *port)
{
	akti_plat_lock(&actors->ports_mutex);
	port->next = actors->ports;
	actors->ports = port;
	akti_plat_unlock(&actors->ports_mutex);
}

/* Everything that has come: the answer to the newest question is returned, the rest is late. */
static akt_msg *collect(struct actors *actors, struct port *port)
{
	struct mpsc *box = &port->cell->box;
	akt_msg *answer = NULL;
	struct mpsc_node *node;

	if (akti_load_acq(&box->last) == MPSC_IDLE)
		return NULL;
	do {
		for (unsigned turn = 0; (node = mpsc_first(box)) == NULL; turn++)
			akti_mpsc_wait_turn(turn);
		while (node != NULL) {
			struct mpsc_node *next = mpsc_advance(box, node, MPSC_BUSY);
			akt_msg *msg = akti_msg_of(node);

			if ((msg->to & MSG_REPLY) && msg->ask == port->ask && answer == NULL) {
				akti_tally(actors, (akt_ctx *)NULL, processed, 1);
				akti_follow_collected(actors, port->cell, msg);
				answer = msg;
			} else {
				akti_dead_letter(actors, NULL, port->cell, msg, AKT_DEAD_LATE);
			}
			node = next;
		}
	} while (!mpsc_rest(box));
	return answer;
}

void akti_ports_fini(struct actors *actors)
{
	struct port *port = actors->ports;

	while (port != NULL) {
		struct port *next = port->next;

		port->ask++; /* nothing is awaited: all is late */
		akt_msg_free(collect(actors, port));
		akti_mem_free(port, sizeof(*port));
		port = next;
	}
	actors->ports = NULL;
}

struct waiting {
	struct actors *actors;
	struct port *port;
	akt_msg *answer;
};

static bool answered(void *arg)
{
	struct waiting *waiting = arg;

	waiting->answer = collect(waiting->actors, waiting->port);
	return waiting->answer != NULL;
}

/* woken: so was somebody, to answer it. */
static akt_msg *await(struct actors *actors, struct port *port, int64_t deadline_ns, bool woken)
{
	struct waiting waiting = { actors, port, NULL };
	struct plat_vigil vigil;
	int64_t begin;

	if (akti_sched_runs_here(&actors->sched)) {
		(void)akti_sched_run_here(&actors->sched, answered, &waiting, deadline_ns);
		return waiting.answer;
	}
	akti_plat_vigil_begin(&vigil, port->patience_ns, woken);
	if (vigil.until_ns > deadline_ns)
		vigil.until_ns = deadline_ns;
	do {
		for (unsigned i = 0; i < (vigil.scarce ? 1 : 16); i++) {
			if (answered(&waiting))
				return waiting.answer;
			akti_pause();
		}
	} while (akti_plat_vigil_goes_on(&vigil));
	akti_sched_insist(&actors->sched);
	begin = akti_plat_now();
	for (;;) {
		(void)akti_xchg_acqrel(&port->word, PORT_ASLEEP);
		if (answered(&waiting))
			break;
		if (!akti_plat_wait(&port->word, PORT_ASLEEP, deadline_ns)) {
			(void)answered(&waiting);
			break;
		}
	}
	akti_store_rlx(&port->word, PORT_AWAKE);
	port->patience_ns = akti_plat_patience(akti_plat_now() - begin);
	return waiting.answer;
}

static int ask_and_wait(struct actors *actors, struct port *port, akt_ref to, akt_msg *msg,
			int64_t timeout_ns, akt_msg **ret_reply)
{
	int64_t now = akti_sched_now(&actors->sched);
	int64_t deadline_ns = timeout_ns > AKT_FOREVER - now ? AKT_FOREVER : now + timeout_ns;
	bool woken = akti_sched_is_at_rest(&actors->sched);
	akt_msg *answer;
	int r;

	if (++port->ask == 0)
		port->ask = 1;
	msg->from = port->address;
	msg->ask = port->ask;
	msg->to = 0;
	/* A receiver that is gone answers with a verdict, like any other. */
	(void)akti_deliver(actors, NULL, akti_address_of(actors, to), msg);
	answer = await(actors, port, deadline_ns, woken);
	if (answer == NULL)
		return AKT_ERR_TIMEOUT;
	r = akt_msg_error(answer);
	if (r < 0) {
		akt_msg_free(answer);
		return r;
	}
	if (ret_reply != NULL)
		*ret_reply = answer;
	else
		akt_msg_free(answer);
	return 0;
}

int akt_call(akt_system *sys, akt_ref to, akt_msg *msg, int64_t timeout_ns, akt_msg **ret_reply)
{
	struct actors *actors = (struct actors *)sys;
	struct port *port;
	int r;

	if (msg == NULL)
		return akt_msg_null_error();
	if (akti_worker_self != NULL || timeout_ns <= 0 || sys == NULL) {
		akt_msg_free(msg);
		return akti_worker_self != NULL ? AKT_ERR_THREAD : AKT_ERR_INVALID;
	}
	if (akti_load_acq(&actors->phase) != ACTORS_OPEN) {
		akt_msg_free(msg);
		return AKT_ERR_STOPPED;
	}
	port = borrow(actors);
	if (port == NULL) {
		akt_msg_free(msg);
		return akti_table_is_full(&actors->table) ? AKT_ERR_LIMIT : AKT_ERR_NOMEM;
	}
	r = ask_and_wait(actors, port, to, msg, timeout_ns, ret_reply);
	give_back(actors, port);
	return r;
}
