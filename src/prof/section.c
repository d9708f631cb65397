/* SPDX-License-Identifier: MIT */
/* See section.h. */
#include "prof/section.h"
#include "prof/blackbox.h"
#include "prof/cpu.h"
#include "prof/env.h"
#include "prof/heap.h"
#include "prof/messages.h"
#include "prof/names.h"
#include "prof/phase.h"
#include "prof/prof.h"
#include "prof/recorder.h"
#include "prof/unwind.h"
#include "profile/encode.h"
#include "profile/profile.h"

#include <akt/error.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct akt_profile *running; /* the newest first */

static int64_t clock_ns(clockid_t clock)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* --- the collector as the sections want it ------------------------------------------------------- */

static int make_stores(unsigned what)
{
	int r = 0;

	if (what & AKT_PROFILE_CPU)
		r = akti_prof_cpu_create_store();
	if (r == 0 && (what & AKT_PROFILE_MEMORY))
		r = akti_prof_heap_create();
	if (r == 0 && (what & AKT_PROFILE_MESSAGES) && akti_prof_messages.store == NULL)
		r = akti_prof_messages_create();
	return r;
}

static struct prof_store *store_of(const struct akt_profile *section, enum section_store store)
{
	if (store == SECTION_CPU)
		return section->what & AKT_PROFILE_CPU ? akti_prof_cpu.store : NULL;
	if (store == SECTION_HEAP)
		return section->what & AKT_PROFILE_MEMORY ? akti_prof_heap.store : NULL;
	return section->what & AKT_PROFILE_MESSAGES ? akti_prof_messages.store : NULL;
}

/* What all that run want together, and the flight recorder; 0: nobody asks. */
struct wanted {
	unsigned what; /* of sections */
	unsigned hz;   /* the fastest */
	bool cycles;
	uint64_t memory_every; /* the finest, as below */
	uint32_t messages_every;
	uint16_t label; /* the newest */
};

static struct wanted all_wanted(void)
{
	struct wanted wanted = { .label = PROF_PHASE_NONE };

	if (akti_blackbox_is_on()) {
		wanted.hz = BLACKBOX_HZ;
		wanted.memory_every = BLACKBOX_MEMORY_EVERY;
	}
	for (const struct akt_profile *at = running; at != NULL; at = at->next) {
		const struct prof_file *about = &at->about;

		wanted.what |= at->what;
		if ((at->what & AKT_PROFILE_CPU) && about->hz > wanted.hz)
			wanted.hz = about->hz;
		wanted.cycles |= about->cycles;
		if ((at->what & AKT_PROFILE_MEMORY) &&
		    (wanted.memory_every == 0 || about->memory_every < wanted.memory_every))
			wanted.memory_every = about->memory_every;
		if ((at->what & AKT_PROFILE_MESSAGES) &&
		    (wanted.messages_every == 0 || about->messages_every < wanted.messages_every))
			wanted.messages_every = about->messages_every;
		if (wanted.label == PROF_PHASE_NONE)
			wanted.label = at->label;
	}
	return wanted;
}

static void watch(enum prof_watcher who, bool on)
{
	if (on)
		(void)atomic_fetch_or_explicit(&akti_prof_on, who, memory_order_release);
	else
		(void)atomic_fetch_and_explicit(&akti_prof_on, ~(uint32_t)who,
						memory_order_relaxed);
	akti_prof_divert();
}

/* Cycles first and timers last: whoever records finds the store. */
static void adjust(void)
{
	struct wanted wanted = all_wanted();

	atomic_store_explicit(&akti_prof_phase_now, wanted.label, memory_order_relaxed);
	atomic_store_explicit(&akti_prof_sampling, wanted.hz != 0 || wanted.memory_every != 0,
			      memory_order_relaxed);
	watch(PROF_WATCH_CYCLES, wanted.cycles);
	if (wanted.hz != 0 || wanted.memory_every != 0)
		(void)akti_prof_cfi_refresh();
	atomic_store_explicit(&akti_prof_heap.storing, wanted.what & AKT_PROFILE_MEMORY,
			      memory_order_relaxed);
	/* seq_cst: akti_section_empty comes after it, see akti_prof_cpu_settle. */
	atomic_store(&akti_prof_cpu.storing, wanted.what & AKT_PROFILE_CPU);
	if (akti_prof_heap.store != NULL)
		akti_prof_heap_set_every(wanted.memory_every);
	if (akti_prof_messages.store != NULL)
		akti_prof_messages_set_every(wanted.messages_every);
	atomic_store_explicit(&akti_prof_cpu.counting, wanted.cycles, memory_order_release);
	if (wanted.hz != 0)
		akti_prof_cpu_resume(wanted.hz, wanted.what & AKT_PROFILE_CPU);
	else
		akti_prof_cpu_pause();
}

