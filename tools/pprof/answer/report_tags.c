/* SPDX-License-Identifier: MIT */
/* tags: how much each value of each label accounts for. */
#include "pprof/answer/columns.h"
#include "pprof/answer/tag_sums.h"

#include <stdlib.h>
#include <string.h>

struct label_table {
	const struct report *report;
	struct tag_sum *at;
	uint32_t count, capacity;
	struct index index;
	int64_t *set_sums; /* tag set -> what its samples add up to */
};

static const char *text_of(const struct report *report, uint32_t text)
{
	return akti_profile_bytes(report->profile, text);
}

static void add_value(struct label_table *table, struct tag_sum sum)
{
	uint64_t hash = akti_hash_u64((uint64_t)sum.key << 32 | sum.value);
	struct index_probe probe = akti_index_probe(&table->index, hash);
	uint32_t at;

	while ((at = akti_index_next(&probe)) != INDEX_NONE)
		if (table->at[at].key == sum.key && table->at[at].value == sum.value)
			break;
	if (at == INDEX_NONE) {
		at = table->count++;
		if (at == table->capacity) {
			table->capacity = 2 * table->capacity + 64;
			table->at = take_more(table->at, table->capacity, sizeof(*table->at));
		}
		table->at[at] = sum;
		table->at[at].sum = 0;
		if (akti_index_insert(&table->index, hash, at) < 0)
			out_of_memory();
	}
	table->at[at].sum = number_add(table->at[at].sum, sum.sum);
}

static void add_set(struct label_table *table, uint32_t set, int64_t sum)
{
	const struct report *report = table->report;
	struct profile *p = report->profile;
	const struct profile_tag_set *tags = &p->tag_sets[set];

	for (uint32_t i = 0; i < tags->count; i++) {
		const struct profile_tag *tag = &p->tags[tags->first + i];
		uint32_t value = tag->str;

		if (tag->is_num)
			value = akti_profile_text(p,
						  measure_label(tag->num,
								report_key_unit(report, tag->key),
								report->output_unit)
							  .text);
		add_value(table, (struct tag_sum){ tag->key, value, tag->is_num, sum });
	}
}

/* By key; within one by weight and then by value. */
static int by_weight(const void *a, const void *b, void *arg)
{
	const struct tag_sum *x = a, *y = b;
	const struct report *report = arg;
	int64_t p = number_abs(x->sum), q = number_abs(y->sum);

	if (x->key != y->key)
		return strcmp(text_of(report, x->key), text_of(report, y->key));
	if (p != q)
		return p > q ? -1 : 1;
	return strcmp(text_of(report, x->value), text_of(report, y->value));
}

/* " (22.96%)" of the total, if there is one. */
static void add_share(const struct report *report, int64_t sum, struct buffer *out)
{
	if (report->total > 0)
		buffer_printf(out, " (%s)", measure_percentage(sum, report->total).text);
}

/* All values of one key, cells ended by tabs. */
static void add_key(const struct report *report, const struct tag_sum *labels, uint32_t count,
		    struct buffer *out)
{
	int64_t sum = 0;

	for (uint32_t i = 0; i < count; i++)
		sum = number_add(sum, labels[i].sum);
	buffer_printf(out, "%s:\t Total %s", text_of(report, labels->key),
		      report_value(report, sum).text);
	buffer_printf(out, " of %s", report_value(report, report->total).text);
	add_share(report, sum, out);
	buffer_text(out, "\n");
	for (uint32_t i = 0; i < count; i++) {
		buffer_printf(out, " \t%s", report_value(report, labels[i].sum).text);
		add_share(report, labels[i].sum, out);
		buffer_printf(out, ":\t %s\n", text_of(report, labels[i].value));
	}
	buffer_text(out, "\n");
}

size_t tag_sums_create(struct report *report, struct tag_sum **ret_sums)
{
	const struct profile *p = report->profile;
	struct label_table table = { .report = report };
	bool *has_samples = take_zeroed(p->tag_set_count, sizeof(*has_samples));
	uint32_t set_count = p->tag_set_count;

	table.set_sums = take_zeroed(set_count, sizeof(*table.set_sums));
	for (uint32_t i = 0; i < p->sample_count; i++) {
		uint32_t set = p->samples[i].tag_set;
		int64_t value = p->values[(uint64_t)i * p->type_count + report->value_index];

		has_samples[set] = true;
		table.set_sums[set] = number_add(table.set_sums[set], value);
	}
	for (uint32_t set = 0; set < set_count; set++)
		if (has_samples[set])
			add_set(&table, set, table.set_sums[set]);
	if (table.count > 0)
		qsort_r(table.at, table.count, sizeof(*table.at), by_weight, report);
	free(has_samples);
	free(table.set_sums);
	akti_index_fini(&table.index);
	*ret_sums = table.at;
	return table.count;
}

bool report_tags(struct report *report, struct buffer *out, struct buffer *error)
{
	struct tag_sum *sums;
	size_t count = tag_sums_create(report, &sums);
	struct buffer text = { 0 };

	(void)error;
	for (size_t first = 0, end; first < count; first = end) {
		for (end = first + 1; end < count && sums[end].key == sums[first].key;)
			end++;
		add_key(report, &sums[first], (uint32_t)(end - first), &text);
	}
	columns_align(buffer_string(&text), text.size, out);
	buffer_fini(&text);
	free(sums);
	return true;
}
