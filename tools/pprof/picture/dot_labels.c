/* SPDX-License-Identifier: MIT */
/* The small boxes at a node: its labels, and the sizes of what it allocated. */
#include "pprof/picture/dot.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A tag or a group of them, as drawn. */
struct nodelet {
	const char *name;
	char *own_name; /* of a group; else NULL */
	int64_t flat, cum;
};

struct tag_order {
	const struct graph *graph;
	bool is_flat;
};

static int heavier(int64_t a, int64_t b)
{
	a = number_abs(a);
	b = number_abs(b);
	return a == b ? 0 : a > b ? -1 : 1;
}

static int by_weight(const void *a, const void *b, void *arg)
{
	const struct tag_order *order = arg;
	const struct graph_tag *x = &order->graph->tags[*(const uint32_t *)a];
	const struct graph_tag *y = &order->graph->tags[*(const uint32_t *)b];

	if (!order->is_flat && x->cum != y->cum)
		return heavier(x->cum, y->cum);
	if (x->flat != y->flat)
		return heavier(x->flat, y->flat);
	return strcmp(graph_text(order->graph, x->name), graph_text(order->graph, y->name));
}

/* The tags of a node with these labels, sorted; *ret_tags is the caller's. */
static size_t collect(const struct graph *graph, uint32_t node, bool is_num, uint32_t labels,
		      bool is_flat, uint32_t **ret_tags)
{
	struct tag_order order = { graph, is_flat };
	uint32_t *tags;
	size_t count = 0;

	for (uint32_t at = graph->nodes[node].first_tag; at != GRAPH_NONE;
	     at = graph->tags[at].next)
		count++;
	tags = take(count, sizeof(*tags));
	count = 0;
	for (uint32_t at = graph->nodes[node].first_tag; at != GRAPH_NONE;
	     at = graph->tags[at].next) {
		const struct graph_tag *tag = &graph->tags[at];

		if (!tag->is_dropped && tag->is_num == is_num && (!is_num || tag->labels == labels))
			tags[count++] = at;
	}
	qsort_r(tags, count, sizeof(*tags), by_weight, &order);
	*ret_tags = tags;
	return count;
}

static double distance(const struct graph_tag *a, const struct graph_tag *b)
{
	const char *unit;
	double value = measure_scale(b->value, b->unit, a->unit, &unit);

	return fabs((double)a->value - value);
}

/* The heaviest tags lead groups, each of the others goes to the nearest. */
static void group(const struct graph *graph, const uint32_t *tags, size_t count, uint32_t *group_of)
{
	for (size_t i = 0; i < count; i++) {
		const struct graph_tag *tag = &graph->tags[tags[i]];
		uint32_t best = 0;

		if (i < GRAPH_NODELETS_MAX) {
			group_of[i] = (uint32_t)i;
			continue;
		}
		for (uint32_t g = 1; g < GRAPH_NODELETS_MAX; g++)
			if (distance(tag, &graph->tags[tags[g]]) <
			    distance(tag, &graph->tags[tags[best]]))
				best = g;
		group_of[i] = best;
	}
}

static struct nodelet one_tag(const struct graph *graph, const struct graph_tag *tag)
{
	return (struct nodelet){ .name = graph_text(graph, tag->name),
				 .flat = number_mean(tag->flat, tag->flat_div),
				 .cum = number_mean(tag->cum, tag->cum_div) };
}

/* "64B..1kB" with the weight of all in the group. */
static struct nodelet merged(const struct graph *graph, const uint32_t *tags,
			     const uint32_t *group_of, size_t count, uint32_t wanted)
{
	const struct graph_tag *least = NULL, *most = NULL;
	struct graph_tag sum = { 0 };
	struct nodelet nodelet;
	size_t members = 0;
	const char *unit;

	for (size_t i = 0; i < count; i++) {
		const struct graph_tag *tag = &graph->tags[tags[i]];

		if (group_of[i] != wanted)
			continue;
		members++;
		if (least == NULL)
			least = most = tag;
		if (number_from(measure_scale(tag->value, tag->unit, least->unit, &unit)) <
		    least->value)
			least = tag;
		if (number_from(measure_scale(tag->value, tag->unit, most->unit, &unit)) >
		    most->value)
			most = tag;
		sum.flat = number_add(sum.flat, tag->flat);
		sum.flat_div = number_add(sum.flat_div, tag->flat_div);
		sum.cum = number_add(sum.cum, tag->cum);
		sum.cum_div = number_add(sum.cum_div, tag->cum_div);
	}
	if (least == NULL) /* a group has members */
		return (struct nodelet){ 0 };
	nodelet = (struct nodelet){ .flat = number_mean(sum.flat, sum.flat_div),
				    .cum = number_mean(sum.cum, sum.cum_div) };
	nodelet.own_name =
		members == 1 ? take_text(measure_label(least->value, least->unit, "auto").text)
			     : take_printf("%s..%s",
					   measure_label(least->value, least->unit, "auto").text,
					   measure_label(most->value, most->unit, "auto").text);
	nodelet.name = nodelet.own_name;
	return nodelet;
}

