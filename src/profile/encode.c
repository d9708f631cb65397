/* SPDX-License-Identifier: MIT */
/*
 * The writer: varints, fields and messages of profile.proto into a gzip stream. Each message of
 * the top level is put together in one buffer, for its length stands before it; inner messages
 * are a few bytes and get theirs patched in.
 */
#include "profile/encode.h"

#include <akt/error.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define OUT_BYTES (64u << 10)

/* Field numbers, as profile.proto has them. */
enum profile_field {
	FIELD_TYPE = 1,
	FIELD_SAMPLE = 2,
	FIELD_MAPPING = 3,
	FIELD_LOCATION = 4,
	FIELD_FUNCTION = 5,
	FIELD_STRING = 6,
	FIELD_DROP = 7,
	FIELD_KEEP = 8,
	FIELD_TIME = 9,
	FIELD_DURATION = 10,
	FIELD_PERIOD_TYPE = 11,
	FIELD_PERIOD = 12,
	FIELD_COMMENT = 13,
	FIELD_DEFAULT = 14,
	FIELD_DOC = 15,
};

struct encoder {
	const struct profile *profile;
	uint32_t *numbers; /* text -> number in the file + 1; 0: not in use yet */
	uint32_t *used;    /* the texts in use, in the file's order */
	uint32_t used_count;
	uint8_t *message;
	size_t size_bytes;
	size_t capacity;
	int error;
	profile_sink_fn sink;
	void *arg;
	z_stream gzip;
	uint8_t out[OUT_BYTES];
};

static void deflate_all(struct encoder *e, const uint8_t *bytes, size_t size_bytes, int flush)
{
	int r = Z_OK;

	e->gzip.next_in = (uint8_t *)(uintptr_t)bytes;
	e->gzip.avail_in = (uInt)size_bytes;
	while (e->error == 0 &&
	       (e->gzip.avail_in > 0 || (flush == Z_FINISH && r != Z_STREAM_END))) {
		e->gzip.next_out = e->out;
		e->gzip.avail_out = OUT_BYTES;
		r = deflate(&e->gzip, flush);
		if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
			e->error = AKT_ERR_IO;
		if (e->error == 0 && e->gzip.avail_out < OUT_BYTES)
			e->error = e->sink(e->arg, e->out, OUT_BYTES - e->gzip.avail_out);
	}
}

static void put_bytes(struct encoder *e, const void *bytes, size_t size_bytes)
{
	if (e->error != 0 || size_bytes == 0)
		return;
	if (e->capacity - e->size_bytes < size_bytes) {
		size_t capacity = 2 * (e->capacity + size_bytes);
		uint8_t *message = realloc(e->message, capacity);

		if (message == NULL) {
			e->error = AKT_ERR_NOMEM;
			return;
		}
		e->message = message;
		e->capacity = capacity;
	}
	memcpy(e->message + e->size_bytes, bytes, size_bytes);
	e->size_bytes += size_bytes;
}

