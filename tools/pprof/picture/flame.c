/* SPDX-License-Identifier: MIT */
#include "pprof/picture/flame.h"
#include "pprof/graph/graph.h"
#include "pprof/ground/json.h"

#include <stdlib.h>
#include <string.h>

#define NO_NODE UINT32_MAX

struct flame_node {
	uint32_t parent;
	uint32_t source; /* 2 * node of the graph + inlined */
	int64_t more, less;
};

struct flame_row {
	uint32_t node;
	uint32_t tag_set;
	int64_t value;
};

struct flame {
	struct report *report;
	struct graph *graph;
	struct flame_node *nodes;
	uint32_t count, capacity;
	struct index index; /* nodes by parent and source */
	struct flame_row *rows;
	uint32_t row_count, row_capacity;
	struct index row_index;
	uint64_t cut_stacks; /* those whose deepest frames are not in the tree, and their value */
	int64_t cut_value;
	uint64_t unlabelled_samples; /* those without a row, and their value */
	int64_t unlabelled_value;
};

static uint64_t pair_hash(uint32_t a, uint32_t b)
{
	return akti_hash_u64((uint64_t)a << 32 | b);
}

static uint32_t find_child(const struct flame *flame, uint32_t parent, uint32_t source)
{
	struct index_probe probe = akti_index_probe(&flame->index, pair_hash(parent, source));
	uint32_t at;

	while ((at = akti_index_next(&probe)) != INDEX_NONE)
		if (flame->nodes[at].parent == parent && flame->nodes[at].source == source)
			return at;
	return NO_NODE;
}

static uint32_t add_child(struct flame *flame, uint32_t parent, uint32_t source)
{
	if (flame->count == flame->capacity) {
		flame->capacity = 2 * flame->capacity + 1024;
		flame->nodes = take_more(flame->nodes, flame->capacity, sizeof(*flame->nodes));
	}
	if (akti_index_insert(&flame->index, pair_hash(parent, source), flame->count) < 0)
		out_of_memory();
	flame->nodes[flame->count] = (struct flame_node){ .parent = parent, .source = source };
	return flame->count++;
}

/* The node where a sample ends: its leaf, or, once the tree is full, one that stands for the frames that
 * it has no room for. */
static uint32_t add_stack(struct flame *flame, const struct profile_sample *sample,
			  bool *ret_is_cut)
{
	const struct profile *p = flame->report->profile;
	const struct graph *graph = flame->graph;
	uint32_t at = NO_NODE;

	*ret_is_cut = false;
	for (uint32_t i = sample->ref_count; i-- > 0;) {
		uint32_t location = p->refs[sample->ref_first + i];
		uint32_t first = graph->place[location], end = graph->place[location + 1];

		for (uint32_t place = end; place-- > first;) {
			uint32_t source = 2 * graph->places[place] + (place + 1 < end);
			uint32_t child = find_child(flame, at, source);

			*ret_is_cut = child == NO_NODE && flame->count >= FLAME_NODES_MAX;
			if (*ret_is_cut) {
				source = 2 * graph->node_count;
				child = find_child(flame, at, source);
			}
			at = child != NO_NODE ? child : add_child(flame, at, source);
			if (*ret_is_cut)
				return at;
		}
	}
	return at;
}

static void add_row(struct flame *flame, uint32_t node, uint32_t tag_set, int64_t value)
{
	uint64_t hash = pair_hash(node, tag_set);
	struct index_probe probe = akti_index_probe(&flame->row_index, hash);
	uint32_t at;

	while ((at = akti_index_next(&probe)) != INDEX_NONE)
		if (flame->rows[at].node == node && flame->rows[at].tag_set == tag_set)
			break;
	if (at == INDEX_NONE) {
		if (flame->row_count == FLAME_ROWS_MAX) {
			flame->unlabelled_samples++;
			flame->unlabelled_value = number_add(flame->unlabelled_value, value);
			return;
		}
		if (flame->row_count == flame->row_capacity) {
			flame->row_capacity = 2 * flame->row_capacity + 1024;
			flame->rows =
				take_more(flame->rows, flame->row_capacity, sizeof(*flame->rows));
		}
		at = flame->row_count++;
		flame->rows[at] = (struct flame_row){ node, tag_set, 0 };
		if (akti_index_insert(&flame->row_index, hash, at) < 0)
			out_of_memory();
	}
	flame->rows[at].value = number_add(flame->rows[at].value, value);
}

