/* How long does a thread outside, or an actor, wait for an answer?
 * SPDX-License-Identifier: MIT
 *
 * An op is one akt_call, from the question to the reply in hand. Each reply must be the one to its
 * question. GoAkt's Ask and SendSync, one at a time, SendSync with the receiver looked up by its name;
 * and its Request, by as many threads as workers: the actor that is called asks another one, and answers
 * in its continuation. AskLatency has the spread of single asks: of the last LATENCIES_MAX, one after the
 * other (busy), or each after the system has been quiet for QUIET_NS (idle), which is not timed; or one after the
 * other by an actor, in whose continuation each ends (actor). */
#include "common.h"
#include "table.h"

#include <stdlib.h>
#include <time.h>

#define LATENCIES_MAX 1000000u
#define QUIET_NS AKT_MS(2)

struct bench_question {
	uint64_t number;
};
AKT_MESSAGE_DEFINE(bench_question, "bench.question", AKT_FIELD(1, bench_question, number));

struct bench_answer {
	uint64_t number;
};
AKT_MESSAGE_DEFINE(bench_answer, "bench.answer", AKT_FIELD(1, bench_answer, number));

static int on_question(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state;
	return akt_reply(ctx, AKT_NEW(bench_answer,
				      .number = akt_payload(msg, bench_question)->number + 1));
}

static const akt_handler oracle_handlers[] = { AKT_ON(bench_question, on_question), AKT_END };
static const akt_type oracle_type = { .name = "oracle", .handlers = oracle_handlers };

/* An actor between: asks the oracle whatever it is asked. */
struct clerk {
	akt_ref oracle;
};

static int on_clerk_start(akt_ctx *ctx, void *state, const void *arg)
{
	struct clerk *self = state;

	(void)ctx;
	self->oracle = *(const akt_ref *)arg;
	return 0;
}

static int on_answer(akt_ctx *ctx, void *state, akt_msg *msg)
{
	akt_msg *request = (akt_msg *)(uintptr_t)akt_tag(ctx);
	int r;

	(void)state;
	r = akt_msg_error(msg);
	if (r == 0)
		r = akt_reply_to(ctx, request, akt_msg_take(ctx));
	akt_msg_free(request);
	return r;
}

static int on_request(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct clerk *self = state;
	uint64_t number = akt_payload(msg, bench_question)->number;
	akt_msg *request = akt_msg_take(ctx);

	return akt_ask(ctx, self->oracle, AKT_NEW(bench_question, .number = number), AKT_S(10),
		       on_answer, (uint64_t)(uintptr_t)request);
}

static const akt_handler clerk_handlers[] = { AKT_ON(bench_question, on_request), AKT_END };
static const akt_type clerk_type = { .name = "clerk",
				     .state_size = sizeof(struct clerk),
				     .start = on_clerk_start,
				     .handlers = clerk_handlers };

#define ORACLE_NAME "receiver"

/* 0, or what went wrong. */
static int ask(akt_system *sys, akt_ref oracle, uint64_t number)
{
	akt_msg *reply;
	int r = akt_call(sys, oracle, AKT_NEW(bench_question, .number = number), AKT_S(10), &reply);

	if (r < 0)
		return r;
	if (akt_payload(reply, bench_answer)->number != number + 1)
		r = AKT_ERR_FAILED;
	akt_msg_free(reply);
	return r;
}

static void ask_in_turn(akt_bench *b, bool by_name)
{
	akt_system *sys = bench_start(b);
	int64_t begin_ns;
	akt_ref oracle;

	if (sys == NULL)
		return;
	if (bench_ok(b, akt_spawn_named(sys, &oracle_type, ORACLE_NAME, NULL, &oracle),
		     "akt_spawn_named")) {
		akt_bench_reset_timer(b);
		begin_ns = bench_now();
		for (uint64_t i = 0; i < akt_bench_n(b); i++)
			if (!bench_ok(b, ask(sys, by_name ? akt_find(sys, ORACLE_NAME) : oracle, i),
				      "akt_call"))
				break;
		akt_bench_stop_timer(b);
		if (by_name)
			bench_report_rate(b, begin_ns);
	}
	(void)bench_stop(b, sys);
}

