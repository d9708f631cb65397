/* SPDX-License-Identifier: MIT */
/* Nodes from locations, weights from samples. */
#include "pprof/graph/graph.h"
#include "pprof/ground/path.h"

#include <stdlib.h>
#include <string.h>

uint32_t graph_intern(struct graph *graph, const char *text)
{
	uint32_t number = 0;

	if (akti_strings_intern(graph->report->profile->strings, text, strlen(text), &number) < 0)
		out_of_memory();
	return number;
}

static uint64_t node_hash(const struct node *node)
{
	uint64_t hash = akti_hash_u64((uint64_t)node->name << 32 | node->file);

	hash = akti_hash_u64(hash ^ node->address);
	hash = akti_hash_u64(hash ^ (uint64_t)node->line);
	hash = akti_hash_u64(hash ^ ((uint64_t)node->column << 32) ^ (uint64_t)node->start_line);
	return hash ^ node->object;
}

static bool same_node(const struct node *a, const struct node *b)
{
	return a->name == b->name && a->file == b->file && a->object == b->object &&
	       a->address == b->address && a->line == b->line && a->column == b->column &&
	       a->start_line == b->start_line;
}

static uint32_t find_node(struct graph *graph, const struct node *wanted)
{
	uint64_t hash = node_hash(wanted);
	struct index_probe probe = akti_index_probe(&graph->node_index, hash);
	uint32_t at;

	while ((at = akti_index_next(&probe)) != INDEX_NONE)
		if (same_node(&graph->nodes[at], wanted))
			return at;
	if (graph->node_count == graph->node_capacity) {
		graph->node_capacity = 2 * graph->node_capacity + 256;
		graph->nodes = take_more(graph->nodes, graph->node_capacity, sizeof(*wanted));
	}
	if (akti_index_insert(&graph->node_index, hash, graph->node_count) < 0)
		out_of_memory();
	graph->nodes[graph->node_count] = *wanted;
	graph->nodes[graph->node_count].is_kept = true;
	return graph->node_count++;
}

/* The names of functions' files, trimmed in the profile as reports show them, and cleaned. */
static uint32_t *clean_files(struct graph *graph)
{
	struct profile *p = graph->report->profile;
	const struct options *o = graph->report->options;
	uint32_t *clean = take(p->function_count, sizeof(*clean));
	uint32_t text_count = p->strings->count;
	uint32_t *known = take_zeroed(text_count, sizeof(*known)); /* file -> clean + 1 */
	uint32_t *trimmed = take_zeroed(text_count, sizeof(*trimmed));

	for (uint32_t i = 0; i < p->function_count; i++) {
		uint32_t file = p->functions[i].file;
		char *path;

		if (file != 0 && known[file] == 0) {
			const char *rest = akti_profile_bytes(p, file);

			if (graph->report->format != FORMAT_TRACES)
				rest = path_trim(rest, o->trim_path, o->source_path);
			path = rest[0] != '\0' ? path_clean(rest) : NULL;
			trimmed[file] = graph_intern(graph, rest) + 1;
			known[file] = (path != NULL ? graph_intern(graph, path) : 0) + 1;
			free(path);
		}
		if (file != 0)
			p->functions[i].file = trimmed[file] - 1;
		clean[i] = file != 0 ? known[file] - 1 : 0;
	}
	free(known);
	free(trimmed);
	return clean;
}

static bool keeps_objects(enum report_format format)
{
	return format == FORMAT_RAW || format == FORMAT_LIST || format == FORMAT_CALLGRIND ||
	       format == FORMAT_DISASM || format == FORMAT_WEBLIST;
}

static uint32_t node_of_line(struct graph *graph, const struct profile_location *location,
			     const struct profile_line *line, const uint32_t *files)
{
	const struct profile *p = graph->report->profile;
	struct node node = { .address = location->address,
			     .first_in = GRAPH_NONE,
			     .first_out = GRAPH_NONE,
			     .last_in = GRAPH_NONE,
			     .first_tag = GRAPH_NONE };
	uint32_t object =
		location->mapping != PROFILE_NONE ? p->mappings[location->mapping].file : 0;

	if (line == NULL) {
		node.object = object;
		return find_node(graph, &node);
	}
	node.line = line->line;
	node.column = line->column;
	node.name = p->functions[line->function].name;
	node.file = files[line->function];
	if (keeps_objects(graph->report->format) || node.name == 0) {
		node.object = object;
		node.start_line = p->functions[line->function].start_line;
	}
	return find_node(graph, &node);
}

