/* SPDX-License-Identifier: MIT */
/*
 * The reader: one field of the top level after the other goes from the window into the tables.
 * Texts, functions, locations and mappings may be named before they are defined; numbers of texts
 * and tickets of ids stand in the tables until finish.c turns all of them into indexes.
 */
#include "profile/read.h"
#include "base/protobuf.h"
#include "profile/reader.h"

#include <akt/error.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool akti_reader_refuse(struct reader *reader, int error, const char *format, ...)
{
	char text[192];
	va_list args;

	if (reader->error != 0)
		return false;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	reader->error = error;
	reader->ret_error->offset_bytes = reader->source.offset;
	if (reader->field_at != NULL)
		reader->ret_error->offset_bytes += (uint64_t)(reader->field_at - reader->source.at);
	snprintf(reader->ret_error->text, sizeof(reader->ret_error->text), "%s at %sbyte %" PRIu64,
		 text, reader->field_at != NULL ? "" : "the end, ",
		 reader->ret_error->offset_bytes);
	return false;
}

static bool check(struct reader *reader, int r)
{
	if (r >= 0)
		return true;
	return akti_reader_refuse(reader, r, "%s", akt_strerror(r));
}

/* The end of a message: well, or with an error. */
static bool message_ended(struct reader *reader, const struct cursor *cursor)
{
	if (cursor->error == NULL)
		return true;
	reader->field_at = cursor->at;
	return akti_reader_refuse(reader, AKT_ERR_FORMAT, "%s", cursor->error);
}

static bool want(struct reader *reader, const struct field *field, uint32_t wire)
{
	return field->wire == wire ||
	       akti_reader_refuse(reader, AKT_ERR_FORMAT, "field %" PRIu64 " has the wrong type",
				  field->number);
}

/* A number of a text, to be translated at the end. */
static bool read_text(struct reader *reader, const struct field *field, uint32_t *ret_text)
{
	if (!want(reader, field, WIRE_VARINT))
		return false;
	if (field->value > INT32_MAX)
		return akti_reader_refuse(reader, AKT_ERR_FORMAT, "there is no string %" PRIu64,
					  field->value);
	*ret_text = (uint32_t)field->value;
	return true;
}

static bool read_u64(struct reader *reader, const struct field *field, uint64_t *ret_value)
{
	*ret_value = field->value;
	return want(reader, field, WIRE_VARINT);
}

static bool read_i64(struct reader *reader, const struct field *field, int64_t *ret_value)
{
	*ret_value = (int64_t)field->value;
	return want(reader, field, WIRE_VARINT);
}

static bool read_bool(struct reader *reader, const struct field *field, bool *ret_value)
{
	*ret_value = field->value != 0;
	return want(reader, field, WIRE_VARINT);
}

/* Give a definition its place, checking that its id is good and new. */
static bool define(struct reader *reader, struct ids *ids, uint64_t id, uint32_t place,
		   const char *what)
{
	uint32_t ticket;

	if (id == 0)
		return akti_reader_refuse(reader, AKT_ERR_FORMAT, "a %s has the reserved id 0",
					  what);
	if (place == PROFILE_NONE)
		return check(reader, reader->profile->error);
	if (!check(reader, akti_ids_ticket(ids, id, &ticket)))
		return false;
	if (ids->place_of[ticket] != INDEX_NONE)
		return akti_reader_refuse(reader, AKT_ERR_FORMAT, "two %ss have the id %" PRIu64,
					  what, id);
	ids->place_of[ticket] = place;
	return true;
}

static bool read_type(struct reader *reader, struct cursor cursor, struct profile_type *ret_type)
{
	struct field field;
	bool ok = true;

	*ret_type = (struct profile_type){ 0 };
	while (ok && akti_decode_field(&cursor, &field)) {
		if (field.number == 1)
			ok = read_text(reader, &field, &ret_type->type);
		else if (field.number == 2)
			ok = read_text(reader, &field, &ret_type->unit);
	}
	return ok && message_ended(reader, &cursor);
}

