/* SPDX-License-Identifier: MIT */
/* Proves: a section's files hold what happened in it and nothing else, however sections lie in each
 * other; stores are emptied between sections and under the hands of who records; phases with a switch add up; names and limits are checked. Allocations at rate 1 count, for
 * they are exact. Not: what ticks and blocks are worth (test_cpu.c, test_heap.c). */
#include "prof_test.h"
#include "mem/mem.h"
#include "plat/plat.h"
#include "prof/heap.h"
#include "prof/phase.h"
#include "prof/section.h"
#include <akt/actor.h>
#include <akt/system.h>
#include <sys/wait.h>

enum { ALLOC_OBJECTS, ALLOC_SPACE, INUSE_OBJECTS, INUSE_SPACE };

static void make_and_free(int count)
{
	for (int i = 0; i < count; i++)
		akti_mem_free(akti_mem_alloc(100, MEM_STATE), 100);
}

static akt_profile *begin(const char *phase, unsigned what)
{
	akt_profile_options options = AKT_PROFILE_OPTIONS;
	akt_profile *profile;

	options.memory_every = 1;
	ck_assert_int_eq(akt_profile_begin(&profile, phase, what, &options), 0);
	return profile;
}

static int64_t objects(const char *file, const char *phase)
{
	struct profile *p = read_file(file);
	int64_t n = sum(p, ALLOC_OBJECTS, phase != NULL ? "phase" : NULL, phase, NULL);

	akti_profile_destroy(p);
	return n;
}

START_TEST(nested_sections_have_files_and_labels_of_their_own)
{
	akt_profile *outer, *inner;

	make_and_free(1000);
	outer = begin("outer", AKT_PROFILE_MEMORY);
	make_and_free(1);
	inner = begin("inner", AKT_PROFILE_MEMORY);
	make_and_free(10);
	ck_assert_int_eq(akt_profile_end(inner), 0);
	make_and_free(100);
	ck_assert_int_eq(akt_profile_end(outer), 0);
	make_and_free(1000);
	ck_assert_int_eq(objects("inner_mem.prof", NULL), 10);
	ck_assert_int_eq(objects("inner_mem.prof", "inner"), 10);
	ck_assert_int_eq(objects("outer_mem.prof", NULL), 111);
	ck_assert_int_eq(objects("outer_mem.prof", "outer"), 101);
	ck_assert_int_eq(objects("outer_mem.prof", "inner"), 10);
	ck_assert(!exists("outer_cpu.prof"));
}
END_TEST

START_TEST(sections_may_overlap)
{
	akt_profile *first = begin("first", AKT_PROFILE_MEMORY), *second;

	make_and_free(1);
	second = begin("second", AKT_PROFILE_MEMORY | AKT_PROFILE_CPU);
	make_and_free(10);
	ck_assert_int_eq(akt_profile_end(first), 0);
	make_and_free(100);
	ck_assert_int_eq(akt_profile_end(second), 0);
	ck_assert_int_eq(objects("first_mem.prof", NULL), 11);
	ck_assert_int_eq(objects("first_mem.prof", "first"), 1);
	ck_assert_int_eq(objects("second_mem.prof", NULL), 110);
	ck_assert_int_eq(objects("second_mem.prof", "second"), 110);
	ck_assert(exists("second_cpu.prof"));
	ck_assert(!exists("first_cpu.prof"));
}
END_TEST

START_TEST(a_section_begun_again_starts_from_nothing)
{
	akt_profile *again = begin("again", AKT_PROFILE_MEMORY);

	make_and_free(5);
	ck_assert_int_eq(akt_profile_end(again), 0);
	again = begin("again", AKT_PROFILE_MEMORY);
	make_and_free(7);
	ck_assert_int_eq(akt_profile_end(again), 0);
	ck_assert_int_eq(objects("again_mem.prof", NULL), 7);
}
END_TEST

