/* SPDX-License-Identifier: MIT */
/*
 * Merging profiles. Mappings are the same when they have the same build id (or file), size and
 * offset; locations, when they are the same place of the same mapping with the same lines;
 * functions by their names. Only what samples refer to is taken over, in the order it is met.
 */
#include "pprof/load/load.h"
#include "pprof/ground/number.h"

#include <stdlib.h>
#include <string.h>

#define NOT_YET (UINT32_MAX - 1)

struct merger {
	struct profile *out;
	const struct profile *in;
	struct index mappings, functions, locations, samples;
	/* Of the profile being taken in; NOT_YET: not met. */
	uint32_t *mapping_of, *function_of, *location_of, *set_of;
	int64_t *shift_of; /* mapping -> what its addresses move by */
	uint32_t *refs;
	uint32_t ref_capacity;
};

static uint32_t text_of(struct merger *m, uint32_t text)
{
	const struct text *t = &m->in->strings->at[text];
	uint32_t number;

	if (akti_strings_intern(m->out->strings, t->bytes, t->size_bytes, &number) < 0)
		out_of_memory();
	return number;
}

static void insert(struct index *index, uint64_t hash, uint32_t entry)
{
	if (akti_index_insert(index, hash, entry) < 0)
		out_of_memory();
}

static uint64_t rounded_size(const struct profile_mapping *m)
{
	return (m->limit - m->start + 4095) / 4096 * 4096;
}

static uint32_t take_mapping(struct merger *m, uint32_t at)
{
	struct profile_mapping mapping = m->in->mappings[at];
	struct index_probe probe;
	uint32_t key, found;
	uint64_t hash;

	if (m->mapping_of[at] != NOT_YET)
		return m->mapping_of[at];
	mapping.file = text_of(m, mapping.file);
	mapping.build_id = text_of(m, mapping.build_id);
	key = mapping.build_id != 0 ? mapping.build_id : mapping.file;
	hash = akti_hash_u64(rounded_size(&mapping) ^ (uint64_t)key << 40 ^ mapping.offset);
	probe = akti_index_probe(&m->mappings, hash);
	while ((found = akti_index_next(&probe)) != INDEX_NONE) {
		const struct profile_mapping *k = &m->out->mappings[found];

		if (rounded_size(k) == rounded_size(&mapping) && k->offset == mapping.offset &&
		    (k->build_id != 0 ? k->build_id : k->file) == key)
			break;
	}
	if (found == INDEX_NONE) {
		found = akti_profile_add_mapping(m->out, mapping);
		insert(&m->mappings, hash, found);
	}
	m->shift_of[at] = (int64_t)(m->out->mappings[found].start - mapping.start);
	m->mapping_of[at] = found;
	return found;
}

static uint32_t take_function(struct merger *m, uint32_t at)
{
	struct profile_function f = m->in->functions[at];
	struct index_probe probe;
	uint32_t found;
	uint64_t hash;

	if (m->function_of[at] != NOT_YET)
		return m->function_of[at];
	f.name = text_of(m, f.name);
	f.system_name = text_of(m, f.system_name);
	f.file = text_of(m, f.file);
	hash = akti_hash_u64((uint64_t)f.name << 32 | f.system_name) ^
	       akti_hash_u64((uint64_t)f.file << 32 ^ (uint64_t)f.start_line);
	probe = akti_index_probe(&m->functions, hash);
	while ((found = akti_index_next(&probe)) != INDEX_NONE) {
		const struct profile_function *k = &m->out->functions[found];

		if (k->name == f.name && k->system_name == f.system_name && k->file == f.file &&
		    k->start_line == f.start_line)
			break;
	}
	if (found == INDEX_NONE) {
		found = akti_profile_add_function(m->out, f);
		insert(&m->functions, hash, found);
	}
	m->function_of[at] = found;
	return found;
}

static bool same_lines(const struct profile *p, const struct profile_location *a, uint32_t first)
{
	for (uint32_t i = 0; i < a->line_count; i++) {
		const struct profile_line *x = &p->lines[a->line_first + i];
		const struct profile_line *y = &p->lines[first + i];

		if (x->function != y->function || x->line != y->line || x->column != y->column)
			return false;
	}
	return true;
}

