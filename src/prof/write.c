/* SPDX-License-Identifier: MIT */
/* See write.h. */
#include "prof/write.h"
#include "prof/cpu.h"
#include "prof/env.h"
#include "prof/heap.h"
#include "prof/names.h"
#include "prof/rank.h"
#include "prof/unwind.h"
#include "mem/mem.h"
#include "profile/profile.h"

#include <akt/error.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

#define ACTOR_TEXT_BYTES 512

/* Allocations are shown at the line that wanted the memory, not inside the pools. */
#define DROP_FRAMES "akti_mem_.*|akti_msg_.*|akt_msg_new(_bytes)?"

struct file {
	struct profile *profile;
	struct prof_store *store;
	struct prof_rank rank;
	uint64_t truncated_frame;
	uint64_t cycles_frame;
	uint64_t lost_frame;
	uint64_t between_frame;
	int64_t period_ns;
};

static const char *text_or_none(const char *text)
{
	return text == NULL || text[0] == 0 ? "none" : text;
}

/* The label "actor". Text of digits only cannot come from here but through a name, and the
 * builder guards against that. */
static const char *actor_text(const struct file *file, const struct prof_key *key, char *text)
{
	const char *type = key->type == NULL ? "actor" : text_or_none(key->type->name);
	uint64_t actor = akti_prof_rank_of(&file->rank, key->type, key->actor);

	if (actor == 0)
		return "none";
	if (actor == PROF_ACTOR_OTHER)
		(void)snprintf(text, ACTOR_TEXT_BYTES, "other:%s", type);
	else if ((actor & PROF_ACTOR_NAMED) != 0)
		return text_or_none(akti_prof_name_text(actor));
	else
		(void)snprintf(text, ACTOR_TEXT_BYTES, "%s-%u.%u", type, (unsigned)(actor >> 32),
			       (unsigned)actor);
	return text;
}

static const char *phase_text(uint32_t phase)
{
	static const char *const texts[PROF_PHASES] = { "none", "start", "run", "shutdown" };

	return phase < PROF_PHASES ? texts[phase] : "none";
}

static const char *kind_text(uint32_t kind)
{
	static const char *const texts[MEM_KINDS] = { "message", "state", "cell",  "name",
						      "ask",     "other", "signal" };

	return kind < MEM_KINDS ? texts[kind] : "other";
}

/* The values of a bucket as the file counts them. False: nothing to say. */
static bool values_of(const struct file *file, const struct prof_bucket *bucket,
		      int64_t values[PROF_VALUES])
{
	int64_t any = 0;

	for (unsigned i = 0; i < PROF_VALUES; i++) {
		values[i] = atomic_load_explicit(&bucket->value[i], memory_order_relaxed);
		any |= values[i];
	}
	if (bucket->key.what == PROF_CPU) {
		values[1] = values[CPU_TICKS] * file->period_ns;
		values[2] = 0;
	} else if (bucket->key.what == PROF_CYCLES) {
		values[2] = values[CYCLES_SUM];
		values[0] = values[1] = 0;
	} else {
		values[2] = values[HEAP_ALLOC_OBJECTS] - values[HEAP_FREED_OBJECTS];
		values[3] = values[HEAP_ALLOC_BYTES] - values[HEAP_FREED_BYTES];
	}
	return any != 0;
}

static void add_bucket(struct file *file, const struct prof_bucket *bucket)
{
	const struct prof_key *key = &bucket->key;
	char actor[ACTOR_TEXT_BYTES];
	uint64_t pcs[PROF_FRAMES_MAX + 1];
	struct profile_stack stack = { .pcs = pcs, .leaf_exact = key->what < PROF_HEAP };
	struct profile_label labels[] = {
		{ .key = "actor_type",
		  .str = text_or_none(key->type == NULL ? NULL : key->type->name) },
		{ .key = "actor", .str = actor_text(file, key, actor) },
		{ .key = "msg", .str = text_or_none(key->msg == NULL ? NULL : key->msg->name) },
		{ .key = "phase", .str = phase_text(key->phase) },
		{ .key = "kind", .str = kind_text(key->what - PROF_HEAP) },
	};
	int64_t values[PROF_VALUES];

	if (!values_of(file, bucket, values))
		return;
	while (stack.count < key->stack->count && stack.count < PROF_FRAMES_MAX) {
		pcs[stack.count] = key->stack->pcs[stack.count];
		stack.count++;
	}
	if (key->what == PROF_CYCLES)
		pcs[stack.count++] = file->cycles_frame;
	else if (key->stack->truncated != 0)
		pcs[stack.count++] = file->truncated_frame;
	else if (stack.count == 0)
		pcs[stack.count++] = file->between_frame;
	(void)akti_profile_add_sample(file->profile, &stack, values, labels,
				      key->what < PROF_HEAP ? 4 : 5);
}

/* Every bucket; those added meanwhile may be missed. */
static void add_all(struct file *file)
{
	for (unsigned i = 0; i < STORE_BUCKET_HEADS; i++) {
		const struct prof_bucket *at =
			atomic_load_explicit(&file->store->buckets[i], memory_order_acquire);

		for (; at != NULL; at = at->next)
			add_bucket(file, at);
	}
}

