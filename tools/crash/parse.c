/* SPDX-License-Identifier: MIT */
/* See parse.h. Two passes: the first counts chunks, the second fills. */
#include "crash/parse.h"

#include <akt/error.h>
#include <stdlib.h>
#include <string.h>

/* What is left of a chunk, or of the file. A take beyond the end gives zero and is remembered. */
struct bytes {
	const uint8_t *at;
	size_t left;
	bool overrun;
};

static uint64_t take(struct bytes *in, size_t size_bytes)
{
	uint64_t value = 0;

	if (in->left < size_bytes) {
		in->overrun = true;
		in->left = 0;
		return 0;
	}
	for (size_t i = 0; i < size_bytes; i++)
		value |= (uint64_t)in->at[i] << (8 * i);
	in->at += size_bytes;
	in->left -= size_bytes;
	return value;
}

static uint32_t take_u32(struct bytes *in)
{
	return (uint32_t)take(in, 4);
}

static uint64_t take_u64(struct bytes *in)
{
	return take(in, 8);
}

static struct span take_text(struct bytes *in)
{
	size_t count = (size_t)take(in, 2);
	struct span text = { (const char *)in->at, count };

	if (count > in->left) {
		in->overrun = true;
		text.count = in->left;
	}
	in->at += text.count;
	in->left -= text.count;
	return text;
}

static void take_actor(struct bytes *in, struct actor *actor)
{
	uint64_t address = take_u64(in);

	actor->slot = (uint32_t)(address >> 32);
	actor->gen = (uint32_t)address;
	actor->node = take_u64(in);
	actor->code = take_u64(in);
}

/* The next chunk; one that is cut short comes with what is there. False: there is none. */
static bool next_chunk(struct bytes *file, uint32_t *ret_kind, struct bytes *ret_chunk)
{
	size_t size_bytes;

	if (file->left < CRASH_CHUNK_HEAD_BYTES)
		return false;
	*ret_kind = take_u32(file);
	size_bytes = take_u32(file);
	*ret_chunk = (struct bytes){ file->at, size_bytes, false };
	if (size_bytes > file->left) {
		ret_chunk->left = file->left;
		ret_chunk->overrun = true;
	}
	file->at += ret_chunk->left;
	file->left -= ret_chunk->left;
	return true;
}

static void take_process(struct bytes *in, struct crash *crash)
{
	crash->has_process = true;
	crash->time_ns = (int64_t)take_u64(in);
	crash->pid = take_u32(in);
	crash->tid = take_u32(in);
	crash->signal = take_u32(in);
	crash->code = (int32_t)take_u32(in);
	crash->address = take_u64(in);
	crash->version = take_text(in);
	crash->program = take_text(in);
	crash->thread_name = take_text(in);
}

static void take_module(struct bytes *in, struct crash *crash)
{
	struct module *module = &crash->modules[crash->module_count++];

	module->start = take_u64(in);
	module->end = take_u64(in);
	module->bias = take_u64(in);
	module->build_id = take_text(in);
	module->path = take_text(in);
}

static void take_thread(struct bytes *in, struct crash *crash)
{
	struct thread *thread = &crash->threads[crash->thread_count++];

	thread->tid = take_u32(in);
	thread->crashed = take_u32(in) != 0;
	take_actor(in, &thread->actor);
	thread->actor.type = take_text(in);
	thread->actor.message = take_text(in);
}

static void take_event(struct bytes *in, struct crash *crash)
{
	struct event *event = &crash->events[crash->event_count++];

	event->tid = take_u32(in);
	event->kind = take_u32(in);
	event->error = (int32_t)take_u32(in);
	(void)take_u32(in);
	event->serial = take_u64(in);
	event->time_ns = (int64_t)take_u64(in);
	take_actor(in, &event->actor);
	event->actor.type = take_text(in);
	event->actor.message = take_text(in);
}

static void take_words(struct bytes *in, uint64_t *words, size_t *count)
{
	while (in->left >= 8)
		words[(*count)++] = take_u64(in);
}

static void take_somebody(uint64_t actor, struct actor *ret_actor)
{
	ret_actor->slot = (uint32_t)(actor >> 32);
	ret_actor->gen = (uint32_t)actor;
}

static void take_sample(struct bytes *in, struct crash *crash)
{
	struct sample *sample = &crash->samples[crash->sample_count++];
	uint32_t flags;

	sample->time_ns = (int64_t)take_u64(in);
	sample->count = (int64_t)take_u64(in);
	sample->amount = (int64_t)take_u64(in);
	take_somebody(take_u64(in), &sample->actor);
	sample->what = take_u32(in);
	flags = take_u32(in);
	sample->name = take_text(in);
	sample->actor.type = take_text(in);
	sample->actor.message = take_text(in);
	sample->truncated = flags & CRASH_SAMPLE_TRUNCATED;
	sample->alive = flags & CRASH_SAMPLE_ALIVE;
	sample->pcs = crash->pcs + crash->pc_count;
	take_words(in, sample->pcs, &sample->pc_count);
	crash->pc_count += sample->pc_count;
}

static void take_recorded(struct bytes *in, struct crash *crash)
{
	struct recorded *recorded = &crash->recorded[crash->recorded_count++];

	recorded->time_ns = (int64_t)take_u64(in);
	take_somebody(take_u64(in), &recorded->actor);
	recorded->kind = take_u32(in);
	recorded->code = (int32_t)take_u32(in);
	recorded->name = take_text(in);
	recorded->actor.type = take_text(in);
	recorded->actor.message = take_text(in);
}