START_TEST(in_use_is_what_was_born_in_the_section_and_lives)
{
	akt_profile *outer = begin("outer", AKT_PROFILE_MEMORY), *inner;
	void *before = akti_mem_alloc(100, MEM_STATE), *kept;
	struct profile *p;

	inner = begin("inner", AKT_PROFILE_MEMORY);
	kept = akti_mem_alloc(200, MEM_OTHER);
	akti_mem_free(before, 100);
	make_and_free(3);
	ck_assert_int_eq(akt_profile_end(inner), 0);
	p = read_file("inner_mem.prof");
	ck_assert_int_eq(sum(p, ALLOC_OBJECTS, NULL, NULL, NULL), 4);
	ck_assert_int_eq(sum(p, INUSE_OBJECTS, NULL, NULL, NULL), 1);
	ck_assert_int_eq(sum(p, INUSE_SPACE, "kind", "other", NULL), 200);
	akti_profile_destroy(p);
	akti_mem_free(kept, 200);
	ck_assert_int_eq(akt_profile_end(outer), 0);
	p = read_file("outer_mem.prof");
	ck_assert_int_eq(sum(p, ALLOC_OBJECTS, NULL, NULL, NULL), 5);
	ck_assert_int_eq(sum(p, INUSE_OBJECTS, NULL, NULL, NULL), 0);
	akti_profile_destroy(p);
}
END_TEST

static int run_block(void)
{
	AKT_PROFILE_SECTION("block", AKT_PROFILE_MEMORY | AKT_PROFILE_CPU);

	return 1;
}

START_TEST(a_block_is_a_section)
{
	ck_assert_int_eq(run_block(), 1);
	ck_assert(exists("block_mem.prof"));
	ck_assert(exists("block_cpu.prof"));
	ck_assert_uint_eq(akti_section_count(), 0);
}
END_TEST

/* --- switches --------------------------------------------------------------------------------- */

START_TEST(without_any_switch_no_phase_is_profiled)
{
	unsetenv("AKT_PROFILE_SHUTDOWN");
	ck_assert_ptr_null(akt_profile_phase("query"));
	setenv("AKT_PROFILE_QUERY", "1", 1); /* too late */
	ck_assert_ptr_null(akt_profile_phase("query"));
}
END_TEST

START_TEST(a_phase_is_profiled_under_its_switch_and_adds_up)
{
	akt_profile *query, *within;

	unsetenv("AKT_PROFILE_SHUTDOWN");
	setenv("AKT_PROFILE_QUERY", "1", 1);
	ck_assert_ptr_null(akt_profile_phase("other"));
	setenv("GOAKT_PROFILE_MY_PHASE", "true", 1);
	query = akt_profile_phase("query");
	ck_assert_ptr_nonnull(query);
	make_and_free(1);
	within = akt_profile_phase("query"); /* on another thread, say */
	ck_assert_ptr_nonnull(within);
	make_and_free(10);
	ck_assert_int_eq(akt_profile_end(within), 0);
	ck_assert(!exists("query_mem.prof"));
	ck_assert_int_eq(akt_profile_end(query), 0);
	ck_assert_int_eq(objects("query_mem.prof", NULL), 11);
	make_and_free(100);
	query = akt_profile_phase("query");
	make_and_free(1000);
	ck_assert_int_eq(akt_profile_end(query), 0);
	ck_assert_int_eq(objects("query_mem.prof", "query"), 1011);
	ck_assert(exists("query_cpu.prof"));
	ck_assert_int_eq(akt_profile_end(akt_profile_phase("my-phase")), 0);
	ck_assert(exists("my-phase_mem.prof"));
	ck_assert_int_eq(akt_profile_end(NULL), 0);
}
END_TEST

START_TEST(stretches_of_a_phase_leave_out_what_others_record_between)
{
	akt_profile *all = begin("all", AKT_PROFILE_MEMORY), *query;

	setenv("AKT_PROFILE_QUERY", "1", 1);
	query = akt_profile_phase("query");
	make_and_free(1);
	ck_assert_int_eq(akt_profile_end(query), 0);
	make_and_free(10);
	query = akt_profile_phase("query");
	make_and_free(100);
	ck_assert_int_eq(akt_profile_end(query), 0);
	ck_assert_int_eq(akt_profile_end(all), 0);
	ck_assert_int_eq(objects("query_mem.prof", NULL), 101);
	ck_assert_int_eq(objects("all_mem.prof", NULL), 111);
}
END_TEST