static bool goes_before(const struct nodelet *a, const struct nodelet *b, bool is_flat)
{
	if (!is_flat && a->cum != b->cum)
		return heavier(a->cum, b->cum) < 0;
	if (a->flat != b->flat)
		return heavier(a->flat, b->flat) < 0;
	return strcmp(a->name, b->name) < 0;
}

/* At most four: the tags themselves, or ranges of them; returns how many. */
static size_t collapse(const struct graph *graph, const uint32_t *tags, size_t count, bool is_flat,
		       struct nodelet nodelets[GRAPH_NODELETS_MAX])
{
	uint32_t *group_of;

	if (count <= GRAPH_NODELETS_MAX) {
		for (size_t i = 0; i < count; i++)
			nodelets[i] = one_tag(graph, &graph->tags[tags[i]]);
		return count;
	}
	group_of = take(count, sizeof(*group_of));
	group(graph, tags, count, group_of);
	for (uint32_t g = 0; g < GRAPH_NODELETS_MAX; g++) {
		struct nodelet nodelet = merged(graph, tags, group_of, count, g);
		uint32_t at = g;

		for (; at > 0 && goes_before(&nodelet, &nodelets[at - 1], is_flat); at--)
			nodelets[at] = nodelets[at - 1];
		nodelets[at] = nodelet;
	}
	free(group_of);
	return GRAPH_NODELETS_MAX;
}

static bool has_callees(const struct graph *graph, uint32_t node)
{
	uint32_t e = graph->nodes[node].first_out;

	while (e != GRAPH_NONE && graph->edges[e].is_dropped)
		e = graph->edges[e].next_out;
	return e != GRAPH_NONE;
}

static bool add_numbers(const struct graph *graph, uint32_t node, uint32_t labels,
			const char *source, struct buffer *out)
{
	bool is_flat = has_callees(graph, node);
	struct nodelet nodelets[GRAPH_NODELETS_MAX];
	bool added = false;
	uint32_t *tags;
	size_t count = collect(graph, node, true, labels, is_flat, &tags);

	count = collapse(graph, tags, count, is_flat, nodelets);
	for (size_t i = 0; i < count; i++) {
		const struct nodelet *n = &nodelets[i];
		bool is_own = is_flat || n->flat == n->cum;
		int64_t weight = is_own ? n->flat : n->cum;
		struct measure_text text = report_value(graph->report, weight);

		if (weight != 0) {
			buffer_printf(out, "N%s_%zu [label = \"%s\" id=\"N%s_%zu\" fontsize=8 ",
				      source, i, n->name, source, i);
			buffer_printf(out, "shape=box3d tooltip=\"%s\"]\n", text.text);
			buffer_printf(out, "%s -> N%s_%zu [label=\" %s\" weight=100 ", source,
				      source, i, text.text);
			buffer_printf(out, "tooltip=\"%s\" labeltooltip=\"%s\"%s]\n", text.text,
				      text.text, is_own ? "" : " style=\"dotted\"");
			added = true;
		}
		free(nodelets[i].own_name);
	}
	free(tags);
	return added;
}

bool dot_add_nodelets(struct graph *graph, uint32_t node, struct buffer *out)
{
	/* A leaf shows also what it got from callees that were dropped, others only their own. */
	bool is_flat = has_callees(graph, node);
	uint32_t number = graph->nodes[node].number;
	bool added = false;
	char source[64];
	uint32_t *tags;
	size_t count = collect(graph, node, false, 0, is_flat, &tags);

	for (size_t i = 0; i < count && i < GRAPH_NODELETS_MAX; i++) {
		const struct graph_tag *tag = &graph->tags[tags[i]];
		int64_t weight = is_flat ? number_mean(tag->flat, tag->flat_div)
					 : number_mean(tag->cum, tag->cum_div);
		struct measure_text text = report_value(graph->report, weight);

		if (weight == 0)
			continue;
		snprintf(source, sizeof(source), "N%" PRIu32 "_%zu", number, i);
		buffer_printf(out, "%s [label = \"%s\" id=\"%s\" fontsize=8 shape=box3d ", source,
			      graph_text(graph, tag->name), source);
		buffer_printf(out, "tooltip=\"%s\"]\n", text.text);
		buffer_printf(out, "N%" PRIu32 " -> %s [label=\" %s\" weight=100 ", number, source,
			      text.text);
		buffer_printf(out, "tooltip=\"%s\" labeltooltip=\"%s\"]\n", text.text, text.text);
		add_numbers(graph, node, tag->labels, source, out);
		added = true;
	}
	snprintf(source, sizeof(source), "N%" PRIu32, number);
	if (add_numbers(graph, node, 0, source, out))
		added = true;
	free(tags);
	return added;
}
