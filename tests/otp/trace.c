/* SPDX-License-Identifier: MIT */
/*
 * The akt side of the comparison with Erlang's supervisor: reads scripts on standard input, runs each on
 * a seeded system, and prints what the hooks of the children did after each line.
 *
 *	begin STRATEGY INTENSITY KIDS   a supervisor with so many children, letters A, B, ...
 *	crash I                         child I fails
 *	refuse I N                      the next N starts of child I fail
 *	end I                           child I is ended for good
 *
 * A line of output: the script's line, then upper case letters for starts and lower case ones for
 * stops, then "dead" when the supervisor has ended.
 */
#include <akt/akt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KIDS_MAX 8

AKT_SIGNAL_DEFINE(crash, "otp.crash");

static char trace[65536];
static size_t traced;
static akt_ref kids[KIDS_MAX];
static int refusals[KIDS_MAX];
static uint32_t kid_count;
static const uint32_t numbers[KIDS_MAX] = { 0, 1, 2, 3, 4, 5, 6, 7 };

static void write_trace(char letter)
{
	if (traced + 1 < sizeof(trace))
		trace[traced++] = letter;
}

struct kid {
	uint32_t number;
};

static int kid_start(akt_ctx *ctx, void *state, const void *arg)
{
	struct kid *self = state;

	self->number = *(const uint32_t *)arg;
	kids[self->number] = akt_self(ctx);
	write_trace((char)('A' + self->number));
	if (refusals[self->number] > 0) {
		refusals[self->number]--;
		return akt_fail(ctx, AKT_ERR_REFUSED, "no start");
	}
	return 0;
}

static void kid_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	(void)ctx, (void)reason;
	write_trace((char)('a' + ((struct kid *)state)->number));
}

static int kid_on_crash(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	return akt_fail(ctx, AKT_ERR_FAILED, "crash");
}

static const akt_handler kid_handlers[] = { AKT_ON(crash, kid_on_crash), AKT_END };
static const akt_type kid_type = {
	.name = "kid",
	.state_size = sizeof(struct kid),
	.handlers = kid_handlers,
	.start = kid_start,
	.stop = kid_stop,
	.on_failure = AKT_DIRECTIVE_RESTART,
};

static int supervisor_start(akt_ctx *ctx, void *state, const void *arg)
{
	(void)state, (void)arg;
	for (uint32_t i = 0; i < kid_count; i++) {
		int r = akt_spawn_child(ctx, &kid_type, NULL, &numbers[i], NULL);

		if (r < 0)
			return r;
	}
	return 0;
}

static akt_type supervisor_type = { .name = "supervisor", .start = supervisor_start };

static akt_system *begin(const char *strategy, uint32_t intensity, uint32_t count, akt_ref *ret_ref)
{
	akt_options options = AKT_OPTIONS;
	akt_system *sys;

	options.seed = 1;
	kid_count = count;
	memset(refusals, 0, sizeof(refusals));
	supervisor_type.strategy = strcmp(strategy, "one_for_all") == 0    ? AKT_ONE_FOR_ALL
				   : strcmp(strategy, "rest_for_one") == 0 ? AKT_REST_FOR_ONE
									   : AKT_ONE_FOR_ONE;
	supervisor_type.children_restarts_max = intensity;
	supervisor_type.children_within_ns = AKT_S(3600);
	if (akt_system_start(&sys, &options) < 0 ||
	    akt_spawn(sys, &supervisor_type, NULL, ret_ref) < 0)
		exit(2);
	(void)akt_system_drain(sys, AKT_S(60));
	return sys;
}

static void end_line(akt_system *sys, akt_ref supervisor, const char *line)
{
	(void)akt_system_drain(sys, AKT_S(60));
	printf("%s: %.*s%s\n", line, (int)traced, trace, akt_alive(sys, supervisor) ? "" : " dead");
	traced = 0;
}

int main(void)
{
	akt_system *sys = NULL;
	akt_ref supervisor = { 0, 0, 0 };
	char line[256];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		char strategy[32];
		unsigned a, b;

		line[strcspn(line, "\n")] = '\0';
		if (sscanf(line, "begin %31s %u %u", strategy, &a, &b) == 3 && b <= KIDS_MAX) {
			(void)akt_system_stop(sys);
			traced = 0;
			sys = begin(strategy, a, b, &supervisor);
		} else if (sys == NULL) {
			return 2;
		} else if (sscanf(line, "crash %u", &a) == 1 && a < kid_count) {
			(void)akt_post(sys, kids[a], AKT_NEW_SIGNAL(crash));
		} else if (sscanf(line, "refuse %u %u", &a, &b) == 2 && a < kid_count) {
			refusals[a] = (int)b;
		} else if (sscanf(line, "end %u", &a) == 1 && a < kid_count) {
			(void)akt_stop(sys, kids[a]);
		} else {
			fprintf(stderr, "trace: what is \"%s\"?\n", line);
			return 2;
		}
		end_line(sys, supervisor, line);
	}
	(void)akt_system_stop(sys);
	return 0;
}