static bool read_sample_type(struct reader *reader, struct cursor cursor)
{
	struct profile *p = reader->profile;

	if (!check(reader, akti_profile_reserve(&p->types, p->type_count, &p->type_capacity,
						sizeof(*p->types))) ||
	    !read_type(reader, cursor, &p->types[p->type_count]))
		return false;
	p->type_count++;
	return true;
}

static bool read_tag(struct reader *reader, struct cursor cursor, uint32_t *count)
{
	struct profile_tag tag = { 0 };
	struct field field;
	bool ok = true;

	while (ok && akti_decode_field(&cursor, &field)) {
		if (field.number == 1)
			ok = read_text(reader, &field, &tag.key);
		else if (field.number == 2)
			ok = read_text(reader, &field, &tag.str);
		else if (field.number == 3)
			ok = read_i64(reader, &field, &tag.num);
		else if (field.number == 4)
			ok = read_text(reader, &field, &tag.unit);
	}
	if (!ok || !message_ended(reader, &cursor))
		return false;
	tag.is_num = tag.str == 0;
	if (tag.is_num && tag.num == 0 && tag.unit == 0)
		return true; /* nothing was set: no label */
	if (!check(reader,
		   akti_profile_reserve(&reader->tags, *count, &reader->tag_capacity, sizeof(tag))))
		return false;
	if (tag.is_num)
		tag.str = 0;
	else
		tag.unit = 0, tag.num = 0;
	reader->tags[(*count)++] = tag;
	return true;
}

static bool read_refs(struct reader *reader, struct field *field, uint32_t *count)
{
	uint64_t id;

	while (akti_decode_number(field, &id)) {
		if (!check(reader, akti_profile_reserve(&reader->refs, *count,
							&reader->ref_capacity, sizeof(uint32_t))) ||
		    !check(reader, akti_ids_ticket(&reader->locations, id, &reader->refs[*count])))
			return false;
		(*count)++;
	}
	return message_ended(reader, &field->bytes);
}

static bool read_values(struct reader *reader, struct field *field, uint32_t *count)
{
	uint64_t value;

	while (akti_decode_number(field, &value)) {
		if (!check(reader, akti_profile_reserve(&reader->values, *count,
							&reader->value_capacity, sizeof(int64_t))))
			return false;
		reader->values[(*count)++] = (int64_t)value;
	}
	return message_ended(reader, &field->bytes);
}

static bool read_sample(struct reader *reader, struct cursor cursor)
{
	struct profile *p = reader->profile;
	uint32_t ref_count = 0, value_count = 0, tag_count = 0, tag_set, type_count;
	struct field field;
	bool ok = true;
	int r;

	while (ok && akti_decode_field(&cursor, &field)) {
		if (field.number <= 2 && field.number > 0 && field.wire != WIRE_BYTES)
			ok = want(reader, &field, WIRE_VARINT);
		if (ok && field.number == 1)
			ok = read_refs(reader, &field, &ref_count);
		else if (ok && field.number == 2)
			ok = read_values(reader, &field, &value_count);
		else if (field.number == 3)
			ok = want(reader, &field, WIRE_BYTES) &&
			     read_tag(reader, field.bytes, &tag_count);
	}
	if (!ok || !message_ended(reader, &cursor))
		return false;
	if (p->sample_count == 0)
		reader->value_count = value_count;
	if (value_count != reader->value_count)
		return akti_reader_refuse(reader, AKT_ERR_FORMAT,
					  "a sample has %u values, others %u", value_count,
					  reader->value_count);
	tag_set = akti_profile_add_tags(p, reader->tags, tag_count);
	if (!check(reader, p->error))
		return false;
	type_count = p->type_count;
	p->type_count = value_count;
	r = akti_profile_append_sample(p, reader->refs, ref_count, reader->values, tag_set);
	p->type_count = type_count;
	return check(reader, r);
}

