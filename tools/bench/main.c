/* SPDX-License-Identifier: MIT */
/*
 * akt bench: runs benchmarks for people who know go test -bench.
 *
 * Exit status: 0 all passed; 1 a benchmark failed, or none matched; 2 wrong use, or -timeout.
 */
#include "deadline.h"
#include "heap.h"
#include "prof/prof.h"
#include "plat/plat.h"
#include "runner.h"
#include "target.h"
#include <stdlib.h>
#include <string.h>

enum exit_status {
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
};

static void print_usage(FILE *out)
{
	fprintf(out,
		"usage: akt bench -bench=REGEX [FLAGS] [./bench | OBJECT.so | DIRECTORY]...\n\n");
	bench_flags_print(out);
	fprintf(out, "\nexamples:\n"
		     "  akt bench -list=.                        the names of all\n"
		     "  akt bench -bench='Tell|Ask' -benchmem    two groups, with allocations\n"
		     "  akt bench -bench=. -count=10 >new.txt    for benchstat old.txt new.txt\n"
		     "  akt bench -bench=Ask -cpuprofile=cpu.prof && akt pprof cpu.prof\n"
		     "AKT_PROFILE_SHUTDOWN=1 in the environment writes shutdown_cpu.prof and\n"
		     "shutdown_mem.prof, for akt pprof too.\n");
}

static int wrong_use(const char *error)
{
	fprintf(stderr, "akt bench: %s\n", error);
	fprintf(stderr, "akt bench -help says how it is used\n");
	return EXIT_USAGE;
}

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' && strcmp(value, "0") != 0;
}

static enum bench_ending ending_of(const struct bench_tally *tally, bool listed)
{
	if (tally->failed)
		return BENCH_ENDING_FAILED;
	if (tally->ran == 0)
		return BENCH_ENDING_NOTHING;
	return listed ? BENCH_ENDING_LISTED : BENCH_ENDING_PASSED;
}

/* One target: its table under its package name. */
static struct bench_tally run_target(struct bench_plan *plan, const struct bench_target *target)
{
	bool listed = plan->flags->list != NULL;
	struct bench_tally tally = { .failed = false };

	bench_output_begin(plan->output, target->package);
	if (listed)
		tally.ran = bench_runner_list(plan, target->table);
	else
		tally = bench_runner_run(plan, target->table);
	bench_output_end(plan->output, ending_of(&tally, listed));
	return tally;
}

static int run_targets(struct bench_plan *plan, const struct bench_targets *targets,
		       const char *pattern)
{
	size_t ran = 0;
	bool failed = false;

	for (size_t i = 0; i < targets->count; i++) {
		struct bench_tally tally = run_target(plan, &targets->list[i]);

		ran += tally.ran;
		failed = failed || tally.failed;
	}
	if (ran == 0 && !failed) {
		fprintf(stderr, "akt bench: no benchmark matches \"%s\"; -list=. names them\n",
			pattern);
		return EXIT_FAILED;
	}
	return failed ? EXIT_FAILED : EXIT_SUCCESS;
}

/* What the flags ask to be profiled; 0: nothing. */
static unsigned what_to_profile(const struct bench_flags *flags)
{
	unsigned what = 0;

	for (unsigned i = 0; i < sizeof(flags->profiles) / sizeof(flags->profiles[0]); i++)
		what |= flags->profiles[i] != NULL ? 1u << i : 0u;
	return flags->list != NULL ? 0 : what;
}

/* Run under the profiles that the flags ask for. */
static int run_profiled(struct bench_plan *plan, const struct bench_targets *targets,
			const char *pattern)
{
	const struct bench_flags *flags = plan->flags;
	unsigned what = what_to_profile(flags);
	akt_profile_options options = AKT_PROFILE_OPTIONS;
	akt_profile *profile;
	int status, r;

	if (what == 0)
		return run_targets(plan, targets, pattern);
	options.memory_every = flags->memory_every;
	options.messages_every = flags->messages_every;
	r = akti_profile_begin_unlabelled(&profile, "bench", what, &options);
	if (r < 0) {
		fprintf(stderr, "akt bench: no profiles: %s\n", akt_strerror(r));
		return EXIT_FAILURE;
	}
	status = run_targets(plan, targets, pattern);
	r = akti_profile_end_as(profile, flags->profiles);
	return r < 0 && status == EXIT_SUCCESS ? EXIT_FAILURE : status;
}

/* Everything after the flags are known to make sense. */
static int run_flags(const struct bench_flags *flags)
{
	const char *pattern = flags->list != NULL ? flags->list : flags->bench;
	bool profiled = is_set("AKT_PROFILE_SHUTDOWN") || is_set("GOAKT_PROFILE_SHUTDOWN");
	struct bench_match *match;
	struct bench_targets targets;
	struct bench_output output;
	struct bench_plan plan = { .flags = flags, .output = &output };
	char error[BENCH_ERROR_MAX];
	int status;

	if (bench_match_create(&match, pattern, error, sizeof(error)) < 0)
		return wrong_use(error);
	if (bench_targets_load(&targets, flags->paths, flags->path_count, error) < 0) {
		fprintf(stderr, "akt bench: %s\n", error);
		bench_match_destroy(match);
		return EXIT_USAGE;
	}
	plan.match = match;
	bench_output_init(&output, flags->json, flags->verbose);
	if (profiled)
		akti_prof_hold();
	status = run_profiled(&plan, &targets, pattern);
	if (profiled)
		akti_prof_release();
	bench_targets_free(&targets);
	bench_match_destroy(match);
	return status;
}

int main(int argc, char **argv)
{
	static char timeout_text[64];
	struct bench_flags flags;
	char error[BENCH_ERROR_MAX];

	bench_heap_init();
	if (bench_flags_parse(&flags, argc, argv, error) < 0)
		return wrong_use(error);
	if (flags.help) {
		print_usage(stdout);
		return EXIT_SUCCESS;
	}
	if (flags.bench == NULL && flags.list == NULL)
		return wrong_use("which benchmarks? -bench=. runs all, -list=. names them");
	if (flags.run != NULL && strcmp(flags.run, "^$") != 0)
		fprintf(stderr, "akt bench: warning: no tests to run\n");
	if (flags.cpus.count == 0) {
		flags.cpus.workers[0] = akti_plat_cpus();
		flags.cpus.count = 1;
	}
	bench_duration_print(flags.timeout_ns, timeout_text, sizeof(timeout_text));
	if (bench_deadline_start(flags.timeout_ns, timeout_text, flags.json) < 0)
		return wrong_use("cannot set the timer for -timeout");
	return run_flags(&flags);
}
