/* SPDX-License-Identifier: MIT */
/* callgrind: costs and calls for KCachegrind. */
#include "pprof/graph/graph.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* callgrind: a name is "(number) name" where it is first used, "(number)" afterwards. */
struct name_numbers {
	uint32_t *of; /* text -> number */
	uint32_t size;
	uint32_t used;
};

static void add_name(struct graph *graph, const char *kind, struct name_numbers *numbers,
		     uint32_t text, struct buffer *out)
{
	buffer_printf(out, "%s=", kind);
	if (text == 0) {
		buffer_text(out, "\n");
		return;
	}
	if (text >= numbers->size) {
		numbers->of = take_more(numbers->of, 2 * (size_t)text, sizeof(*numbers->of));
		memset(numbers->of + numbers->size, 0,
		       (2 * (size_t)text - numbers->size) * sizeof(*numbers->of));
		numbers->size = 2 * text;
	}
	if (numbers->of[text] != 0) {
		buffer_printf(out, "(%" PRIu32 ")\n", numbers->of[text]);
	} else {
		numbers->of[text] = ++numbers->used;
		buffer_printf(out, "(%" PRIu32 ") %s\n", numbers->used, graph_text(graph, text));
	}
}

/* Relative to the node before where that is shorter. */
static void add_address(const struct node *before, uint64_t address, struct buffer *out)
{
	char whole[32], relative[32];
	int n = snprintf(whole, sizeof(whole), "0x%" PRIx64, address);

	if (before != NULL && before->address == address) {
		buffer_text(out, "*");
		return;
	}
	if (before != NULL && snprintf(relative, sizeof(relative), "%+" PRId64,
				       (int64_t)(address - before->address)) < n)
		buffer_text(out, relative);
	else
		buffer_text(out, whole);
}

/* Callgrind takes functions of one name and file for one: those that are not get a mark. */
struct namesake {
	uint32_t node;  /* the first of its function */
	uint32_t place; /* among those of one name and file, from 1 */
	uint32_t group; /* the first namesake with this name and file */
	uint32_t size;  /* of the group, in its first namesake */
};

struct namesakes {
	struct namesake *at;
	uint32_t count;
	uint32_t *of_node; /* node -> namesake */
};

struct callgrind {
	struct namesakes namesakes;
	struct graph *graph;
	struct name_numbers objects, files, names;
	const struct node *before;
};

static uint32_t find_namesake(const struct namesakes *n, const struct graph *graph,
			      const struct index *index, uint64_t hash, uint32_t wanted, bool whole)
{
	const struct node *node = &graph->nodes[wanted];
	struct index_probe probe = akti_index_probe(index, hash);
	uint32_t at;

	while ((at = akti_index_next(&probe)) != INDEX_NONE) {
		const struct node *known = &graph->nodes[n->at[at].node];

		if (known->name == node->name && known->file == node->file &&
		    (!whole ||
		     (known->start_line == node->start_line && known->object == node->object &&
		      graph_tree_parent(graph, n->at[at].node) ==
			      graph_tree_parent(graph, wanted))))
			break;
	}
	return at;
}

static void find_namesakes(struct namesakes *n, const struct graph *graph)
{
	struct index functions = { 0 }, groups = { 0 };

	n->at = take(graph->shown_count, sizeof(*n->at));
	n->of_node = take_zeroed(graph->node_count, sizeof(*n->of_node));
	for (size_t i = 0; i < graph->shown_count; i++) {
		const struct node *node = &graph->nodes[graph->shown[i]];
		uint64_t group_hash = akti_hash_u64((uint64_t)node->name << 32 | node->file);
		uint64_t hash = akti_hash_u64(group_hash ^ (uint64_t)node->start_line) ^
				node->object ^
				akti_hash_u64(graph_tree_parent(graph, graph->shown[i]));
		uint32_t at = find_namesake(n, graph, &functions, hash, graph->shown[i], true);
		uint32_t group =
			find_namesake(n, graph, &groups, group_hash, graph->shown[i], false);

		if (at == INDEX_NONE) {
			at = n->count++;
			if (group == INDEX_NONE &&
			    akti_index_insert(&groups, group_hash, group = at) < 0)
				out_of_memory();
			if (akti_index_insert(&functions, hash, at) < 0)
				out_of_memory();
			n->at[at] = (struct namesake){ graph->shown[i], 0, group, 0 };
			n->at[at].place = ++n->at[group].size;
		}
		n->of_node[graph->shown[i]] = at;
	}
	akti_index_fini(&functions);
	akti_index_fini(&groups);
}

static uint32_t called_name(struct callgrind *c, uint32_t at)
{
	const struct namesake *n = &c->namesakes.at[c->namesakes.of_node[at]];
	uint32_t size = c->namesakes.at[n->group].size, text;
	char *name;

	if (size < 2)
		return c->graph->nodes[at].name;
	name = take_printf("%s [%" PRIu32 "/%" PRIu32 "]",
			   graph_text(c->graph, c->graph->nodes[at].name), n->place, size);
	text = graph_intern(c->graph, name);
	free(name);
	return text;
}

static void add_calls(struct callgrind *c, uint32_t at, struct buffer *out)
{
	const struct report *report = c->graph->report;
	const char *unit;
	uint32_t *edges;
	size_t count = graph_edges_of(c->graph, at, false, &edges);

	for (size_t i = 0; i < count; i++) {
		const struct edge *edge = &c->graph->edges[edges[i]];
		const struct node *callee = &c->graph->nodes[edge->dst];

		add_name(c->graph, "cfl", &c->files, callee->file, out);
		add_name(c->graph, "cfn", &c->names, called_name(c, edge->dst), out);
		buffer_text(out, "calls=0 ");
		add_address(c->before, callee->address, out);
		buffer_printf(out, " %" PRId64 "\n* * %" PRId64 "\n", callee->line,
			      number_from(measure_scale(edge->weight, report->unit,
							report->output_unit, &unit)));
	}
	free(edges);
}

static void add_cost(struct callgrind *c, uint32_t at, struct buffer *out)
{
	const struct report *report = c->graph->report;
	const struct node *node = &c->graph->nodes[at];
	const char *unit;

	if (c->before == NULL || node->object != c->before->object ||
	    node->file != c->before->file || node->name != c->before->name) {
		buffer_text(out, "\n");
		add_name(c->graph, "ob", &c->objects, node->object, out);
		add_name(c->graph, "fl", &c->files, node->file, out);
		add_name(c->graph, "fn", &c->names, node->name, out);
	}
	add_address(c->before, node->address, out);
	buffer_printf(out, " %" PRId64 " %" PRId64 "\n", node->line,
		      number_from(measure_scale(node_flat(node), report->unit, report->output_unit,
						&unit)));
	add_calls(c, at, out);
	c->before = node;
}

bool report_callgrind(struct report *report, struct buffer *out, struct buffer *error)
{
	struct report_counts counts;
	struct graph *graph = graph_trimmed(report, &counts);
	struct callgrind c = { .graph = graph };

	(void)error;
	find_namesakes(&c.namesakes, graph);
	buffer_printf(out, "positions: instr line\nevents: %s(%s)\n", report->type,
		      report->output_unit);
	for (size_t i = 0; i < graph->shown_count; i++)
		add_cost(&c, graph->shown[i], out);
	free(c.namesakes.at);
	free(c.namesakes.of_node);
	free(c.objects.of);
	free(c.files.of);
	free(c.names.of);
	graph_destroy(graph);
	return true;
}
