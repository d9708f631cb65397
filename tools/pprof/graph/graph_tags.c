/* SPDX-License-Identifier: MIT */
/*
 * Labels on nodes, for drawings. All text labels of a sample together are one tag; of the numbers
 * only "bytes" is drawn, counted apart for each set of text labels.
 */
#include "pprof/graph/graph.h"

#include <stdlib.h>
#include <string.h>

#define BASE_KEY "pprof::base"

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "actor:x\nmsg:Y" with \n as two characters, as dot reads it. */
static uint32_t join_labels(struct graph *graph, const struct profile_tag_set *set)
{
	const struct profile *p = graph->report->profile;
	char **parts = take(set->count, sizeof(*parts));
	struct buffer joined = { 0 };
	uint32_t text = 0, count = 0;

	for (uint32_t i = 0; i < set->count; i++) {
		const struct profile_tag *tag = &p->tags[set->first + i];

		if (!tag->is_num && strcmp(graph_text(graph, tag->key), BASE_KEY) != 0)
			parts[count++] = take_printf("%s:%s", graph_text(graph, tag->key),
						     graph_text(graph, tag->str));
	}
	qsort(parts, count, sizeof(*parts), by_text);
	for (uint32_t i = 0; i < count; i++) {
		buffer_printf(&joined, "%s%s", i > 0 ? "\\n" : "", parts[i]);
		free(parts[i]);
	}
	if (joined.size > 0)
		text = graph_intern(graph, joined.at);
	buffer_fini(&joined);
	free(parts);
	return text;
}

void graph_tags_begin(struct graph *graph)
{
	const struct profile *p = graph->report->profile;

	graph->tag_count = 0;
	akti_index_clear(&graph->tag_index);
	if (graph->set_labels != NULL)
		return;
	graph->set_labels = take(p->tag_set_count, sizeof(*graph->set_labels));
	for (uint32_t i = 0; i < p->tag_set_count; i++)
		graph->set_labels[i] = join_labels(graph, &p->tag_sets[i]);
}

static struct graph_tag *find_tag(struct graph *graph, const struct graph_tag *wanted)
{
	uint64_t hash = akti_hash_u64((uint64_t)wanted->node << 32 | wanted->labels) ^
			akti_hash_u64((uint64_t)wanted->name << 1 | wanted->is_num);
	struct index_probe probe = akti_index_probe(&graph->tag_index, hash);
	uint32_t at;

	while ((at = akti_index_next(&probe)) != INDEX_NONE) {
		const struct graph_tag *tag = &graph->tags[at];

		if (tag->node == wanted->node && tag->labels == wanted->labels &&
		    tag->name == wanted->name && tag->is_num == wanted->is_num)
			return &graph->tags[at];
	}
	if (graph->tag_count == graph->tag_capacity) {
		graph->tag_capacity = 2 * graph->tag_capacity + 64;
		graph->tags = take_more(graph->tags, graph->tag_capacity, sizeof(*graph->tags));
	}
	if (akti_index_insert(&graph->tag_index, hash, graph->tag_count) < 0)
		out_of_memory();
	graph->tags[graph->tag_count] = *wanted;
	graph->tags[graph->tag_count].next = graph->nodes[wanted->node].first_tag;
	graph->nodes[wanted->node].first_tag = graph->tag_count;
	return &graph->tags[graph->tag_count++];
}

static void count_tag(struct graph *graph, const struct graph_tag *wanted, int64_t weight,
		      int64_t divisor, bool is_flat)
{
	struct graph_tag *tag = find_tag(graph, wanted);

	if (is_flat) {
		tag->flat = number_add(tag->flat, weight);
		tag->flat_div = number_add(tag->flat_div, divisor);
	} else {
		tag->cum = number_add(tag->cum, weight);
		tag->cum_div = number_add(tag->cum_div, divisor);
	}
}

void graph_tags_count(struct graph *graph, uint32_t node, uint32_t tag_set, int64_t weight,
		      int64_t divisor, bool is_flat)
{
	const struct report *report = graph->report;
	const struct profile *p = report->profile;
	const struct profile_tag_set *set = &p->tag_sets[tag_set];
	struct graph_tag wanted = { .node = node, .labels = graph->set_labels[tag_set] };

	wanted.name = wanted.labels;
	if (wanted.labels != 0)
		count_tag(graph, &wanted, weight, divisor, is_flat);
	wanted.is_num = true;
	for (uint32_t i = 0; i < set->count; i++) {
		const struct profile_tag *tag = &p->tags[set->first + i];

		if (!tag->is_num || strcmp(graph_text(graph, tag->key), "bytes") != 0)
			continue;
		wanted.unit = report_key_unit(report, tag->key);
		wanted.value = tag->num;
		wanted.name = graph_intern(
			graph, measure_label(tag->num, wanted.unit, report->output_unit).text);
		count_tag(graph, &wanted, weight, divisor, is_flat);
	}
}

void graph_tags_trim(struct graph *graph, int64_t cutoff)
{
	for (uint32_t i = 0; i < graph->tag_count; i++) {
		struct graph_tag *tag = &graph->tags[i];

		if (number_abs(tag->flat) < cutoff && number_abs(tag->cum) < cutoff)
			tag->is_dropped = true;
	}
}

uint32_t graph_tags_of(const struct graph *graph, uint32_t node)
{
	uint32_t count = 0;

	for (uint32_t at = graph->nodes[node].first_tag; at != GRAPH_NONE;
	     at = graph->tags[at].next)
		if (!graph->tags[at].is_dropped && graph->tags[at].flat != 0)
			count++;
	return count;
}
