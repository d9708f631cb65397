/* SPDX-License-Identifier: MIT */
#include "pprof/answer/groups.h"
#include "pprof/query/filter.h"

#include <stdlib.h>
#include <string.h>

static uint32_t cell_of(struct report *report, uint32_t set, const struct group_key *key,
			struct buffer *text)
{
	buffer_clear(text);
	if (!filter_label_values(report, set, key->key, text) &&
	    (key->instead == NULL || !filter_label_values(report, set, key->instead, text)))
		return 0;
	return akti_profile_text(report->profile, text->size > 0 ? text->at : "\"\"");
}

static uint32_t find_group(struct groups *g, const uint32_t *cells)
{
	size_t size = g->key_count * sizeof(*cells);
	uint64_t hash = akti_hash_bytes(cells, size, 0);
	struct index_probe probe = akti_index_probe(&g->index, hash);
	uint32_t at;

	while ((at = akti_index_next(&probe)) != INDEX_NONE)
		if (memcmp(&g->cells[at * g->key_count], cells, size) == 0)
			return at;
	if (g->count == g->capacity) {
		g->capacity = 2 * g->capacity + 64;
		g->cells = take_more(g->cells, g->capacity * g->key_count, sizeof(*cells));
	}
	memcpy(&g->cells[g->count * g->key_count], cells, size);
	if (akti_index_insert(&g->index, hash, g->count) < 0)
		out_of_memory();
	return g->count++;
}

void groups_init(struct groups *g, struct report *report, const struct group_key *keys,
		 size_t key_count)
{
	struct profile *p = report->profile;
	bool *used = take_zeroed(p->tag_set_count, sizeof(*used));
	struct buffer text = { 0 };

	*g = (struct groups){ .key_count = key_count };
	memcpy(g->keys, keys, key_count * sizeof(*keys));
	g->of_set = take_zeroed(p->tag_set_count, sizeof(*g->of_set));
	for (uint32_t i = 0; i < p->sample_count; i++)
		used[p->samples[i].tag_set] = true;
	for (uint32_t set = 0; set < p->tag_set_count; set++) {
		uint32_t cells[GROUP_KEYS_MAX] = { 0 };

		for (size_t k = 0; used[set] && k < key_count; k++)
			cells[k] = cell_of(report, set, &keys[k], &text);
		if (used[set])
			g->of_set[set] = find_group(g, cells);
	}
	buffer_fini(&text);
	free(used);
}

bool groups_init_option(struct groups *g, struct report *report, const char *option,
			struct buffer *error)
{
	struct group_key keys[GROUP_KEYS_MAX] = { { 0 } };
	size_t count;
	char **names = filter_split_keys(option, &count);
	bool fits = count > 0 && count <= GROUP_KEYS_MAX;

	for (size_t i = 0; fits && i < count; i++)
		keys[i].key = names[i];
	if (fits) {
		groups_init(g, report, keys, count);
		g->names = names;
		return true;
	}
	buffer_printf(error, "by=%s: 1 to %d label keys with commas between them", option,
		      GROUP_KEYS_MAX);
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
	return false;
}

void groups_fini(struct groups *g)
{
	for (size_t i = 0; g->names != NULL && i < g->key_count; i++)
		free(g->names[i]);
	free(g->names);
	free(g->of_set);
	free(g->cells);
	akti_index_fini(&g->index);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The keys that there are, each once, sorted. */
static void list_keys(const struct profile *p, struct buffer *out)
{
	const char **keys = take((size_t)p->tag_count + 1, sizeof(*keys));
	bool *seen = take_zeroed(p->strings->count, sizeof(*seen));
	size_t count = 0;

	for (uint32_t set = 0; set < p->tag_set_count; set++)
		for (uint32_t i = 0; i < p->tag_sets[set].count; i++) {
			uint32_t key = p->tags[p->tag_sets[set].first + i].key;

			if (!seen[key] && strcmp(akti_profile_bytes(p, key), "pprof::base") != 0)
				keys[count++] = akti_profile_bytes(p, key);
			seen[key] = true;
		}
	qsort(keys, count, sizeof(*keys), by_text);
	for (size_t i = 0; i < count; i++)
		buffer_printf(out, "%s%s", i > 0 ? ", " : "", keys[i]);
	if (count == 0)
		buffer_text(out, "none");
	free(keys);
	free(seen);
}

void groups_warn(const struct groups *g, struct report *report)
{
	for (size_t k = 0; k < g->key_count; k++) {
		bool found = false;

		for (uint32_t i = 0; i < g->count && !found; i++)
			found = g->cells[i * g->key_count + k] != 0;
		if (found)
			continue;
		report->misses = true;
		buffer_printf(&report->warnings,
			      "No sample has the label %s; there are: ", g->keys[k].key);
		list_keys(report->profile, &report->warnings);
		buffer_text(&report->warnings, "\n");
	}
}

void groups_cell(const struct groups *g, const struct profile *p, uint32_t group, size_t key,
		 struct buffer *out)
{
	uint32_t cell = g->cells[group * g->key_count + key];

	if (cell != 0)
		buffer_text(out, akti_profile_bytes(p, cell));
	else
		buffer_printf(out, "(no %s)", g->keys[key].key);
}

static const char *title_of(const struct group_key *key)
{
	return key->title != NULL ? key->title : key->key;
}

static int characters(const char *text)
{
	return (int)count_characters(text, strlen(text));
}

int groups_width(const struct groups *g, const struct profile *p, size_t key, const uint32_t *order,
		 size_t count)
{
	int width = characters(title_of(&g->keys[key]));
	struct buffer text = { 0 };

	for (size_t i = 0; i < count; i++) {
		buffer_clear(&text);
		groups_cell(g, p, order[i], key, &text);
		width = characters(text.at) > width ? characters(text.at) : width;
	}
	buffer_fini(&text);
	return width;
}

void groups_pad(const char *text, int width, struct buffer *out)
{
	buffer_text(out, text);
	buffer_pad(out, width - characters(text), "");
}

void groups_print(const struct groups *g, const struct profile *p, uint32_t group,
		  const int *widths, struct buffer *out)
{
	struct buffer text = { 0 };

	for (size_t k = 0; k < g->key_count; k++) {
		buffer_clear(&text);
		if (group == GROUP_NONE)
			buffer_text(&text, title_of(&g->keys[k]));
		else
			groups_cell(g, p, group, k, &text);
		if (k + 1 < g->key_count)
			groups_pad(text.at, widths[k] + 2, out);
		else
			buffer_text(out, text.at);
	}
	buffer_fini(&text);
}
