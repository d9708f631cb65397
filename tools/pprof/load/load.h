/* SPDX-License-Identifier: MIT */
/*
 * load: from the names on the command line to the one profile that is asked: read, merged,
 * compared with a base, names found and made readable, unwanted frames dropped. What was fetched is
 * kept in a file.
 */
#ifndef PPROF_LOAD_H
#define PPROF_LOAD_H

#include "pprof/query/report.h"
#include "profile/model.h"

struct sources {
	char **files;
	size_t file_count;
	char **bases;
	size_t base_count;
	bool is_diff; /* -diff_base, not -base */
	bool normalize;
	const char *program; /* overrides the first mapping's; NULL */
	const char *build_id;
	const char *comment;
	const char *symbolize; /* how names are found; NULL: as is usual */
	int64_t seconds;       /* of a profile that is taken now; 0: as the server likes */
	int64_t timeout;       /* seconds; 0: as the length of the profile asks for */
	bool all_frames;       /* also those that the profile says to drop */
	uint32_t *unnamed;     /* NULL, or gets the locations that come without a name */
	struct side *sides;    /* not NULL: the bases are not subtracted but stand beside the
				* others, marked; what both say of themselves comes here */
};

/* NULL with a text. Files that cannot be read are named on stderr while others can. */
struct profile *load_profile(const struct sources *sources, struct buffer *error);

/* All profiles in one, which is new; equal samples are added up and zero ones dropped. */
struct profile *merge_profiles(struct profile **profiles, size_t count, struct buffer *error);

/* Bring profiles to the sample types that all of them have, and to common units. */
bool merge_prepare(struct profile **profiles, size_t count, struct buffer *error);

/* Multiply the values of each type; samples that become zero go. */
void scale_profile(struct profile *profile, const double *ratios);

#endif
