/* SPDX-License-Identifier: MIT */
/*
 * metrics: what the system counts anyhow, as OpenMetrics 1.0 (docs/guide/live.md tells what each is). Only
 * where mailboxes are observed, options.observe with AKT_OBSERVE_DEPTH, are all actors looked at.
 */
#include "debug/server.h"
#include "debug/types.h"
#include "prof/prof.h"
#include <akt/observe.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct metrics {
	struct output *text;
	const char *system;
};

/* --- families ---------------------------------------------------------------------------------------- */

/* The unit is the end of the name, as the format wants it. NULL: none. */
static void family(struct metrics *metrics, const char *name, const char *type, const char *unit,
		   const char *help)
{
	akti_output_print(metrics->text, "# TYPE %s %s\n", name, type);
	if (unit != NULL)
		akti_output_print(metrics->text, "# UNIT %s %s\n", name, unit);
	akti_output_print(metrics->text, "# HELP %s %s\n", name, help);
}

/* A sample up to its labels, which the caller closes. */
static void sample(struct metrics *metrics, const char *name, const char *suffix)
{
	akti_output_print(metrics->text, "%s%s{system=", name, suffix);
	akti_output_label(metrics->text, metrics->system);
}

static void label(struct metrics *metrics, const char *key, const char *value)
{
	akti_output_print(metrics->text, ",%s=", key);
	akti_output_label(metrics->text, value);
}

static void value(struct metrics *metrics, uint64_t number)
{
	akti_output_print(metrics->text, "} %" PRIu64 "\n", number);
}

static void counter(struct metrics *metrics, const char *name, const char *help, uint64_t number)
{
	family(metrics, name, "counter", NULL, help);
	sample(metrics, name, "_total");
	value(metrics, number);
}

static void gauge(struct metrics *metrics, const char *name, const char *unit, const char *help,
		  uint64_t number)
{
	family(metrics, name, "gauge", unit, help);
	sample(metrics, name, "");
	value(metrics, number);
}

/* --- the system ---------------------------------------------------------------------------------------- */

static void add_messages(struct metrics *metrics, const akt_stats *stats)
{
	static const char *const reasons[] = { "gone", "unhandled", "stopped", "late", "full" };

	_Static_assert(AKTI_COUNT_OF(reasons) == AKT_DEAD_REASONS, "a word each");
	counter(metrics, "akt_messages_accepted", "Messages given to the runtime.",
		stats->accepted);
	counter(metrics, "akt_messages_processed", "Messages whose handlers have returned.",
		stats->processed);
	family(metrics, "akt_messages_dead", "counter", NULL, "Dead letters by reason.");
	for (unsigned i = 0; i < AKT_DEAD_REASONS; i++) {
		sample(metrics, "akt_messages_dead", "_total");
		label(metrics, "reason", reasons[i]);
		value(metrics, stats->dead[i]);
	}
	counter(metrics, "akt_messages_dropped", "Messages dropped by full mailboxes.",
		stats->dropped);
}

static void add_actors(struct metrics *metrics, const akt_stats *stats)
{
	gauge(metrics, "akt_actors", NULL, "Actors that live.",
	      stats->spawned > stats->ended ? stats->spawned - stats->ended : 0);
	counter(metrics, "akt_actors_spawned", "Actors born.", stats->spawned);
	counter(metrics, "akt_actors_ended", "Actors ended.", stats->ended);
	counter(metrics, "akt_actor_failures", "Handlers and hooks that failed.", stats->failures);
	counter(metrics, "akt_actor_restarts", "Restarts of actors.", stats->restarts);
}

static void add_workers(struct metrics *metrics, akt_system *sys, const akt_stats *stats)
{
	gauge(metrics, "akt_workers", NULL, "Threads that run actors.", akt_system_workers(sys));
	counter(metrics, "akt_turns", "Times a worker took an actor.", stats->turns);
	counter(metrics, "akt_steals", "Turns taken from another worker.", stats->steals);
	counter(metrics, "akt_parks", "Times a worker went to sleep.", stats->parks);
}

static void add_memory(struct metrics *metrics, const akt_stats *stats)
{
	gauge(metrics, "akt_actor_table_bytes", "bytes", "The table of actors, as far as used.",
	      stats->cell_bytes);
	gauge(metrics, "akt_memory_used_bytes", "bytes",
	      "Messages, states and what belongs to them, of all systems of the "
	      "process.",
	      stats->memory_used);
	gauge(metrics, "akt_memory_max_bytes", "bytes", "The memory budget; 0: none.",
	      stats->memory_max);
}