struct graph *graph_create(struct report *report)
{
	struct graph *graph = take_zeroed(1, sizeof(*graph));
	const struct profile *p = report->profile;
	uint32_t *files;
	uint32_t count = 0;

	graph->report = report;
	files = clean_files(graph);
	graph->place = take((size_t)p->location_count + 1, sizeof(*graph->place));
	graph->places = take((size_t)p->line_count + p->location_count, sizeof(*graph->places));
	for (uint32_t i = 0; i < p->location_count; i++) {
		const struct profile_location *l = &p->locations[i];

		graph->place[i] = count;
		for (uint32_t j = 0; j < l->line_count; j++)
			graph->places[count++] =
				node_of_line(graph, l, &p->lines[l->line_first + j], files);
		if (l->line_count == 0)
			graph->places[count++] = node_of_line(graph, l, NULL, files);
	}
	graph->place[p->location_count] = count;
	graph->shown = take(graph->node_count, sizeof(*graph->shown));
	if (report->options->call_tree &&
	    (report->format == FORMAT_DOT || report->format == FORMAT_CALLGRIND))
		graph->tree = graph_tree_create(graph);
	free(files);
	return graph;
}

void graph_destroy(struct graph *graph)
{
	if (graph == NULL)
		return;
	for (uint32_t i = 0; i < graph->node_count; i++)
		free(graph->nodes[i].printable);
	free(graph->nodes);
	free(graph->place);
	free(graph->places);
	free(graph->edges);
	free(graph->tags);
	free(graph->set_labels);
	free(graph->shown);
	graph_tree_destroy(graph->tree);
	akti_index_fini(&graph->node_index);
	akti_index_fini(&graph->edge_index);
	akti_index_fini(&graph->tag_index);
	free(graph);
}

static uint32_t append_edge(struct graph *graph, uint32_t src, uint32_t dst, uint64_t hash)
{
	uint32_t at = graph->edge_count;

	if (at == graph->edge_capacity) {
		graph->edge_capacity = 2 * graph->edge_capacity + 256;
		graph->edges = take_more(graph->edges, graph->edge_capacity, sizeof(*graph->edges));
	}
	if (akti_index_insert(&graph->edge_index, hash, at) < 0)
		out_of_memory();
	graph->edges[at] = (struct edge){ .src = src,
					  .dst = dst,
					  .next_in = graph->nodes[dst].first_in,
					  .next_out = graph->nodes[src].first_out,
					  .is_inline = true };
	graph->nodes[dst].first_in = at;
	graph->nodes[src].first_out = at;
	graph->edge_count++;
	return at;
}

static uint32_t find_edge(struct graph *graph, uint32_t src, uint32_t dst)
{
	uint32_t at = graph->nodes[dst].last_in;
	struct index_probe probe;
	uint64_t hash;

	if (at != GRAPH_NONE && graph->edges[at].src == src)
		return at;
	hash = akti_hash_u64((uint64_t)src << 32 | dst);
	probe = akti_index_probe(&graph->edge_index, hash);
	while ((at = akti_index_next(&probe)) != INDEX_NONE)
		if (graph->edges[at].src == src && graph->edges[at].dst == dst)
			break;
	if (at == INDEX_NONE)
		at = append_edge(graph, src, dst, hash);
	graph->nodes[dst].last_in = at;
	return at;
}

struct counting {
	struct graph *graph;
	int64_t weight, divisor;
	uint32_t stamp;
	uint32_t tag_set;
	uint32_t parent; /* or GRAPH_NONE */
	bool is_residual;
};

