/* SPDX-License-Identifier: MIT */
/* Proves: what the builder is told is what a reader finds in the file: stacks, names of this very
 * program, also without libdw or without any, labels and their guards, merged samples. Not: how libdw
 * finds a name. */
#include "harness.h"
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profile/read.h"
#include <akt/error.h>

static struct profile *fresh(void)
{
	struct profile *p = NULL;

	ck_assert_int_eq(akti_profile_create(&p), 0);
	ck_assert_int_eq(akti_profile_add_type(p, "samples", "count"), 0);
	ck_assert_int_eq(akti_profile_add_type(p, "cpu", "nanoseconds"), 1);
	return p;
}

static struct profile *written_and_read(struct profile *p)
{
	char path[] = "/tmp/akt-test-XXXXXX";
	struct profile_read_error error;
	struct profile *back = NULL;

	close(mkstemp(path));
	ck_assert_int_eq(akti_profile_write(p, path), 0);
	ck_assert_msg(akti_profile_read(path, &back, &error) == 0, "%s", error.text);
	unlink(path);
	akti_profile_destroy(p);
	return back;
}

static const char *name_of(const struct profile *p, uint32_t ref)
{
	const struct profile_location *l = &p->locations[p->refs[ref]];

	ck_assert_uint_gt(l->line_count, 0);
	return akti_profile_bytes(p, p->functions[p->lines[l->line_first].function].name);
}

__attribute__((noinline)) static void a_function_with_a_name(void)
{
	__asm__ volatile("" ::: "memory");
}

START_TEST(an_address_of_this_program_gets_its_name_file_and_line)
{
	struct profile *p = fresh();
	uint64_t pcs[] = { (uint64_t)(uintptr_t)a_function_with_a_name };
	struct profile_stack stack = { pcs, 1, true };
	const struct profile_function *f;

	ck_assert_int_eq(akti_profile_add_sample(p, &stack, (int64_t[]){ 1, 10 }, NULL, 0), 0);
	ck_assert_int_eq(akti_profile_symbolize(p), 0);
	p = written_and_read(p);
	ck_assert_str_eq(name_of(p, 0), "a_function_with_a_name");
	f = &p->functions[p->lines[p->locations[p->refs[0]].line_first].function];
	ck_assert_ptr_nonnull(strstr(akti_profile_bytes(p, f->file), "test_build.c"));
	ck_assert_int_gt(f->start_line, 0);
	ck_assert_uint_eq(p->locations[p->refs[0]].mapping, 0);
	ck_assert(p->mappings[0].has_functions && p->mappings[0].has_filenames &&
		  p->mappings[0].has_line_numbers && p->mappings[0].has_inline_frames);
	ck_assert_uint_lt(p->locations[p->refs[0]].address, p->mappings[0].limit);
	ck_assert_uint_ge(p->locations[p->refs[0]].address, p->mappings[0].start);
	ck_assert_uint_ge(strlen(akti_profile_bytes(p, p->mappings[0].build_id)), 16);
	akti_profile_destroy(p);
}
END_TEST

/* Every dlopen of akt's comes here (--wrap=dlopen). */
void *__real_dlopen(const char *name, int flags);
void *__wrap_dlopen(const char *name, int flags);
static bool no_libraries;

void *__wrap_dlopen(const char *name, int flags)
{
	return no_libraries ? NULL : __real_dlopen(name, flags);
}

/* An address in this program, one in libc, one that is nowhere, and a name. */
static struct profile *with_all_kinds_of_frames(void)
{
	struct profile *p = fresh();
	uint64_t pcs[] = { (uint64_t)(uintptr_t)a_function_with_a_name,
			   (uint64_t)(uintptr_t)dlsym(RTLD_DEFAULT, "insque") + 1, 4097 + 1,
			   akti_profile_frame(p, "Router.Query") };

	ck_assert_int_eq(akti_profile_add_sample(p, &(struct profile_stack){ pcs, 4, true },
						 (int64_t[]){ 1, 10 }, NULL, 0),
			 0);
	return p;
}

static const struct profile_location *location_of(const struct profile *p, uint32_t ref)
{
	return &p->locations[p->refs[ref]];
}

