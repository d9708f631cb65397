/* SPDX-License-Identifier: MIT */
#include "actor/block.h"
#include "actor/ask.h"
#include <akt/block.h>
#include <stdio.h>
#include <string.h>

_Static_assert(AKT_BLOCKING_THREADS_MAX == IO_THREADS_MAX, "one limit");

struct block {
	struct sched_task task; /* first: seeded, it is one among the actors' */
	struct io_job job;
	const akt_work *work;
	void *arg;
	struct actors *actors;
	akt_msg *verdict; /* for an error, or for no result */
	uint64_t to;      /* address */
	uint64_t from;    /* of who asked */
	uint32_t ask;     /* question that it answers; 0: the result is a plain message */
	const akt_type *type;
};

static void free_block(struct block *block)
{
	akti_mem_free(block, sizeof(*block));
}

static void discard(const akt_work *work, void *arg)
{
	if (work != NULL && work->discard != NULL)
		work->discard(arg);
}

/* --- on a thread of the pool, or seeded ----------------------------------------------------------- */

static int run_work(const struct block *block, akt_msg **ret_result)
{
	int r;

	akti_io_name(block->work, block->from);
	atomic_store_explicit(&akti_prof_label.type, block->type, memory_order_relaxed);
	r = block->work->run(block->arg, ret_result);
	akti_label_none();
	return r;
}

static void answer(struct block *block, int error, akt_msg *result)
{
	akt_msg *msg = block->verdict;

	if (error >= 0 && result != NULL) {
		msg = result;
		akt_msg_free(block->verdict);
	} else {
		akt_msg_free(result);
		akti_msg_make_verdict(msg, error < 0 ? error : 0);
	}
	msg->from = block->ask == 0 ? block->from : 0;
	msg->ask = block->ask;
	msg->to = block->ask != 0 ? MSG_REPLY : 0;
	(void)akti_deliver(block->actors, akti_ctx_here(block->actors), block->to, msg);
}

static void run_block(struct block *block)
{
	akt_msg *result = NULL;
	int r = run_work(block, &result);

	answer(block, r, result);
	free_block(block);
}

static void run_job(struct io_job *job)
{
	run_block(akti_container_of(job, struct block, job));
}

void akti_block_turn_seeded(struct worker *worker, struct sched_task *task)
{
	struct actors *actors = ((akt_ctx *)worker->user)->actors;
	const char *at = (const char *)task;

	if (at >= actors->table.region.start &&
	    at < actors->table.region.start + actors->table.region.size_bytes) {
		akti_turn(worker, task);
		return;
	}
	akti_worker_self = NULL; /* as on a thread of the pool: it may call */
	run_block(akti_container_of(task, struct block, task));
	akti_worker_self = worker;
}

/* --- the verbs ---------------------------------------------------------------------------------- */

/* NULL: memory is out. */
static struct block *new_block(akt_ctx *ctx, const akt_work *work, void *arg)
{
	struct block *block = akti_mem_alloc(sizeof(*block), MEM_OTHER);

	if (block == NULL)
		return NULL;
	memset(block, 0, sizeof(*block));
	block->verdict = akti_msg_new_verdict(0, "");
	if (block->verdict == NULL) {
		free_block(block);
		return NULL;
	}
	block->job.run = run_job;
	block->work = work;
	block->arg = arg;
	block->actors = ctx->actors;
	block->from = akti_address_of_cell(ctx->actors, ctx->cell);
	block->type = ctx->cell->type;
	return block;
}

/* Queue it. When that fails it is freed, but for its arg. */
static int submit(struct actors *actors, struct block *block)
{
	int r = 0;

	if (actors->options.seed != 0)
		akti_sched_submit(&actors->sched, &block->task);
	else
		r = akti_io_submit(&actors->pool, &block->job);
	if (r < 0) {
		akt_msg_free(block->verdict);
		free_block(block);
	}
	return r;
}

static int check(const akt_ctx *ctx, const akt_work *work)
{
	if (work == NULL || work->run == NULL || work->name == NULL)
		return AKT_ERR_INVALID;
	return akti_load_acq(&ctx->actors->phase) == ACTORS_STOPPING ? AKT_ERR_STOPPED : 0;
}

static int begin(akt_ctx *ctx, const akt_work *work, void *arg, int64_t timeout_ns,
		 akt_handler_fn then, uint64_t tag, akt_pending *ret_pending)
{
	struct block *block = new_block(ctx, work, arg);
	struct ask *ask = block != NULL ? akti_ask_new(ctx, ASK_WORK, then, tag) : NULL;
	akt_pending pending;
	int r;

	if (ask == NULL) {
		if (block != NULL) {
			akt_msg_free(block->verdict);
			free_block(block);
		}
		return AKT_ERR_NOMEM;
	}
	pending = akti_ask_handle(ask);
	block->to = ask->asker;
	block->ask = (uint32_t)ask->id;
	r = submit(ctx->actors, block);
	if (r < 0) {
		(void)akt_cancel(ctx, pending);
		return r;
	}
	akti_ask_arm(ctx, ask, timeout_ns);
	if (ret_pending != NULL)
		*ret_pending = pending;
	return 0;
}

