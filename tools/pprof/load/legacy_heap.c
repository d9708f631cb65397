/* SPDX-License-Identifier: MIT */
/*
 * gperftools' heap profile, text:
 *
 *	heap profile:  objects: bytes [ allocated: bytes ] @ heap_v2/524288
 *	   objects: bytes [ allocated: bytes ] @ 0x1f2 0x2e4
 *	MAPPED_LIBRARIES:
 *	/proc/self/maps
 *
 * and jemalloc's, where each stack is followed by its numbers, of all threads (t*) and of each:
 *
 *	heap_v2/524288
 *	  t*: objects: bytes [allocated: bytes]
 *	@ 0x1f2 0x2e4
 *	  t*: objects: bytes [allocated: bytes]
 *	  t0: ...
 */
#include "pprof/load/legacy.h"

#include <string.h>

/* objects: bytes [allocated: bytes] */
struct numbers {
	int64_t live, live_bytes, all, all_bytes;
};

static bool take_numbers(const char **at, const char *end, struct numbers *n)
{
	return legacy_take_number(at, end, &n->live) && legacy_take_text(at, end, ":") &&
	       legacy_take_number(at, end, &n->live_bytes) && legacy_take_text(at, end, "[") &&
	       legacy_take_number(at, end, &n->all) && legacy_take_text(at, end, ":") &&
	       legacy_take_number(at, end, &n->all_bytes) && legacy_take_text(at, end, "]");
}

static bool is_blank(const char *at, const char *end)
{
	while (at < end && strchr(" \t\r", *at) != NULL && *at != '\0')
		at++;
	return at == end || *at == '#';
}

/* One pair of values; false: bytes of no objects. */
static bool add_pair(struct legacy_sample *sample, size_t at, int64_t count, int64_t bytes,
		     int64_t mean_bytes)
{
	if (count == 0 && bytes != 0)
		return false;
	if (count != 0)
		/* INT64_MIN / -1 has no value. */
		sample->block_bytes = count == -1 ? -(bytes + 1) + 1 : bytes / count;
	if (mean_bytes > 0)
		legacy_unsample(&count, &bytes, mean_bytes);
	sample->values[at] = count;
	sample->values[at + 1] = bytes;
	return true;
}

static bool add_values(struct legacy *legacy, struct numbers n, bool has_allocated,
		       int64_t mean_bytes, const char *line)
{
	struct legacy_sample *sample = legacy_add_sample(legacy);

	sample->block_bytes = 0;
	if (has_allocated && !add_pair(sample, 0, n.all, n.all_bytes, mean_bytes))
		return legacy_refuse(legacy, line, "bytes of no objects");
	if (!add_pair(sample, has_allocated ? 2 : 0, n.live, n.live_bytes, mean_bytes))
		return legacy_refuse(legacy, line, "bytes of no objects");
	return true;
}

/* What stands behind the @ of the first line: how was sampled. False: unknown. A mean of 0: all
 * objects are there. */
static bool take_kind(const char **at, const char *end, int64_t *ret_mean, int64_t *ret_period)
{
	int64_t number = 0;
	bool halves;

	*ret_mean = 0;
	*ret_period = 1;
	if (legacy_take_text(at, end, "heapprofile") || legacy_take_text(at, end, "growth") ||
	    legacy_take_text(at, end, "fragmentation"))
		return true;
	if (!legacy_take_text(at, end, "heapz_v2") && !legacy_take_text(at, end, "heap_v2")) {
		halves = legacy_take_text(at, end, "heap/");
		if (!halves || !legacy_take_number(at, end, &number))
			return false;
		*ret_mean = *ret_period = number / 2; /* an old name for twice the mean */
		return true;
	}
	if (legacy_take_text(at, end, "/") && !legacy_take_number(at, end, &number))
		return false;
	*ret_mean = *ret_period = number;
	return true;
}

bool legacy_parse_heap(struct legacy *legacy)
{
	const char *at = legacy->text, *end = legacy_line_end(legacy, at);
	const char *file_end = legacy->text + legacy->size;
	struct numbers total = { 0 };
	int64_t mean_bytes, period;
	bool has_allocated;

	if (!legacy_take_text(&at, end, "heap profile:") || !take_numbers(&at, end, &total) ||
	    !legacy_take_text(&at, end, "@") || !take_kind(&at, end, &mean_bytes, &period))
		return legacy_refuse(legacy, at, "this is no heap profile");
	has_allocated = (total.all != total.live && total.all != 0) ||
			(total.all_bytes != total.live_bytes && total.all_bytes != 0);
	legacy_add_heap_types(legacy, has_allocated);
	akti_profile_set_period(legacy->profile, "space", "bytes", period);
	while (end < file_end) {
		const char *line = end + 1;
		struct numbers n = { 0 };

		at = line;
		end = legacy_line_end(legacy, line);
		if (is_blank(line, end))
			continue;
		if (legacy_is_maps_head(line, end))
			break;
		if (!take_numbers(&at, end, &n) || !legacy_take_text(&at, end, "@"))
			return legacy_refuse(legacy, line, "this is no sample");
		if (!add_values(legacy, n, has_allocated, mean_bytes, line) ||
		    !legacy_add_stack(legacy, at, end))
			return false;
	}
	legacy_finish(legacy, end);
	return true;
}

/* The whole of all threads says whether allocations are counted. */
static bool counts_allocations(const struct legacy *legacy, const char *line)
{
	struct numbers n = { 0 };
	const char *end = legacy_line_end(legacy, line);

	return legacy_take_text(&line, end, "t*:") && take_numbers(&line, end, &n) && n.all > 0;
}

bool legacy_parse_jemalloc(struct legacy *legacy)
{
	const char *at = legacy->text, *end = legacy_line_end(legacy, at);
	const char *file_end = legacy->text + legacy->size;
	const char *stack = NULL, *stack_end = NULL;
	int64_t mean_bytes = 0;
	bool has_allocated;

	if (!legacy_take_text(&at, end, "heap_v2/") || !legacy_take_number(&at, end, &mean_bytes) ||
	    mean_bytes <= 0)
		return legacy_refuse(legacy, at, "this is no heap profile");
	has_allocated = end < file_end && counts_allocations(legacy, end + 1);
	legacy_add_heap_types(legacy, has_allocated);
	akti_profile_set_period(legacy->profile, "space", "bytes", mean_bytes);
	while (end < file_end) {
		const char *line = end + 1;
		struct numbers n = { 0 };

		at = line;
		end = legacy_line_end(legacy, line);
		if (is_blank(line, end))
			continue;
		if (legacy_is_maps_head(line, end))
			break;
		if (legacy_take_text(&at, end, "@")) {
			stack = at;
			stack_end = end;
		} else if (!legacy_take_text(&at, end, "t")) {
			return legacy_refuse(legacy, line,
					     "this is neither a stack nor its numbers");
		} else if (stack != NULL && legacy_take_text(&at, end, "*:")) {
			if (!take_numbers(&at, end, &n))
				return legacy_refuse(legacy, line, "these are no numbers");
			if (!add_values(legacy, n, has_allocated, mean_bytes, line) ||
			    !legacy_add_stack(legacy, stack, stack_end))
				return false;
		}
	}
	legacy_finish(legacy, end);
	return true;
}
