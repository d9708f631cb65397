/* SPDX-License-Identifier: MIT */
/*
 * What blackbox.h keeps, as profiles. Samples of the last minute are added up in a store made for it, so
 * the files are built as those of a section are (write.h).
 */
#include "prof/blackbox.h"
#include "plat/plat.h"
#include "prof/heap.h"
#include "prof/names.h"
#include "prof/cpu.h"
#include "profile/profile.h"

#include <akt/error.h>
#include <akt/system.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#define STORE_BYTES ((size_t)64 * 1024 * 1024)

static int64_t oldest_ns(void)
{
	int64_t oldest = akti_plat_now() - AKT_FLIGHT_NS, begun = akti_blackbox_begun_ns();

	return oldest > begun ? oldest : begun;
}

static void add(struct prof_store *store, struct blackbox_sample *sample)
{
	struct prof_bucket *bucket = NULL;

	sample->key.stack =
		akti_prof_store_stack(store, sample->pcs, sample->count, sample->truncated);
	if (sample->key.stack != NULL)
		bucket = akti_prof_store_bucket(store, &sample->key);
	if (bucket == NULL) {
		store->lost++;
		return;
	}
	for (unsigned i = 0; i < 2; i++) {
		akti_prof_store_add(bucket, i, sample->values[i]);
		if (sample->alive && sample->key.what >= PROF_HEAP)
			akti_prof_store_add(bucket, 2 + i, sample->values[i]);
	}
}

/* All samples that are not older. Returns the time of the oldest one that is there. */
static int64_t add_all(struct prof_store *store, enum blackbox_ring ring, int64_t since_ns)
{
	struct blackbox_sample sample;
	int64_t first_ns = since_ns;
	bool whole, wrapped = true;

	for (uint64_t back = 1; akti_blackbox_sample(ring, back, &sample, &whole); back++) {
		if (!whole)
			continue;
		if (sample.time_ns < since_ns) {
			wrapped = false;
			break;
		}
		first_ns = sample.time_ns;
		add(store, &sample);
	}
	/* Not wrapped: nothing older was overwritten, so the time since then is all there. */
	return wrapped && akti_blackbox_is_full(ring) ? first_ns : since_ns;
}

static int build_samples(struct profile **ret_profile, enum blackbox_ring ring,
			 struct prof_file *about, int64_t since_ns)
{
	struct prof_store *store = akti_prof_store_create(STORE_BYTES, 0);
	struct prof_look from = { 0 }, to;
	struct prof_cut cut = { store, &from, &to, NULL };
	int64_t first_ns;
	int r;

	if (store == NULL)
		return AKT_ERR_NOMEM;
	first_ns = add_all(store, ring, since_ns);
	store->lost += akti_blackbox_lost(ring);
	about->duration_ns -= first_ns - since_ns;
	about->time_ns += first_ns - since_ns;
	r = akti_prof_look(&to, store);
	if (r == 0)
		r = ring == BLACKBOX_CPU ? akti_prof_build_cpu(ret_profile, about, &cut)
					 : akti_prof_build_heap(ret_profile, about, &cut);
	akti_prof_look_free(&to);
	akti_prof_store_destroy(store);
	return r;
}

/* --- events --------------------------------------------------------------------------------------- */

static const char *const kinds[BLACKBOX_EVENT_KINDS] = { "fail", "restart", "dead", "overrun",
							 "overload" };

static const char *why(const struct blackbox_happened *event, char text[64])
{
	static const char *const dead[AKT_DEAD_REASONS] = { "gone", "unhandled", "stopped", "late",
							    "full" };

	if (event->kind == BLACKBOX_FAIL)
		return akt_strerror(event->code);
	if (event->kind == BLACKBOX_DEAD && (unsigned)event->code < AKT_DEAD_REASONS)
		return dead[event->code];
	if (event->kind == BLACKBOX_OVERRUN)
		(void)snprintf(text, 64, "for %" PRId32 " ms", event->code);
	return event->kind == BLACKBOX_OVERRUN ? text : "none";
}

static const char *type_text(const struct blackbox_happened *event)
{
	return event->type != NULL ? event->type->name : "none";
}

