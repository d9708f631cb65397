/* SPDX-License-Identifier: MIT */
/*
 * profiles: a section that is open while its request waits. It has no name in samples: they keep the phase that
 * the program is in. When the server closes, or the client goes, it ends early with what it has.
 */
#include "debug/server.h"
#include "prof/prof.h"
#include <stdlib.h>

struct wanted {
	unsigned what;    /* one of enum akt_profile_what */
	const char *name; /* of the section, in the file's comment */
	bool in_use;
	bool spare_names;
	uint64_t seconds;
	akt_profile_options options;
};

static unsigned give(struct output *text, int r, void *bytes, size_t size_bytes)
{
	if (r == AKT_ERR_NOMEM)
		text->failed = true;
	else if (r < 0)
		return akti_debug_error(text, 500, "%s: %s", akt_strerror(r), akt_error_hint(r));
	else
		*text = (struct output){ bytes, size_bytes, size_bytes, false };
	return 200;
}

static unsigned record(struct request *request, struct output *text, const struct wanted *wanted)
{
	akt_profile *profile;
	void *bytes = NULL;
	size_t size_bytes = 0;
	int r = akti_profile_begin_unlabelled(&profile, wanted->name, wanted->what,
					      &wanted->options);

	if (r < 0)
		return give(text, r, NULL, 0);
	if (wanted->in_use)
		akti_profile_show_in_use(profile);
	if (wanted->spare_names)
		akti_profile_spare_names(profile);
	(void)akti_debug_pause(request, AKT_S((int64_t)wanted->seconds));
	r = akti_profile_end_to(profile, wanted->what, &bytes, &size_bytes);
	return give(text, r, bytes, size_bytes);
}

/* seconds=N; false: it is no such number, and text says so. 0 in *ret_seconds: it is not there. */
static bool read_seconds(const struct request *request, struct output *text, uint64_t *ret_seconds)
{
	if (akti_debug_number(request->query, "seconds", AKT_DEBUG_SECONDS_MAX, 0, ret_seconds))
		return true;
	(void)akti_debug_error(text, 400, "seconds=N, at most %u", AKT_DEBUG_SECONDS_MAX);
	return false;
}

unsigned akti_debug_profile(struct request *request, struct output *text)
{
	struct wanted wanted = { .what = AKT_PROFILE_CPU,
				 .name = "profile",
				 .options = AKT_PROFILE_OPTIONS };
	uint64_t names;
	uint64_t hz;

	if (!read_seconds(request, text, &wanted.seconds))
		return 400;
	if (!akti_debug_number(request->query, "hz", AKT_PROFILE_HZ_MAX, 0, &hz))
		return akti_debug_error(text, 400, "hz=N, at most %u", AKT_PROFILE_HZ_MAX);
	if (!akti_debug_number(request->query, "names", 1, 1, &names))
		return akti_debug_error(text, 400, "names=0, or 1");
	if (wanted.seconds == 0)
		wanted.seconds = AKT_DEBUG_PROFILE_SECONDS;
	wanted.spare_names = names == 0;
	wanted.options.hz = (unsigned)hz;
	return record(request, text, &wanted);
}

static unsigned answer_memory(struct request *request, struct output *text, const char *name,
			      bool in_use)
{
	struct wanted wanted = { .what = AKT_PROFILE_MEMORY,
				 .name = name,
				 .in_use = in_use,
				 .options = AKT_PROFILE_OPTIONS };
	void *bytes;
	size_t size_bytes;
	int r;

	if (!read_seconds(request, text, &wanted.seconds))
		return 400;
	if (!akti_debug_number(request->query, "rate", UINT32_MAX, 0, &wanted.options.memory_every))
		return akti_debug_error(text, 400, "rate=N, bytes from sample to sample");
	if (wanted.seconds == 0) {
		r = akti_profile_snapshot_to(AKT_PROFILE_MEMORY, in_use, &bytes, &size_bytes);
		if (r != AKT_ERR_NOTFOUND)
			return give(text, r, bytes, size_bytes);
		wanted.seconds = AKT_DEBUG_SECONDS;
	}
	return record(request, text, &wanted);
}

unsigned akti_debug_heap(struct request *request, struct output *text)
{
	return answer_memory(request, text, "heap", true);
}

unsigned akti_debug_allocs(struct request *request, struct output *text)
{
	return answer_memory(request, text, "allocs", false);
}

unsigned akti_debug_messages(struct request *request, struct output *text)
{
	struct wanted wanted = { .what = AKT_PROFILE_MESSAGES,
				 .name = "messages",
				 .options = AKT_PROFILE_OPTIONS };
	uint64_t every;

	if (!read_seconds(request, text, &wanted.seconds))
		return 400;
	if (!akti_debug_number(request->query, "every", UINT32_MAX, 0, &every))
		return akti_debug_error(text, 400, "every=N, messages to one that is timed");
	if (wanted.seconds == 0)
		wanted.seconds = AKT_DEBUG_SECONDS;
	wanted.options.messages_every = (uint32_t)every;
	return record(request, text, &wanted);
}