static bool read_mapping(struct reader *reader, struct cursor cursor)
{
	struct profile_mapping m = { 0 };
	struct field field;
	uint64_t id = 0;
	uint32_t place;
	bool ok = true;

	while (ok && akti_decode_field(&cursor, &field)) {
		uint64_t *numbers[] = { NULL, &id, &m.start, &m.limit, &m.offset };
		bool *flags[] = { &m.has_functions, &m.has_filenames, &m.has_line_numbers,
				  &m.has_inline_frames };

		if (field.number >= 1 && field.number <= 4)
			ok = read_u64(reader, &field, numbers[field.number]);
		else if (field.number == 5)
			ok = read_text(reader, &field, &m.file);
		else if (field.number == 6)
			ok = read_text(reader, &field, &m.build_id);
		else if (field.number >= 7 && field.number <= 10)
			ok = read_bool(reader, &field, flags[field.number - 7]);
	}
	if (!ok || !message_ended(reader, &cursor))
		return false;
	place = akti_profile_add_mapping(reader->profile, m);
	if (!define(reader, &reader->mappings, id, place, "mapping"))
		return false;
	reader->profile->mappings[place].id = id;
	return true;
}

static bool read_line(struct reader *reader, struct cursor cursor)
{
	struct profile_line line = { 0 };
	struct field field;
	uint64_t function_id = 0;
	bool ok = true;

	while (ok && akti_decode_field(&cursor, &field)) {
		if (field.number == 1)
			ok = read_u64(reader, &field, &function_id);
		else if (field.number == 2)
			ok = read_i64(reader, &field, &line.line);
		else if (field.number == 3)
			ok = read_i64(reader, &field, &line.column);
	}
	if (!ok || !message_ended(reader, &cursor) ||
	    !check(reader, akti_ids_ticket(&reader->functions, function_id, &line.function)))
		return false;
	akti_profile_add_line(reader->profile, line);
	return check(reader, reader->profile->error);
}

static bool read_location(struct reader *reader, struct cursor cursor)
{
	struct profile *p = reader->profile;
	struct profile_location l = { .mapping = PROFILE_NONE, .line_first = p->line_count };
	struct field field;
	uint64_t id = 0, mapping_id = 0;
	uint32_t place;
	bool ok = true;

	while (ok && akti_decode_field(&cursor, &field)) {
		if (field.number == 1)
			ok = read_u64(reader, &field, &id);
		else if (field.number == 2)
			ok = read_u64(reader, &field, &mapping_id);
		else if (field.number == 3)
			ok = read_u64(reader, &field, &l.address);
		else if (field.number == 4)
			ok = want(reader, &field, WIRE_BYTES) && read_line(reader, field.bytes);
		else if (field.number == 5)
			ok = read_bool(reader, &field, &l.is_folded);
	}
	if (!ok || !message_ended(reader, &cursor))
		return false;
	l.line_count = p->line_count - l.line_first;
	if (mapping_id != 0 &&
	    !check(reader, akti_ids_ticket(&reader->mappings, mapping_id, &l.mapping)))
		return false;
	place = akti_profile_add_location(p, l);
	if (!define(reader, &reader->locations, id, place, "location"))
		return false;
	p->locations[place].id = id;
	return true;
}

static bool read_function(struct reader *reader, struct cursor cursor)
{
	struct profile_function f = { 0 };
	struct field field;
	uint64_t id = 0;
	uint32_t place;
	bool ok = true;

	while (ok && akti_decode_field(&cursor, &field)) {
		if (field.number == 1)
			ok = read_u64(reader, &field, &id);
		else if (field.number == 2)
			ok = read_text(reader, &field, &f.name);
		else if (field.number == 3)
			ok = read_text(reader, &field, &f.system_name);
		else if (field.number == 4)
			ok = read_text(reader, &field, &f.file);
		else if (field.number == 5)
			ok = read_i64(reader, &field, &f.start_line);
	}
	if (!ok || !message_ended(reader, &cursor))
		return false;
	place = akti_profile_add_function(reader->profile, f);
	if (!define(reader, &reader->functions, id, place, "function"))
		return false;
	reader->profile->functions[place].id = id;
	return true;
}