/* The location with lines appended at line_first, or an equal one that is there. */
static uint32_t find_location(struct merger *m, const struct profile_location *l, uint64_t hash)
{
	struct index_probe probe = akti_index_probe(&m->locations, hash);
	uint32_t found;

	while ((found = akti_index_next(&probe)) != INDEX_NONE) {
		const struct profile_location *k = &m->out->locations[found];

		if (k->address == l->address && k->mapping == l->mapping &&
		    k->is_folded == l->is_folded && k->line_count == l->line_count &&
		    same_lines(m->out, k, l->line_first))
			break;
	}
	return found;
}

static uint32_t take_location(struct merger *m, uint32_t at)
{
	struct profile_location l = m->in->locations[at];
	uint32_t line_first = m->out->line_count, found;
	uint64_t hash;

	if (m->location_of[at] != NOT_YET)
		return m->location_of[at];
	if (l.mapping != PROFILE_NONE) {
		uint32_t mapping = take_mapping(m, l.mapping);

		l.address += (uint64_t)m->shift_of[l.mapping];
		l.mapping = mapping;
	}
	hash = akti_hash_u64(l.address) ^ l.mapping;
	for (uint32_t i = 0; i < l.line_count; i++) {
		struct profile_line line = m->in->lines[l.line_first + i];

		line.function = take_function(m, line.function);
		hash = akti_hash_u64(hash ^ line.function ^ (uint64_t)line.line << 32);
		akti_profile_add_line(m->out, line);
	}
	l.line_first = line_first;
	found = find_location(m, &l, hash);
	if (found == INDEX_NONE) {
		found = akti_profile_add_location(m->out, l);
		insert(&m->locations, hash, found);
	} else {
		m->out->line_count = line_first;
	}
	m->location_of[at] = found;
	return found;
}

static uint32_t take_set(struct merger *m, uint32_t at)
{
	const struct profile_tag_set *set = &m->in->tag_sets[at];
	struct profile_tag *tags;

	if (m->set_of[at] != NOT_YET)
		return m->set_of[at];
	tags = take(set->count, sizeof(*tags));
	for (uint32_t i = 0; i < set->count; i++) {
		tags[i] = m->in->tags[set->first + i];
		tags[i].key = text_of(m, tags[i].key);
		tags[i].str = text_of(m, tags[i].str);
		tags[i].unit = text_of(m, tags[i].unit);
	}
	m->set_of[at] = akti_profile_add_tags(m->out, tags, set->count);
	free(tags);
	return m->set_of[at];
}

static void take_sample(struct merger *m, uint32_t at)
{
	const struct profile_sample *sample = &m->in->samples[at];
	const int64_t *values = &m->in->values[(uint64_t)at * m->in->type_count];
	struct index_probe probe;
	uint32_t set, found;
	uint64_t hash;

	if (sample->ref_count > m->ref_capacity) {
		m->ref_capacity = 2 * sample->ref_count;
		m->refs = take_more(m->refs, m->ref_capacity, sizeof(*m->refs));
	}
	for (uint32_t i = 0; i < sample->ref_count; i++)
		m->refs[i] = take_location(m, m->in->refs[sample->ref_first + i]);
	set = take_set(m, sample->tag_set);
	hash = akti_hash_bytes(m->refs, sample->ref_count * sizeof(*m->refs), set);
	probe = akti_index_probe(&m->samples, hash);
	while ((found = akti_index_next(&probe)) != INDEX_NONE) {
		const struct profile_sample *k = &m->out->samples[found];

		if (k->tag_set == set && k->ref_count == sample->ref_count &&
		    (k->ref_count == 0 || memcmp(&m->out->refs[k->ref_first], m->refs,
						 k->ref_count * sizeof(*m->refs)) == 0))
			break;
	}
	if (found == INDEX_NONE) {
		akti_profile_append_sample(m->out, m->refs, sample->ref_count, values, set);
		insert(&m->samples, hash, m->out->sample_count - 1);
		return;
	}
	for (uint32_t t = 0; t < m->in->type_count; t++) {
		int64_t *sum = &m->out->values[(uint64_t)found * m->in->type_count + t];

		*sum = number_add(*sum, values[t]);
	}
}

static bool is_zero(const struct profile *p, uint32_t sample)
{
	for (uint32_t t = 0; t < p->type_count; t++)
		if (p->values[(uint64_t)sample * p->type_count + t] != 0)
			return false;
	return true;
}

static uint32_t *not_yet(uint32_t count)
{
	uint32_t *table = take(count, sizeof(*table));

	for (uint32_t i = 0; i < count; i++)
		table[i] = NOT_YET;
	return table;
}

