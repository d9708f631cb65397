/* SPDX-License-Identifier: MIT */
/* What the tests of the collector share: a directory for the files, labels set by hand, and
 * questions to a written profile. Each test is a process of its own (check's fork mode). */
#ifndef AKTI_PROF_TEST_H
#define AKTI_PROF_TEST_H

#include "harness.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/stat.h>
#include <unistd.h>

#include "prof/prof.h"
#include "profile/read.h"

#define NOINLINE __attribute__((noinline))

static char test_dir[] = "/tmp/akt-prof-XXXXXX";
static _Atomic uint8_t test_phase = PROF_PHASE_RUN;

static inline void remove_dir(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", test_dir);
	if (system(command) != 0)
		fprintf(stderr, "%s was not removed\n", test_dir);
}

static inline void in_new_dir(void)
{
	strcpy(test_dir, "/tmp/akt-prof-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(test_dir));
	setenv("AKT_PROFILE_SHUTDOWN", "1", 1);
	setenv("AKT_PROFILE_DIR", test_dir, 1);
	unsetenv("AKT_PROFILE_HZ");
}

static inline double cpu_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static inline void label(const akt_type *type, uint64_t actor, const akt_msg_type *msg)
{
	akti_prof_label.type = type;
	akti_prof_label.actor = actor;
	akti_prof_label.msg = msg;
	akti_prof_label.phase = type == NULL ? NULL : &test_phase;
}

static inline bool exists(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", test_dir, name);
	return access(path, F_OK) == 0;
}

static inline struct profile *read_file(const char *name)
{
	struct profile_read_error error;
	struct profile *profile = NULL;
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", test_dir, name);
	ck_assert_msg(akti_profile_read(path, &profile, &error) == 0, "%s: %s", path, error.text);
	return profile;
}

static inline const char *label_of(const struct profile *p, uint32_t sample, const char *key)
{
	const struct profile_tag_set *set = &p->tag_sets[p->samples[sample].tag_set];

	for (uint32_t i = set->first; i < set->first + set->count; i++) {
		if (!p->tags[i].is_num && strcmp(akti_profile_bytes(p, p->tags[i].key), key) == 0)
			return akti_profile_bytes(p, p->tags[i].str);
	}
	return "";
}

/* Whether the stack holds these functions one after the other, leaf first; other frames may lie
 * before and after but not between, unless "..." stands there. */
static inline bool stack_has(const struct profile *p, uint32_t sample, const char *const *names)
{
	uint32_t at = 0, gap = 1;

	for (uint32_t r = 0; r < p->samples[sample].ref_count; r++) {
		const struct profile_location *l =
			&p->locations[p->refs[p->samples[sample].ref_first + r]];

		for (uint32_t i = l->line_first; i < l->line_first + l->line_count; i++) {
			const struct profile_function *f = &p->functions[p->lines[i].function];

			if (strcmp(names[at], "...") == 0) {
				gap = 1;
				at++;
			}
			if (strstr(akti_profile_bytes(p, f->name), names[at]) != NULL) {
				at++;
				gap = 0;
			} else if (!gap) {
				at = 0;
				gap = 1;
			}
			if (names[at] == NULL)
				return true;
		}
	}
	return false;
}

/* The sum of a value over the samples with this label (key NULL: all) and, if names is not NULL,
 * with these functions on the stack. */
static inline int64_t sum(const struct profile *p, uint32_t type, const char *key,
			  const char *value, const char *const *names)
{
	int64_t total = 0;

	for (uint32_t i = 0; i < p->sample_count; i++) {
		if (key != NULL && strcmp(label_of(p, i, key), value) != 0)
			continue;
		if (names != NULL && !stack_has(p, i, names))
			continue;
		total += p->values[(uint64_t)i * p->type_count + type];
	}
	return total;
}

static inline bool has_comment(const struct profile *p, const char *part)
{
	for (uint32_t i = 0; i < p->comment_count; i++) {
		if (strstr(akti_profile_bytes(p, p->comments[i]), part) != NULL)
			return true;
	}
	return false;
}

/* Tests that each get a new directory. */
static inline TCase *test_case(Suite *suite, const char *name, int timeout_s)
{
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, timeout_s);
	tcase_add_checked_fixture(tcase, in_new_dir, remove_dir);
	suite_add_tcase(suite, tcase);
	return tcase;
}

static inline int run_tests(const char *name, const TTest *const *tests, size_t count,
			    int timeout_s)
{
	Suite *suite = suite_create(name);
	TCase *tcase = test_case(suite, name, timeout_s);

	for (size_t i = 0; i < count; i++)
		tcase_add_test(tcase, tests[i]);
	return run_suite(suite);
}

#endif
