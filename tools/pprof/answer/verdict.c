/* SPDX-License-Identifier: MIT */
#include "pprof/answer/verdict.h"
#include "pprof/query/measure.h"
#include "pprof/ground/number.h"

#define LIMIT_FIELD(name, value, what) double name;
#define LIMIT_VALUE(name, value, what) .name = value,
static const struct {
	VERDICT_LIMITS(LIMIT_FIELD)
} limits = { VERDICT_LIMITS(LIMIT_VALUE) };
#undef LIMIT_FIELD
#undef LIMIT_VALUE

static double utilization(const struct actor_load *load)
{
	return load->processing_ns / load->duration_ns;
}

static double queue_of(const struct actor_load *load)
{
	return load->wait_ns / load->duration_ns;
}

static bool is_blocked(const struct actor_load *load)
{
	return load->has_cpu && utilization(load) >= limits.blocked_busy &&
	       load->cpu_period_ns > 0 &&
	       load->processing_ns / load->cpu_period_ns >= limits.blocked_ticks &&
	       load->cpu_ns < limits.blocked_cpu * load->processing_ns;
}

static bool is_late(const struct actor_load *load)
{
	return load->wait_ns >= limits.late_times * load->processing_ns &&
	       load->wait_ns >= limits.late_wait_ns * load->messages;
}

enum actor_verdict verdict_of(const struct actor_load *load)
{
	if (load->timed < limits.few_messages)
		return ACTOR_FEW;
	if (load->duration_ns <= 0)
		return ACTOR_UNKNOWN;
	if (utilization(load) > limits.most_busy)
		return ACTOR_FEW;
	if (is_blocked(load))
		return ACTOR_BLOCKED;
	if (utilization(load) >= limits.saturated_busy && queue_of(load) >= limits.flooded_queue)
		return ACTOR_FLOODED;
	if (utilization(load) >= limits.saturated_busy)
		return load->has_cpu ? ACTOR_CPU_BOUND : ACTOR_BUSY;
	if (is_late(load) && load->others >= limits.others_busy)
		return ACTOR_STARVED;
	if (is_late(load) && queue_of(load) >= limits.flooded_queue)
		return ACTOR_FLOODED;
	return ACTOR_FINE;
}

static struct measure_text time_text(double ns)
{
	return measure_label(number_from(ns), "nanoseconds", "auto");
}

void verdict_print(enum actor_verdict verdict, const struct actor_load *load, struct buffer *out)
{
	double busy = load->duration_ns > 0 ? 100 * utilization(load) : 0;
	double each = load->messages > 0 ? load->processing_ns / load->messages : 0;

	switch (verdict) {
	case ACTOR_FEW:
		buffer_printf(out, "too few: %.0f messages were timed", load->timed);
		if (load->timed >= limits.few_messages)
			buffer_text(out, ", some of which took long");
		break;
	case ACTOR_UNKNOWN:
		buffer_text(out, "unknown: the profile does not tell its duration");
		break;
	case ACTOR_BLOCKED:
		buffer_printf(out,
			      "blocked: on a CPU for %.0f %% of its processing, which is %.0f %% "
			      "of the time",
			      100 * load->cpu_ns / load->processing_ns, busy);
		break;
	case ACTOR_FLOODED:
		buffer_printf(out,
			      "flooded: %.0f messages wait at a time, each is worked on for %s; ",
			      queue_of(load), time_text(each).text);
		buffer_printf(out,
			      utilization(load) >= limits.saturated_busy
				      ? "busy %.1f %% of the time"
				      : "in bursts: busy %.1f %%",
			      busy);
		break;
	case ACTOR_CPU_BOUND:
		buffer_printf(out, "CPU-bound: computes %.0f %% of the time", busy);
		break;
	case ACTOR_BUSY:
		buffer_printf(out,
			      "busy %.0f %% of the time: CPU-bound or blocked, a CPU profile "
			      "tells",
			      busy);
		break;
	case ACTOR_STARVED:
		buffer_printf(out, "starved: a message waits %s and is worked on for ",
			      time_text(load->wait_ns / load->messages).text);
		buffer_printf(out, "%s, busy %.1f %%, ", time_text(each).text, busy);
		buffer_printf(out, "while %.1f handlers of others run", load->others);
		break;
	case ACTOR_FINE:
		buffer_text(out, "fine");
		break;
	}
}
