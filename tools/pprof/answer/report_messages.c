/* SPDX-License-Identifier: MIT */
/*
 * messages: how the hot actors of a message profile fare: two lines each, figures and verdict. The
 * hottest are those at which messages spend most time, waiting and worked on.
 */
#include "pprof/query/filter.h"
#include "pprof/answer/groups.h"
#include "pprof/answer/run_context.h"
#include "pprof/answer/tally.h"
#include "pprof/answer/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGES = 0, BYTES = 1, WAIT = 2, PROCESSING = 3, VALUES = 4 };
static const char *const type_names[VALUES] = { "messages", "bytes", "mailbox_wait", "processing" };
static const struct group_key actor_keys[] = { { "actor_type", NULL, NULL },
					       { "actor", NULL, NULL } };

/* Who sent to whom. */
struct sending {
	uint32_t group;
	uint32_t sender; /* text; 0: what began without one */
	int64_t messages;
};

struct actor {
	int64_t sum[VALUES];
	uint32_t sender; /* of most messages */
	int64_t sender_messages;
	int64_t cpu_ns;
};

struct message_table {
	struct report *report;
	struct groups groups;
	uint32_t types[VALUES];
	struct actor *actors; /* by group */
	uint32_t *order;
	size_t count;
	double duration_ns, every;
	double running; /* handlers at a time, before filters */
	double cpu_scale, cpu_period_ns;
	const struct profile *cpu;
};

static bool find_type(const struct profile *p, const char *name, uint32_t *ret_type)
{
	for (uint32_t t = 0; t < p->type_count; t++)
		if (strcmp(akti_profile_bytes(p, p->types[t].type), name) == 0) {
			*ret_type = t;
			return true;
		}
	return false;
}

static bool find_types(struct message_table *m, struct buffer *error)
{
	for (size_t i = 0; i < VALUES; i++)
		if (!find_type(m->report->profile, type_names[i], &m->types[i])) {
			buffer_printf(error,
				      "messages: this is no profile of messages: it has no "
				      "values %s",
				      type_names[i]);
			return false;
		}
	return true;
}

/* The name of the handler that sent: the frame above the leaf. */
static uint32_t sender_of(const struct profile *p, const struct profile_sample *sample)
{
	const struct profile_location *l;

	if (sample->ref_count < 2)
		return 0;
	l = &p->locations[p->refs[sample->ref_first + 1]];
	return l->line_count > 0 ? p->functions[p->lines[l->line_first].function].name : 0;
}

static int by_sending(const void *a, const void *b)
{
	const struct sending *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return x->sender < y->sender ? -1 : x->sender > y->sender;
}

static void find_senders(struct message_table *m, struct sending *all, size_t count)
{
	qsort(all, count, sizeof(*all), by_sending);
	for (size_t first = 0, end; first < count; first = end) {
		struct actor *actor = &m->actors[all[first].group];
		int64_t messages = 0;

		for (end = first; end < count && by_sending(&all[first], &all[end]) == 0; end++)
			messages = number_add(messages, all[end].messages);
		if (messages > actor->sender_messages) {
			actor->sender = all[first].sender;
			actor->sender_messages = messages;
		}
	}
}

static void count(struct message_table *m)
{
	const struct profile *p = m->report->profile;
	struct sending *all = take(p->sample_count, sizeof(*all));

	m->actors = take_zeroed(m->groups.count, sizeof(*m->actors));
	for (uint32_t i = 0; i < p->sample_count; i++) {
		const int64_t *values = &p->values[(uint64_t)i * p->type_count];
		uint32_t group = m->groups.of_set[p->samples[i].tag_set];

		for (size_t v = 0; v < VALUES; v++)
			m->actors[group].sum[v] =
				number_add(m->actors[group].sum[v], values[m->types[v]]);
		all[i] = (struct sending){ group, sender_of(p, &p->samples[i]),
					   values[m->types[MESSAGES]] };
	}
	find_senders(m, all, p->sample_count);
	free(all);
}

/* The label filters apply to the CPU profile as well; its frames are others. */
static void filter_cpu(struct report *cpu, struct options *options)
{
	char **frames[] = { &options->focus, &options->ignore,    &options->hide,
			    &options->show,  &options->show_from, &options->prune_from };
	struct buffer error = { 0 };

	for (size_t i = 0; i < AKTI_COUNT_OF(frames); i++)
		option_assign(frames[i], "");
	cpu->options = options;
	filter_apply(cpu, &error);
	buffer_fini(&error);
	buffer_fini(&cpu->warnings);
}

/* Whose group in the message profile has these two labels; the groups are few thousand at most, and
 * a CPU profile names fewer. */
