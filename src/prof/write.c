/* SPDX-License-Identifier: MIT */
/* See write.h. */
#include "prof/write.h"
#include "prof/cpu.h"
#include "prof/env.h"
#include "prof/heap.h"
#include "prof/messages.h"
#include "prof/names.h"
#include "prof/phase.h"
#include "prof/rank.h"
#include "prof/unwind.h"
#include "mem/mem.h"
#include "profile/profile.h"

#include <akt/error.h>
#include <stdarg.h>
#include <stdio.h>

#define ACTOR_TEXT_BYTES 512

/* Allocations are shown at the line that wanted the memory, not inside the pools. */
#define DROP_FRAMES                                                                                \
	"akti_mem_.*|akti_msg_.*|__wrap_.*|"                                                       \
	"akt_msg_(new|new_bytes|new_object|blank)|new_(block|cell)"

struct file {
	struct profile *profile;
	const struct prof_cut *cut;
	struct prof_rank rank;
	uint64_t truncated_frame;
	uint64_t cycles_frame;
	uint64_t lost_frame;
	uint64_t between_frame;
	bool cycles;
};

static const char *text_or_none(const char *text)
{
	return text == NULL || text[0] == 0 ? "none" : text;
}

/* The labels "actor" and "owner". Text of digits only cannot come from here but through a name, and
 * the builder guards against that. */