void akti_section_refresh(void)
{
	if (running != NULL || akti_blackbox_is_on())
		adjust();
}

int akti_section_fly(bool on)
{
	int r = on ? akti_prof_names_create() : 0;

	if (r == 0 && on)
		r = akti_prof_cpu_create();
	if (r == 0 && on)
		r = akti_prof_heap_create();
	if (r == 0 && on)
		r = akti_blackbox_begin();
	if (r == 0 && !on)
		akti_blackbox_end();
	adjust();
	return r;
}

unsigned akti_section_count(void)
{
	unsigned count = 0;

	for (const struct akt_profile *at = running; at != NULL; at = at->next)
		count++;
	return count;
}

static bool is_worn(const struct prof_store *store)
{
	return store != NULL && akti_prof_store_is_worn(store);
}

void akti_section_empty(void)
{
	if (running != NULL)
		return;
	akti_prof_messages_empty();
	if (!is_worn(akti_prof_cpu.store) && !is_worn(akti_prof_heap.store))
		return;
	akti_prof_recorders_stop();
	akti_prof_cpu_settle();
	if (akti_prof_cpu.store != NULL)
		akti_prof_store_empty(akti_prof_cpu.store);
	if (akti_prof_heap.store != NULL) {
		akti_prof_heap_forget();
		akti_prof_store_empty(akti_prof_heap.store);
	}
	akti_prof_recorders_go();
}

/* --- stretches ----------------------------------------------------------------------------------- */

/* What was counted while the section was paused is not its own. */
static int skip(struct akt_profile *section)
{
	for (unsigned i = 0; i < SECTION_STORES; i++) {
		struct prof_look now;
		int r = akti_prof_look(&now, store_of(section, i));

		if (r == 0)
			r = akti_prof_look_skip(&section->from[i], &section->at[i], &now);
		if (r < 0) {
			akti_prof_look_free(&now);
			return r;
		}
	}
	return 0;
}

int akti_section_run(struct akt_profile *section)
{
	int r = make_stores(section->what);

	if (r == 0)
		r = skip(section);
	if (r < 0)
		return r;
	if (!section->begun) {
		section->begun = true;
		section->about.time_ns = clock_ns(CLOCK_REALTIME);
		section->era = akti_prof_heap_era();
	}
	section->stretch_ns = clock_ns(CLOCK_MONOTONIC);
	section->stretch_cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	section->runs = true;
	section->next = running;
	running = section;
	adjust();
	return 0;
}

static int set_down(struct akt_profile *section)
{
	int r = 0;

	for (unsigned i = 0; i < SECTION_STORES && r == 0; i++)
		r = akti_prof_look(&section->at[i], store_of(section, i));
	akti_prof_held_free(&section->held);
	if (r == 0)
		r = akti_prof_held_look(&section->held, section->era,
					section->at[SECTION_HEAP].count);
	return r;
}

static void add_stretch(struct akt_profile *section)
{
	section->about.duration_ns += clock_ns(CLOCK_MONOTONIC) - section->stretch_ns;
	section->about.cpu_clock_ns += clock_ns(CLOCK_PROCESS_CPUTIME_ID) - section->stretch_cpu_ns;
}

void akti_section_pause(struct akt_profile *section)
{
	struct akt_profile **at = &running;

	while (*at != section)
		at = &(*at)->next;
	*at = section->next;
	section->runs = false;
	add_stretch(section);
	adjust();
	section->error = set_down(section);
}

void akti_section_fini(struct akt_profile *section)
{
	for (unsigned i = 0; i < SECTION_STORES; i++) {
		akti_prof_look_free(&section->from[i]);
		akti_prof_look_free(&section->at[i]);
	}
	akti_prof_held_free(&section->held);
}

/* --- files --------------------------------------------------------------------------------------- */

bool akti_section_name_valid(const char *name)
{
	size_t length = name == NULL ? 0 : strlen(name);

	return length > 0 && length <= AKT_PROFILE_NAME_MAX && name[0] != '.' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
		       length;
}

/* One of the files; NULL when memory is out. */
static struct profile *build(const struct akt_profile *section, enum section_store store)
{
	const struct prof_cut cut = { store_of(section, store), &section->from[store],
				      &section->at[store],
				      store == SECTION_HEAP ? &section->held : NULL };
	struct profile *profile = NULL;

