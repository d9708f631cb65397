/* SPDX-License-Identifier: MIT */
/* dump: a census told, as structs or in words. How it is taken: actor/census.h. */
#include "actor/census.h"
#include "super/super.h"
#include <akt/observe.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LINE_BYTES 1024u

_Static_assert(AKT_DUMP_QUEUED_MAX == CENSUS_QUEUED_MAX, "as documented");

/* --- structs ------------------------------------------------------------------------------------ */

static enum akt_mode mode_of(const struct census_row *row)
{
	switch (row->mode) {
	case CELL_STOPPING:
	case CELL_ENDED:
		return AKT_MODE_STOPPING;
	case CELL_RESTARTING:
	case CELL_HALTING:
	case CELL_HALTED:
		return AKT_MODE_RESTARTING;
	case CELL_SUSPENDED:
		return row->ending ? AKT_MODE_STOPPING : AKT_MODE_SUSPENDED;
	default:
		return row->ending ? AKT_MODE_STOPPING : AKT_MODE_RUNNING;
	}
}

static int64_t known(bool is_known, uint32_t value)
{
	return is_known ? (int64_t)value : AKT_UNKNOWN;
}

static void fill(struct actors *actors, const struct census *census, const struct look *look,
		 uint32_t level, akt_actor_info *info)
{
	const struct census_row *row = &census->rows[look->slot];
	uint32_t above = row->parent;

	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	info->ref = (akt_ref){ look->slot, look->gen, actors->node };
	if (level > 0)
		info->parent = (akt_ref){ above, census->rows[above].gen, actors->node };
	info->level = level;
	info->type = look->type->name;
	info->name = look->name;
	info->activity = (enum akt_activity)(row->activity - CENSUS_IDLE);
	info->mode = mode_of(row);
	info->worker = AKT_UNKNOWN;
	info->running_ns = AKT_UNKNOWN;
	info->queued = known(row->queued_known, row->queued);
	info->queued_more = row->queued_more;
	info->stashed = known(row->told, row->stashed);
	info->questions = known(row->told, row->questions);
	info->watches = known(row->told, row->watches);
	info->timers = known(row->told, row->timers);
	info->descriptors = known(row->told, row->fds);
	info->failures = known(row->told, row->failures);
	info->restarts = known(row->told, row->restarts);
	info->oldest_ns = row->told ? row->oldest_ns : AKT_UNKNOWN;
	info->memory_bytes = row->told ? (int64_t)row->memory : AKT_UNKNOWN;
	if (row->activity == CENSUS_RUNNING) {
		const struct census_worker *at = &census->worker[row->worker];

		info->worker = row->worker;
		info->msg_type = at->msg;
		info->handler = at->msg != NULL ? (akt_handler_fn)at->code : NULL;
		info->running_ns = at->since_ns;
	}
}

static bool is_busy(const akt_actor_info *info)
{
	return info->activity != AKT_IDLE || info->mode != AKT_MODE_RUNNING || info->questions > 0;
}

/* The next after slot, depth first; *level follows. CELL_NONE: that was the last. */
static uint32_t next_of(const struct census *census, uint32_t slot, uint32_t *level)
{
	const struct census_row *row = &census->rows[slot];

	if (row->first_child != CELL_NONE) {
		(*level)++;
		return row->first_child;
	}
	while (row->next == CELL_NONE && *level > 0) {
		(*level)--;
		row = &census->rows[row->parent];
	}
	return row->next;
}

struct visit {
	void (*visit)(void *arg, const akt_actor_info *info);
	void *arg;
	bool busy;
	uint32_t max;
	uint32_t visited;
	int64_t cut; /* who would have been, but for max */
};

static int64_t visit_all(struct actors *actors, const struct census *census, struct visit *visit)
{
	uint32_t level = 0;
	int64_t count = 0;

	for (uint32_t slot = census->first_top; slot != CELL_NONE;
	     slot = next_of(census, slot, &level)) {
		akt_actor_info info;
		struct look look;

		count++;
		if (!akti_look(actors, slot, &look) || look.gen != census->rows[slot].gen)
			continue;
		fill(actors, census, &look, level, &info);
		if (visit->busy && !is_busy(&info))
			continue;
		if (visit->visited < visit->max) {
			visit->visit(visit->arg, &info);
			visit->visited++;
		} else {
			visit->cut++;
		}
	}
	return count;
}