static int64_t sample_value(const struct report *report, uint32_t sample)
{
	const struct profile *p = report->profile;

	return p->values[(uint64_t)sample * p->type_count + report->value_index];
}

static int by_weight(const void *a, const void *b, void *arg)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	int64_t p = number_abs(sample_value(arg, x)), q = number_abs(sample_value(arg, y));

	if (p != q)
		return p > q ? -1 : 1;
	return x < y ? -1 : 1;
}

static void add_samples(struct flame *flame, bool with_labels)
{
	const struct profile *p = flame->report->profile;
	uint32_t *order = take(p->sample_count, sizeof(*order));

	for (uint32_t i = 0; i < p->sample_count; i++)
		order[i] = i;
	if (p->sample_count > 0)
		qsort_r(order, p->sample_count, sizeof(*order), by_weight, flame->report);
	for (uint32_t i = 0; i < p->sample_count; i++) {
		const struct profile_sample *sample = &p->samples[order[i]];
		int64_t value = sample_value(flame->report, order[i]);
		bool is_cut;
		uint32_t node;

		if (value == 0 || sample->ref_count == 0)
			continue;
		node = add_stack(flame, sample, &is_cut);
		if (is_cut) {
			flame->cut_stacks++;
			flame->cut_value = number_add(flame->cut_value, value);
		}
		if (value > 0)
			flame->nodes[node].more = number_add(flame->nodes[node].more, value);
		else
			flame->nodes[node].less =
				number_add(flame->nodes[node].less, number_abs(value));
		if (with_labels && sample->tag_set != 0)
			add_row(flame, node, sample->tag_set, value);
	}
	free(order);
}

/* Texts are numbered anew, in the order of their use. */
struct numbered {
	uint32_t *number; /* text -> number + 1 */
	uint32_t *texts;
	uint32_t count;
};

static void numbered_init(struct numbered *numbered, uint32_t text_count)
{
	numbered->number = take_zeroed(text_count, sizeof(*numbered->number));
	numbered->texts = take(text_count, sizeof(*numbered->texts));
	numbered->count = 0;
}

static uint32_t number_of(struct numbered *numbered, uint32_t text)
{
	if (numbered->number[text] == 0) {
		numbered->texts[numbered->count++] = text;
		numbered->number[text] = numbered->count;
	}
	return numbered->number[text] - 1;
}

static void numbered_fini(struct numbered *numbered)
{
	free(numbered->number);
	free(numbered->texts);
}

static void open_array(struct buffer *out, const char *key)
{
	json_key(out, key);
	json_open(out, "[");
}

static void add_texts(const struct numbered *numbered, const struct profile *p, const char *key,
		      struct buffer *out)
{
	open_array(out, key);
	for (uint32_t i = 0; i < numbered->count; i++)
		json_text(out, akti_profile_bytes(p, numbered->texts[i]));
	buffer_text(out, "]");
}

/* A function is named without its file, which stands beside. */
static const char *name_of(struct graph *graph, uint32_t at)
{
	const struct node *node = &graph->nodes[at];

	if (at == graph->node_count)
		return "[frames left out]";
	if (node->line == 0 && node->address == 0 && node->file != 0)
		return graph_text(graph, node->name);
	return node_printable(graph, at);
}

/* The names of graph nodes in use, and their files. */
static void add_names(const struct flame *flame, const struct numbered *names, struct buffer *out)
{
	struct graph *graph = flame->graph;
	const struct profile *p = flame->report->profile;
	struct numbered files;

	open_array(out, "names");
	for (uint32_t i = 0; i < names->count; i++) {
		json_text(out, name_of(graph, names->texts[i]));
	}
	buffer_text(out, "]");
	numbered_init(&files, p->strings->count);
	open_array(out, "file");
	for (uint32_t i = 0; i < names->count; i++) {
		uint32_t at = names->texts[i];

		json_number(out,
			    number_of(&files, at < graph->node_count ? graph->nodes[at].file : 0));
	}
	buffer_text(out, "]");
	add_texts(&files, p, "files", out);
	numbered_fini(&files);
}