static void take_profile(struct merger *m, const struct profile *in)
{
	m->in = in;
	m->mapping_of = not_yet(in->mapping_count);
	m->function_of = not_yet(in->function_count);
	m->location_of = not_yet(in->location_count);
	m->set_of = not_yet(in->tag_set_count);
	m->shift_of = take_zeroed(in->mapping_count, sizeof(*m->shift_of));
	/* The first mapping stands for the program and stays the first. */
	if (m->out->mapping_count == 0 && in->mapping_count > 0)
		take_mapping(m, 0);
	for (uint32_t i = 0; i < in->sample_count; i++)
		if (!is_zero(in, i))
			take_sample(m, i);
	free(m->mapping_of);
	free(m->function_of);
	free(m->location_of);
	free(m->set_of);
	free(m->shift_of);
}

static void add_comments(struct merger *m)
{
	for (uint32_t i = 0; i < m->in->comment_count; i++) {
		const char *text = akti_profile_bytes(m->in, m->in->comments[i]);
		uint32_t number = akti_profile_text(m->out, text);
		bool is_known = false;

		for (uint32_t j = 0; j < m->out->comment_count; j++)
			is_known = is_known || m->out->comments[j] == number;
		if (!is_known)
			akti_profile_add_comment(m->out, text);
	}
}

static void combine_heads(struct merger *m, struct profile **profiles, size_t count)
{
	struct profile *out = m->out;

	m->in = profiles[0];
	out->period_type.type = text_of(m, m->in->period_type.type);
	out->period_type.unit = text_of(m, m->in->period_type.unit);
	out->drop_frames = text_of(m, m->in->drop_frames);
	out->keep_frames = text_of(m, m->in->keep_frames);
	for (uint32_t t = 0; t < m->in->type_count; t++)
		akti_profile_add_type(out, akti_profile_bytes(m->in, m->in->types[t].type),
				      akti_profile_bytes(m->in, m->in->types[t].unit));
	for (size_t i = 0; i < count; i++) {
		m->in = profiles[i];
		if (out->time_ns == 0 || m->in->time_ns < out->time_ns)
			out->time_ns = m->in->time_ns;
		out->duration_ns = number_add(out->duration_ns, m->in->duration_ns);
		if (out->period == 0 || out->period < m->in->period)
			out->period = m->in->period;
		if (out->default_type == 0)
			out->default_type = text_of(m, m->in->default_type);
		if (out->doc_url == 0)
			out->doc_url = text_of(m, m->in->doc_url);
		add_comments(m);
	}
}

static bool same_text(const struct profile *p, uint32_t a, const struct profile *q, uint32_t b)
{
	return strcmp(akti_profile_bytes(p, a), akti_profile_bytes(q, b)) == 0;
}

static bool check_compatible(const struct profile *a, const struct profile *b, struct buffer *error)
{
	bool same = same_text(a, a->period_type.type, b, b->period_type.type) &&
		    same_text(a, a->period_type.unit, b, b->period_type.unit);

	if (!same)
		buffer_printf(error, "incompatible period types %s/%s and %s/%s",
			      akti_profile_bytes(a, a->period_type.type),
			      akti_profile_bytes(a, a->period_type.unit),
			      akti_profile_bytes(b, b->period_type.type),
			      akti_profile_bytes(b, b->period_type.unit));
	return same;
}

struct profile *merge_profiles(struct profile **profiles, size_t count, struct buffer *error)
{
	struct merger m = { 0 };
	bool has_zero = false;

	for (size_t i = 1; i < count; i++)
		if (!check_compatible(profiles[0], profiles[i], error))
			return NULL;
	if (akti_profile_init_empty(&m.out) < 0)
		out_of_memory();
	combine_heads(&m, profiles, count);
	for (size_t i = 0; i < count; i++)
		take_profile(&m, profiles[i]);
	akti_index_fini(&m.mappings);
	akti_index_fini(&m.functions);
	akti_index_fini(&m.locations);
	akti_index_fini(&m.samples);
	free(m.refs);
	if (m.out->error != 0)
		out_of_memory();
	for (uint32_t i = 0; i < m.out->sample_count; i++)
		has_zero = has_zero || is_zero(m.out, i);
	if (has_zero) {
		struct profile *clean = merge_profiles(&m.out, 1, error);

		akti_profile_destroy(m.out);
		return clean;
	}
	return m.out;
}
