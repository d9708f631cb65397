/* SPDX-License-Identifier: MIT */
/* Proves: while all threads are sampled at 1000 Hz, libraries come and go and children are made in
 * every way without a hang, without harm to the children, and with the CPU clock accounted for. Some
 * seconds; a minute with AKT_TEST_NIGHTLY=1. Not: that code which is gone keeps its name. */
#include "prof_test.h"
#include "plat/plat.h"
#include "prof/cpu.h"
#include <dirent.h>
#include <dlfcn.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#define THREADS 3u

/* ThreadSanitizer delays signals until the next call that it intercepts. */
#if defined(AKTI_TSAN)
#define TICKS_COME false
#else
#define TICKS_COME true
#endif

static _Atomic bool done;
static _Thread_local volatile uint64_t sink;

static unsigned storm_seconds(void)
{
	return getenv("AKT_TEST_NIGHTLY") != NULL ? 60 : 4;
}

static int64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* The section "storm" at 1000 Hz, and the CPU clock of the process when it began. */
static akt_profile *begin_storm(int64_t *ret_cpu_ns)
{
	akt_profile_options options = AKT_PROFILE_OPTIONS;
	akt_profile *storm;

	unsetenv("AKT_PROFILE_SHUTDOWN");
	options.hz = 1000;
	ck_assert_int_eq(akt_profile_begin(&storm, "storm", AKT_PROFILE_CPU, &options), 0);
	*ret_cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	return storm;
}

static void end_storm(akt_profile *storm, int64_t cpu_ns)
{
	int64_t burnt_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu_ns, seen_ns;
	struct profile *p;

	ck_assert_int_eq(akt_profile_end(storm), 0);
	p = read_file("storm_cpu.prof");
	seen_ns = sum(p, 1, NULL, NULL, NULL);
	ck_assert(has_comment(p, "hz=1000 lost=0"));
	ck_assert_int_eq(akti_prof_cpu.unarmed, 0);
	if (TICKS_COME)
		ck_assert_msg((double)seen_ns >= 0.97 * (double)burnt_ns &&
				      (double)seen_ns <= 1.03 * (double)burnt_ns,
			      "%f of the CPU clock is accounted for",
			      (double)seen_ns / (double)burnt_ns);
	akti_profile_destroy(p);
}

