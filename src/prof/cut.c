/* SPDX-License-Identifier: MIT */
/* See cut.h. */
#include "prof/cut.h"

#include <akt/error.h>
#include <stdlib.h>
#include <string.h>

static const int64_t *values_at(const struct prof_look *look, uint32_t index)
{
	static const int64_t none[PROF_VALUES];

	return index < look->count ? look->values[index] : none;
}

int akti_prof_look(struct prof_look *look, const struct prof_store *store)
{
	const struct prof_bucket *bucket;

	*look = (struct prof_look){ 0 };
	if (store == NULL)
		return 0;
	look->lost = atomic_load_explicit(&store->lost, memory_order_relaxed);
	look->lost_ns = atomic_load_explicit(&store->lost_ns, memory_order_relaxed);
	bucket = atomic_load_explicit(&store->newest, memory_order_acquire); /* E1 */
	if (bucket == NULL)
		return 0;
	/* An index is given before its bucket is hung: none that is met is larger. */
	look->count = atomic_load_explicit(&store->bucket_count, memory_order_relaxed);
	look->values = calloc(look->count, sizeof(*look->values));
	if (look->values == NULL) {
		look->count = 0;
		return AKT_ERR_NOMEM;
	}
	for (; bucket != NULL; bucket = bucket->older) {
		for (unsigned i = 0; i < PROF_VALUES; i++)
			look->values[bucket->index][i] =
				atomic_load_explicit(&bucket->value[i], memory_order_relaxed);
	}
	return 0;
}

void akti_prof_look_free(struct prof_look *look)
{
	free(look->values);
	*look = (struct prof_look){ 0 };
}

int akti_prof_look_skip(struct prof_look *from, struct prof_look *before, struct prof_look *now)
{
	if (from->count < now->count) {
		void *values = realloc(from->values, now->count * sizeof(*from->values));

		if (values == NULL)
			return AKT_ERR_NOMEM;
		from->values = values;
		memset(from->values[from->count], 0,
		       (now->count - from->count) * sizeof(*from->values));
		from->count = now->count;
	}
	from->lost += now->lost - before->lost;
	from->lost_ns += now->lost_ns - before->lost_ns;
	for (uint32_t b = 0; b < now->count; b++) {
		for (unsigned i = 0; i < PROF_VALUES; i++)
			from->values[b][i] += now->values[b][i] - values_at(before, b)[i];
	}
	akti_prof_look_free(before);
	akti_prof_look_free(now);
	return 0;
}

void akti_prof_cut_values(const struct prof_cut *cut, const struct prof_bucket *bucket,
			  int64_t ret_values[PROF_VALUES])
{
	const int64_t *from = values_at(cut->from, bucket->index);
	const int64_t *to = values_at(cut->to, bucket->index);

	for (unsigned i = 0; i < PROF_VALUES; i++)
		ret_values[i] = to[i] - from[i];
	if (cut->held != NULL) {
		static const int64_t none[2];
		const int64_t *live =
			bucket->index < cut->held->count ? cut->held->sums[bucket->index] : none;

		/* Of several stretches: what was born between them is not in the first two. */
		ret_values[2] = live[0] < ret_values[0] ? live[0] : ret_values[0];
		ret_values[3] = live[1] < ret_values[1] ? live[1] : ret_values[1];
	}
}

const struct prof_bucket *akti_prof_cut_newest(const struct prof_cut *cut)
{
	const struct prof_bucket *bucket =
		atomic_load_explicit(&cut->store->newest, memory_order_acquire); /* E1 */

	return cut->to->count > 0 ? bucket : NULL;
}