static void add_lost(struct file *file, const int64_t values[PROF_VALUES])
{
	struct profile_stack stack = { &file->lost_frame, 1, true };

	if (values[0] != 0)
		(void)akti_profile_add_sample(file->profile, &stack, values, NULL, 0);
}

static int open_file(struct file *file, struct prof_store *store,
		     const struct prof_section *section)
{
	int r = akti_profile_create(&file->profile);

	file->store = store;
	if (r == 0)
		r = akti_prof_rank_init(&file->rank, store, PROF_ACTORS_MAX);
	if (r < 0)
		return r;
	akti_profile_set_time(file->profile, section->time_ns, section->duration_ns);
	return 0;
}

/* Name, write and release. Says what goes wrong. */
static int close_file(struct file *file, const struct prof_section *section, const char *suffix,
		      int error)
{
	char path[PATH_MAX];
	int r = error;

	(void)snprintf(path, sizeof(path), "%s/%s_%s.prof", section->dir, section->name, suffix);
	if (r == 0)
		r = akti_profile_symbolize(file->profile);
	if (r == 0)
		r = akti_profile_write(file->profile, path);
	if (r < 0)
		akti_prof_say("cannot write %s: %s", path, akt_strerror(r));
	akti_prof_rank_fini(&file->rank);
	akti_profile_destroy(file->profile);
	return r;
}

static void name_frames(struct file *file)
{
	file->truncated_frame = akti_profile_frame(file->profile, "[truncated]");
	file->cycles_frame = akti_profile_frame(file->profile, "[exact cycles]");
	file->lost_frame = akti_profile_frame(file->profile, "[lost]");
	file->between_frame = akti_profile_frame(file->profile, "[between ticks]");
}

static void comment(struct file *file, const char *fmt, ...) AKTI_PRINTF(2, 3);
static void comment(struct file *file, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	(void)akti_profile_add_comment(file->profile, text);
}

static void comment_on_anonymous(struct file *file)
{
	unsigned long long records = file->store->anonymous;

	if (records > 0)
		comment(file, "more than %u label sets: %llu later records have actor=other:<type>",
			PROF_BUCKETS_FINE, records);
}

static const char *sanitizer(void)
{
#if defined(AKTI_TSAN)
	return " sanitizer=thread";
#elif defined(__SANITIZE_ADDRESS__)
	return " sanitizer=address";
#else
	return "";
#endif
}

static void add_cpu_comments(struct file *file, const struct prof_section *section)
{
	const struct cpu_state *cpu = &akti_prof_cpu;

	comment(file, "phase=%s hz=%u lost=%llu truncated=%llu folded=%llu%s", section->name,
		cpu->hz, (unsigned long long)cpu->store->lost, (unsigned long long)cpu->truncated,
		(unsigned long long)file->rank.folded, sanitizer());
	comment(file, "cpu_clock_ns=%lld sampled_ns=%lld unarmed=%u",
		(long long)section->cpu_clock_ns, (long long)cpu->ticks * file->period_ns,
		cpu->unarmed);
	comment_on_anonymous(file);
	if (cpu->refused)
		comment(file, "no ticks: SIGPROF belongs to another handler; cycles only");
}

int akti_prof_write_cpu(const struct prof_section *section)
{
	struct file file = { 0 };
	int r = open_file(&file, akti_prof_cpu.store, section);

	if (r == 0) {
		int64_t lost = (int64_t)akti_prof_cpu.store->lost;

		file.period_ns = 1000000000 / (int64_t)akti_prof_cpu.hz;
		(void)akti_profile_add_type(file.profile, "samples", "count");
		(void)akti_profile_add_type(file.profile, "cpu", "nanoseconds");
		(void)akti_profile_add_type(file.profile, "cycles", "cycles");
		(void)akti_profile_set_default(file.profile, "cpu");
		(void)akti_profile_set_period(file.profile, "cpu", "nanoseconds", file.period_ns);
		add_cpu_comments(&file, section);
		name_frames(&file);
		add_all(&file);
		add_lost(&file, (int64_t[]){ lost, lost * file.period_ns, 0, 0 });
	}
	return close_file(&file, section, "cpu", r);
}

int akti_prof_write_heap(const struct prof_section *section)
{
	struct file file = { 0 };
	int r = open_file(&file, akti_prof_heap.store, section);

	if (r == 0) {
		int64_t lost = (int64_t)akti_prof_heap.store->lost;

		(void)akti_profile_add_type(file.profile, "alloc_objects", "count");
		(void)akti_profile_add_type(file.profile, "alloc_space", "bytes");
		(void)akti_profile_add_type(file.profile, "inuse_objects", "count");
		(void)akti_profile_add_type(file.profile, "inuse_space", "bytes");
		(void)akti_profile_set_default(file.profile, "alloc_space");
		(void)akti_profile_set_period(file.profile, "space", "bytes", 1);
		(void)akti_profile_set_drop(file.profile, DROP_FRAMES, NULL);
		comment(&file, "phase=%s rate=1 lost=%lld untracked=%llu folded=%llu%s",
			section->name, (long long)lost,
			(unsigned long long)akti_prof_heap.untracked,
			(unsigned long long)file.rank.folded, sanitizer());
		comment_on_anonymous(&file);
		name_frames(&file);
		add_all(&file);
		add_lost(&file, (int64_t[]){ lost, 0, 0, 0 });
	}
	return close_file(&file, section, "mem", r);
}