/* --- mailboxes ----------------------------------------------------------------------------------------- */

struct mailboxes {
	struct types types;
	struct {
		uint64_t actors;
		uint64_t messages;
		uint64_t most;
	} of[TYPES_MAX];
};

static void add_mailbox(void *arg, const akt_actor_info *info)
{
	struct mailboxes *all = arg;
	uint32_t i;

	if (info->queued == AKT_UNKNOWN)
		return;
	i = akti_types_number(&all->types, info->type);
	all->of[i].actors++;
	all->of[i].messages += (uint64_t)info->queued;
	if ((uint64_t)info->queued > all->of[i].most)
		all->of[i].most = (uint64_t)info->queued;
}

static void mailbox_family(struct metrics *metrics, const struct mailboxes *all, const char *name,
			   const char *help, size_t member)
{
	family(metrics, name, "gauge", NULL, help);
	for (uint32_t i = 0; i < all->types.count; i++) {
		sample(metrics, name, "");
		label(metrics, "actor_type", all->types.names[i]);
		value(metrics, *(const uint64_t *)((const char *)&all->of[i] + member));
	}
}

static void add_mailboxes(struct metrics *metrics, akt_system *sys)
{
	akt_dump_options options = { .size = sizeof(options),
				     .patience_ns = -1,
				     .actors_max = UINT32_MAX };
	struct mailboxes *all = calloc(1, sizeof(*all));

	if (all == NULL || akt_system_actors(sys, &options, add_mailbox, all) < 0) {
		metrics->text->failed = true;
		free(all);
		return;
	}
#define MEMBER(member)                                                                             \
	(offsetof(struct mailboxes, of[0].member) - offsetof(struct mailboxes, of[0]))
	mailbox_family(metrics, all, "akt_mailbox_actors",
		       "Actors whose mailboxes were looked at, by type.", MEMBER(actors));
	mailbox_family(metrics, all, "akt_mailbox_messages", "Messages in mailboxes, by type.",
		       MEMBER(messages));
	mailbox_family(metrics, all, "akt_mailbox_messages_most",
		       "Messages in the fullest mailbox of a type.", MEMBER(most));
#undef MEMBER
	free(all);
}

/* --- latency ------------------------------------------------------------------------------------------- */

/* Bounds are powers of two, for these are bounds of the histogram's own buckets: 2^10 ns to 2^34 ns. */
#define BOUND_FIRST 10u
#define BOUND_LAST 34u
#define BOUND_STEP 2u

/* The bucket that begins with 2^power, and the middle of a bucket: see AKT_HISTOGRAM_BUCKETS. */
static uint32_t bucket_at(uint32_t power)
{
	return 32 * (power - 4);
}
static double middle_ns(uint32_t bucket)
{
	uint32_t shift = bucket < 64 ? 0 : bucket / 32 - 1;

	return (double)((uint64_t)(bucket - shift * 32) << shift) +
	       ((double)(UINT64_C(1) << shift) - 1) / 2;
}

struct latencies {
	struct metrics *metrics;
	const char *name;
	bool ran;
	uint64_t lost;
	uint32_t every;
};

static void labels(struct latencies *all, const akt_latency *latency, const char *suffix)
{
	sample(all->metrics, all->name, suffix);
	label(all->metrics, "actor_type", latency->actor_type);
	label(all->metrics, "message", latency->msg_type);
}

static void add_latency(void *arg, const akt_latency *latency)
{
	struct latencies *all = arg;
	const akt_histogram *times = all->ran ? latency->ran : latency->waited;
	uint64_t count = 0;
	uint32_t bucket = 0;
	double sum_ns = 0;

	all->lost = latency->lost;
	all->every = latency->every;
	for (uint32_t power = BOUND_FIRST; power <= BOUND_LAST; power += BOUND_STEP) {
		for (; bucket < bucket_at(power); bucket++)
			count += times->counts[bucket];
		labels(all, latency, "_bucket");
		akti_output_print(all->metrics->text, ",le=\"%.10g\"",
				  (double)(UINT64_C(1) << power) / 1e9);
		value(all->metrics, count);
	}
	for (uint32_t i = 0; i < AKT_HISTOGRAM_BUCKETS; i++)
		sum_ns += (double)times->counts[i] * middle_ns(i);
	labels(all, latency, "_bucket");
	akti_output_put(all->metrics->text, ",le=\"+Inf\"");
	value(all->metrics, times->count);
	labels(all, latency, "_count");
	value(all->metrics, times->count);
	labels(all, latency, "_sum");
	akti_output_print(all->metrics->text, "} %.9g\n", sum_ns / 1e9);
}

