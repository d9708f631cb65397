/* SPDX-License-Identifier: MIT */
/*
 * graph: who called whom, weighted. A node is what the granularity makes of a location: a function,
 * a line, an address. Built from the samples in one pass; built again, in the same memory, when
 * nodes were dropped, for then an edge may lead over one that is gone (residual).
 *
 *	profile: sample -> refs -> location --(place)--> nodes of its lines, innermost first
 *	graph:   nodes <- edges, each in two lists: those into dst, those out of src
 *
 * shown lists the nodes of the graph in the order of the report; the table may hold more.
 */
#ifndef PPROF_GRAPH_H
#define PPROF_GRAPH_H

#include "pprof/query/report.h"

#define GRAPH_NONE UINT32_MAX
#define GRAPH_NODELETS_MAX 4u /* labels shown at a node, of a kind */

struct node {
	uint64_t address;
	int64_t line, column, start_line;
	uint32_t name, file, object; /* texts */
	uint32_t stamp;              /* of the last sample that counted here */
	int64_t flat, flat_div, cum, cum_div;
	int64_t score;
	uint32_t first_in, first_out; /* edges */
	uint32_t last_in;             /* the edge used last: calls repeat */
	uint32_t first_tag;
	uint32_t number; /* in a drawing; 0: not drawn */
	bool is_kept;
	char *printable; /* made when first asked for */
};

struct edge {
	uint32_t src, dst;
	uint32_t next_in, next_out;
	int64_t weight, weight_div;
	uint32_t stamp;
	bool is_residual; /* leads over nodes that were dropped */
	bool is_inline;
	bool is_dropped;
};

/* What a label or a number label contributes to a node. */
struct graph_tag {
	uint32_t node;
	uint32_t labels; /* the text of all text labels together; 0: none */
	bool is_num;
	bool is_dropped;
	uint32_t name; /* of a number: as written; of a label: labels */
	int64_t value;
	const char *unit;
	int64_t flat, flat_div, cum, cum_div;
	uint32_t next;
};

struct graph {
	struct report *report;
	struct node *nodes;
	uint32_t node_count, node_capacity;
	struct index node_index;
	uint32_t *place;  /* location -> its first in places; one more than locations */
	uint32_t *places; /* -> node */
	struct edge *edges;
	uint32_t edge_count, edge_capacity;
	struct index edge_index;
	struct graph_tag *tags;
	uint32_t tag_count, tag_capacity;
	struct index tag_index;
	uint32_t *set_labels; /* tag set -> text of its labels */
	uint32_t *shown;
	size_t shown_count;
	bool has_edges, has_tags;
	struct graph_tree *tree; /* call_tree; NULL: nodes are those of the locations */
};

/* Nodes for all locations, all kept, nothing counted. */
struct graph *graph_create(struct report *report);
void graph_destroy(struct graph *graph);

/* Count all samples into the kept nodes and list those that are not zero. */
void graph_count(struct graph *graph, bool with_edges, bool with_tags);

/* call_tree: the node of a location's node below a parent, and what is not kept cut out of the tree:
 * children go to the parent. */
struct graph_tree *graph_tree_create(const struct graph *graph);
void graph_tree_destroy(struct graph_tree *tree);
uint32_t graph_tree_node(struct graph *graph, uint32_t parent, uint32_t model);
/* What a node was counted below; GRAPH_NONE in a graph and for roots. */
uint32_t graph_tree_parent(const struct graph *graph, uint32_t node);
void graph_tree_trim(struct graph *graph);

/* The graph of a report: trimmed and sorted; the unit of the report is chosen. */
struct graph *graph_trimmed(struct report *report, struct report_counts *ret_counts);

/* Order shown by weight and name; visual: by how much a node tells. */
void graph_sort(struct graph *graph, bool by_cum, bool is_visual);

/* "name file:line" of a node, kept with it. */
const char *node_printable(struct graph *graph, uint32_t at);

/* Sort numbers of edges by weight and names. */
void graph_sort_edges(struct graph *graph, uint32_t *edges, size_t count);

/* The edges into (or out of) a node that are not dropped, sorted; *ret_edges is the caller's. */
size_t graph_edges_of(struct graph *graph, uint32_t node, bool is_in, uint32_t **ret_edges);

/* Tags: count a sample of a set, drop the light ones, count those with own weight. */
void graph_tags_begin(struct graph *graph);
void graph_tags_count(struct graph *graph, uint32_t node, uint32_t tag_set, int64_t weight,
		      int64_t divisor, bool is_flat);
void graph_tags_trim(struct graph *graph, int64_t cutoff);
uint32_t graph_tags_of(const struct graph *graph, uint32_t node);

AKTI_INLINE int64_t node_flat(const struct node *node)
{
	return number_mean(node->flat, node->flat_div);
}

AKTI_INLINE int64_t node_cum(const struct node *node)
{
	return number_mean(node->cum, node->cum_div);
}

AKTI_INLINE const char *graph_text(const struct graph *graph, uint32_t text)
{
	return akti_profile_bytes(graph->report->profile, text);
}

/* A text of the tool's own in the profile's table. */
uint32_t graph_intern(struct graph *graph, const char *text);

#endif
