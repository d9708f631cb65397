/* SPDX-License-Identifier: MIT */
/*
 * legacy: profiles of C programs from before the common format: gperftools' CPU profiles (binary) and
 * heap profiles (text), and jemalloc's heap profiles (text), which pprof itself refuses. Stacks are
 * of runtime addresses; the maps of the process at the end of the file say what they belong to.
 *
 * Each format is a file that fills a struct legacy with stacks and values; legacy_finish makes a
 * profile of them: the mappings, the program first, and the locations in the order they are met. A
 * return address stands for its call, one byte before.
 */
#ifndef PPROF_LEGACY_H
#define PPROF_LEGACY_H

#include "pprof/ground/buffer.h"
#include "pprof/ground/number.h"
#include "profile/model.h"

/* Of one file, which is held in memory. */
#define LEGACY_BYTES_MAX (UINT64_C(1) << 30)
#define LEGACY_VALUES_MAX 4u
/* So many bytes tell whether it is one. */
#define LEGACY_SNIFF_BYTES 40u

struct legacy_sample {
	size_t first; /* address */
	size_t count;
	int64_t values[LEGACY_VALUES_MAX];
	int64_t block_bytes; /* of a heap's objects; -1: no label */
};

struct legacy {
	const char *text; /* the file */
	size_t size;
	struct profile *profile; /* the types and the period are the format's to set */
	struct legacy_sample *samples;
	uint64_t *addresses;
	size_t sample_count, sample_capacity, address_count, address_capacity;
	struct buffer *error;
};

/* Whether a file begins as one of these. */
bool legacy_is_one(const char *text, size_t size);

/* NULL with a text that has a place. */
struct profile *legacy_parse(const char *text, size_t size, struct buffer *error);

/* The formats; false: refused. */
bool legacy_parse_cpu(struct legacy *legacy);
bool legacy_parse_heap(struct legacy *legacy);
bool legacy_parse_jemalloc(struct legacy *legacy);

/* For the formats. Always false. */
AKTI_PRINTF(3, 4)
bool legacy_refuse(struct legacy *legacy, const char *at, const char *format, ...);
void legacy_add_type(struct legacy *legacy, const char *type, const char *unit);
/* The types of a heap, with all that ever was when the file knows it. */
void legacy_add_heap_types(struct legacy *legacy, bool has_allocated);
/* Begin a sample; addresses that follow are its stack. */
struct legacy_sample *legacy_add_sample(struct legacy *legacy);
void legacy_add_address(struct legacy *legacy, uint64_t address);
/* The addresses "0x1f2 0x2e4" of a text, each a return address; false: one is no such number. */
bool legacy_add_stack(struct legacy *legacy, const char *at, const char *end);
/* Objects and bytes of a sampled heap as they will have been: each was seen with a chance that hangs
 * on its size. A mean distance of 1 or less: all were seen. */
void legacy_unsample(int64_t *count, int64_t *bytes, int64_t mean_bytes);

/* Lines and numbers. */
const char *legacy_line_end(const struct legacy *legacy, const char *at);
bool legacy_take_number(const char **at, const char *end, int64_t *ret_number);
bool legacy_take_text(const char **at, const char *end, const char *text); /* spaces before it go */
bool legacy_is_maps_head(const char *at, const char *end);

/* Make the profile of what was added; text from maps on is /proc/self/maps. */
void legacy_finish(struct legacy *legacy, const char *maps);

#endif
