/* SPDX-License-Identifier: MIT */
/* The end of reading: numbers of texts and tickets of ids become indexes. */
#include "profile/reader.h"

#include <akt/error.h>
#include <inttypes.h>

static bool use_text(struct reader *reader, uint32_t *text)
{
	/* Number 0 is "" even in a file without strings. */
	if (*text == 0 && reader->text_count == 0)
		return true;
	if (*text >= reader->text_count)
		return akti_reader_refuse(reader, AKT_ERR_FORMAT, "there is no string %u of %u",
					  *text, reader->text_count);
	*text = reader->texts[*text];
	return true;
}

static bool use_tags(struct reader *reader)
{
	struct profile *p = reader->profile;
	bool ok = true;

	for (uint32_t i = 0; ok && i < p->tag_count; i++)
		ok = use_text(reader, &p->tags[i].key) && use_text(reader, &p->tags[i].str) &&
		     use_text(reader, &p->tags[i].unit);
	/* Set 0 is the empty one. */
	for (uint32_t i = 1; ok && i < p->tag_set_count; i++)
		akti_profile_sort_tags(p->strings, &p->tags[p->tag_sets[i].first],
				       p->tag_sets[i].count);
	akti_index_fini(&p->label_sets);
	return ok;
}

static bool use_texts(struct reader *reader)
{
	struct profile *p = reader->profile;
	bool ok = use_text(reader, &p->drop_frames) && use_text(reader, &p->keep_frames) &&
		  use_text(reader, &p->default_type) && use_text(reader, &p->doc_url) &&
		  use_text(reader, &p->period_type.type) && use_text(reader, &p->period_type.unit);

	for (uint32_t i = 0; ok && i < p->type_count; i++)
		ok = use_text(reader, &p->types[i].type) && use_text(reader, &p->types[i].unit);
	for (uint32_t i = 0; ok && i < p->comment_count; i++)
		ok = use_text(reader, &p->comments[i]);
	for (uint32_t i = 0; ok && i < p->mapping_count; i++)
		ok = use_text(reader, &p->mappings[i].file) &&
		     use_text(reader, &p->mappings[i].build_id);
	for (uint32_t i = 0; ok && i < p->function_count; i++)
		ok = use_text(reader, &p->functions[i].name) &&
		     use_text(reader, &p->functions[i].system_name) &&
		     use_text(reader, &p->functions[i].file);
	return ok && use_tags(reader);
}

static bool use_ids(struct reader *reader)
{
	struct profile *p = reader->profile;

	for (uint32_t i = 0; i < p->location_count; i++) {
		uint32_t *mapping = &p->locations[i].mapping;

		if (*mapping != PROFILE_NONE)
			*mapping = reader->mappings.place_of[*mapping];
	}
	for (uint32_t i = 0; i < p->line_count; i++) {
		uint32_t ticket = p->lines[i].function;

		p->lines[i].function = reader->functions.place_of[ticket];
		if (p->lines[i].function == INDEX_NONE)
			return akti_reader_refuse(reader, AKT_ERR_FORMAT,
						  "there is no function %" PRIu64,
						  reader->functions.id_of[ticket]);
	}
	if (akti_ids_in_order(&reader->locations))
		return true;
	for (uint64_t i = 0; i < p->ref_count; i++) {
		uint32_t ticket = p->refs[i];

		p->refs[i] = reader->locations.place_of[ticket];
		if (p->refs[i] == INDEX_NONE)
			return akti_reader_refuse(reader, AKT_ERR_FORMAT,
						  "there is no location %" PRIu64,
						  reader->locations.id_of[ticket]);
	}
	return true;
}

bool akti_reader_finish(struct reader *reader)
{
	struct profile *p = reader->profile;

	if (p->sample_count > 0 && reader->value_count != p->type_count)
		return akti_reader_refuse(reader, AKT_ERR_FORMAT,
					  "a sample has %u values for %u types",
					  reader->value_count, p->type_count);
	return use_texts(reader) && use_ids(reader);
}
