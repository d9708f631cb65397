/* SPDX-License-Identifier: MIT */
/*
 * profile: a profile as data: built here, symbolized here, written as gzipped profile.proto, the
 * format of `go tool pprof`. Knows no runtime and takes no samples.
 *
 * The collector's way, all on one thread and outside any signal handler:
 *
 *	struct profile *p = NULL;
 *	struct profile_label labels[] = {
 *		{ .key = "actor", .str = "hasher-1" },
 *		{ .key = "bytes", .num = 64, .unit = "bytes" },
 *	};
 *	akti_profile_create(&p);
 *	akti_profile_add_type(p, "samples", "count");
 *	akti_profile_add_type(p, "cpu", "nanoseconds");
 *	akti_profile_set_period(p, "cpu", "nanoseconds", 10000000);
 *	struct profile_stack stack = { .pcs = pcs, .count = n, .leaf_exact = true };
 *	akti_profile_add_sample(p, &stack, (int64_t[]){ 1, 10000000 }, labels, 2);
 *	akti_profile_symbolize(p);
 *	akti_profile_write(p, "shutdown_cpu.prof");
 *	akti_profile_destroy(p);
 *
 * A frame of a stack is either a code address of this process or a name, from akti_profile_frame,
 * where there is no address: "[lost]", "Router.Query". Both may stand in one stack. Samples with
 * the same stack and the same labels become one, their values added.
 *
 * Errors stick: after the first failure of an adding call all later ones fail with the same code,
 * and so does akti_profile_write; it suffices to look at the last.
 *
 * Threads: a profile belongs to one thread at a time. Memory comes from malloc.
 * Proved by tests/unit/profile/; the file format is docs/formats/profile.md.
 */
#ifndef AKTI_PROFILE_PROFILE_H
#define AKTI_PROFILE_PROFILE_H

#include "base/base.h"

struct profile;

/* One label of a sample: text when str is not NULL, else the number with its unit. Text of digits
 * only would be taken for a number by tag filters and an empty one lost by readers: the builder
 * writes "#42" and "none" instead. All texts are copied. */
struct profile_label {
	const char *key;
	const char *str;
	int64_t num;
	const char *unit;
};

/* A stack, leaf first. Return addresses are looked up one byte before: at their call. */
struct profile_stack {
	const uint64_t *pcs; /* code addresses of this process, or akti_profile_frame's */
	uint32_t count;
	bool leaf_exact; /* pcs[0] is the interrupted instruction; false: a return address too */
};

/* An empty profile of this process, its start time set to now. Errors: NOMEM. */
int akti_profile_create(struct profile **ret_profile);

/* NULL is allowed. */
void akti_profile_destroy(struct profile *profile);

/* Add a kind of value; all before the first sample. The last one is what readers show unless
 * akti_profile_set_default names another. Returns its index. */
int akti_profile_add_type(struct profile *profile, const char *type, const char *unit);

/* The type shown first, one of those added. */
int akti_profile_set_default(struct profile *profile, const char *type);

/* What one sample stands for: every 10 ms of "cpu" in "nanoseconds", 524288 "bytes" of "space". */
int akti_profile_set_period(struct profile *profile, const char *type, const char *unit,
			    int64_t period);

/* Wall clock of the start and the length of what was recorded. */
void akti_profile_set_time(struct profile *profile, int64_t time_ns, int64_t duration_ns);

/* A line for people, shown in the head of every report; one starting with '#' is hidden there. */
int akti_profile_add_comment(struct profile *profile, const char *text);

/* Regular expressions of frames to drop from reports (with all they called), and of exceptions:
 * "malloc|calloc|__wrap_malloc". NULL: none. */
int akti_profile_set_drop(struct profile *profile, const char *drop, const char *keep);

/* A frame with a name and no address, for akti_profile_add_sample; the same name gives the same
 * frame. Never fails: out of memory is remembered and 0 is returned. */
uint64_t akti_profile_frame(struct profile *profile, const char *name);

/* Add one value per type to the sample of this stack and these labels. An address of 0 ends the
 * stack. Errors: INVALID (no type yet), NOMEM. */
int akti_profile_add_sample(struct profile *profile, const struct profile_stack *stack,
			    const int64_t *values, const struct profile_label *labels,
			    uint32_t label_count);

/* Give the addresses their names, files, lines, inlined callers and modules, from this process
 * as it is mapped now; addresses become those of the ELF files. libdw is opened for it when it is
 * there, else symbol tables serve; what has no name is shown as "[libx.so]+0x1f2". Never uses the
 * network. Call once, before writing. Cost: 1-100 ms and up to 15 MB, given back at the end. */
int akti_profile_symbolize(struct profile *profile);

/* The same without names: addresses and modules only, which readers may name from the files. */
int akti_profile_map(struct profile *profile);

/* Write the file: first beside it, then renamed over it, so that a reader sees the old or the new
 * one and never a part. Errors: IO, NOMEM, or the first error of building. */
int akti_profile_write(struct profile *profile, const char *path);

#endif
