/* SPDX-License-Identifier: MIT */
#include "pprof/load/binary.h"
#include "pprof/load/binaries.h"

#include <stdlib.h>
#include <string.h>

#define BUILD_ID_TEXT 129 /* 64 bytes in hexadecimal */

bool binary_open(struct binary *binary, const struct profile *profile, uint32_t mapping,
		 struct buffer *warnings, struct buffer *error)
{
	const char *file = akti_profile_bytes(profile, profile->mappings[mapping].file);
	const char *wanted = akti_profile_bytes(profile, profile->mappings[mapping].build_id);
	struct elf_symbols *symbols = binaries_is_elf(file) ? akti_elf_open(file) : NULL;
	char build_id[BUILD_ID_TEXT] = "";

	if (symbols != NULL) {
		akti_elf_build_id(symbols, build_id, sizeof(build_id));
		if (wanted[0] == '\0' || build_id[0] == '\0' || strcmp(wanted, build_id) == 0) {
			*binary = (struct binary){ take_text(file), symbols };
			return true;
		}
		buffer_printf(warnings, "Ignoring local file %s: build-id mismatch (%s != %s)\n",
			      file, wanted, build_id);
		akti_elf_close(symbols);
	}
	if (file[0] == '\0')
		buffer_text(error, "the profile does not name its program: put it before the "
				   "profile on the command line");
	else
		buffer_printf(error,
			      "%s is not here, or not as it was measured: put it before the "
			      "profile on the command line or its directory into "
			      "PPROF_BINARY_PATH",
			      file);
	return false;
}

void binary_close(struct binary *binary)
{
	free(binary->path);
	akti_elf_close(binary->symbols);
	*binary = (struct binary){ 0 };
}