static struct actor *find_actor(struct message_table *m, const char *type, const char *name)
{
	struct profile *p = m->report->profile;
	uint32_t cells[] = { akti_profile_text(p, type), akti_profile_text(p, name) };
	uint64_t hash = akti_hash_bytes(cells, sizeof(cells), 0);
	struct index_probe probe = akti_index_probe(&m->groups.index, hash);
	uint32_t at;

	while ((at = akti_index_next(&probe)) != INDEX_NONE)
		if (memcmp(&m->groups.cells[(size_t)at * 2], cells, sizeof(cells)) == 0)
			return &m->actors[at];
	return NULL;
}

static bool count_cpu(struct message_table *m, struct profile *cpu, struct buffer *error)
{
	struct report report = { .profile = cpu };
	struct options options;
	struct groups groups;
	uint32_t type;

	if (!find_type(cpu, "cpu", &type)) {
		buffer_text(error, "messages: the second profile is no CPU profile: it has no "
				   "values cpu");
		return false;
	}
	options_copy(&options, m->report->options);
	filter_cpu(&report, &options);
	groups_init(&groups, &report, actor_keys, AKTI_COUNT_OF(actor_keys));
	for (uint32_t i = 0; i < cpu->sample_count; i++) {
		const uint32_t *cells =
			&groups.cells[(size_t)groups.of_set[cpu->samples[i].tag_set] * 2];
		struct actor *actor = find_actor(m, akti_profile_bytes(cpu, cells[0]),
						 akti_profile_bytes(cpu, cells[1]));

		if (actor != NULL)
			actor->cpu_ns =
				number_add(actor->cpu_ns,
					   cpu->values[(uint64_t)i * cpu->type_count + type]);
	}
	groups_fini(&groups);
	options_fini(&options);
	m->cpu = cpu;
	m->cpu_period_ns = (double)cpu->period;
	m->cpu_scale = cpu->duration_ns > 0 && m->duration_ns > 0
			       ? m->duration_ns / (double)cpu->duration_ns
			       : 1;
	return true;
}

static int by_heat(const void *a, const void *b, void *arg)
{
	const struct message_table *m = arg;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	int64_t p = number_add(m->actors[x].sum[WAIT], m->actors[x].sum[PROCESSING]);
	int64_t q = number_add(m->actors[y].sum[WAIT], m->actors[y].sum[PROCESSING]);

	if (p != q)
		return p > q ? -1 : 1;
	return x < y ? -1 : 1;
}

static void select_actors(struct message_table *m)
{
	int64_t wanted = m->report->nodecount;

	m->order = take(m->groups.count, sizeof(*m->order));
	for (uint32_t i = 0; i < m->groups.count; i++)
		if (m->actors[i].sum[MESSAGES] > 0)
			m->order[m->count++] = i;
	qsort_r(m->order, m->count, sizeof(*m->order), by_heat, m);
	if (wanted > 0 && (size_t)wanted < m->count)
		m->count = (size_t)wanted;
}

static struct measure_text time_text(double ns)
{
	return measure_label(number_from(ns), "nanoseconds", "auto");
}

static void print_head(const struct message_table *m, size_t all, struct buffer *out)
{
	const struct report *report = m->report;

	if (m->duration_ns > 0)
		buffer_printf(out, "Duration: %s; on average %.2f handlers ran at a time\n",
			      time_text(m->duration_ns).text, m->running);
	if (m->cpu != NULL && fabs(m->cpu_scale - 1) > 0.1)
		buffer_printf(out, "The CPU profile is of %s: its times are taken in proportion\n",
			      time_text((double)m->cpu->duration_ns).text);
	for (uint32_t i = 0; i < report->profile->comment_count; i++)
		if (strncmp(akti_profile_bytes(report->profile, report->profile->comments[i]),
			    "sent=", 5) == 0)
			buffer_printf(out, "Messages: %s\n",
				      akti_profile_bytes(report->profile,
							 report->profile->comments[i]));
	report_filters(report->options, out);
	buffer_printf(out, "Showing %zu of %zu actors, by wait and processing", m->count, all);
	if (m->every > 1)
		buffer_printf(out, "; one message in %.0f was timed", m->every);
	buffer_text(out, "\n");
	buffer_printf(out, "%9s %8s %9s %9s %9s %9s %6s", "messages", "per s", "bytes", "wait each",
		      "wait all", "run each", "busy");
	if (m->cpu != NULL)
		buffer_printf(out, " %6s", "cpu");
	buffer_text(out, "  actor\n");
}

static void print_figures(const struct message_table *m, const struct actor *actor,
			  struct buffer *out)
{
	double messages = (double)actor->sum[MESSAGES], wait = (double)actor->sum[WAIT];
	double processing = (double)actor->sum[PROCESSING];
	double seconds = m->duration_ns / 1e9;