static void is_in_its_module(const struct profile *p, uint32_t ref, const char *file)
{
	const struct profile_location *l = location_of(p, ref);
	const struct profile_mapping *m;

	ck_assert_uint_lt(l->mapping, p->mapping_count);
	m = &p->mappings[l->mapping];
	ck_assert_uint_ge(l->address, m->start);
	ck_assert_uint_lt(l->address, m->limit);
	ck_assert_ptr_nonnull(strstr(akti_profile_bytes(p, m->file), file));
	ck_assert_uint_ge(strlen(akti_profile_bytes(p, m->build_id)), 16);
}

START_TEST(without_libdw_names_are_those_of_symbol_tables_and_readers_are_told)
{
	struct profile *p = with_all_kinds_of_frames();

	no_libraries = true;
	ck_assert_int_eq(akti_profile_symbolize(p), 0);
	p = written_and_read(p);
	ck_assert_str_eq(name_of(p, 0), "a_function_with_a_name");
	ck_assert_str_eq(name_of(p, 1), "insque");
	ck_assert_str_eq(name_of(p, 2), "[unknown]");
	ck_assert_str_eq(name_of(p, 3), "Router.Query");
	is_in_its_module(p, 0, "test-profile-build");
	is_in_its_module(p, 1, "libc");
	for (uint32_t i = 0; i < p->mapping_count; i++) {
		ck_assert(p->mappings[i].has_functions);
		ck_assert(!p->mappings[i].has_filenames && !p->mappings[i].has_line_numbers &&
			  !p->mappings[i].has_inline_frames);
	}
	for (uint32_t i = 0; i < p->function_count; i++)
		ck_assert_str_eq(akti_profile_bytes(p, p->functions[i].file), "");
	akti_profile_destroy(p);
}
END_TEST

START_TEST(addresses_may_stay_without_names_and_readers_are_told)
{
	struct profile *p = with_all_kinds_of_frames();

	ck_assert_int_eq(akti_profile_map(p), 0);
	p = written_and_read(p);
	is_in_its_module(p, 0, "test-profile-build");
	is_in_its_module(p, 1, "libc");
	for (uint32_t ref = 0; ref < 3; ref++)
		ck_assert_uint_eq(location_of(p, ref)->line_count, 0);
	ck_assert_uint_eq(location_of(p, 2)->mapping, PROFILE_NONE);
	ck_assert_uint_eq(location_of(p, 2)->address, 4097);
	ck_assert_str_eq(name_of(p, 3), "Router.Query");
	ck_assert_uint_eq(p->function_count, 1);
	for (uint32_t i = 0; i < p->mapping_count; i++) {
		ck_assert(!p->mappings[i].has_functions && !p->mappings[i].has_filenames &&
			  !p->mappings[i].has_line_numbers && !p->mappings[i].has_inline_frames);
	}
	akti_profile_destroy(p);
}
END_TEST

START_TEST(a_return_address_is_looked_up_at_its_call)
{
	struct profile *p = fresh();
	uint64_t pc = (uint64_t)(uintptr_t)a_function_with_a_name;
	uint64_t pcs[] = { pc, pc + 1 };

	akti_profile_add_sample(p, &(struct profile_stack){ pcs, 2, true }, (int64_t[]){ 1, 1 },
				NULL, 0);
	ck_assert_uint_eq(p->location_count, 1);
	ck_assert_uint_eq(p->refs[0], p->refs[1]);
	akti_profile_destroy(p);
}
END_TEST

START_TEST(equal_stacks_with_equal_labels_are_one_sample)
{
	struct profile *p = fresh();
	uint64_t pcs[] = { akti_profile_frame(p, "Router.Query"), akti_profile_frame(p, "main") };
	struct profile_stack stack = { pcs, 2, false };
	struct profile_label a[] = { { .key = "actor", .str = "one" },
				     { .key = "bytes", .num = 64, .unit = "bytes" } };
	struct profile_label b[] = { a[1], a[0] };
	struct profile_label c[] = { { .key = "actor", .str = "two" } };

	ck_assert_int_eq(akti_profile_add_sample(p, &stack, (int64_t[]){ 1, 10 }, a, 2), 0);
	ck_assert_int_eq(akti_profile_add_sample(p, &stack, (int64_t[]){ 2, 20 }, b, 2), 0);
	ck_assert_int_eq(akti_profile_add_sample(p, &stack, (int64_t[]){ 4, 40 }, c, 1), 0);
	p = written_and_read(p);
	ck_assert_uint_eq(p->sample_count, 2);
	ck_assert_int_eq(p->values[0], 3);
	ck_assert_int_eq(p->values[1], 30);
	ck_assert_int_eq(p->values[3], 40);
	ck_assert_str_eq(name_of(p, 0), "Router.Query");
	ck_assert_str_eq(name_of(p, 1), "main");
	akti_profile_destroy(p);
}
END_TEST