static bool read_string(struct reader *reader, struct cursor cursor)
{
	size_t size_bytes = (size_t)(cursor.end - cursor.at);

	if (reader->text_count == 0 && size_bytes != 0)
		return akti_reader_refuse(reader, AKT_ERR_FORMAT, "the first string is not empty");
	if (!check(reader, akti_profile_reserve(&reader->texts, reader->text_count,
						&reader->text_capacity, sizeof(uint32_t))) ||
	    !check(reader, akti_strings_intern(reader->profile->strings, (const char *)cursor.at,
					       size_bytes, &reader->texts[reader->text_count])))
		return false;
	reader->text_count++;
	return true;
}

static bool read_comments(struct reader *reader, struct field *field)
{
	struct profile *p = reader->profile;
	uint64_t text;

	while (akti_decode_number(field, &text)) {
		if (text > INT32_MAX)
			return akti_reader_refuse(reader, AKT_ERR_FORMAT,
						  "there is no string %" PRIu64, text);
		if (!check(reader, akti_profile_reserve(&p->comments, p->comment_count,
							&p->comment_capacity, sizeof(uint32_t))))
			return false;
		p->comments[p->comment_count++] = (uint32_t)text;
	}
	return message_ended(reader, &field->bytes);
}

static bool read_time(struct reader *reader, const struct field *field)
{
	if (reader->has_time)
		return akti_reader_refuse(reader, AKT_ERR_FORMAT,
					  "these are several profiles in one file");
	if (!read_i64(reader, field, &reader->profile->time_ns))
		return false;
	reader->has_time = reader->profile->time_ns != 0;
	return true;
}

static bool read_field(struct reader *reader, struct field *field)
{
	struct profile *p = reader->profile;

	switch (field->number) {
	case 1:
		return want(reader, field, WIRE_BYTES) && read_sample_type(reader, field->bytes);
	case 2:
		return want(reader, field, WIRE_BYTES) && read_sample(reader, field->bytes);
	case 3:
		return want(reader, field, WIRE_BYTES) && read_mapping(reader, field->bytes);
	case 4:
		return want(reader, field, WIRE_BYTES) && read_location(reader, field->bytes);
	case 5:
		return want(reader, field, WIRE_BYTES) && read_function(reader, field->bytes);
	case 6:
		return want(reader, field, WIRE_BYTES) && read_string(reader, field->bytes);
	case 7:
		return read_text(reader, field, &p->drop_frames);
	case 8:
		return read_text(reader, field, &p->keep_frames);
	case 9:
		return read_time(reader, field);
	case 10:
		return read_i64(reader, field, &p->duration_ns);
	case 11:
		return want(reader, field, WIRE_BYTES) &&
		       read_type(reader, field->bytes, &p->period_type);
	case 12:
		return read_i64(reader, field, &p->period);
	case 13:
		return (field->wire == WIRE_BYTES || want(reader, field, WIRE_VARINT)) &&
		       read_comments(reader, field);
	case 14:
		return read_text(reader, field, &p->default_type);
	case 15:
		return read_text(reader, field, &p->doc_url);
	default:
		return true;
	}
}

/* Bytes that the field at the front of the window takes; 0 when its head is damaged. */
static uint64_t field_size(const struct source *source)
{
	struct cursor cursor = { source->at, source->at + source->available, NULL };
	uint64_t tag, value;

	if (!akti_decode_varint(&cursor, &tag))
		return 0;
	switch (tag & 7) {
	case WIRE_VARINT:
		if (!akti_decode_varint(&cursor, &value))
			return 0;
		value = 0;
		break;
	case WIRE_FIXED64:
		value = 8;
		break;
	case WIRE_FIXED32:
		value = 4;
		break;
	case WIRE_BYTES:
		if (!akti_decode_varint(&cursor, &value))
			return 0;
		break;
	default:
		return 0;
	}
	return akti_min_u64(value, SOURCE_BYTES_MAX) + (uint64_t)(cursor.at - source->at);
}