void bench_ask(akt_bench *b)
{
	ask_in_turn(b, false);
}

void bench_send_sync(akt_bench *b)
{
	ask_in_turn(b, true);
}

/* --- how long each takes ------------------------------------------------------------------------- */

static void report_latencies(akt_bench *b, double *latencies_ns)
{
	size_t count = akt_bench_n(b) < LATENCIES_MAX ? akt_bench_n(b) : LATENCIES_MAX;

	akt_bench_report(b, bench_percentile(latencies_ns, count, 50), "p50-ns");
	akt_bench_report(b, bench_percentile(latencies_ns, count, 99), "p99-ns");
}

static void ask_timed(akt_bench *b, akt_system *sys, akt_ref oracle, double *latencies_ns,
		      bool is_idle)
{
	struct timespec quiet = { .tv_nsec = QUIET_NS };
	uint64_t n = akt_bench_n(b);

	akt_bench_reset_timer(b);
	for (uint64_t i = 0; i < n; i++) {
		int64_t begin_ns;

		if (is_idle) {
			akt_bench_stop_timer(b);
			(void)nanosleep(&quiet, NULL);
			akt_bench_start_timer(b);
		}
		begin_ns = bench_now();
		if (!bench_ok(b, ask(sys, oracle, i), "akt_call"))
			return;
		latencies_ns[i % LATENCIES_MAX] = (double)(bench_now() - begin_ns);
	}
	akt_bench_stop_timer(b);
	report_latencies(b, latencies_ns);
}

static void ask_busy(akt_bench *b, akt_system *sys, akt_ref oracle, double *latencies_ns)
{
	ask_timed(b, sys, oracle, latencies_ns, false);
}

static void ask_idle(akt_bench *b, akt_system *sys, akt_ref oracle, double *latencies_ns)
{
	if (akt_bench_short(b))
		akt_bench_skip(b, "long: left out with -short");
	else
		ask_timed(b, sys, oracle, latencies_ns, true);
}

/* --- the same by an actor ------------------------------------------------------------------------ */

struct asker {
	akt_ref oracle;
	uint64_t count;
	uint64_t asked;
	int64_t begin_ns;
	double *latencies_ns;
	struct bench_gate *over;
	int *result;
};

static int on_asker_start(akt_ctx *ctx, void *state, const void *arg)
{
	(void)ctx;
	*(struct asker *)state = *(const struct asker *)arg;
	return 0;
}

static int on_latest(akt_ctx *ctx, void *state, akt_msg *msg);

static int ask_next(akt_ctx *ctx, struct asker *self)
{
	self->begin_ns = bench_now();
	return akt_ask(ctx, self->oracle, AKT_NEW(bench_question, .number = self->asked), AKT_S(10),
		       on_latest, 0);
}

static int on_latest(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct asker *self = state;
	int r = akt_msg_error(msg);

	self->latencies_ns[self->asked % LATENCIES_MAX] = (double)(bench_now() - self->begin_ns);
	if (r == 0 && akt_payload(msg, bench_answer)->number != self->asked + 1)
		r = AKT_ERR_FAILED;
	self->asked++;
	if (r == 0 && self->asked < self->count)
		return ask_next(ctx, self);
	*self->result = r;
	bench_gate_open(self->over);
	return 0;
}

static int on_begin(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)msg;
	return ask_next(ctx, state);
}

static const akt_handler asker_handlers[] = { AKT_ON(bench_question, on_begin), AKT_END };
static const akt_type asker_type = { .name = "asker",
				     .state_size = sizeof(struct asker),
				     .start = on_asker_start,
				     .handlers = asker_handlers };