static size_t varint(uint8_t *at, uint64_t value)
{
	size_t n = 0;

	while (value >= 0x80) {
		at[n++] = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	at[n++] = (uint8_t)value;
	return n;
}

static void put_varint(struct encoder *e, uint64_t value)
{
	uint8_t bytes[10];

	put_bytes(e, bytes, varint(bytes, value));
}

static void put_field(struct encoder *e, unsigned field, uint64_t value)
{
	if (value == 0)
		return;
	put_varint(e, field << 3);
	put_varint(e, value);
}

/* Send what was put together since the last time as one message, or as fields of the profile. */
static void send_message(struct encoder *e, unsigned field)
{
	uint8_t head[20];
	size_t n = varint(head, field << 3 | 2);

	n += varint(head + n, e->size_bytes);
	deflate_all(e, head, n, Z_NO_FLUSH);
	deflate_all(e, e->message, e->size_bytes, Z_NO_FLUSH);
	e->size_bytes = 0;
}

static void send_fields(struct encoder *e)
{
	deflate_all(e, e->message, e->size_bytes, Z_NO_FLUSH);
	e->size_bytes = 0;
}

/* Between these two, an inner message of less than 128 bytes. */
static size_t begin_inner(struct encoder *e, unsigned field)
{
	put_varint(e, field << 3 | 2);
	put_bytes(e, "", 1);
	return e->size_bytes;
}

static void end_inner(struct encoder *e, size_t begin)
{
	if (e->error != 0)
		return;
	AKT_ASSERT(e->size_bytes - begin < 0x80);
	e->message[begin - 1] = (uint8_t)(e->size_bytes - begin);
}

static uint64_t text_number(struct encoder *e, uint32_t text)
{
	if (e->numbers[text] == 0) {
		e->used[e->used_count++] = text;
		e->numbers[text] = e->used_count;
	}
	return e->numbers[text] - 1;
}

static void put_text(struct encoder *e, unsigned field, uint32_t text)
{
	put_field(e, field, text_number(e, text));
}

static void put_type(struct encoder *e, struct profile_type type, unsigned field)
{
	put_text(e, 1, type.type);
	put_text(e, 2, type.unit);
	if (field != FIELD_PERIOD_TYPE || e->size_bytes > 0)
		send_message(e, field);
}

static void put_tag(struct encoder *e, const struct profile_tag *tag)
{
	size_t begin = begin_inner(e, 3);

	put_text(e, 1, tag->key);
	if (tag->is_num) {
		put_field(e, 3, (uint64_t)tag->num);
		put_text(e, 4, tag->unit);
	} else {
		put_text(e, 2, tag->str);
	}
	end_inner(e, begin);
}

static size_t varint_size(uint64_t value)
{
	uint8_t bytes[10];

	return varint(bytes, value);
}

static void put_sample(struct encoder *e, const struct profile_sample *sample,
		       const int64_t *values)
{
	const struct profile *p = e->profile;
	const struct profile_tag_set *set = &p->tag_sets[sample->tag_set];
	size_t size = 0;

	for (uint32_t i = 0; i < sample->ref_count; i++)
		size += varint_size(p->locations[p->refs[sample->ref_first + i]].id);
	if (sample->ref_count > 0) {
		put_varint(e, 1 << 3 | 2);
		put_varint(e, size);
	}
	for (uint32_t i = 0; i < sample->ref_count; i++)
		put_varint(e, p->locations[p->refs[sample->ref_first + i]].id);
	size = 0;
	for (uint32_t i = 0; i < p->type_count; i++)
		size += varint_size((uint64_t)values[i]);
	put_varint(e, 2 << 3 | 2);
	put_varint(e, size);
	for (uint32_t i = 0; i < p->type_count; i++)
		put_varint(e, (uint64_t)values[i]);
	for (uint32_t i = 0; i < set->count; i++)
		put_tag(e, &p->tags[set->first + i]);
	send_message(e, FIELD_SAMPLE);
}

static void put_mapping(struct encoder *e, const struct profile_mapping *mapping)
{
	put_field(e, 1, mapping->id);
	put_field(e, 2, mapping->start);
	put_field(e, 3, mapping->limit);
	put_field(e, 4, mapping->offset);
	put_text(e, 5, mapping->file);
	put_text(e, 6, mapping->build_id);
	put_field(e, 7, mapping->has_functions);
	put_field(e, 8, mapping->has_filenames);
	put_field(e, 9, mapping->has_line_numbers);
	put_field(e, 10, mapping->has_inline_frames);
	send_message(e, FIELD_MAPPING);
}

static void put_location(struct encoder *e, const struct profile_location *location)
{
	const struct profile *p = e->profile;

	put_field(e, 1, location->id);
	if (location->mapping != PROFILE_NONE)
		put_field(e, 2, p->mappings[location->mapping].id);
	put_field(e, 3, location->address);
	for (uint32_t i = 0; i < location->line_count; i++) {
		const struct profile_line *line = &p->lines[location->line_first + i];
		size_t begin = begin_inner(e, 4);

		put_field(e, 1, p->functions[line->function].id);
		put_field(e, 2, (uint64_t)line->line);
		put_field(e, 3, (uint64_t)line->column);
		end_inner(e, begin);
	}
	put_field(e, 5, location->is_folded);
	send_message(e, FIELD_LOCATION);
}

static void put_function(struct encoder *e, const struct profile_function *function)
{
	put_field(e, 1, function->id);
	put_text(e, 2, function->name);
	put_text(e, 3, function->system_name);
	put_text(e, 4, function->file);
	put_field(e, 5, (uint64_t)function->start_line);
	send_message(e, FIELD_FUNCTION);
}

static void put_tables(struct encoder *e)
{
	const struct profile *p = e->profile;

	for (uint32_t i = 0; i < p->type_count; i++)
		put_type(e, p->types[i], FIELD_TYPE);
	for (uint32_t i = 0; i < p->sample_count && e->error == 0; i++)
		put_sample(e, &p->samples[i], &p->values[(uint64_t)i * p->type_count]);
	for (uint32_t i = 0; i < p->mapping_count; i++)
		put_mapping(e, &p->mappings[i]);
	for (uint32_t i = 0; i < p->location_count && e->error == 0; i++)
		put_location(e, &p->locations[i]);
	for (uint32_t i = 0; i < p->function_count && e->error == 0; i++)
		put_function(e, &p->functions[i]);
}

static void put_rest(struct encoder *e)
{
	const struct profile *p = e->profile;

	put_text(e, FIELD_DROP, p->drop_frames);
	put_text(e, FIELD_KEEP, p->keep_frames);
	put_field(e, FIELD_TIME, (uint64_t)p->time_ns);
	put_field(e, FIELD_DURATION, (uint64_t)p->duration_ns);
	put_field(e, FIELD_PERIOD, (uint64_t)p->period);
	for (uint32_t i = 0; i < p->comment_count; i++) {
		put_varint(e, FIELD_COMMENT << 3);
		put_varint(e, text_number(e, p->comments[i]));
	}
	put_text(e, FIELD_DEFAULT, p->default_type);
	put_text(e, FIELD_DOC, p->doc_url);
	send_fields(e);
	put_type(e, p->period_type, FIELD_PERIOD_TYPE);
	for (uint32_t i = 0; i < e->used_count && e->error == 0; i++) {
		const struct text *text = &p->strings->at[e->used[i]];

		put_bytes(e, text->bytes, text->size_bytes);
		send_message(e, FIELD_STRING);
	}
}

int akti_profile_encode(const struct profile *profile, profile_sink_fn sink, void *arg)
{
	struct encoder *e = calloc(1, sizeof(*e));
	int r;

	if (e == NULL)
		return AKT_ERR_NOMEM;
	e->profile = profile;
	e->sink = sink;
	e->arg = arg;
	e->numbers = calloc(profile->strings->count, sizeof(*e->numbers));
	e->used = calloc(profile->strings->count, sizeof(*e->used));
	if (e->numbers == NULL || e->used == NULL ||
	    deflateInit2(&e->gzip, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8,
			 Z_DEFAULT_STRATEGY) != Z_OK) {
		e->error = AKT_ERR_NOMEM;
	} else {
		text_number(e, 0);
		put_tables(e);
		put_rest(e);
		deflate_all(e, NULL, 0, Z_FINISH);
		deflateEnd(&e->gzip);
	}
	r = e->error;
	free(e->numbers);
	free(e->used);
	free(e->message);
	free(e);
	return r;
}
