/* SPDX-License-Identifier: MIT */
#include "harness.h"
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>
#ifdef AKTI_INTERLEAVE
#include "plat/sim.h"
#endif

#define RUNS_MAX 1024u
#define EXPECTED_MAX 16u

/* One test that was begun, as the process that runs it says to the one that reports. */
struct run {
	const char *test;           /* the program's own text: it lies where it lies in both */
	_Atomic(const char *) file; /* of the newest assertion that held */
	_Atomic int line;
	int index;
	bool seeded;
	bool done;
	uint64_t seed;
};

static struct board {
	uint32_t count;
	struct run runs[RUNS_MAX];
} * board;
static struct run *run;
static bool asked;   /* the test's own body has asked for a seed */
static bool enough;  /* of seeds */
static bool looping; /* in for_seeds */
static bool shown;
static const char *expected[EXPECTED_MAX]; /* tests that are to end by a signal */
static unsigned expected_count;

/* --- which --------------------------------------------------------------------------------------- */

static uint64_t number_of(const char *variable, uint64_t otherwise)
{
	const char *text = getenv(variable);

	return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

/* AKT_TEST_NAME is name or name:index. */
static bool is_wanted(const char *name, int index)
{
	const char *wanted = getenv("AKT_TEST_NAME");
	size_t length = strlen(name);

	if (wanted == NULL)
		return true;
	if (strncmp(wanted, name, length) != 0)
		return false;
	return wanted[length] == '\0' ||
	       (wanted[length] == ':' && atoi(wanted + length + 1) == index);
}

void harness_add(TCase *tcase, const TTest *test, int signal, int status, int from, int to)
{
	if ((signal != 0 || status != 0) && expected_count < EXPECTED_MAX)
		expected[expected_count++] = test->name;
	for (int i = from; i < to; i++) {
		if (is_wanted(test->name, i))
			(_tcase_add_test)(tcase, test, signal, status, i, i + 1);
	}
}

/* --- running ------------------------------------------------------------------------------------- */

void harness_mark(const char *file, int line)
{
	if (run == NULL)
		return;
	atomic_store_explicit(&run->file, file, memory_order_relaxed);
	atomic_store_explicit(&run->line, line, memory_order_relaxed);
}

/* How far it is, for who watches: nothing in a log. */
static void show(uint64_t seed, uint64_t last)
{
	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r%s: seed %llu of %llu", run->test, (unsigned long long)seed,
		(unsigned long long)last);
	shown = true;
}

static void end_show(void)
{
	if (shown)
		fprintf(stderr, "\r\033[K");
	shown = false;
}

void harness_run(const char *name, void (*body)(int index), int index)
{
	uint64_t only = number_of("AKT_SEED", 0);
	uint64_t first = number_of("AKT_TEST_FIRST_SEED", 1);
	uint64_t last = first + number_of("AKT_TEST_SEEDS", TEST_SEEDS) - 1;

	if (board->count < RUNS_MAX)
		board->count++;
	run = &board->runs[board->count - 1];
	run->test = name;
	run->index = index;
	run->seed = only != 0 ? only : first;
	asked = enough = looping = run->done = run->seeded = false;
	body(index);
	while (asked && !enough && only == 0 && run->seed < last) {
		run->seed++;
		show(run->seed, last);
		body(index);
	}
	end_show();
	run->done = true;
}

uint64_t test_seed(void)
{
	asked = asked || !looping;
	run->seeded = true;
	return run->seed;
}

void one_seed(void)
{
	enough = true;
}

void run_seed(uint64_t seed, void (*body)(uint64_t seed))
{
	run->seeded = true;
	run->seed = seed;
#ifdef AKTI_INTERLEAVE
	akti_sim_begin(seed);
	body(seed);
	(void)akti_sim_end();
#else
	body(seed);
#endif
}

static void run_seeds(uint64_t count, void (*body)(uint64_t seed))
{
	uint64_t only = number_of("AKT_SEED", 0);
	uint64_t first = number_of("AKT_TEST_FIRST_SEED", 1);
	uint64_t last = first + count - 1;

	looping = true;
	for (uint64_t seed = first; only == 0 && seed <= last; seed++) {
		show(seed, last);
		run_seed(seed, body);
	}
	if (only != 0)
		run_seed(only, body);
	end_show();
	looping = false;
}

void for_seeds(unsigned simulated, unsigned real, void (*body)(uint64_t seed))
{
#ifdef AKTI_INTERLEAVE
	(void)real;
	run_seeds(number_of("AKT_TEST_SEEDS", simulated), body);
#else
	(void)simulated;
	run_seeds(number_of("AKT_TEST_ROUNDS", real), body);
#endif
}

void for_seeded(void (*body)(uint64_t seed))
{
	run_seeds(number_of("AKT_TEST_SEEDS", TEST_SEEDS), body);
}

/* --- reporting ----------------------------------------------------------------------------------- */

static bool is_expected(const struct run *one)
{
	for (unsigned i = 0; i < expected_count; i++) {
		if (strcmp(expected[i], one->test) == 0)
			return true;
	}
	return one->done;
}

static void print_replay(const struct run *one, const char *program)
{
	printf("replay: ");
	if (one->seeded)
		printf("AKT_SEED=%llu ", (unsigned long long)one->seed);
	printf("AKT_TEST_NAME=%s:%d %s", one->test, one->index, program);
	if (one->file != NULL)
		printf(" # after %s:%d", one->file, one->line);
	printf("\n");
}

static void print_replays(unsigned failed)
{
	char program[4096] = "";
	unsigned printed = 0;

	if (readlink("/proc/self/exe", program, sizeof(program) - 1) <= 0)
		return;
	for (uint32_t i = 0; i < board->count; i++) {
		if (is_expected(&board->runs[i]))
			continue;
		print_replay(&board->runs[i], program);
		printed++;
	}
	if (printed < failed) /* after their last line: a leak, or what the test set up */
		printf("replay: %s\n", program);
}

int run_suite(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	if (board == MAP_FAILED)
		return 1;
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	if (failed > 0)
		print_replays((unsigned)failed);
	srunner_free(runner);
	(void)munmap(board, sizeof(*board));
	return failed != 0;
}
