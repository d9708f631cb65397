/* How long does a thread outside wait for an answer?
 * SPDX-License-Identifier: MIT
 *
 * GoAkt's Ask. An op is one akt_call, from the question to the reply in hand, one at a time. Each
 * reply must be the one to its question. */
#include "common.h"
#include "table.h"

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

static bool ask(akt_bench *b, akt_system *sys, akt_ref oracle, uint64_t number)
{
	akt_msg *reply;
	int r = akt_call(sys, oracle, AKT_NEW(bench_question, .number = number), AKT_S(10), &reply);
	bool ok;

	if (!bench_ok(b, r, "akt_call"))
		return false;
	ok = bench_equal(b, akt_payload(reply, bench_answer)->number, number + 1, "answer");
	akt_msg_free(reply);
	return ok;
}

void bench_ask(akt_bench *b)
{
	akt_system *sys = bench_start(b);
	akt_ref oracle;

	if (sys == NULL)
		return;
	if (bench_ok(b, akt_spawn(sys, &oracle_type, NULL, &oracle), "akt_spawn")) {
		akt_bench_reset_timer(b);
		for (uint64_t i = 0; i < akt_bench_n(b); i++)
			if (!ask(b, sys, oracle, i))
				break;
		akt_bench_stop_timer(b);
	}
	(void)bench_stop(b, sys);
}