	buffer_printf(out, "%9.0f ", messages);
	if (seconds > 0)
		buffer_printf(out, "%8.0f", messages / seconds);
	else
		buffer_printf(out, "%8s", "-");
	buffer_text(out, " ");
	buffer_pad(out, 9, measure_label(actor->sum[BYTES], "bytes", "auto").text);
	buffer_text(out, " ");
	buffer_pad(out, 9, time_text(wait / messages).text);
	buffer_text(out, " ");
	buffer_pad(out, 9, time_text(wait).text);
	buffer_text(out, " ");
	buffer_pad(out, 9, time_text(processing / messages).text);
	if (seconds > 0)
		buffer_printf(out, " %5.1f%%", 100 * processing / m->duration_ns);
	else
		buffer_printf(out, " %6s", "-");
	if (m->cpu != NULL && seconds > 0)
		buffer_printf(out, " %5.1f%%",
			      100 * (double)actor->cpu_ns * m->cpu_scale / m->duration_ns);
	else if (m->cpu != NULL)
		buffer_printf(out, " %6s", "-");
}

static void print_verdict(const struct message_table *m, const struct actor *actor, bool is_outside,
			  struct buffer *out)
{
	struct actor_load load = {
		.timed = (double)actor->sum[MESSAGES] / m->every,
		.messages = (double)actor->sum[MESSAGES],
		.duration_ns = m->duration_ns,
		.wait_ns = (double)actor->sum[WAIT],
		.processing_ns = (double)actor->sum[PROCESSING],
		.has_cpu = m->cpu != NULL,
		.cpu_ns = (double)actor->cpu_ns * m->cpu_scale,
		.cpu_period_ns = m->cpu_period_ns,
	};

	buffer_text(out, "          ");
	load.others = m->running - (m->duration_ns > 0 ? load.processing_ns / m->duration_ns : 0);
	if (is_outside)
		buffer_text(out, "no actor: answers to threads outside");
	else
		verdict_print(verdict_of(&load), &load, out);
	if (actor->sender != 0)
		buffer_printf(out, "; %.0f %% from %s",
			      100 * (double)actor->sender_messages / load.messages,
			      akti_profile_bytes(m->report->profile, actor->sender));
	buffer_text(out, "\n");
}

static void print(const struct message_table *m, size_t all, struct buffer *out)
{
	struct profile *p = m->report->profile;

	print_head(m, all, out);
	for (size_t i = 0; i < m->count; i++) {
		const uint32_t *cells = &m->groups.cells[(size_t)m->order[i] * 2];
		const struct actor *actor = &m->actors[m->order[i]];
		const char *type = akti_profile_bytes(p, cells[0]);

		print_figures(m, actor, out);
		buffer_text(out, "  ");
		groups_cell(&m->groups, p, m->order[i], 1, out);
		buffer_printf(out, " (%s)\n", cells[0] != 0 ? type : "no type");
		print_verdict(m, actor, strcmp(type, "akt.outside") == 0, out);
	}
	buffer_text(out, "\n");
	if (m->cpu == NULL)
		buffer_text(out,
			    "Not in a profile of messages: how much of its processing an actor was "
			    "on a CPU.\nWith a CPU profile of the same run: akt pprof messages "
			    "MESSAGES CPU\n");
	buffer_printf(out,
		      "Not in %s: how many workers there are; what is late may also have come in "
		      "a burst.\n",
		      m->cpu == NULL ? "it either" : "these profiles");
}

bool report_messages(struct report *report, struct buffer *out, struct buffer *error)
{
	struct message_table m = { .report = report,
				   .duration_ns = (double)report->profile->duration_ns,
				   .every = 1 };
	struct profile *cpu = report->context != NULL ? report->context->cpu : NULL;
	bool ok = find_types(&m, error);
	size_t all;

	if (!ok)
		return false;
	if (report->profile->period > 1)
		m.every = (double)report->profile->period;
	if (m.duration_ns > 0)
		m.running = (double)report->sums[m.types[PROCESSING]] / m.duration_ns;
	groups_init(&m.groups, report, actor_keys, AKTI_COUNT_OF(actor_keys));
	count(&m);
	ok = cpu == NULL || count_cpu(&m, cpu, error);
	if (ok) {
		select_actors(&m);
		all = 0;
		for (uint32_t i = 0; i < m.groups.count; i++)
			all += m.actors[i].sum[MESSAGES] > 0;
		print(&m, all, out);
	}
	groups_fini(&m.groups);
	free(m.actors);
	free(m.order);
	return ok;
}
