/* SPDX-License-Identifier: MIT */
/*
 * Proves: no lines at the prompt make the analyzer crash, leak, hang or write beyond its memory; what
 * cannot be answered is refused with a text. Not: what the answers are, drawing, saving, showing and
 * disassembling, which start programs and write files.
 *
 *	scripts/fuzz.sh 60 fuzz/pprof_prompt.c
 */
#include "pprof/prompt.h"
#include "profile/model.h"

#include <stdlib.h>
#include <string.h>

#define LINES_MAX 32 /* of one input */
#define LINE_BYTES_MAX 512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

static uint32_t add_location(struct profile *p, const char *name, uint32_t at)
{
	uint32_t text = akti_profile_text(p, name);
	uint32_t file = akti_profile_text(p, at % 2 ? "src/none.c" : "");
	uint32_t location =
		akti_profile_add_location(p, (struct profile_location){ .address = 0x1000 + 16 * at,
									.line_first = p->line_count,
									.line_count = 1 });

	akti_profile_add_line(p, (struct profile_line){
					 .line = at,
					 .function = akti_profile_add_function(
						 p, (struct profile_function){ .name = text,
									       .system_name = text,
									       .file = file }) });
	return location;
}

/* Two types, functions in each other and in themselves, labels of both kinds. */
static struct profile *small_profile(void)
{
	static const char *const names[] = { "work", "main.(*T).run", "ns::hash<int>", "", "main" };
	uint32_t refs[AKTI_COUNT_OF(names)];
	struct profile *p;

	must(akti_profile_init_empty(&p) == 0);
	akti_profile_add_type(p, "samples", "count");
	akti_profile_add_type(p, "cpu", "nanoseconds");
	akti_profile_add_mapping(p, (struct profile_mapping){ .start = 0x1000, .limit = 0x9000 });
	for (uint32_t i = 0; i < AKTI_COUNT_OF(names); i++)
		refs[i] = add_location(p, names[i], i);
	for (uint32_t i = 0; i < 8; i++) {
		struct profile_tag tags[] = {
			{ .key = akti_profile_text(p, "actor"),
			  .str = akti_profile_text(p, i % 2 ? "a" : "b-1") },
			{ .key = akti_profile_text(p, "bytes"),
			  .num = i * 1000,
			  .unit = akti_profile_text(p, "bytes"),
			  .is_num = true },
		};
		uint32_t stack[] = { refs[i % 5], refs[i % 3], refs[i % 3], refs[4] };

		akti_profile_append_sample(p, stack, 2 + i % 3, (int64_t[]){ i, i * 10000000 },
					   akti_profile_add_tags(p, tags, i % 3));
	}
	must(p->error == 0);
	return p;
}

/* Stands for command_run: the answer, and nothing done with it. */
static bool answer(const struct command *command, const char *parameter, struct profile *profile,
		   const struct options *options, bool at_prompt, struct run_context *context,
		   struct buffer *error)
{
	struct buffer out = { 0 };
	bool ok = true;

	(void)at_prompt;
	if (command->format == FORMAT_DISASM || command->format == FORMAT_WEBLIST)
		akti_profile_destroy(profile);
	else
		ok = command_answer(command, parameter, profile, options, context, &out, error);
	must(ok || error->size > 0);
	buffer_fini(&out);
	return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct profile *profile = small_profile();
	struct options options;
	struct prompt prompt = { .profile = profile, .options = &options, .run = answer };
	char line[LINE_BYTES_MAX];

	options_init(&options);
	for (size_t count = 0; size > 0 && count < LINES_MAX && !prompt.done; count++) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t length = end != NULL ? (size_t)(end - data) : size;
		size_t kept = length < sizeof(line) ? length : sizeof(line) - 1;

		memcpy(line, data, kept);
		line[kept] = '\0';
		prompt_line(&prompt, line);
		length += end != NULL;
		data += length;
		size -= length;
	}
	options_fini(&options);
	akti_profile_destroy(profile);
	return 0;
}
