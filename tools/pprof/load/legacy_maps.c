/* SPDX-License-Identifier: MIT */
/* From stacks of addresses and the maps of the process to a profile. */
#include "pprof/load/legacy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Pieces of code in a process; more are left out. */
#define MAPPINGS_MAX 4096u
#define USUAL_START UINT64_C(0x400000) /* of a program that is not moved */

/* Lines of maps are code when they have an x. Files with blanks end at the first. */
static void add_mapping(struct profile *p, const char *line, size_t size)
{
	struct profile_mapping m = { 0 }, *last;
	char text[4096 + 128], file[4096] = "", access[8] = "";
	unsigned long long start, limit, offset;

	if (size >= sizeof(text) || p->mapping_count == MAPPINGS_MAX)
		return;
	memcpy(text, line, size);
	text[size] = '\0';
	if (sscanf(text, "%16llx-%16llx %7s %16llx %*x:%*x %*u %4095s", &start, &limit, access,
		   &offset, file) < 4 ||
	    strchr(access, 'x') == NULL)
		return;
	m.start = start;
	m.limit = limit;
	m.offset = offset;
	m.file = akti_profile_text(p, file);
	last = p->mapping_count > 0 ? &p->mappings[p->mapping_count - 1] : NULL;
	/* Two halves of one, the second following the first in the file too. */
	if (last != NULL && last->limit == m.start &&
	    (last->file == m.file || last->file == 0 || m.file == 0) &&
	    (last->offset == 0 || m.offset == 0 ||
	     last->offset + (last->limit - last->start) == m.offset)) {
		last->limit = m.limit;
		if (m.file != 0)
			last->file = m.file;
		return;
	}
	akti_profile_add_mapping(p, m);
}

static bool is_library(const char *file)
{
	const char *so = strstr(file, ".so");

	for (; so != NULL; so = strstr(so + 1, ".so"))
		if (so[3] == '\0' ||
		    ((so[3] == '.' || so[3] == '_') && so[4] >= '0' && so[4] <= '9'))
			return true;
	return false;
}

/* Readers take the first mapping for the program's. */
static void put_program_first(struct profile *p)
{
	for (uint32_t i = 0; i < p->mapping_count; i++) {
		const char *file = akti_profile_bytes(p, p->mappings[i].file);
		struct profile_mapping m = p->mappings[i];

		if (file[0] == '\0' || file[0] == '[' || is_library(file))
			continue;
		p->mappings[i] = p->mappings[0];
		p->mappings[0] = m;
		break;
	}
	if (p->mapping_count > 0 && p->mappings[0].start - p->mappings[0].offset == USUAL_START) {
		p->mappings[0].start = USUAL_START;
		p->mappings[0].offset = 0;
	}
	for (uint32_t i = 0; i < p->mapping_count; i++)
		p->mappings[i].id = (uint64_t)i + 1;
}

/* The mapping of an address; one for all the rest is made when there is none. */
static uint32_t find_mapping(struct profile *p, uint64_t address, uint32_t *rest)
{
	if (address == 0)
		return PROFILE_NONE;
	for (uint32_t i = 0; i < p->mapping_count; i++)
		if (i != *rest && p->mappings[i].start <= address && address < p->mappings[i].limit)
			return i;
	for (uint32_t i = 0; i < p->mapping_count; i++) {
		struct profile_mapping *m = &p->mappings[i];

		if (m->offset != 0 && m->start - m->offset <= address && address < m->start) {
			m->start -= m->offset;
			m->offset = 0;
			return i;
		}
	}
	if (*rest == PROFILE_NONE)
		*rest = akti_profile_add_mapping(p,
						 (struct profile_mapping){ .limit = UINT64_MAX });
	return *rest;
}

static uint32_t find_location(struct profile *p, struct index *addresses, uint64_t address,
			      uint32_t *rest)
{
	uint64_t hash = akti_hash_u64(address);
	struct index_probe probe = akti_index_probe(addresses, hash);
	uint32_t at;

	while ((at = akti_index_next(&probe)) != INDEX_NONE)
		if (p->locations[at].address == address)
			return at;
	at = akti_profile_add_location(p, (struct profile_location){
						  .address = address,
						  .mapping = find_mapping(p, address, rest) });
	if (at == PROFILE_NONE || akti_index_insert(addresses, hash, at) < 0)
		out_of_memory();
	return at;
}

static void add_sample(struct profile *p, const struct legacy_sample *sample, const uint32_t *refs)
{
	struct profile_tag tag = { .key = akti_profile_text(p, "bytes"),
				   .num = sample->block_bytes,
				   .is_num = true };
	uint32_t set = sample->block_bytes >= 0 ? akti_profile_add_tags(p, &tag, 1) : 0;

	(void)akti_profile_append_sample(p, refs, (uint32_t)sample->count, sample->values, set);
	if (p->error != 0)
		out_of_memory();
}

void legacy_finish(struct legacy *legacy, const char *maps)
{
	struct profile *p = legacy->profile;
	const char *file_end = legacy->text + legacy->size;
	uint32_t *refs = take(legacy->address_count, sizeof(*refs));
	struct index addresses = { 0 };
	uint32_t rest = PROFILE_NONE;

	for (const char *at = maps, *end; at < file_end; at = end + 1) {
		end = legacy_line_end(legacy, at);
		add_mapping(p, at, (size_t)(end - at));
	}
	put_program_first(p);
	for (size_t i = 0; i < legacy->sample_count; i++) {
		const struct legacy_sample *sample = &legacy->samples[i];

		for (size_t j = 0; j < sample->count; j++)
			refs[j] = find_location(p, &addresses, legacy->addresses[sample->first + j],
						&rest);
		add_sample(p, sample, refs);
	}
	akti_index_fini(&addresses);
	free(refs);
}
