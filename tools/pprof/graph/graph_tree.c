/* SPDX-License-Identifier: MIT */
/*
 * call_tree: a node for each way to a frame. The nodes of the graph's locations are models then:
 * the tree's are copies of them, one below each parent, and only these are counted and shown.
 */
#include "pprof/graph/graph.h"

#include <stdlib.h>
#include <string.h>

struct way {
	uint32_t parent; /* or GRAPH_NONE */
	uint32_t model;
};

struct graph_tree {
	uint32_t model_count;
	struct way *ways; /* of the nodes behind the models */
	uint32_t way_capacity;
	struct index index;
};

struct graph_tree *graph_tree_create(const struct graph *graph)
{
	struct graph_tree *tree = take_zeroed(1, sizeof(*tree));

	tree->model_count = graph->node_count;
	return tree;
}

void graph_tree_destroy(struct graph_tree *tree)
{
	if (tree == NULL)
		return;
	free(tree->ways);
	akti_index_fini(&tree->index);
	free(tree);
}

static uint32_t append(struct graph *graph, struct way way, uint64_t hash)
{
	struct graph_tree *tree = graph->tree;
	uint32_t at = graph->node_count, place = at - tree->model_count;
	struct node *node;

	if (at == graph->node_capacity) {
		graph->node_capacity = 2 * graph->node_capacity + 256;
		graph->nodes = take_more(graph->nodes, graph->node_capacity, sizeof(*node));
	}
	if (place == tree->way_capacity) {
		tree->way_capacity = 2 * tree->way_capacity + 256;
		tree->ways = take_more(tree->ways, tree->way_capacity, sizeof(*tree->ways));
	}
	if (akti_index_insert(&tree->index, hash, place) < 0)
		out_of_memory();
	node = &graph->nodes[at];
	*node = graph->nodes[way.model];
	node->printable = NULL;
	tree->ways[place] = way;
	graph->node_count++;
	return at;
}

uint32_t graph_tree_node(struct graph *graph, uint32_t parent, uint32_t model)
{
	struct graph_tree *tree = graph->tree;
	uint64_t hash = akti_hash_u64((uint64_t)parent << 32 | model);
	struct index_probe probe = akti_index_probe(&tree->index, hash);
	uint32_t at;

	while ((at = akti_index_next(&probe)) != INDEX_NONE)
		if (tree->ways[at].parent == parent && tree->ways[at].model == model)
			return tree->model_count + at;
	return append(graph, (struct way){ parent, model }, hash);
}

uint32_t graph_tree_parent(const struct graph *graph, uint32_t node)
{
	const struct graph_tree *tree = graph->tree;

	return tree != NULL ? tree->ways[node - tree->model_count].parent : GRAPH_NONE;
}

/* The one edge into a node; GRAPH_NONE: it is a root. */
static uint32_t edge_into(const struct graph *graph, uint32_t node)
{
	uint32_t at = graph->nodes[node].first_in;

	while (at != GRAPH_NONE && graph->edges[at].is_dropped)
		at = graph->edges[at].next_in;
	return at;
}

/* Its children become its parent's, or roots. */
static void cut_out(struct graph *graph, uint32_t node)
{
	uint32_t into = edge_into(graph, node), next;
	struct edge *above = into != GRAPH_NONE ? &graph->edges[into] : NULL;

	for (uint32_t at = graph->nodes[node].first_out; at != GRAPH_NONE; at = next) {
		struct edge *edge = &graph->edges[at];

		next = edge->next_out;
		if (above == NULL)
			edge->is_dropped = true;
		if (edge->is_dropped)
			continue;
		edge->src = above->src;
		edge->is_residual = true;
		edge->is_inline = edge->is_inline && above->is_inline;
		edge->next_out = graph->nodes[edge->src].first_out;
		graph->nodes[edge->src].first_out = at;
	}
	graph->nodes[node].first_out = GRAPH_NONE;
	if (above != NULL)
		above->is_dropped = true;
}

void graph_tree_trim(struct graph *graph)
{
	size_t kept = 0;

	for (size_t i = 0; i < graph->shown_count; i++) {
		if (graph->nodes[graph->shown[i]].is_kept)
			graph->shown[kept++] = graph->shown[i];
		else
			cut_out(graph, graph->shown[i]);
	}
	graph->shown_count = kept;
}