static void start_all(struct plat_thread threads[THREADS], void (*fn)(void *arg))
{
	for (uintptr_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(akti_plat_thread_start(&threads[i], "storm", fn, (void *)i), 0);
}

static void join_all(struct plat_thread threads[THREADS])
{
	atomic_store(&done, true);
	for (unsigned i = 0; i < THREADS; i++)
		akti_plat_thread_join(&threads[i]);
}

/* --- libraries --------------------------------------------------------------------------------- */

static const char *const modules[THREADS] = { STORM_MODULES "/libstorm0.so",
					      STORM_MODULES "/libstorm1.so",
					      STORM_MODULES "/libstorm2.so" };
static _Atomic unsigned loads;

/* The thread's own library is unmapped each time; of libc's, threads meet at one. */
static void load_and_unload(void *arg)
{
	const char *name = modules[(uintptr_t)arg];

	akti_prof_thread_enter();
	while (!atomic_load(&done)) {
		void *module = dlopen(name, RTLD_NOW | RTLD_LOCAL);
		void *shared = dlopen("libBrokenLocale.so.1", RTLD_NOW | RTLD_LOCAL);
		uint64_t (*work)(uint64_t x, unsigned n);

		ck_assert_msg(module != NULL, "%s", dlerror());
		*(void **)&work = dlsym(module, "storm_work");
		sink = work(sink, 5000);
		if (shared != NULL)
			dlclose(shared);
		ck_assert_int_eq(dlclose(module), 0);
		ck_assert_ptr_null(dlopen(name, RTLD_NOW | RTLD_NOLOAD));
		atomic_fetch_add(&loads, 1);
	}
	akti_prof_thread_leave();
}

START_TEST(libraries_come_and_go_while_all_threads_are_sampled)
{
	int64_t cpu_ns, end_ns = akti_plat_now() + AKT_S(storm_seconds());
	struct plat_thread threads[THREADS];
	akt_profile *storm = begin_storm(&cpu_ns);
	unsigned files = 0;

	start_all(threads, load_and_unload);
	/* Each reads the tables of what is loaded now, and opens libdw. */
	while (akti_plat_now() < end_ns) {
		akt_profile *part;

		ck_assert_int_eq(akt_profile_begin(&part, "part", AKT_PROFILE_CPU, NULL), 0);
		ck_assert_int_eq(akt_profile_end(part), 0);
		files++;
	}
	join_all(threads);
	ck_assert_uint_gt(files, 0);
	ck_assert_uint_gt(atomic_load(&loads), THREADS);
	end_storm(storm, cpu_ns);
}
END_TEST

/* --- children ---------------------------------------------------------------------------------- */

static void burn(double seconds)
{
	double end = cpu_seconds() + seconds;

	while (cpu_seconds() < end)
		sink++;
}

static void burn_on(void *arg)
{
	(void)arg;
	akti_prof_thread_enter();
	while (!atomic_load(&done))
		burn(0.001);
	akti_prof_thread_leave();
}

static int status_of(pid_t child)
{
	int status = -1;

	ck_assert_int_gt(child, 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return status;
}

/* Longer than a tick; exit runs what was registered by atexit, also a search for leaks that would not
 * know of the other threads. */
static int by_fork(const char *command)
{
	pid_t child = fork();

	(void)command;
	if (child == 0) {
		burn(0.003);
#if defined(__SANITIZE_ADDRESS__)
		_exit(7);
#else
		exit(7);
#endif
	}
	return status_of(child);
}

static int by_exec(const char *command)
{
	pid_t child = fork();

	if (child == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(1);
	}
	return status_of(child);
}

static int by_spawn(const char *command)
{
	char *const argv[] = { (char *)"sh", (char *)"-c", (char *)command, NULL };
	pid_t child = -1;

	ck_assert_int_eq(posix_spawn(&child, "/bin/sh", NULL, NULL, argv, environ), 0);
	return status_of(child);
}

static int by_system(const char *command)
{
	return system(command);
}

static int by_popen(const char *command)
{
	FILE *pipe = popen(command, "r");

	ck_assert_ptr_nonnull(pipe);
	ck_assert_int_eq(fgetc(pipe), EOF);
	return pclose(pipe);
}

static unsigned files_in(const char *path)
{
	unsigned count = 0;
	DIR *dir = opendir(path);

	ck_assert_ptr_nonnull(dir);
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count;
}

START_TEST(children_are_made_in_every_way_while_all_threads_are_sampled)
{
	static int (*const ways[])(const char *command) = { by_fork, by_exec, by_spawn, by_system,
							    by_popen };
	const unsigned rounds = 10 * storm_seconds();
	struct plat_thread threads[THREADS];
	akt_profile *storm;
	int64_t cpu_ns;

	fflush(NULL);
	ck_assert_int_eq(chdir(test_dir), 0);
	storm = begin_storm(&cpu_ns);
	start_all(threads, burn_on);
	for (unsigned i = 0; i < rounds; i++) {
		for (unsigned way = 0; way < AKTI_COUNT_OF(ways); way++) {
			int status = ways[way]("exit 7");

			ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 7,
				      "way %u: status %#x", way, (unsigned)status);
			burn(0.002);
		}
	}
	/* To a program that was run, SIGPROF is what it is without akt. */
	ck_assert_int_eq(WTERMSIG(by_exec("kill -PROF $$; exit 7")), SIGPROF);
	ck_assert_int_eq(WTERMSIG(by_spawn("kill -PROF $$; exit 7")), SIGPROF);
	join_all(threads);
	ck_assert_uint_eq(files_in(test_dir), 0);
	end_storm(storm, cpu_ns);
	ck_assert_uint_eq(files_in(test_dir), 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		libraries_come_and_go_while_all_threads_are_sampled,
		children_are_made_in_every_way_while_all_threads_are_sampled,
	};

	return run_tests("prof-storm", tests, AKTI_COUNT_OF(tests), 30 + 2 * (int)storm_seconds());
}