static void ask_by_actor(akt_bench *b, akt_system *sys, akt_ref oracle, double *latencies_ns)
{
	struct bench_gate over;
	int result = 0;
	struct asker self = { .oracle = oracle,
			      .count = akt_bench_n(b),
			      .latencies_ns = latencies_ns,
			      .over = &over,
			      .result = &result };
	akt_ref asker;

	bench_gate_init(&over);
	if (bench_ok(b, akt_spawn(sys, &asker_type, &self, &asker), "akt_spawn")) {
		akt_bench_reset_timer(b);
		if (bench_ok(b, akt_post(sys, asker, AKT_NEW(bench_question, .number = 0)),
			     "akt_post") &&
		    bench_gate_wait(b, &over))
			(void)bench_ok(b, result, "akt_ask");
		akt_bench_stop_timer(b);
		report_latencies(b, latencies_ns);
	}
	bench_gate_fini(&over);
}

/* --- each way --------------------------------------------------------------------------------------- */

typedef void ask_fn(akt_bench *b, akt_system *sys, akt_ref oracle, double *latencies_ns);

static void ask_latency(akt_bench *b, void *arg)
{
	ask_fn *const *way = arg;
	double *latencies_ns = malloc(LATENCIES_MAX * sizeof(*latencies_ns));
	akt_system *sys = latencies_ns != NULL ? bench_start(b) : NULL;
	akt_ref oracle;

	if (latencies_ns == NULL)
		akt_bench_fail(b, "out of memory");
	if (sys != NULL && bench_ok(b, akt_spawn(sys, &oracle_type, NULL, &oracle), "akt_spawn"))
		(*way)(b, sys, oracle, latencies_ns);
	(void)bench_stop(b, sys);
	free(latencies_ns);
}

void bench_ask_latency(akt_bench *b)
{
	static ask_fn *busy = ask_busy;
	static ask_fn *idle = ask_idle;
	static ask_fn *actor = ask_by_actor;

	akt_bench_run(b, "busy", ask_latency, (void *)&busy);
	akt_bench_run(b, "idle", ask_latency, (void *)&idle);
	akt_bench_run(b, "actor", ask_latency, (void *)&actor);
}

/* --- by many threads ------------------------------------------------------------------------------ */

struct requester {
	pthread_t thread;
	akt_system *sys;
	akt_ref clerk;
	uint64_t count;
	int result;
};

static void *request_all(void *arg)
{
	struct requester *requester = arg;

	for (uint64_t i = 0; i < requester->count && requester->result >= 0; i++)
		requester->result = ask(requester->sys, requester->clerk, i);
	return NULL;
}

static void request_from_threads(akt_bench *b, akt_system *sys, akt_ref clerk)
{
	static struct requester requesters[AKT_WORKERS_MAX];
	uint64_t n = akt_bench_n(b);
	unsigned threads = akt_bench_workers(b);
	unsigned started = 0;
	int64_t begin_ns;

	akt_bench_reset_timer(b);
	begin_ns = bench_now();
	for (; started < threads; started++) {
		struct requester *requester = &requesters[started];

		*requester = (struct requester){ .sys = sys, .clerk = clerk };
		requester->count = n / threads + (started < n % threads ? 1 : 0);
		if (pthread_create(&requester->thread, NULL, request_all, requester))
			break;
	}
	if (started < threads)
		akt_bench_fail(b, "cannot start a requester");
	for (unsigned i = 0; i < started; i++) {
		(void)pthread_join(requesters[i].thread, NULL);
		(void)bench_ok(b, requesters[i].result, "akt_call");
	}
	akt_bench_stop_timer(b);
	bench_report_rate(b, begin_ns);
}

void bench_request(akt_bench *b)
{
	akt_system *sys = bench_start(b);
	akt_ref oracle;
	akt_ref clerk;

	if (sys == NULL)
		return;
	if (bench_ok(b, akt_spawn(sys, &oracle_type, NULL, &oracle), "akt_spawn") &&
	    bench_ok(b, akt_spawn(sys, &clerk_type, &oracle, &clerk), "akt_spawn"))
		request_from_threads(b, sys, clerk);
	(void)bench_stop(b, sys);
}