static void add_latencies(struct metrics *metrics, akt_system *sys)
{
	struct latencies waited = { metrics, "akt_message_wait_seconds", false, 0, 0 };
	struct latencies ran = { metrics, "akt_message_run_seconds", true, 0, 0 };

	family(metrics, waited.name, "histogram", "seconds",
	       "From the send to the begin of the handler, of sampled messages.");
	if (akt_system_latency(sys, add_latency, &waited) < 0)
		metrics->text->failed = true;
	family(metrics, ran.name, "histogram", "seconds", "In the handler, of sampled messages.");
	if (akt_system_latency(sys, add_latency, &ran) < 0)
		metrics->text->failed = true;
	gauge(metrics, "akt_latency_every", NULL, "Messages per sample of latency.", ran.every);
	counter(metrics, "akt_latency_lost", "Samples of latency for which there was no place.",
		ran.lost);
}

/* --- the profiler -------------------------------------------------------------------------------------- */

static void lost(struct metrics *metrics, const char *kind, uint64_t number)
{
	sample(metrics, "akt_profile_lost", "_total");
	label(metrics, "kind", kind);
	value(metrics, number);
}

static void add_profiler(struct metrics *metrics)
{
	struct prof_counts counts;

	akti_prof_counts(&counts);
	gauge(metrics, "akt_profile_sections", NULL, "Sections that are open, of the process.",
	      counts.sections);
	family(metrics, "akt_profile_lost", "counter", NULL,
	       "What found no place in the profiler's memory, by weight.");
	lost(metrics, "cpu", counts.cpu_lost);
	lost(metrics, "memory", counts.memory_lost);
	lost(metrics, "memory_untracked", counts.memory_untracked);
}

/* --- the process --------------------------------------------------------------------------------------- */

/* Under the names that all exporters use. */
static void add_process(struct metrics *metrics)
{
	struct timespec cpu = { 0, 0 };
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long pages = 0;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	family(metrics, "process_cpu_seconds", "counter", "seconds",
	       "CPU time of the process, user and system.");
	akti_output_print(metrics->text, "process_cpu_seconds_total %lld.%09ld\n",
			  (long long)cpu.tv_sec, cpu.tv_nsec);
	if (file == NULL)
		return;
	if (fscanf(file, "%*u %lu", &pages) == 1) {
		family(metrics, "process_resident_memory_bytes", "gauge", "bytes",
		       "Resident memory of the process.");
		akti_output_print(metrics->text, "process_resident_memory_bytes %llu\n",
				  (unsigned long long)pages *
					  (unsigned long long)sysconf(_SC_PAGESIZE));
	}
	(void)fclose(file);
}

unsigned akti_debug_metrics(struct request *request, struct output *text)
{
	struct akt_system *sys = request->debug->sys;
	struct metrics metrics = { text, sys->actors.options.name };
	akt_stats stats = { .size = sizeof(stats) };

	(void)akt_system_stats(sys, &stats);
	family(&metrics, "akt", "info", NULL, "The runtime.");
	sample(&metrics, "akt", "_info");
	akti_output_print(text, ",version=\"%d.%d.%d\"} 1\n", AKT_VERSION_MAJOR, AKT_VERSION_MINOR,
			  AKT_VERSION_PATCH);
	add_messages(&metrics, &stats);
	add_actors(&metrics, &stats);
	add_workers(&metrics, sys, &stats);
	add_memory(&metrics, &stats);
	if (sys->actors.options.observe & AKT_OBSERVE_DEPTH)
		add_mailboxes(&metrics, sys);
	if (sys->actors.options.observe & AKT_OBSERVE_LATENCY)
		add_latencies(&metrics, sys);
	add_profiler(&metrics);
	add_process(&metrics);
	akti_output_put(text, "# EOF\n");
	return 200;
}
