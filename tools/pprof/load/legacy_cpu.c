/* SPDX-License-Identifier: MIT */
/*
 * gperftools' CPU profile, words of 64 bits:
 *
 *	0, 3, 0, microseconds between samples, 0
 *	count, depth, address ...    so many samples of one stack, leaf first
 *	0, 1, 0                      the end
 *	/proc/self/maps as text
 *
 * The signal frames of the profiler lie between the leaf and its caller, up to two: what nearly all
 * samples have there is taken out.
 */
#include "pprof/load/legacy.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define WORD 8u
#define HEAD_WORDS 5u
#define SIGNAL_FRAMES_MAX 2
/* One in so many samples may have another frame there. */
#define SIGNAL_FRAME_MARGIN 32u
#define PERIOD_US_MAX (UINT64_C(1) << 40)

static bool take_word(const struct legacy *legacy, const char **at, uint64_t *ret)
{
	if (legacy->size - (size_t)(*at - legacy->text) < WORD)
		return false;
	memcpy(ret, *at, WORD);
	*at += WORD;
	return true;
}

/* False: no more samples, at then being behind their end; or refused. */
static bool take_sample(struct legacy *legacy, const char **at, int64_t period)
{
	const char *begin = *at;
	uint64_t count, depth, address;
	size_t left;

	if (!take_word(legacy, at, &count) || !take_word(legacy, at, &depth))
		return legacy_refuse(legacy, begin, "the samples have no end");
	left = legacy->size - (size_t)(*at - legacy->text);
	if (depth > left / WORD)
		return legacy_refuse(legacy, begin, "a stack of %" PRIu64 " addresses", depth);
	if (count > INT64_MAX / (uint64_t)period)
		return legacy_refuse(legacy, begin, "a sample counts %" PRIu64, count);
	if (count == 0 && depth == 1) {
		memcpy(&address, *at, WORD);
		if (address == 0) {
			*at += WORD;
			return false;
		}
	}
	legacy_add_sample(legacy)->values[0] = (int64_t)count;
	legacy->samples[legacy->sample_count - 1].values[1] = (int64_t)count * period;
	for (uint64_t i = 0; i < depth && take_word(legacy, at, &address); i++)
		legacy_add_address(legacy, i > 0 ? address - 1 : address);
	return true;
}

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The address that most samples have behind the leaf, and how many. */
static size_t most_common(const struct legacy *legacy, uint64_t *ret_address)
{
	uint64_t *seconds = take(legacy->sample_count, sizeof(*seconds));
	size_t count = 0, most = 0;

	for (size_t i = 0; i < legacy->sample_count; i++)
		if (legacy->samples[i].count > 1)
			seconds[count++] = legacy->addresses[legacy->samples[i].first + 1];
	qsort(seconds, count, sizeof(*seconds), by_value);
	for (size_t i = 0, run = 0; i < count; i++) {
		run = i > 0 && seconds[i] == seconds[i - 1] ? run + 1 : 1;
		if (run > most) {
			most = run;
			*ret_address = seconds[i];
		}
	}
	free(seconds);
	return most;
}

/* Take the frame behind the leaf out of a stack. */
static void drop_second(struct legacy *legacy, struct legacy_sample *sample)
{
	uint64_t *second = &legacy->addresses[sample->first + 1];

	memmove(second, second + 1, (sample->count - 2) * sizeof(*second));
	sample->count--;
}

static void drop_signal_frames(struct legacy *legacy)
{
	size_t margin = legacy->sample_count / SIGNAL_FRAME_MARGIN;

	for (int round = 0; round < SIGNAL_FRAMES_MAX; round++) {
		uint64_t address = 0;
		size_t most = most_common(legacy, &address);

		if (most == 0 || most < legacy->sample_count - margin)
			return;
		for (size_t i = 0; i < legacy->sample_count; i++) {
			struct legacy_sample *sample = &legacy->samples[i];

			if (sample->count > 1 && legacy->addresses[sample->first + 1] == address)
				drop_second(legacy, sample);
		}
	}
}

/* Where the leaf is there twice, from the signal and from the stack. */
static void drop_double_leaves(struct legacy *legacy)
{
	for (size_t i = 0; i < legacy->sample_count; i++) {
		struct legacy_sample *sample = &legacy->samples[i];

		if (sample->count > 1 &&
		    legacy->addresses[sample->first] == legacy->addresses[sample->first + 1] + 1)
			drop_second(legacy, sample);
	}
}

bool legacy_parse_cpu(struct legacy *legacy)
{
	const char *at = legacy->text + 3 * (size_t)WORD;
	uint64_t period_us = 0, padding = 0;
	int64_t period;

	(void)take_word(legacy, &at, &period_us);
	(void)take_word(legacy, &at, &padding);
	if (period_us == 0 || period_us > PERIOD_US_MAX || padding != 0)
		return legacy_refuse(legacy, at - 2 * (size_t)WORD, "this is no CPU profile");
	period = (int64_t)period_us * 1000;
	legacy_add_type(legacy, "samples", "count");
	legacy_add_type(legacy, "cpu", "nanoseconds");
	akti_profile_set_period(legacy->profile, "cpu", "nanoseconds", period);
	while (take_sample(legacy, &at, period))
		;
	if (legacy->error->size > 0)
		return false;
	drop_signal_frames(legacy);
	drop_double_leaves(legacy);
	legacy_finish(legacy, at);
	return true;
}