/* --- names and limits ------------------------------------------------------------------------- */

START_TEST(names_of_files_are_as_asked_for)
{
	akt_profile_options options = AKT_PROFILE_OPTIONS;
	char dir[64];
	akt_profile *profile;

	snprintf(dir, sizeof(dir), "%s/deep", test_dir);
	options.node = "n-1.local";
	ck_assert_int_eq(akt_profile_begin(&profile, "phase", AKT_PROFILE_MEMORY, &options), 0);
	ck_assert_int_eq(akt_profile_end(profile), 0);
	ck_assert(exists("phase.n-1.local_mem.prof"));
	options.dir = dir;
	ck_assert_int_eq(akt_profile_begin(&profile, "phase", AKT_PROFILE_MEMORY, &options), 0);
	ck_assert_int_eq(akt_profile_end(profile), AKT_ERR_IO);
	ck_assert_int_eq(mkdir(dir, 0700), 0);
	ck_assert_int_eq(akt_profile_begin(&profile, "phase", AKT_PROFILE_MEMORY, &options), 0);
	ck_assert_int_eq(akt_profile_end(profile), 0);
	ck_assert(exists("deep/phase.n-1.local_mem.prof"));
}
END_TEST

static int try(const char *phase, unsigned what, const akt_profile_options *options)
{
	akt_profile *profile = (akt_profile *)&profile;
	int r = akt_profile_begin(&profile, phase, what, options);

	if (r == 0)
		ck_assert_int_eq(akt_profile_end(profile), 0);
	else
		ck_assert_ptr_null(profile);
	return r;
}

