/* SPDX-License-Identifier: MIT */
/*
 * Proves: no input makes the reader of crash records crash, leak, hang or allocate more than in
 * proportion to it, and whatever it accepts is reported both ways, in printable ASCII. Not: names,
 * for which files of the record's choosing would be opened.
 */
#include "../tools/crash/report.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *text, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c != '\n' && (c < 0x20 || c >= 0x7f))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *why = NULL;
	char *text = NULL;
	size_t count = 0;
	struct crash crash;
	FILE *out;

	if (crash_parse(data, size, &crash, &why) < 0) {
		if (why == NULL)
			abort();
		return 0;
	}
	out = open_memstream(&text, &count);
	if (out == NULL)
		abort();
	report_text(out, &crash, NULL, true);
	report_json(out, &crash, NULL);
	fclose(out);
	check(text, count);
	free(text);
	crash_free(&crash);
	return 0;
}