static const char *actor_text(const struct blackbox_happened *event, char text[160])
{
	if (event->actor == 0)
		return "none";
	if (event->actor & PROF_ACTOR_NAMED)
		return akti_prof_name_text(event->actor);
	(void)snprintf(text, 160, "%.120s-%u.%u", event->type != NULL ? event->type->name : "actor",
		       (unsigned)(event->actor >> 32), (unsigned)event->actor);
	return text;
}

static void add_event(struct profile *profile, const struct blackbox_happened *event)
{
	char actor[160], reason[64];
	struct profile_label labels[] = {
		{ .key = "actor_type", .str = type_text(event) },
		{ .key = "actor", .str = actor_text(event, actor) },
		{ .key = "msg", .str = event->msg != NULL ? event->msg->name : "none" },
		{ .key = "why",
		  .str = event->kind == BLACKBOX_OVERRUN ? "none" : why(event, reason) },
	};
	uint64_t frames[] = { akti_profile_frame(profile, kinds[event->kind]),
			      akti_profile_frame(profile, type_text(event)) };
	struct profile_stack stack = { .pcs = frames, .count = 2, .leaf_exact = true };
	int64_t one[PROF_VALUES] = { 1 };

	(void)akti_profile_add_sample(profile, &stack, one, labels, AKTI_COUNT_OF(labels));
}

/* A line that readers show when asked for comments, and not above each table. */
static void tell_event(struct profile *profile, const struct blackbox_happened *event,
		       int64_t now_ns)
{
	char actor[160], reason[64], line[512];

	(void)snprintf(line, sizeof(line), "# %8.3f s  %-8s %s %s%s%s  %s",
		       (double)(event->time_ns - now_ns) / 1e9, kinds[event->kind],
		       type_text(event), actor_text(event, actor), event->msg != NULL ? ", " : "",
		       event->msg != NULL ? event->msg->name : "", why(event, reason));
	(void)akti_profile_add_comment(profile, line);
}

static void add_events(struct profile *profile, int64_t since_ns, int64_t now_ns)
{
	struct blackbox_happened event;
	uint64_t count = 0, more = 0, back = 1;
	char line[160];
	bool whole;

	for (; akti_blackbox_happened(back, &event, &whole); back++) {
		if (!whole || event.kind >= BLACKBOX_EVENT_KINDS)
			continue;
		if (event.time_ns < since_ns)
			break;
		count++;
		more += event.more;
		add_event(profile, &event);
	}
	(void)snprintf(line, sizeof(line), "events=%" PRIu64 " more=%" PRIu64 " lost=%" PRIu64,
		       count, more, akti_blackbox_lost(BLACKBOX_EVENT));
	(void)akti_profile_add_comment(profile, line);
	for (back = count < AKT_FLIGHT_EVENTS_TOLD ? count : AKT_FLIGHT_EVENTS_TOLD; back > 0;
	     back--) {
		if (akti_blackbox_happened(back, &event, &whole) && whole &&
		    event.kind < BLACKBOX_EVENT_KINDS && event.time_ns >= since_ns)
			tell_event(profile, &event, now_ns);
	}
}

static int build_events(struct profile **ret_profile, const struct prof_file *about,
			int64_t since_ns)
{
	int r = akti_profile_create(ret_profile);

	if (r < 0)
		return r;
	akti_profile_set_time(*ret_profile, about->time_ns, about->duration_ns);
	(void)akti_profile_add_type(*ret_profile, "events", "count");
	(void)akti_profile_set_period(*ret_profile, "events", "count", 1);
	add_events(*ret_profile, since_ns, since_ns + about->duration_ns);
	r = akti_profile_symbolize(*ret_profile);
	if (r < 0) {
		akti_profile_destroy(*ret_profile);
		*ret_profile = NULL;
	}
	return r;
}

/* --- files ---------------------------------------------------------------------------------------- */

int akti_blackbox_build(struct profile **ret_profile, enum blackbox_ring ring,
			const struct prof_file *about)
{
	struct prof_file own = *about;
	struct timespec wall = { 0, 0 };
	int64_t since_ns = oldest_ns();

	*ret_profile = NULL;
	(void)clock_gettime(CLOCK_REALTIME, &wall);
	own.duration_ns = akti_plat_now() - since_ns;
	own.time_ns = (int64_t)wall.tv_sec * 1000000000 + wall.tv_nsec - own.duration_ns;
	if (ring == BLACKBOX_EVENT)
		return build_events(ret_profile, &own, since_ns);
	return build_samples(ret_profile, ring, &own, since_ns);
}
