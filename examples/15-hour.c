/* SPDX-License-Identifier: MIT */
/* A test of one's own actors. A monitor calls a sensor lost when it has been silent for an hour. Under
 * a seed the hour is virtual and passes at once, so the test looks a second before and a second after.
 * Each seed is another run of the same test: who of several goes first is drawn by it. */
#include <akt/akt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

AKT_SIGNAL_DEFINE(beat, "sensor.beat");
AKT_SIGNAL_DEFINE(query, "monitor.query");
struct status {
	bool lost;
};
AKT_MESSAGE_DEFINE(status, "monitor.status", AKT_FIELD(1, status, lost));

struct monitor {
	akt_pending silence;
	struct status status;
};

static int on_silence(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)msg;
	((struct monitor *)state)->status.lost = true;
	return 0;
}
static int on_beat(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct monitor *self = state;

	(void)msg;
	(void)akt_cancel(ctx, self->silence); /* NOTFOUND if none runs */
	self->status.lost = false;
	return akt_timer_start(ctx, AKT_MINUTES(60), 0, on_silence, 0, &self->silence);
}
static int on_query(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)msg;
	return akt_reply(ctx, AKT_NEW_FROM(status, ((struct monitor *)state)->status));
}
static const akt_handler rows[] = { AKT_ON(beat, on_beat), AKT_ON(query, on_query), AKT_END };
static const akt_type monitor = { .name = "monitor",
				  .state_size = sizeof(struct monitor),
				  .handlers = rows };

/* From here on the test. */
static uint64_t seed;
static void check(bool right, const char *what)
{
	if (right)
		return;
	printf("seed %" PRIu64 ": not so: %s\n", seed, what);
	exit(1);
}
#define CHECK(what) check(what, #what)

static int keep(akt_ctx *ctx, void *arg, akt_msg *msg)
{
	return (void)ctx, (void)arg, (void)msg, 0;
}
/* Virtual time passes while the test waits: here for one who never answers. */
static void pass(akt_system *sys, akt_ref silent, int64_t ns)
{
	akt_msg *reply;

	CHECK(akt_call(sys, silent, AKT_NEW_SIGNAL(query), ns, &reply) == AKT_ERR_TIMEOUT);
}
static bool is_lost(akt_system *sys, akt_ref ref)
{
	akt_msg *reply = NULL;
	bool lost;

	CHECK(akt_call(sys, ref, AKT_NEW_SIGNAL(query), AKT_S(1), &reply) == 0);
	lost = akt_payload(reply, status)->lost;
	akt_msg_free(reply);
	return lost;
}

int main(void)
{
	for (seed = 1; seed <= 100; seed++) {
		akt_options options = AKT_OPTIONS;
		akt_system *sys;
		akt_ref ref, silent;

		options.seed = seed;
		CHECK(akt_system_start(&sys, &options) == 0);
		CHECK(akt_spawn(sys, &monitor, NULL, &ref) == 0);
		CHECK(akt_spawn_fn(sys, "silent", keep, NULL, &silent) == 0);
		CHECK(akt_post(sys, ref, AKT_NEW_SIGNAL(beat)) == 0);
		pass(sys, silent, AKT_MINUTES(60) - AKT_S(1));
		CHECK(!is_lost(sys, ref));
		pass(sys, silent, AKT_S(2));
		CHECK(is_lost(sys, ref));
		CHECK(akt_system_stop(sys) == 0);
	}
	printf("%" PRIu64 " seeds, an hour each: as it should be\n", seed - 1);
	return 0;
}