static void count_edge(struct counting *c, uint32_t node, bool is_inline)
{
	uint32_t at = find_edge(c->graph, c->parent, node); /* may move the edges */
	struct edge *edge = &c->graph->edges[at];

	if (edge->stamp == c->stamp)
		return;
	edge->stamp = c->stamp;
	edge->weight = number_add(edge->weight, c->weight);
	edge->weight_div = number_add(edge->weight_div, c->divisor);
	edge->is_residual = edge->is_residual || c->is_residual;
	edge->is_inline = edge->is_inline && is_inline;
}

static void count_frame(struct counting *c, uint32_t at, bool is_inline)
{
	struct node *node;

	if (c->graph->tree != NULL)
		at = graph_tree_node(c->graph, c->parent, at);
	node = &c->graph->nodes[at];
	if (!node->is_kept) {
		c->is_residual = true;
		return;
	}
	if (node->stamp != c->stamp) {
		node->stamp = c->stamp;
		node->cum = number_add(node->cum, c->weight);
		node->cum_div = number_add(node->cum_div, c->divisor);
		if (c->graph->has_tags)
			graph_tags_count(c->graph, at, c->tag_set, c->weight, c->divisor, false);
	}
	if (c->graph->has_edges && c->parent != GRAPH_NONE && c->parent != at)
		count_edge(c, at, is_inline);
	c->parent = at;
	c->is_residual = false;
}

static void count_sample(struct counting *c, const struct profile_sample *sample)
{
	struct graph *graph = c->graph;
	const uint32_t *refs = &graph->report->profile->refs[sample->ref_first];
	struct node *leaf;

	c->parent = GRAPH_NONE;
	c->is_residual = false;
	c->tag_set = sample->tag_set;
	for (uint32_t i = sample->ref_count; i-- > 0;) {
		uint32_t first = graph->place[refs[i]];
		uint32_t end = graph->place[refs[i] + 1];

		for (uint32_t at = end; at-- > first;)
			count_frame(c, graph->places[at], at != end - 1);
	}
	if (c->parent == GRAPH_NONE || c->is_residual)
		return;
	leaf = &graph->nodes[c->parent];
	leaf->flat = number_add(leaf->flat, c->weight);
	leaf->flat_div = number_add(leaf->flat_div, c->divisor);
	if (graph->has_tags)
		graph_tags_count(graph, c->parent, c->tag_set, c->weight, c->divisor, true);
}

static void reset(struct graph *graph)
{
	for (uint32_t i = 0; i < graph->node_count; i++) {
		struct node *node = &graph->nodes[i];

		node->flat = node->flat_div = node->cum = node->cum_div = 0;
		node->first_in = node->first_out = node->last_in = node->first_tag = GRAPH_NONE;
		node->stamp = 0;
	}
	graph->edge_count = 0;
	akti_index_clear(&graph->edge_index);
}

static void list_nodes(struct graph *graph)
{
	bool drop_negative = graph->report->options->drop_negative;

	if (graph->tree != NULL)
		graph->shown = take_more(graph->shown, graph->node_count, sizeof(*graph->shown));
	graph->shown_count = 0;
	for (uint32_t i = 0; i < graph->node_count; i++) {
		const struct node *node = &graph->nodes[i];

		if (!node->is_kept || (node->cum == 0 && node->flat == 0))
			continue;
		if (drop_negative && (node->flat < 0 || (node->flat == 0 && node->cum < 0)))
			continue;
		graph->shown[graph->shown_count++] = i;
	}
}

void graph_count(struct graph *graph, bool with_edges, bool with_tags)
{
	const struct report *report = graph->report;
	const struct profile *p = report->profile;
	struct counting c = { .graph = graph };

	reset(graph);
	graph->has_edges = with_edges;
	graph->has_tags = with_tags;
	if (with_tags)
		graph_tags_begin(graph);
	for (uint32_t i = 0; i < p->sample_count; i++) {
		const int64_t *values = &p->values[(uint64_t)i * p->type_count];

		c.weight = values[report->value_index];
		c.divisor = report->is_mean ? values[0] : 0;
		if (c.weight == 0 && c.divisor == 0)
			continue;
		c.stamp = i + 1;
		count_sample(&c, &p->samples[i]);
	}
	list_nodes(graph);
}
