/* SPDX-License-Identifier: MIT */
/* Proves: what the switches do, what is said and when, and that fork, foreign handlers and stray
 * signals do no harm. Not: what is in the files, children while threads are busy (test_storm.c). */
#include "prof_test.h"
#include "mem/mem.h"
#include "prof/cpu.h"
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

static const akt_type named = { .name = "named" };
static char said[4096];

/* Run fn in a child that exits by exit(); keep what it wrote to stderr. Returns its status. */
static int run_child(void (*fn)(void))
{
	int ends[2], status;
	ssize_t n, used = 0;
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDERR_FILENO);
		fn();
		exit(0);
	}
	close(ends[1]);
	while ((n = read(ends[0], said + used, sizeof(said) - 1 - (size_t)used)) > 0)
		used += n;
	said[used] = 0;
	close(ends[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

static void start_and_stop(void)
{
	akti_prof_system_started(NULL);
	akti_prof_system_stopped(NULL);
}

START_TEST(without_a_switch_nothing_is_written_or_said)
{
	unsetenv("AKT_PROFILE_SHUTDOWN");
	unsetenv("AKT_PROFILE_DIR");
	ck_assert_int_eq(chdir(test_dir), 0);
	ck_assert_int_eq(run_child(start_and_stop), 0);
	ck_assert_str_eq(said, "");
	ck_assert(!exists("shutdown_cpu.prof"));
	setenv("AKT_PROFILE_SHUTDOWN", "0", 1);
	setenv("GOAKT_PROFILE_SHUTDOWN", "", 1);
	ck_assert_int_eq(run_child(start_and_stop), 0);
	ck_assert_str_eq(said, "");
	ck_assert(!exists("shutdown_cpu.prof"));
}
END_TEST

START_TEST(the_guides_own_switch_writes_into_the_working_directory_in_silence)
{
	unsetenv("AKT_PROFILE_SHUTDOWN");
	unsetenv("AKT_PROFILE_DIR");
	setenv("GOAKT_PROFILE_SHUTDOWN", "1", 1);
	ck_assert_int_eq(chdir(test_dir), 0);
	ck_assert_int_eq(run_child(start_and_stop), 0);
	ck_assert_str_eq(said, "");
	ck_assert(exists("shutdown_cpu.prof"));
	ck_assert(exists("shutdown_mem.prof"));
}
END_TEST

START_TEST(what_was_asked_for_and_did_not_happen_is_said_once)
{
	setenv("AKT_FOO", "1", 1);
	setenv("AKT_PROFILE_QUERY", "1", 1);
	setenv("GOAKT_PROFILE_REBALANCING", "true", 1);
	setenv("AKT_BENCH_ANYTHING", "1", 1);
	ck_assert_int_eq(run_child(start_and_stop), 0);
	ck_assert_ptr_nonnull(strstr(said, "AKT_FOO is set, but no such variable is known"));
	ck_assert_ptr_nonnull(strstr(said, "AKT_PROFILE_QUERY is set, but its phase never ran"));
	ck_assert_ptr_nonnull(
		strstr(said, "GOAKT_PROFILE_REBALANCING is set, but its phase never ran"));
	ck_assert_ptr_null(strstr(said, "AKT_BENCH"));
	ck_assert_ptr_null(strstr(strstr(said, "FOO") + 1, "FOO"));
}
END_TEST

static void count_one_handler(void)
{
	akti_prof_system_started(NULL);
	label(&named, (uint64_t)1 << 32, NULL);
	akti_prof_handler_ran((const void *)(uintptr_t)count_one_handler, 10);
	label(NULL, 0, NULL);
	akti_prof_system_stopped(NULL);
}

START_TEST(addresses_stay_without_names_when_so_asked)
{
	static const char *const code[] = { "count_one_handler", "[exact cycles]", NULL };
	static const char *const cycles[] = { "[exact cycles]", NULL };
	struct profile *p;

	setenv("AKT_PROFILE_SYMBOLIZE", "0", 1);
	ck_assert_int_eq(run_child(count_one_handler), 0);
	ck_assert_str_eq(said, "");
	p = read_file("shutdown_cpu.prof");
	ck_assert_int_eq(sum(p, 2, "actor", "named-1.0", cycles), 10);
	ck_assert_int_eq(sum(p, 2, NULL, NULL, code), 0);
	ck_assert(!p->mappings[0].has_functions);
	akti_profile_destroy(p);
	setenv("AKT_PROFILE_SYMBOLIZE", "maybe", 1);
	ck_assert_int_eq(run_child(count_one_handler), 0);
	ck_assert_str_eq(said, "akt: AKT_PROFILE_SYMBOLIZE=maybe is neither 1 nor 0: 1 is used\n");
	p = read_file("shutdown_cpu.prof");
	ck_assert_int_eq(sum(p, 2, NULL, NULL, code), 10);
	ck_assert(p->mappings[0].has_functions);
	akti_profile_destroy(p);
}
END_TEST

START_TEST(a_directory_that_is_not_there_is_said_and_the_program_goes_on)
{
	setenv("AKT_PROFILE_DIR", "/nonexistent/akt", 1);
	ck_assert_int_eq(run_child(start_and_stop), 0);
	ck_assert_ptr_nonnull(strstr(said, "cannot write /nonexistent/akt/shutdown_cpu.prof"));
	ck_assert_ptr_nonnull(strstr(said, "cannot write /nonexistent/akt/shutdown_mem.prof"));
}
END_TEST

static void never_stop(void)
{
	akti_prof_system_started(NULL);
}

START_TEST(a_system_that_never_stopped_is_said)
{
	ck_assert_int_eq(run_child(never_stop), 0);
	ck_assert_ptr_nonnull(strstr(said, "no system was stopped"));
	ck_assert(!exists("shutdown_cpu.prof"));
}
END_TEST

START_TEST(two_systems_write_once_the_last_has_stopped)
{
	akti_prof_system_started(NULL);
	akti_prof_system_started(NULL);
	akti_prof_system_stopped(NULL);
	ck_assert(!exists("shutdown_cpu.prof"));
	akti_prof_system_stopped(NULL);
	ck_assert(exists("shutdown_cpu.prof"));
}
END_TEST

START_TEST(a_hold_puts_the_files_off_until_its_release)
{
	akti_prof_hold();
	start_and_stop();
	start_and_stop();
	ck_assert(!exists("shutdown_mem.prof"));
	akti_prof_release();
	ck_assert(exists("shutdown_mem.prof"));
}
END_TEST

static void be_a_child(void)
{
	void *block = akti_mem_alloc(64, MEM_OTHER);
	double end = cpu_seconds() + 0.05;

	akti_mem_free(block, 64);
	akti_prof_thread_enter();
	while (cpu_seconds() < end)
		;
	akti_prof_thread_leave();
	raise(SIGPROF);
	start_and_stop();
	akti_prof_system_stopped(NULL);
}

START_TEST(a_child_of_fork_is_not_profiled_and_writes_nothing)
{
	struct profile *p;

	akti_prof_system_started(NULL);
	ck_assert_int_eq(run_child(be_a_child), 0);
	ck_assert_str_eq(said, "");
	ck_assert(!exists("shutdown_cpu.prof"));
	ck_assert(akti_prof_on);
	akti_prof_system_stopped(NULL);
	p = read_file("shutdown_cpu.prof");
	ck_assert_int_le(sum(p, 0, NULL, NULL, NULL), 10); /* the child's time is not ours */
	akti_profile_destroy(p);
}
END_TEST

START_TEST(stray_signals_are_ignored_before_between_and_after)
{
	union sigval value = { .sival_ptr = (void *)1 };

	start_and_stop();
	raise(SIGPROF);
	akti_prof_system_started(NULL);
	raise(SIGPROF);
	ck_assert_int_eq(sigqueue(getpid(), SIGPROF, value), 0);
	akti_prof_system_stopped(NULL);
	raise(SIGPROF);
}
END_TEST

static void theirs(int signal_number)
{
	(void)signal_number;
}

static void start_beside_another_handler(void)
{
	signal(SIGPROF, theirs);
	start_and_stop();
	if (signal(SIGPROF, SIG_DFL) != theirs)
		exit(1);
}

START_TEST(someone_elses_handler_is_left_alone_and_said)
{
	struct profile *p;

	ck_assert_int_eq(run_child(start_beside_another_handler), 0);
	ck_assert_ptr_nonnull(strstr(said, "SIGPROF belongs to another handler"));
	p = read_file("shutdown_cpu.prof");
	ck_assert(has_comment(p, "no ticks"));
	akti_profile_destroy(p);
}
END_TEST

START_TEST(labels_are_never_empty_nor_only_digits)
{
	static const akt_type nameless = { .name = "" };
	struct profile *p;

	akti_prof_system_started(NULL);
	akti_prof_actor_named((uint64_t)1 << 32, "42");
	akti_prof_actor_named((uint64_t)2 << 32, "ada");
	for (uint64_t i = 1; i <= 3; i++) {
		label(i == 3 ? &nameless : &named, i << 32, NULL);
		akti_prof_handler_ran((const void *)start_and_stop, 10);
	}
	label(NULL, 0, NULL);
	akti_prof_system_stopped(NULL);
	p = read_file("shutdown_cpu.prof");
	ck_assert_int_eq(sum(p, 2, "actor", "ada", NULL), 10);
	ck_assert_int_eq(sum(p, 2, "actor", "42", NULL), 0);
	ck_assert_int_eq(sum(p, 2, "actor", "#42", NULL), 10);
	ck_assert_int_eq(sum(p, 2, "actor", "none-3.0", NULL), 10);
	ck_assert_int_eq(sum(p, 2, "actor_type", "none", NULL), 10);
	ck_assert_int_eq(sum(p, 2, "msg", "none", NULL), 30);
	for (uint32_t i = 0; i < p->sample_count; i++) {
		ck_assert_str_ne(label_of(p, i, "actor"), "");
		ck_assert_str_ne(label_of(p, i, "phase"), "");
	}
	akti_profile_destroy(p);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		without_a_switch_nothing_is_written_or_said,
		the_guides_own_switch_writes_into_the_working_directory_in_silence,
		what_was_asked_for_and_did_not_happen_is_said_once,
		addresses_stay_without_names_when_so_asked,
		a_directory_that_is_not_there_is_said_and_the_program_goes_on,
		a_system_that_never_stopped_is_said,
		two_systems_write_once_the_last_has_stopped,
		a_hold_puts_the_files_off_until_its_release,
		a_child_of_fork_is_not_profiled_and_writes_nothing,
		stray_signals_are_ignored_before_between_and_after,
		someone_elses_handler_is_left_alone_and_said,
		labels_are_never_empty_nor_only_digits,
	};

	return run_tests("prof-process", tests, AKTI_COUNT_OF(tests), 30);
}