static void add_nodes(const struct flame *flame, struct buffer *out)
{
	bool is_diff = false;
	struct numbered names;

	numbered_init(&names, flame->graph->node_count + 1);
	open_array(out, "parent");
	for (uint32_t i = 0; i < flame->count; i++)
		json_number(out,
			    flame->nodes[i].parent == NO_NODE ? 0 : i - flame->nodes[i].parent);
	buffer_text(out, "]");
	open_array(out, "source");
	for (uint32_t i = 0; i < flame->count; i++) {
		uint32_t source = flame->nodes[i].source;

		json_number(out, 2 * (int64_t)number_of(&names, source / 2) + source % 2);
		is_diff = is_diff || flame->nodes[i].less != 0;
	}
	buffer_text(out, "]");
	open_array(out, "more");
	for (uint32_t i = 0; i < flame->count; i++)
		json_number(out, flame->nodes[i].more);
	buffer_text(out, "]");
	open_array(out, "less");
	for (uint32_t i = 0; is_diff && i < flame->count; i++)
		json_number(out, flame->nodes[i].less);
	buffer_text(out, "]");
	add_names(flame, &names, out);
	numbered_fini(&names);
}

/* What is written for each label; numbers as reports show them. */
static uint32_t *label_texts(const struct report *report)
{
	struct profile *p = report->profile;
	uint32_t *texts = take(p->tag_count, sizeof(*texts));

	for (uint32_t i = 0; i < p->tag_count; i++) {
		const struct profile_tag *tag = &p->tags[i];

		texts[i] =
			tag->is_num
				? akti_profile_text(p,
						    measure_label(tag->num,
								  report_key_unit(report, tag->key),
								  report->output_unit)
							    .text)
				: tag->str;
	}
	return texts;
}

static void add_labels(const struct flame *flame, struct buffer *out)
{
	const struct profile *p = flame->report->profile;
	uint32_t *label_text = label_texts(flame->report);
	struct numbered sets, texts;

	numbered_init(&sets, p->tag_set_count);
	numbered_init(&texts, p->strings->count);
	open_array(out, "rows");
	for (uint32_t i = 0; i < flame->row_count; i++) {
		json_number(out, flame->rows[i].node);
		json_number(out, number_of(&sets, flame->rows[i].tag_set));
		json_number(out, flame->rows[i].value);
	}
	buffer_text(out, "]");
	open_array(out, "sets");
	for (uint32_t i = 0; i < sets.count; i++) {
		const struct profile_tag_set *set = &p->tag_sets[sets.texts[i]];

		json_open(out, "[");
		for (uint32_t j = set->first; j < set->first + set->count; j++) {
			json_number(out, number_of(&texts, p->tags[j].key));
			json_number(out, number_of(&texts, label_text[j]));
		}
		buffer_text(out, "]");
	}
	buffer_text(out, "]");
	add_texts(&texts, p, "texts", out);
	numbered_fini(&sets);
	numbered_fini(&texts);
	free(label_text);
}

static void add_omission(struct buffer *out, const char *key, uint64_t count, int64_t value)
{
	json_key(out, key);
	json_open(out, "[");
	json_number(out, (int64_t)count);
	json_number(out, value);
	buffer_text(out, "]");
}

void flame_add(struct report *report, bool with_labels, struct buffer *out)
{
	struct flame flame = { .report = report, .graph = graph_create(report) };

	add_samples(&flame, with_labels);
	json_open(out, "{");
	add_nodes(&flame, out);
	if (with_labels)
		add_labels(&flame, out);
	add_omission(out, "cut", flame.cut_stacks, flame.cut_value);
	add_omission(out, "unlabelled", flame.unlabelled_samples, flame.unlabelled_value);
	buffer_text(out, "}");
	graph_destroy(flame.graph);
	free(flame.nodes);
	free(flame.rows);
	akti_index_fini(&flame.index);
	akti_index_fini(&flame.row_index);
}