START_TEST(what_makes_no_sense_is_refused)
{
	akt_profile_options options = AKT_PROFILE_OPTIONS;
	char name[AKT_PROFILE_NAME_MAX + 2];

	ck_assert_int_eq(akt_profile_begin(NULL, "x", AKT_PROFILE_CPU, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(try(NULL, AKT_PROFILE_CPU, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(try("", AKT_PROFILE_CPU, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(try("a/b", AKT_PROFILE_CPU, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(try("..", AKT_PROFILE_CPU, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(try("x", 0, NULL), AKT_ERR_INVALID);
	ck_assert_int_eq(try("x", 1u << 4, NULL), AKT_ERR_INVALID);
	options.size++;
	ck_assert_int_eq(try("x", AKT_PROFILE_MEMORY, &options), AKT_ERR_INVALID);
	options.size--;
	options.hz = AKT_PROFILE_HZ_MAX + 1;
	ck_assert_int_eq(try("x", AKT_PROFILE_MEMORY, &options), AKT_ERR_INVALID);
	options.hz = AKT_PROFILE_HZ_MAX;
	ck_assert_int_eq(try("x", AKT_PROFILE_MEMORY, &options), 0);
	options.node = "a b";
	ck_assert_int_eq(try("x", AKT_PROFILE_MEMORY, &options), AKT_ERR_INVALID);
	memset(name, 'n', sizeof(name));
	name[AKT_PROFILE_NAME_MAX + 1] = 0;
	ck_assert_int_eq(try(name, AKT_PROFILE_MEMORY, NULL), AKT_ERR_INVALID);
	name[AKT_PROFILE_NAME_MAX] = 0;
	ck_assert_int_eq(try(name, AKT_PROFILE_MEMORY, NULL), 0);
	ck_assert_ptr_null(akt_profile_phase(NULL));
	ck_assert_ptr_null(akt_profile_phase("a/b"));
}
END_TEST

START_TEST(a_directory_has_a_name_so_long_and_no_longer)
{
	akt_profile_options options = AKT_PROFILE_OPTIONS;
	char dir[AKT_PROFILE_DIR_MAX + 2];
	size_t length = strlen(test_dir);

	memset(dir, '/', sizeof(dir)); /* any number of them is one */
	memcpy(dir, test_dir, length);
	options.dir = dir;
	dir[AKT_PROFILE_DIR_MAX + 1] = 0;
	ck_assert_int_eq(try("x", AKT_PROFILE_MEMORY, &options), AKT_ERR_INVALID);
	dir[AKT_PROFILE_DIR_MAX] = 0;
	ck_assert_int_eq(try("x", AKT_PROFILE_MEMORY, &options), 0);
	dir[AKT_PROFILE_DIR_MAX - 1] = 0;
	ck_assert_int_eq(try("y", AKT_PROFILE_MEMORY, &options), 0);
	ck_assert(exists("x_mem.prof") && exists("y_mem.prof"));
}
END_TEST

START_TEST(a_child_of_fork_has_no_sections)
{
	akt_profile *outer = begin("outer", AKT_PROFILE_MEMORY), *more;
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		bool right = akt_profile_begin(&more, "inner", AKT_PROFILE_MEMORY, NULL) ==
				     AKT_ERR_UNSUPPORTED &&
			     more == NULL && akt_profile_end(outer) == 0;

		_exit(right && !exists("outer_mem.prof") ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	make_and_free(3);
	ck_assert_int_eq(akt_profile_end(outer), 0);
	ck_assert_int_eq(objects("outer_mem.prof", NULL), 3);
}
END_TEST

START_TEST(so_many_sections_and_names_and_no_more)
{
	akt_profile *open[AKT_PROFILE_OPEN_MAX], *more;
	char name[32];

	for (unsigned i = 0; i < AKT_PROFILE_OPEN_MAX; i++)
		open[i] = begin("same", AKT_PROFILE_MEMORY);
	ck_assert_int_eq(akt_profile_begin(&more, "same", AKT_PROFILE_MEMORY, NULL), AKT_ERR_LIMIT);
	for (unsigned i = 0; i < AKT_PROFILE_OPEN_MAX; i++)
		ck_assert_int_eq(akt_profile_end(open[i]), 0);
	for (unsigned i = 1; i < AKT_PROFILE_PHASES_MAX; i++) {
		snprintf(name, sizeof(name), "p%u", i);
		ck_assert_uint_ne(akti_prof_phase_number(name), 0);
	}
	ck_assert_int_eq(akt_profile_begin(&more, "new", AKT_PROFILE_MEMORY, NULL), AKT_ERR_LIMIT);
	ck_assert_int_eq(akt_profile_begin(&more, name, AKT_PROFILE_MEMORY, NULL), 0);
	ck_assert_int_eq(akt_profile_end(more), 0);
}
END_TEST

/* --- emptying the stores ---------------------------------------------------------------------- */

/* As after years. */
static void wear_out(void)
{
	struct prof_store *store = akti_prof_heap.store;

	atomic_store(&store->bucket_count, PROF_BUCKETS_FINE);
}

START_TEST(a_worn_store_is_emptied_when_no_section_is_open)
{
	akt_profile *outer = begin("outer", AKT_PROFILE_MEMORY), *inner;
	uint32_t generation = akti_prof_heap.store->generation;
	void *kept = akti_mem_alloc(100, MEM_STATE);

	inner = begin("inner", AKT_PROFILE_MEMORY);
	make_and_free(10);
	wear_out();
	ck_assert_int_eq(akt_profile_end(inner), 0);
	ck_assert_uint_eq(akti_prof_heap.store->generation, generation);
	ck_assert_int_eq(akt_profile_end(outer), 0);
	ck_assert_uint_eq(akti_prof_heap.store->generation, generation + 1);
	ck_assert_int_eq(objects("outer_mem.prof", NULL), 11);
	akti_mem_free(kept, 100);
	outer = begin("outer", AKT_PROFILE_MEMORY);
	make_and_free(7);
	ck_assert_int_eq(akt_profile_end(outer), 0);
	ck_assert_uint_eq(akti_prof_heap.store->generation, generation + 1);
	ck_assert_int_eq(objects("outer_mem.prof", NULL), 7);
}
END_TEST

#define EMPTIED 6u /* each round writes two files */

static const akt_type recorder_type = { .name = "recorder" };
static _Atomic bool done;
static _Atomic uint64_t rounds;

static void keep_recording(void *arg)
{
	uint64_t actor = (uint64_t)(uintptr_t)arg << 32;

	while (!atomic_load(&done)) {
		label(&recorder_type, ++actor, NULL);
		make_and_free(1);
		akti_prof_handler_ran((const void *)(uintptr_t)keep_recording, 1);
		atomic_fetch_add(&rounds, 1);
	}
	label(NULL, 0, NULL);
}

START_TEST(it_may_be_emptied_while_threads_record)
{
	struct plat_thread threads[2];

	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_eq(akti_plat_thread_start(&threads[i], "recorder", keep_recording,
							(void *)(uintptr_t)(i + 1)),
				 0);
	for (unsigned i = 0; i < EMPTIED; i++) {
		akt_profile *profile = begin("part", AKT_PROFILE_MEMORY | AKT_PROFILE_CPU);
		uint64_t before = atomic_load(&rounds);

		while (atomic_load(&rounds) < before + 50)
			akti_pause();
		wear_out();
		ck_assert_int_eq(akt_profile_end(profile), 0);
		ck_assert_int_ge(objects("part_mem.prof", "part"), 48);
	}
	atomic_store(&done, true);
	for (unsigned i = 0; i < 2; i++)
		akti_plat_thread_join(&threads[i]);
	ck_assert_uint_eq(akti_prof_heap.store->generation, EMPTIED);
}
END_TEST

/* --- beside a system -------------------------------------------------------------------------- */

AKT_SIGNAL_DEFINE(open_it, "test.open");
AKT_SIGNAL_DEFINE(close_it, "test.close");

static akt_profile *opened;

static int on_open(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	opened = begin("work", AKT_PROFILE_MEMORY | AKT_PROFILE_CPU);
	return 0;
}

static int on_close(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	make_and_free(10);
	return akt_profile_end(opened);
}

static const akt_handler worker_handlers[] = { AKT_ON(open_it, on_open), AKT_ON(close_it, on_close),
					       AKT_END };
static const akt_type worker_type = { .name = "worker", .handlers = worker_handlers };

START_TEST(an_actor_may_open_one_and_was_named_before)
{
	akt_options options = AKT_OPTIONS;
	struct profile *p;
	akt_system *sys;
	akt_ref ref;

	unsetenv("AKT_PROFILE_SHUTDOWN");
	options.workers = 2;
	ck_assert_int_eq(akt_system_start(&sys, &options), 0);
	ck_assert_int_eq(akt_spawn_named(sys, &worker_type, "olga", NULL, &ref), 0);
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW_SIGNAL(open_it)), 0);
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW_SIGNAL(close_it)), 0);
	ck_assert_int_eq(akt_system_drain(sys, AKT_S(30)), 0);
	ck_assert_int_eq(akt_system_stop(sys), 0);
	p = read_file("work_mem.prof");
	ck_assert_int_eq(sum(p, ALLOC_OBJECTS, "actor", "olga", NULL), 10);
	ck_assert_int_eq(sum(p, ALLOC_OBJECTS, "msg", "test.close", NULL), 10);
	akti_profile_destroy(p);
	p = read_file("work_cpu.prof");
	ck_assert_int_eq(sum(p, 2, "msg", "test.open", NULL), 0); /* it ran when it was opened */
	akti_profile_destroy(p);
	ck_assert(!exists("shutdown_mem.prof"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		nested_sections_have_files_and_labels_of_their_own,
		sections_may_overlap,
		a_section_begun_again_starts_from_nothing,
		in_use_is_what_was_born_in_the_section_and_lives,
		a_block_is_a_section,
		without_any_switch_no_phase_is_profiled,
		a_phase_is_profiled_under_its_switch_and_adds_up,
		stretches_of_a_phase_leave_out_what_others_record_between,
		names_of_files_are_as_asked_for,
		what_makes_no_sense_is_refused,
		a_directory_has_a_name_so_long_and_no_longer,
		a_child_of_fork_has_no_sections,
		so_many_sections_and_names_and_no_more,
		a_worn_store_is_emptied_when_no_section_is_open,
		it_may_be_emptied_while_threads_record,
		an_actor_may_open_one_and_was_named_before,
	};

	return run_tests("prof-section", tests, AKTI_COUNT_OF(tests), 60);
}