static const char *actor_text(const struct file *file, const akt_type *actor_type, uint64_t actor,
			      char *text)
{
	const char *type = actor_type == NULL ? "actor" : text_or_none(actor_type->name);

	actor = akti_prof_rank_of(&file->rank, actor_type, actor);

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

static const char *kind_text(uint32_t kind)
{
	static const char *const texts[MEM_KINDS + 1] = {
		"message", "state", "cell",    "name",  "ask",    "other",
		"signal",  "arena", "mailbox", "timer", "malloc",
	};

	return kind <= MEM_KINDS ? texts[kind] : "other";
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static bool has_any(const int64_t values[PROF_VALUES])
{
	return (values[0] | values[1] | values[2] | values[3]) != 0;
}

/* The values of a bucket as the file counts them. False: nothing to say. */
static bool values_of(const struct file *file, const struct prof_bucket *bucket,
		      int64_t values[PROF_VALUES])
{
	bool any;

	akti_prof_cut_values(file->cut, bucket, values);
	any = has_any(values);
	if (bucket->key.what == PROF_CYCLES && !file->cycles)
		return false; /* another section asked for them */
	if (bucket->key.what == PROF_CPU) {
		values[2] = 0;
	} else if (bucket->key.what == PROF_CYCLES) {
		values[2] = values[CYCLES_SUM];
		values[0] = values[1] = 0;
	} else {
		values[0] = akti_prof_heap_objects(values[0]);
		values[2] = akti_prof_heap_objects(values[2]);
	}
	return any;
}

/* What of a bucket is somebody's becomes a sample for each owner, and is taken off values.
 * labels[count] is still free. */
static void add_owned(const struct file *file, const struct prof_bucket *bucket,
		      const struct profile_stack *stack, int64_t values[PROF_VALUES],
		      struct profile_label *labels, uint32_t count)
{
	const struct held_part *part = NULL;
	size_t parts = akti_prof_held_parts(file->cut->held, bucket->index, &part);
	const int64_t objects = values[2], bytes = values[3];
	int64_t objects_so_far = 0, bytes_so_far = 0;

	/* Sums are cut off and rounded as the bucket's own is, so they end where it does. */
	for (; parts > 0; parts--, part++) {
		char owner[ACTOR_TEXT_BYTES];
		int64_t own[PROF_VALUES] = { 0 };

		objects_so_far += part->objects;
		bytes_so_far += part->bytes;
		own[2] = values[2] - objects +
			 least(akti_prof_heap_objects(objects_so_far), objects);
		own[3] = values[3] - bytes + least(bytes_so_far, bytes);
		if (!has_any(own))
			continue;
		values[2] -= own[2];
		values[3] -= own[3];
		labels[count] = (struct profile_label){
			.key = "owner",
			.str = actor_text(file, part->type, part->actor, owner),
		};
		(void)akti_profile_add_sample(file->profile, stack, own, labels, count + 1);
	}
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
		{ .key = "actor", .str = actor_text(file, key->type, key->actor, actor) },
		{ .key = "msg", .str = text_or_none(key->msg == NULL ? NULL : key->msg->name) },
		{ .key = "phase", .str = akti_prof_phase_text(key->phase) },
		{ .key = "kind", .str = kind_text(key->what - PROF_HEAP) },
		{ .key = NULL }, /* the owner's place */
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
	if (file->cut->held != NULL)
		add_owned(file, bucket, &stack, values, labels, 5);
	if (has_any(values))
		(void)akti_profile_add_sample(file->profile, &stack, values, labels,
					      key->what < PROF_HEAP ? 4 : 5);
}

static void add_all(struct file *file)
{
	for (const struct prof_bucket *at = akti_prof_cut_newest(file->cut); at != NULL;
	     at = at->older)
		add_bucket(file, at);
}

static void add_lost(struct file *file, const int64_t values[PROF_VALUES])
{
	struct profile_stack stack = { &file->lost_frame, 1, true };

	if (values[0] != 0)
		(void)akti_profile_add_sample(file->profile, &stack, values, NULL, 0);
}

static int open_file(struct file *file, const struct prof_cut *cut, const struct prof_file *about)
{
	int r = akti_profile_create(&file->profile);

	file->cut = cut;
	if (r == 0)
		r = akti_prof_rank_init(&file->rank, cut, PROF_ACTORS_MAX);
	if (r == 0)
		akti_profile_set_time(file->profile, about->time_ns, about->duration_ns);
	return r;
}

static int close_file(struct file *file, int error, bool raw, struct profile **ret_profile)
{
	int r = error;

	if (r == 0)
		r = raw ? akti_profile_map(file->profile) : akti_profile_symbolize(file->profile);
	akti_prof_rank_fini(&file->rank);
	if (r < 0) {
		akti_profile_destroy(file->profile);
		file->profile = NULL;
	}
	*ret_profile = file->profile;
	return r;
}

void akti_prof_path(const struct prof_file *about, const char *suffix, char ret_path[PROF_PATH_MAX])
{
	(void)snprintf(ret_path, PROF_PATH_MAX, "%s/%s%s%s_%s.prof", about->dir, about->phase,
		       about->node[0] == 0 ? "" : ".", about->node, suffix);
}

int akti_prof_write_file(struct profile *profile, const char *path)
{
	int r = profile == NULL ? AKT_ERR_NOMEM : akti_profile_write(profile, path);

	if (r < 0)
		akti_prof_say("cannot write %s: %s", path, akt_strerror(r));
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
	unsigned long long records = file->cut->store->anonymous;

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

/* Of ticks: all of one value, or only those whose stack was not walked to its end. */
static int64_t sum_of_ticks(const struct prof_cut *cut, unsigned value, bool truncated)
{
	int64_t values[PROF_VALUES], sum = 0;

	for (const struct prof_bucket *at = akti_prof_cut_newest(cut); at != NULL; at = at->older) {
		if (at->key.what != PROF_CPU || (truncated && at->key.stack->truncated == 0))
			continue;
		akti_prof_cut_values(cut, at, values);
		sum += values[value];
	}
	return sum;
}

static void add_cpu_comments(struct file *file, const struct prof_file *about)
{
	comment(file, "phase=%s hz=%u lost=%llu truncated=%lld folded=%llu%s", about->phase,
		about->hz, (unsigned long long)akti_prof_cut_lost(file->cut),
		(long long)sum_of_ticks(file->cut, CPU_TICKS, true),
		(unsigned long long)file->rank.folded, sanitizer());
	if (about->cpu_clock_ns != 0)
		comment(file, "cpu_clock_ns=%lld sampled_ns=%lld unarmed=%u",
			(long long)about->cpu_clock_ns,
			(long long)sum_of_ticks(file->cut, CPU_NS, false), akti_prof_cpu.unarmed);
	comment_on_anonymous(file);
	if (akti_prof_cpu.refused)
		comment(file, "no ticks: SIGPROF belongs to another handler%s",
			about->cycles ? "; cycles only" : "");
}

int akti_prof_build_cpu(struct profile **ret_profile, const struct prof_file *about,
			const struct prof_cut *cut)
{
	struct file file = { 0 };
	int r = open_file(&file, cut, about);

	if (r == 0) {
		int64_t period_ns = 1000000000 / (int64_t)about->hz;

		(void)akti_profile_add_type(file.profile, "samples", "count");
		(void)akti_profile_add_type(file.profile, "cpu", "nanoseconds");
		file.cycles = about->cycles;
		if (about->cycles)
			(void)akti_profile_add_type(file.profile, "cycles", "cycles");
		(void)akti_profile_set_default(file.profile, "cpu");
		(void)akti_profile_set_period(file.profile, "cpu", "nanoseconds", period_ns);
		add_cpu_comments(&file, about);
		name_frames(&file);
		add_all(&file);
		add_lost(&file, (int64_t[]){ (int64_t)akti_prof_cut_lost(cut),
					     (int64_t)akti_prof_cut_lost_ns(cut), 0, 0 });
	}
	return close_file(&file, r, about->raw, ret_profile);
}

int akti_prof_build_heap(struct profile **ret_profile, const struct prof_file *about,
			 const struct prof_cut *cut)
{
	struct file file = { 0 };
	int r = open_file(&file, cut, about);

	if (r == 0) {
		int64_t lost = (int64_t)akti_prof_cut_lost(cut);

		(void)akti_profile_add_type(file.profile, "alloc_objects", "count");
		(void)akti_profile_add_type(file.profile, "alloc_space", "bytes");
		(void)akti_profile_add_type(file.profile, "inuse_objects", "count");
		(void)akti_profile_add_type(file.profile, "inuse_space", "bytes");
		(void)akti_profile_set_default(file.profile,
					       about->in_use ? "inuse_space" : "alloc_space");
		(void)akti_profile_set_period(file.profile, "space", "bytes",
					      (int64_t)about->memory_every);
		(void)akti_profile_set_drop(file.profile, DROP_FRAMES, NULL);
		comment(&file, "phase=%s rate=%llu lost=%lld untracked=%llu folded=%llu%s",
			about->phase, (unsigned long long)about->memory_every, (long long)lost,
			(unsigned long long)akti_prof_heap.untracked,
			(unsigned long long)file.rank.folded, sanitizer());
		if (!akti_prof_heap.user_linked)
			comment(&file, "the program's own malloc is not in here: link akt-heap");
		comment_on_anonymous(&file);
		name_frames(&file);
		add_all(&file);
		add_lost(&file, (int64_t[]){ lost, 0, 0, 0 });
	}
	return close_file(&file, r, about->raw, ret_profile);
}

/* --- messages ------------------------------------------------------------------------------------ */

#define FRAME_TEXT_BYTES 512

struct message_sums {
	double tick_ns;
	int64_t fates[PROF_VALUES];
};

static void add_messages(struct file *file, const struct prof_bucket *bucket,
			 const struct message_sums *sums)
{
	const struct prof_key *key = &bucket->key;
	char text[ACTOR_TEXT_BYTES], frame[FRAME_TEXT_BYTES];
	uint64_t frames[PROF_CHAIN_MAX + 2];
	struct profile_stack stack = { .pcs = frames, .leaf_exact = true };
	struct profile_label labels[] = {
		{ .key = "actor_type", .str = text_or_none(key->type->name) },
		{ .key = "actor", .str = actor_text(file, key->type, key->actor, text) },
		{ .key = "msg", .str = text_or_none(key->msg->name) },
		{ .key = "phase", .str = akti_prof_phase_text(key->phase) },
	};
	int64_t values[PROF_VALUES];

	akti_prof_cut_values(file->cut, bucket, values);
	if (values[MESSAGES_COUNT] == 0 && values[MESSAGES_PROCESSING] == 0)
		return;
	for (unsigned i = MESSAGES_WAIT; i <= MESSAGES_PROCESSING; i++) {
		if (!((key->what - PROF_MESSAGES) & PROF_MESSAGES_NS))
			values[i] = (int64_t)((double)values[i] * sums->tick_ns);
	}
	for (uint32_t i = 0; i < key->stack->count; i += 2)
		frames[stack.count++] =
			akti_profile_frame(file->profile,
					   akti_prof_chain_frame(key->stack->pcs[i],
								 key->stack->pcs[i + 1], frame,
								 sizeof(frame)));
	if (key->stack->truncated != 0)
		frames[stack.count++] = akti_profile_frame(file->profile, "[...]");
	(void)akti_profile_add_sample(file->profile, &stack, values, labels, 4);
}

static void add_all_messages(struct file *file, struct message_sums *sums)
{
	for (const struct prof_bucket *at = akti_prof_cut_newest(file->cut); at != NULL;
	     at = at->older) {
		int64_t values[PROF_VALUES];

		if (at->key.type != NULL) {
			add_messages(file, at, sums);
			continue;
		}
		akti_prof_cut_values(file->cut, at, values);
		for (unsigned i = 0; i < PROF_VALUES; i++)
			sums->fates[i] += values[i];
	}
}

int akti_prof_build_messages(struct profile **ret_profile, const struct prof_file *about,
			     const struct prof_cut *cut)
{
	struct file file = { 0 };
	int r = open_file(&file, cut, about);

	if (r == 0) {
		struct message_sums sums = { .tick_ns = akti_prof_messages_tick_ns() };

		(void)akti_profile_add_type(file.profile, "messages", "count");
		(void)akti_profile_add_type(file.profile, "bytes", "bytes");
		(void)akti_profile_add_type(file.profile, "mailbox_wait", "nanoseconds");
		(void)akti_profile_add_type(file.profile, "processing", "nanoseconds");
		(void)akti_profile_set_default(file.profile, "mailbox_wait");
		(void)akti_profile_set_period(file.profile, "messages", "count",
					      about->messages_every);
		add_all_messages(&file, &sums);
		comment(&file, "phase=%s every=%u lost=%llu folded=%llu%s", about->phase,
			about->messages_every, (unsigned long long)akti_prof_cut_lost(cut),
			(unsigned long long)file.rank.folded, sanitizer());
		comment(&file, "sent=%lld dead=%lld dropped=%lld untimed=%lld",
			(long long)sums.fates[MESSAGES_SENT], (long long)sums.fates[MESSAGES_DEAD],
			(long long)sums.fates[MESSAGES_DROPPED],
			(long long)sums.fates[MESSAGES_UNTIMED]);
		comment_on_anonymous(&file);
	}
	return close_file(&file, r, about->raw, ret_profile);
}