	akti_prof_heap_quiet(true);
	if (store == SECTION_CPU)
		(void)akti_prof_build_cpu(&profile, &section->about, &cut);
	else if (store == SECTION_HEAP)
		(void)akti_prof_build_heap(&profile, &section->about, &cut);
	else
		(void)akti_prof_build_messages(&profile, &section->about, &cut);
	akti_prof_heap_quiet(false);
	return profile;
}

/* Write one of the files, if it was recorded. */
static int write_one(const struct akt_profile *section, enum section_store store, const char *path)
{
	struct profile *profile;
	int r;

	if (store_of(section, store) == NULL)
		return 0;
	profile = section->error == 0 ? build(section, store) : NULL;
	r = akti_prof_write_file(profile, path);
	akti_profile_destroy(profile);
	return r;
}

int akti_section_write(const struct akt_profile *section)
{
	static const char *const suffix[SECTION_STORES] = { "cpu", "mem", "msg" };
	char path[PROF_PATH_MAX];
	int first = 0;

	for (unsigned i = 0; i < SECTION_STORES; i++) {
		int r;

		akti_prof_path(&section->about, suffix[i], path);
		r = write_one(section, i, path);
		first = first == 0 ? r : first;
	}
	return first;
}

int akti_section_write_as(const struct akt_profile *section, const char *const *paths)
{
	int first = 0;

	for (unsigned i = 0; i < SECTION_STORES; i++) {
		int r = paths[i] != NULL ? write_one(section, i, paths[i]) : 0;

		first = first == 0 ? r : first;
	}
	return first;
}

struct bytes {
	unsigned char *at;
	size_t used;
	size_t room;
};

static int append(void *arg, const void *more, size_t size_bytes)
{
	struct bytes *bytes = arg;

	if (bytes->used + size_bytes > bytes->room) {
		size_t room = 2 * (bytes->used + size_bytes);
		unsigned char *at = realloc(bytes->at, room);

		if (at == NULL)
			return AKT_ERR_NOMEM;
		bytes->at = at;
		bytes->room = room;
	}
	memcpy(bytes->at + bytes->used, more, size_bytes);
	bytes->used += size_bytes;
	return 0;
}

int akti_section_encode(const struct akt_profile *section, unsigned what, void **ret_bytes,
			size_t *ret_size)
{
	enum section_store store = what == AKT_PROFILE_CPU      ? SECTION_CPU
				   : what == AKT_PROFILE_MEMORY ? SECTION_HEAP
								: SECTION_MESSAGES;
	struct profile *profile;
	struct bytes bytes = { 0 };
	int r;

	if ((section->what & what) == 0 || store_of(section, store) == NULL)
		return AKT_ERR_INVALID;
	profile = section->error == 0 ? build(section, store) : NULL;
	r = profile == NULL ? AKT_ERR_NOMEM : akti_profile_encode(profile, append, &bytes);
	akti_profile_destroy(profile);
	if (r < 0) {
		free(bytes.at);
		return r;
	}
	*ret_bytes = bytes.at;
	*ret_size = bytes.used;
	return 0;
}

static int copy_look(struct prof_look *copy, const struct prof_look *look)
{
	*copy = *look;
	if (look->count == 0)
		return 0;
	copy->values = malloc(look->count * sizeof(*copy->values));
	if (copy->values == NULL) {
		copy->count = 0;
		return AKT_ERR_NOMEM;
	}
	memcpy(copy->values, look->values, look->count * sizeof(*copy->values));
	return 0;
}

int akti_section_snapshot(unsigned what, struct akt_profile *ret_section)
{
	const struct akt_profile *oldest = NULL;
	int r = 0;

	for (const struct akt_profile *at = running; at != NULL; at = at->next) {
		if (at->what & what)
			oldest = at;
	}
	if (oldest == NULL)
		return AKT_ERR_NOTFOUND;
	*ret_section = *oldest;
	ret_section->what = what;
	ret_section->held = (struct prof_held){ 0 };
	for (unsigned i = 0; i < SECTION_STORES; i++) {
		ret_section->from[i] = ret_section->at[i] = (struct prof_look){ 0 };
		if (r == 0 && store_of(ret_section, i) != NULL)
			r = copy_look(&ret_section->from[i], &oldest->from[i]);
	}
	add_stretch(ret_section);
	if (r == 0)
		r = set_down(ret_section);
	if (r < 0)
		akti_section_fini(ret_section);
	return r;
}

void akti_section_abandon(void)
{
	for (const struct akt_profile *at = running; at != NULL; at = at->next) {
		if (at->label != PROF_PHASE_NONE && !at->adds_up)
			akti_prof_say("the section %s was never ended: no profile of it",
				      at->about.phase);
	}
	running = NULL;
	adjust();
}