static const char *label_written_for(const char *str)
{
	static char text[64];
	struct profile *p = fresh();
	uint64_t pcs[] = { akti_profile_frame(p, "f") };
	struct profile_label label = { .key = "actor", .str = str };

	akti_profile_add_sample(p, &(struct profile_stack){ pcs, 1, true }, (int64_t[]){ 1, 1 },
				&label, 1);
	p = written_and_read(p);
	strcpy(text, akti_profile_bytes(p, p->tags[0].str));
	akti_profile_destroy(p);
	return text;
}

START_TEST(labels_that_readers_would_mistake_are_marked)
{
	ck_assert_str_eq(label_written_for("42"), "#42");
	ck_assert_str_eq(label_written_for("5s"), "#5s");
	ck_assert_str_eq(label_written_for(""), "none");
	ck_assert_str_eq(label_written_for("shard-42"), "shard-42");
}
END_TEST

START_TEST(the_head_of_the_file_survives)
{
	struct profile *p = fresh();

	akti_profile_set_default(p, "samples");
	akti_profile_set_period(p, "cpu", "nanoseconds", 10000000);
	akti_profile_set_time(p, 1700000000000000000, 2000000000);
	akti_profile_add_comment(p, "phase=shutdown");
	akti_profile_set_drop(p, "malloc|calloc", NULL);
	p = written_and_read(p);
	ck_assert_uint_eq(p->type_count, 2);
	ck_assert_str_eq(akti_profile_bytes(p, p->types[1].unit), "nanoseconds");
	ck_assert_str_eq(akti_profile_bytes(p, p->default_type), "samples");
	ck_assert_str_eq(akti_profile_bytes(p, p->period_type.type), "cpu");
	ck_assert_str_eq(akti_profile_bytes(p, p->comments[0]), "phase=shutdown");
	ck_assert_str_eq(akti_profile_bytes(p, p->drop_frames), "malloc|calloc");
	ck_assert_int_eq(p->period, 10000000);
	ck_assert_int_eq(p->time_ns, 1700000000000000000);
	ck_assert_int_eq(p->duration_ns, 2000000000);
	akti_profile_destroy(p);
}
END_TEST

START_TEST(an_error_sticks_until_the_file_is_written)
{
	struct profile *p = NULL;
	uint64_t pcs[] = { 1 };
	struct profile_stack stack = { pcs, 1, true };

	akti_profile_create(&p);
	ck_assert_int_eq(akti_profile_add_sample(p, &stack, NULL, NULL, 0), AKT_ERR_INVALID);
	ck_assert_int_eq(akti_profile_write(p, "/tmp/akt-never"), AKT_ERR_INVALID);
	ck_assert_int_ne(access("/tmp/akt-never", F_OK), 0);
	akti_profile_destroy(p);
}
END_TEST

START_TEST(an_unwritable_place_is_an_error_and_leaves_nothing)
{
	struct profile *p = fresh();

	ck_assert_int_eq(akti_profile_write(p, "/nonexistent/x.prof"), AKT_ERR_IO);
	akti_profile_destroy(p);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("build");
	Suite *suite = suite_create("profile-build");

	tcase_add_test(tcase, an_address_of_this_program_gets_its_name_file_and_line);
	tcase_add_test(tcase, without_libdw_names_are_those_of_symbol_tables_and_readers_are_told);
	tcase_add_test(tcase, addresses_may_stay_without_names_and_readers_are_told);
	tcase_add_test(tcase, a_return_address_is_looked_up_at_its_call);
	tcase_add_test(tcase, equal_stacks_with_equal_labels_are_one_sample);
	tcase_add_test(tcase, labels_that_readers_would_mistake_are_marked);
	tcase_add_test(tcase, the_head_of_the_file_survives);
	tcase_add_test(tcase, an_error_sticks_until_the_file_is_written);
	tcase_add_test(tcase, an_unwritable_place_is_an_error_and_leaves_nothing);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
