/* SPDX-License-Identifier: MIT */
#include "profile/namer.h"

#include <akt/error.h>

static uint32_t use_function(struct namer *namer, const struct profile_function *wanted)
{
	struct profile *p = namer->profile;
	uint64_t hash = akti_hash_u64((uint64_t)wanted->name << 32 | wanted->file) ^
			akti_hash_u64((uint64_t)wanted->start_line);
	struct index_probe probe = akti_index_probe(&namer->functions, hash);
	uint32_t at;

	while ((at = akti_index_next(&probe)) != INDEX_NONE)
		if (p->functions[at].name == wanted->name &&
		    p->functions[at].file == wanted->file &&
		    p->functions[at].system_name == wanted->system_name &&
		    p->functions[at].start_line == wanted->start_line)
			return at;
	at = akti_profile_add_function(p, *wanted);
	if (at != PROFILE_NONE && akti_index_insert(&namer->functions, hash, at) < 0)
		p->error = AKT_ERR_NOMEM;
	return at;
}

/* What debug information said is in the file. */
static void tell_readers(struct namer *namer, const struct symbol_frame *frame)
{
	struct profile_mapping *mapping;

	if (namer->mapping == PROFILE_NONE || namer->profile->error != 0)
		return;
	mapping = &namer->profile->mappings[namer->mapping];
	mapping->has_functions = true;
	mapping->has_filenames |= frame->file != NULL;
	mapping->has_line_numbers |= frame->line > 0;
}

void akti_namer_add(void *arg, const struct symbol_frame *frame)
{
	struct namer *namer = arg;
	const char *linkage = frame->linkage != NULL ? frame->linkage : frame->name;
	struct profile_function function = { .start_line = frame->start_line };
	struct profile_line line = { .line = frame->line, .column = frame->column };
	char readable[1024];

	if (namer->keeps_linkage)
		function.name = akti_profile_text(namer->profile, linkage);
	else if (akti_demangle(linkage, DEMANGLE_SHORT, false, readable, sizeof(readable)))
		function.name = akti_profile_text(namer->profile, readable);
	else
		function.name = akti_profile_text(namer->profile, frame->name);
	function.system_name = akti_profile_text(namer->profile, linkage);
	function.file = akti_profile_text(namer->profile, frame->file);
	line.function = use_function(namer, &function);
	akti_profile_add_line(namer->profile, line);
	tell_readers(namer, frame);
}

void akti_namer_fini(struct namer *namer)
{
	akti_index_fini(&namer->functions);
}