static void take_assert(struct bytes *in, struct crash *crash)
{
	crash->has_assert = true;
	crash->assert_line = take_u32(in);
	crash->assert_condition = take_text(in);
	crash->assert_file = take_text(in);
	crash->assert_function = take_text(in);
}

static void take_chunk(uint32_t kind, struct bytes *in, struct crash *crash)
{
	switch (kind) {
	case CRASH_CHUNK_PROCESS:
		take_process(in, crash);
		break;
	case CRASH_CHUNK_ACTOR:
		crash->has_actor = true;
		take_actor(in, &crash->actor);
		break;
	case CRASH_CHUNK_NAME:
		crash->name = take_text(in);
		break;
	case CRASH_CHUNK_TYPE:
		crash->actor.type = take_text(in);
		break;
	case CRASH_CHUNK_MESSAGE:
		crash->actor.message = take_text(in);
		break;
	case CRASH_CHUNK_REGISTERS:
		take_words(in, crash->registers, &crash->register_count);
		break;
	case CRASH_CHUNK_ASSERT:
		take_assert(in, crash);
		break;
	case CRASH_CHUNK_FRAMES:
		crash->frames_truncated = take_u32(in) != 0;
		crash->frames_skipped = take_u32(in);
		take_words(in, crash->frames, &crash->frame_count);
		break;
	case CRASH_CHUNK_MODULE:
		take_module(in, crash);
		break;
	case CRASH_CHUNK_THREAD:
		take_thread(in, crash);
		break;
	case CRASH_CHUNK_EVENT:
		take_event(in, crash);
		break;
	case CRASH_CHUNK_SAMPLE:
		take_sample(in, crash);
		break;
	case CRASH_CHUNK_RECORDED:
		take_recorded(in, crash);
		break;
	case CRASH_CHUNK_LOST:
		crash->lost[crash->lost_count].part = take_u32(in);
		crash->lost[crash->lost_count++].signal = take_u32(in);
		break;
	case CRASH_CHUNK_END:
		crash->complete = true;
		break;
	default:
		break; /* of a later akt */
	}
	crash->damaged += in->overrun;
}

static int by_time(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	if (x->serial != y->serial)
		return x->serial < y->serial ? -1 : 1;
	return x->tid < y->tid ? -1 : x->tid > y->tid;
}

/* Room for what the chunks of file can hold. */
static bool make_room(struct bytes file, struct crash *crash)
{
	size_t words = 0, modules = 0, threads = 0, events = 0, lost = 0;
	size_t samples = 0, pcs = 0, recorded = 0;
	struct bytes chunk;
	uint32_t kind;

	while (next_chunk(&file, &kind, &chunk)) {
		if (kind == CRASH_CHUNK_REGISTERS || kind == CRASH_CHUNK_FRAMES)
			words += chunk.left / 8;
		modules += kind == CRASH_CHUNK_MODULE;
		threads += kind == CRASH_CHUNK_THREAD;
		events += kind == CRASH_CHUNK_EVENT;
		lost += kind == CRASH_CHUNK_LOST;
		samples += kind == CRASH_CHUNK_SAMPLE;
		pcs += kind == CRASH_CHUNK_SAMPLE ? chunk.left / 8 : 0;
		recorded += kind == CRASH_CHUNK_RECORDED;
	}
	crash->registers = calloc(words + 1, sizeof(uint64_t));
	crash->frames = calloc(words + 1, sizeof(uint64_t));
	crash->modules = calloc(modules + 1, sizeof(*crash->modules));
	crash->threads = calloc(threads + 1, sizeof(*crash->threads));
	crash->events = calloc(events + 1, sizeof(*crash->events));
	crash->samples = calloc(samples + 1, sizeof(*crash->samples));
	crash->pcs = calloc(pcs + 1, sizeof(*crash->pcs));
	crash->recorded = calloc(recorded + 1, sizeof(*crash->recorded));
	crash->lost = calloc(lost + 1, sizeof(*crash->lost));
	return crash->registers != NULL && crash->frames != NULL && crash->modules != NULL &&
	       crash->threads != NULL && crash->events != NULL && crash->lost != NULL &&
	       crash->samples != NULL && crash->pcs != NULL && crash->recorded != NULL;
}

int crash_parse(const void *bytes, size_t count, struct crash *ret_crash, const char **ret_why)
{
	struct bytes file = { bytes, count, false };
	struct bytes chunk;
	uint32_t kind;

	*ret_crash = (struct crash){ 0 };
	if (count < CRASH_HEAD_BYTES || memcmp(bytes, CRASH_MAGIC, 8) != 0) {
		*ret_why = "it is no crash record of akt";
		return AKT_ERR_FORMAT;
	}
	file.at += 8;
	file.left -= 8;
	if (take_u32(&file) != CRASH_VERSION) {
		*ret_why = "it is of a later version of akt";
		return AKT_ERR_FORMAT;
	}
	ret_crash->machine = take_u32(&file);
	if (!make_room(file, ret_crash)) {
		crash_free(ret_crash);
		*ret_why = "out of memory";
		return AKT_ERR_NOMEM;
	}
	while (next_chunk(&file, &kind, &chunk))
		take_chunk(kind, &chunk, ret_crash);
	qsort(ret_crash->events, ret_crash->event_count, sizeof(*ret_crash->events), by_time);
	return 0;
}

void crash_free(struct crash *crash)
{
	free(crash->registers);
	free(crash->frames);
	free(crash->modules);
	free(crash->threads);
	free(crash->events);
	free(crash->samples);
	free(crash->pcs);
	free(crash->recorded);
	free(crash->lost);
	*crash = (struct crash){ 0 };
}