static int read_options(const akt_dump_options *given, akt_dump_options *options)
{
	*options = (akt_dump_options){ .size = sizeof(*options) };
	if (given != NULL) {
		if (given->size != sizeof(*given))
			return AKT_ERR_INVALID;
		*options = *given;
	}
	if (options->patience_ns == 0)
		options->patience_ns = AKT_DUMP_PATIENCE_NS;
	if (options->actors_max == 0)
		options->actors_max = AKT_DUMP_ACTORS_MAX;
	return 0;
}

int64_t akt_system_actors(akt_system *sys, const akt_dump_options *given,
			  void (*visit)(void *arg, const akt_actor_info *info), void *arg)
{
	struct actors *actors = (struct actors *)sys;
	akt_dump_options options;
	struct census census;
	struct visit how;
	int64_t count;
	int r = read_options(given, &options);

	if (sys == NULL || visit == NULL || r < 0)
		return AKT_ERR_INVALID;
	r = akti_census_take(actors, options.patience_ns, &census);
	if (r < 0)
		return r;
	how = (struct visit){ visit, arg, options.busy, options.actors_max, 0, 0 };
	count = visit_all(actors, &census, &how);
	akti_census_release(&census);
	return count;
}

/* --- words -------------------------------------------------------------------------------------- */

struct dump {
	struct actors *actors;
	void (*line)(void *arg, const char *text);
	void *arg;
	size_t at;
	char text[LINE_BYTES];
};

static AKTI_PRINTF(2, 3) void add(struct dump *dump, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(dump->text + dump->at, sizeof(dump->text) - dump->at, fmt, args);
	va_end(args);
	if (n > 0)
		dump->at += (size_t)n;
	if (dump->at >= sizeof(dump->text))
		dump->at = sizeof(dump->text) - 1;
}

static void end_line(struct dump *dump)
{
	dump->line(dump->arg, dump->text);
	dump->at = 0;
	dump->text[0] = '\0';
}

static void add_time(struct dump *dump, int64_t ns)
{
	if (ns < AKT_US(10))
		add(dump, "%" PRId64 " ns", ns);
	else if (ns < AKT_MS(10))
		add(dump, "%" PRId64 " us", ns / AKT_US(1));
	else if (ns < AKT_S(10))
		add(dump, "%" PRId64 " ms", ns / AKT_MS(1));
	else
		add(dump, "%" PRId64 " s", ns / AKT_S(1));
}

static void add_count(struct dump *dump, int64_t count, const char *one, const char *many)
{
	if (count > 0)
		add(dump, ", %" PRId64 " %s", count, count == 1 ? one : many);
}

static void add_running(struct dump *dump, const akt_msg_type *msg, bool sure, int64_t since_ns)
{
	if (msg != NULL)
		add(dump, " %s", msg->name);
	else if (sure)
		add(dump, " a hook");
	if (since_ns >= 0) {
		add(dump, " for ");
		add_time(dump, since_ns);
	}
}

static void tell_worker(struct dump *dump, const struct census *census, unsigned i)
{
	const struct census_worker *at = &census->worker[i];

	add(dump, "worker %u: ", i);
	if (at->slot != CELL_NONE) {
		add(dump, "%s #%" PRIu32 ".%" PRIu32, at->sure ? "runs" : "is at", at->slot,
		    at->gen);
		add_running(dump, at->msg, at->sure, at->since_ns);
	} else {
		add(dump, at->asleep ? "sleeps" : "is awake");
	}
	end_line(dump);
}

/* Names may hold anything. */
static void add_name(struct dump *dump, const char *name)
{
	add(dump, " \"");
	for (; *name != '\0'; name++) {
		unsigned char c = (unsigned char)*name;

		if (c < ' ' || c == 0x7f || c == '"' || c == '\\')
			add(dump, "\\x%02x", c);
		else
			add(dump, "%c", c);
	}
	add(dump, "\"");
}

