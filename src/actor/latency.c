/* SPDX-License-Identifier: MIT */
/* See latency.h. */
#include "actor/latency.h"
#include "base/hash.h"
#include <math.h>
#include <string.h>

/* --- histograms --------------------------------------------------------------------------------- */

#define SUB_BITS 5u /* 32 buckets for each power of two */
#define SUB (1u << SUB_BITS)

/* Below 64 a bucket for each number. */
static uint32_t bucket_of(int64_t ns)
{
	uint64_t value = ns < 0 ? 0 : (uint64_t)ns;
	uint32_t shift;
	uint32_t bucket;

	if (value < 2 * SUB)
		return (uint32_t)value;
	shift = 63u - (uint32_t)__builtin_clzll(value) - SUB_BITS;
	bucket = shift * SUB + (uint32_t)(value >> shift);
	return bucket < AKT_HISTOGRAM_BUCKETS ? bucket : AKT_HISTOGRAM_BUCKETS - 1;
}

/* The largest number in it. */
static int64_t top_of(uint32_t bucket)
{
	uint32_t shift = bucket < 2 * SUB ? 0 : bucket / SUB - 1;

	return (int64_t)(((uint64_t)(bucket - shift * SUB) + 1) << shift) - 1;
}

void akt_histogram_add(akt_histogram *histogram, int64_t ns)
{
	histogram->counts[bucket_of(ns)]++;
	histogram->count++;
	if (ns > histogram->max_ns)
		histogram->max_ns = ns;
}

void akt_histogram_merge(akt_histogram *into, const akt_histogram *from)
{
	for (uint32_t i = 0; i < AKT_HISTOGRAM_BUCKETS; i++)
		into->counts[i] += from->counts[i];
	into->count += from->count;
	if (from->max_ns > into->max_ns)
		into->max_ns = from->max_ns;
}

int64_t akt_histogram_quantile(const akt_histogram *histogram, double quantile)
{
	double share = quantile < 0 ? 0 : quantile > 1 ? 1 : quantile;
	uint64_t rank = (uint64_t)ceil(share * (double)histogram->count);
	uint64_t seen = 0;

	if (histogram->count == 0)
		return 0;
	for (uint32_t i = 0; i < AKT_HISTOGRAM_BUCKETS - 1; i++) {
		seen += histogram->counts[i];
		if (seen >= rank && seen > 0)
			return top_of(i) < histogram->max_ns ? top_of(i) : histogram->max_ns;
	}
	return histogram->max_ns;
}

static void count(struct times *times, int64_t ns)
{
	int64_t max_ns = akti_load_rlx(&times->max_ns);

	(void)akti_add_rlx(&times->counts[bucket_of(ns)], 1);
	while (ns > max_ns && !akti_cas_acqrel(&times->max_ns, &max_ns, ns))
		akti_pause();
}

static void copy(const struct times *times, akt_histogram *histogram)
{
	memset(histogram, 0, sizeof(*histogram));
	for (uint32_t i = 0; i < AKT_HISTOGRAM_BUCKETS; i++) {
		histogram->counts[i] = akti_load_rlx(&times->counts[i]);
		histogram->count += histogram->counts[i];
	}
	histogram->max_ns = akti_load_rlx(&times->max_ns);
}

/* --- start and stop ----------------------------------------------------------------------------- */

int akti_latency_start(struct actors *actors)
{
	struct latency *latency = akti_mem_alloc(sizeof(*latency), MEM_OTHER);

	if (latency == NULL)
		return AKT_ERR_NOMEM;
	memset(latency, 0, sizeof(*latency));
	akti_plat_mutex_init(&latency->mutex, PLAT_RANK_IO);
	latency->every = actors->options.observe_every;
	actors->latency = latency;
	return 0;
}

void akti_latency_stop(struct actors *actors)
{
	struct latency *latency = actors->latency;

	if (latency == NULL)
		return;
	for (uint32_t i = 0; i < SERIES_ROOM; i++) {
		struct series *series = akti_load_rlx(&latency->series[i]);

		if (series != NULL)
			akti_mem_free(series, sizeof(*series));
	}
	akti_plat_mutex_fini(&latency->mutex);
	akti_mem_free(latency, sizeof(*latency));
	actors->latency = NULL;
}