int akt_block(akt_ctx *ctx, const akt_work *work, void *arg, int64_t timeout_ns,
	      akt_handler_fn then, uint64_t tag, akt_pending *ret_pending)
{
	int r = check(ctx, work);

	if (then == NULL || timeout_ns <= 0)
		r = AKT_ERR_INVALID;
	if (r == 0)
		r = begin(ctx, work, arg, timeout_ns, then, tag, ret_pending);
	if (r < 0)
		discard(work, arg);
	return r;
}

int akt_block_to(akt_ctx *ctx, const akt_work *work, void *arg, akt_ref to)
{
	int r = check(ctx, work);

	if (r == 0) {
		struct block *block = new_block(ctx, work, arg);

		if (block != NULL) {
			block->to = akti_address_of(ctx->actors, to);
			r = submit(ctx->actors, block);
		} else {
			r = AKT_ERR_NOMEM;
		}
	}
	if (r < 0)
		discard(work, arg);
	return r;
}

/* --- the pool of a system ----------------------------------------------------------------------- */

void akti_thread_enter(void *arg)
{
	struct actors *actors = arg;

	atomic_store_explicit(&akti_prof_label.phase, &actors->prof_phase, memory_order_relaxed);
	akti_prof_thread_enter();
}

void akti_thread_leave(void *arg)
{
	(void)arg;
	akti_prof_thread_leave();
	atomic_store_explicit(&akti_prof_label.phase, NULL, memory_order_relaxed);
}

/* Who drives may wait for it. */
static void ring(void *arg)
{
	struct actors *actors = arg;

	akti_plat_poll_ring(&actors->poller.poll);
}

void akti_block_init(struct actors *actors)
{
	struct io_config config = {
		.threads_max = actors->options.blocking_threads,
		.queue_max = AKT_BLOCKING_QUEUE_MAX,
		.arg = actors,
		.enter = akti_thread_enter,
		.leave = akti_thread_leave,
		.quiet = actors->options.driven ? ring : NULL,
	};

	akti_io_pool_init(&actors->pool, &config);
}

void akti_block_fini(struct actors *actors)
{
	akti_io_pool_fini(&actors->pool);
}

static bool is_quiet(void *arg)
{
	struct actors *actors = arg;
	uint64_t submitted = akti_io_submitted(&actors->pool);

	return akti_io_wait_quiet(&actors->pool, 0) && akti_sched_is_quiet(&actors->sched) &&
	       akti_io_submitted(&actors->pool) == submitted;
}

/* When no work was left, then no message, and no work had come meanwhile, there was a moment with
 * neither. */
bool akti_block_wait_quiet(struct actors *actors, int64_t until)
{
	if (akti_sched_is_driver(&actors->sched))
		return akti_sched_run_here(&actors->sched, is_quiet, actors, until);
	for (;;) {
		uint64_t submitted = akti_io_submitted(&actors->pool);

		if (!akti_io_wait_quiet(&actors->pool, until) ||
		    !akti_sched_wait_quiet(&actors->sched, until))
			return false;
		if (akti_io_submitted(&actors->pool) == submitted)
			return true;
	}
}

bool akti_block_end(struct actors *actors, int64_t until)
{
	struct io_job *job;

	while ((job = akti_io_take_back(&actors->pool)) != NULL) {
		struct block *block = akti_container_of(job, struct block, job);

		discard(block->work, block->arg);
		akt_msg_free(block->verdict);
		free_block(block);
	}
	return akti_io_wait_quiet(&actors->pool, until);
}

size_t akti_block_left(struct actors *actors, akt_left *left, size_t max)
{
	const void *what[IO_THREADS_MAX];
	uint64_t whose[IO_THREADS_MAX];
	size_t count = akti_io_running(&actors->pool, what, whose, IO_THREADS_MAX);

	for (size_t i = 0; i < count && i < max; i++) {
		akt_ref ref = { ADDRESS_SLOT(whose[i]), ADDRESS_GEN(whose[i]), actors->node };

		memset(&left[i], 0, sizeof(left[i]));
		left[i].ref = ref;
		left[i].type = ((const akt_work *)what[i])->name;
		(void)snprintf(left[i].name, sizeof(left[i].name), "(blocking)");
	}
	return count;
}