static void tell_actor(void *arg, const akt_actor_info *info)
{
	static const char *const modes[] = { "", ", suspended", ", stopping", ", restarting" };
	static const char *const activities[] = { "idle", "queued", "runs" };
	struct dump *dump = arg;
	uint32_t level = info->level < 40 ? info->level : 40;

	add(dump, "%*s#%" PRIu32 ".%" PRIu32 " %s", (int)(2 * level + 2), "", info->ref.slot,
	    info->ref.gen, info->type);
	if (info->name[0] != '\0')
		add_name(dump, info->name);
	add(dump, ": %s", activities[info->activity]);
	if (info->activity == AKT_RUNNING)
		add_running(dump, info->msg_type, info->running_ns >= 0, info->running_ns);
	add(dump, "%s", modes[info->mode]);
	if (info->queued == AKT_UNKNOWN)
		add(dump, ", mailbox not known");
	else
		add_count(dump, info->queued, "message",
			  info->queued_more ? "messages or more" : "messages");
	add_count(dump, info->stashed, "stashed", "stashed");
	add_count(dump, info->questions, "question", "questions");
	add_count(dump, info->watches, "watch", "watches");
	add_count(dump, info->timers, "timer", "timers");
	add_count(dump, info->descriptors, "descriptor", "descriptors");
	add_count(dump, info->failures, "failure", "failures");
	add_count(dump, info->restarts, "restart", "restarts");
	end_line(dump);
}

static void tell_system(struct dump *dump, const struct census *census)
{
	struct actors *actors = dump->actors;
	uint32_t of[4] = { 0 };
	akt_stats stats;

	for (uint32_t slot = 0; slot < census->used; slot++)
		of[census->rows[slot].activity]++;
	add(dump,
	    "system \"%s\" @%" PRIx64 ": %" PRIu32 " actors: %" PRIu32 " running, %" PRIu32
	    " queued, %" PRIu32 " idle; %u workers",
	    actors->options.name, actors->node,
	    of[CENSUS_IDLE] + of[CENSUS_QUEUED] + of[CENSUS_RUNNING], of[CENSUS_RUNNING],
	    of[CENSUS_QUEUED], of[CENSUS_IDLE], census->workers);
	end_line(dump);
	memset(&stats, 0, sizeof(stats));
	akti_super_tally(actors, &stats);
	add(dump,
	    "so far: %" PRIu64 " messages accepted, %" PRIu64 " processed, %" PRIu64
	    " dropped; %" PRIu64 " failures, %" PRIu64 " restarts",
	    stats.accepted, stats.processed, stats.dropped, stats.failures, stats.restarts);
	end_line(dump);
}

static void add_times(struct dump *dump, const char *what, const akt_histogram *times)
{
	static const double quantiles[] = { 0.5, 0.9, 0.99 };

	add(dump, "%s", what);
	for (unsigned i = 0; i < 3; i++) {
		add_time(dump, akt_histogram_quantile(times, quantiles[i]));
		add(dump, ", ");
	}
	add(dump, "at most ");
	add_time(dump, times->max_ns);
}

static void tell_latency(void *arg, const akt_latency *latency)
{
	struct dump *dump = arg;

	add(dump, "%s at %s: %" PRIu64 " samples, 1 in %" PRIu32, latency->msg_type,
	    latency->actor_type, latency->waited->count, latency->every);
	add_times(dump, "; waited p50, p90, p99 ", latency->waited);
	if (latency->ran->count > 0)
		add_times(dump, "; ran ", latency->ran);
	end_line(dump);
}

int akt_system_dump(akt_system *sys, const akt_dump_options *given,
		    void (*line)(void *arg, const char *text), void *arg)
{
	akt_dump_options options;
	struct census census;
	struct visit how;
	struct dump dump = { .actors = (struct actors *)sys, .line = line, .arg = arg };
	int r = read_options(given, &options);

	if (sys == NULL || line == NULL || r < 0)
		return AKT_ERR_INVALID;
	r = akti_census_take(dump.actors, options.patience_ns, &census);
	if (r < 0)
		return r;
	tell_system(&dump, &census);
	for (unsigned i = 0; i < census.workers; i++)
		tell_worker(&dump, &census, i);
	how = (struct visit){ tell_actor, &dump, options.busy, options.actors_max, 0, 0 };
	(void)visit_all(dump.actors, &census, &how);
	if (how.cut > 0) {
		add(&dump, "  and %" PRId64 " more", how.cut);
		end_line(&dump);
	}
	akti_census_release(&census);
	r = akt_system_latency(sys, tell_latency, &dump);
	return r < 0 ? r : 0;
}