/* --- which messages ------------------------------------------------------------------------------ */

/* A thread of several systems with other rates is unbiased as well: a change draws anew. */
static AKTI_TLS struct sampler sampler;

uint64_t akti_latency_send(struct actors *actors, akt_ctx *ctx, uint64_t to)
{
	struct latency *latency = actors->latency;

	if (!akti_sampler_hits(&sampler, actors, latency->every))
		return to;
	to = akti_flight_take(actors, ctx, to);
	if (to & MSG_TIMED)
		akti_flight_at(&actors->flights, (uint32_t)to >> MSG_STAMP_SHIFT)->sent_ns =
			akti_sched_now(&actors->sched);
	else
		(void)akti_add_rlx(&latency->lost, 1);
	return to;
}

/* --- series --------------------------------------------------------------------------------------- */

static struct series *new_series(struct latency *latency, _Atomic(struct series *) *place,
				 const akt_type *actor_type, const akt_msg_type *msg_type)
{
	struct series *series;

	if (latency->series_count == AKT_LATENCY_SERIES_MAX)
		return NULL;
	series = akti_mem_alloc(sizeof(*series), MEM_OTHER);
	if (series == NULL)
		return NULL;
	memset(series, 0, sizeof(*series));
	series->actor_type = actor_type;
	series->msg_type = msg_type;
	latency->series_count++;
	akti_store_rel(place, series);
	return series;
}

/* The series, or the empty place where it would be: there always is one. */
static _Atomic(struct series *) *find(struct latency *latency, const akt_type *actor_type,
				      const akt_msg_type *msg_type)
{
	uint64_t hash = akti_hash_u64((uintptr_t)actor_type ^ akti_hash_u64((uintptr_t)msg_type));

	for (uint64_t at = hash;; at++) {
		_Atomic(struct series *) *place = &latency->series[at % SERIES_ROOM];
		const struct series *series = akti_load_acq(place);

		if (series == NULL ||
		    (series->actor_type == actor_type && series->msg_type == msg_type))
			return place;
	}
}

struct series *akti_latency_arrived(struct actors *actors, const struct cell *cell,
				    const akt_msg *msg, int64_t waited_ns)
{
	struct latency *latency = actors->latency;
	_Atomic(struct series *) *place = find(latency, cell->type, msg->type);
	struct series *series = akti_load_acq(place);

	if (series == NULL) {
		akti_plat_lock(&latency->mutex);
		place = find(latency, cell->type, msg->type);
		series = akti_load_acq(place);
		if (series == NULL)
			series = new_series(latency, place, cell->type, msg->type);
		akti_plat_unlock(&latency->mutex);
	}
	if (series == NULL)
		(void)akti_add_rlx(&latency->lost, 1);
	else
		count(&series->waited, waited_ns);
	return series;
}

void akti_latency_ran(struct series *series, int64_t ns)
{
	count(&series->ran, ns);
}

/* --- reading -------------------------------------------------------------------------------------- */

int akt_system_latency(akt_system *sys, void (*visit)(void *arg, const akt_latency *latency),
		       void *arg)
{
	struct latency *latency = sys != NULL ? ((struct actors *)sys)->latency : NULL;
	akt_histogram *copies;
	int visited = 0;

	if (sys == NULL || visit == NULL)
		return AKT_ERR_INVALID;
	if (latency == NULL)
		return 0;
	copies = akti_mem_alloc(2 * sizeof(*copies), MEM_OTHER);
	if (copies == NULL)
		return AKT_ERR_NOMEM;
	for (uint32_t i = 0; i < SERIES_ROOM; i++) {
		const struct series *series = akti_load_acq(&latency->series[i]);
		akt_latency told = { .size = sizeof(told),
				     .every = latency->every,
				     .lost = akti_load_rlx(&latency->lost),
				     .waited = &copies[0],
				     .ran = &copies[1] };

		if (series == NULL)
			continue;
		copy(&series->waited, &copies[0]);
		copy(&series->ran, &copies[1]);
		told.actor_type = series->actor_type->name;
		told.msg_type = series->msg_type->name;
		visit(arg, &told);
		visited++;
	}
	akti_mem_free(copies, 2 * sizeof(*copies));
	return visited;
}