static bool read_fields(struct reader *reader)
{
	struct source *source = &reader->source;

	while (akti_source_need(source, 20) || source->available > 0) {
		uint64_t size_bytes = field_size(source);
		struct cursor cursor;
		struct field field;

		reader->field_at = source->at;
		if (source->error != 0)
			break;
		if (size_bytes == 0)
			return akti_reader_refuse(reader, AKT_ERR_FORMAT,
						  "this is no profile, or a damaged one,");
		if (size_bytes > SOURCE_FIELD_BYTES_MAX)
			return akti_reader_refuse(reader, AKT_ERR_FORMAT,
						  "a field claims more than %" PRIu64 " bytes",
						  SOURCE_FIELD_BYTES_MAX);
		if (!akti_source_need(source, size_bytes)) {
			if (source->error != 0)
				break;
			reader->field_at = source->at;
			return akti_reader_refuse(reader, AKT_ERR_FORMAT,
						  "the profile is cut short");
		}
		cursor = (struct cursor){ source->at, source->at + size_bytes, NULL };
		reader->field_at = source->at;
		if (!akti_decode_field(&cursor, &field))
			return message_ended(reader, &cursor);
		if (!read_field(reader, &field))
			return false;
		akti_source_skip(source, (size_t)size_bytes);
		reader->field_at = NULL;
	}
	if (source->error != 0)
		return akti_reader_refuse(reader, source->error, "%s", source->error_text);
	reader->field_at = source->at;
	if (source->offset == 0)
		return akti_reader_refuse(reader, AKT_ERR_FORMAT, "the file is empty");
	reader->field_at = NULL;
	return true;
}

static void reader_fini(struct reader *reader)
{
	akti_source_close(&reader->source);
	akti_ids_fini(&reader->mappings);
	akti_ids_fini(&reader->functions);
	akti_ids_fini(&reader->locations);
	free(reader->texts);
	free(reader->refs);
	free(reader->values);
	free(reader->tags);
}

static int read_source(int fd, const void *bytes, size_t size_bytes, struct profile **ret_profile,
		       struct profile_read_error *ret_error)
{
	struct reader reader = { .ret_error = ret_error };
	int r = akti_source_open(&reader.source, fd, bytes, size_bytes);

	*ret_error = (struct profile_read_error){ "out of memory", 0 };
	if (r < 0) {
		snprintf(ret_error->text, sizeof(ret_error->text), "%s",
			 r == AKT_ERR_IO ? reader.source.error_text : akt_strerror(r));
		akti_source_close(&reader.source);
		return r;
	}
	r = akti_profile_init_empty(&reader.profile);
	if (r == 0 && (!read_fields(&reader) || !akti_reader_finish(&reader)))
		r = reader.error;
	reader_fini(&reader);
	if (r < 0)
		akti_profile_destroy(reader.profile);
	else
		*ret_profile = reader.profile;
	return r;
}

int akti_profile_parse(const void *bytes, size_t size_bytes, struct profile **ret_profile,
		       struct profile_read_error *ret_error)
{
	return read_source(-1, bytes, size_bytes, ret_profile, ret_error);
}

int akti_profile_read(const char *path, struct profile **ret_profile,
		      struct profile_read_error *ret_error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int r;

	if (fd < 0) {
		*ret_error = (struct profile_read_error){ { 0 }, 0 };
		snprintf(ret_error->text, sizeof(ret_error->text), "%s", strerror(errno));
		return AKT_ERR_IO;
	}
	r = read_source(fd, NULL, 0, ret_profile, ret_error);
	close(fd);
	return r;
}
