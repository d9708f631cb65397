/* SPDX-License-Identifier: MIT */
/* What does it cost to wake a thread that sleeps? The floor of asking a system that is at rest. And how long does a
 * line of cache take from core to core? What passes between two workers is made of that.
 *
 *	wake CORES ROUNDS
 *
 * A thread sleeps in a futex. Another one lets QUIET_NS pass, looks at the clock, wakes it, and looks again when
 * the answer is there, for which it spins if there is a second core and sleeps too if not. Then, if there is a second
 * core, both count in turn in one word; a line is half of a turn, in the median of PASSES_BATCHES. */
#define _GNU_SOURCE
#include "bench.h"

#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/syscall.h>

#define QUIET_NS 2000000
#define ROUNDS_MAX 1000000

static atomic_int question, answer; /* how many there were */
static bool answer_is_slept_for;
static int rounds;

static void futex_wake(atomic_int *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void sleep_until(atomic_int *word, int wanted)
{
	int seen;

	while ((seen = atomic_load(word)) < wanted)
		syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
}

#define PASSES_BATCHES 400
#define PASSES 1000 /* and back, of a batch */

static _Alignas(128) atomic_int ball;

static void *return_ball(void *unused)
{
	(void)unused;
	for (int i = 0; i < PASSES_BATCHES * PASSES; i++) {
		while (atomic_load(&ball) != 2 * i + 1)
			;
		atomic_store(&ball, 2 * i + 2);
	}
	return NULL;
}

/* Nanoseconds of a line's way from one core to another; 0: no thread. */
static double line_ns(void)
{
	static uint64_t taken[PASSES_BATCHES];
	pthread_t thread;

	if (pthread_create(&thread, NULL, return_ball, NULL) != 0)
		return 0;
	for (int b = 0, i = 0; b < PASSES_BATCHES; b++) {
		uint64_t began = now_ns();

		for (int end = i + PASSES; i < end; i++) {
			atomic_store(&ball, 2 * i + 1);
			while (atomic_load(&ball) != 2 * i + 2)
				;
		}
		taken[b] = now_ns() - began;
	}
	pthread_join(thread, NULL);
	qsort(taken, PASSES_BATCHES, sizeof(*taken), cmp_u64);
	return (double)taken[PASSES_BATCHES / 2] / (2.0 * PASSES);
}

static void *answer_all(void *unused)
{
	(void)unused;
	for (int i = 1; i <= rounds; i++) {
		sleep_until(&question, i);
		atomic_store(&answer, i);
		if (answer_is_slept_for)
			futex_wake(&answer);
	}
	return NULL;
}

static uint64_t ask(int i)
{
	struct timespec quiet = { .tv_nsec = QUIET_NS };
	uint64_t began;

	nanosleep(&quiet, NULL);
	began = now_ns();
	atomic_store(&question, i);
	futex_wake(&question);
	if (answer_is_slept_for)
		sleep_until(&answer, i);
	while (atomic_load(&answer) < i)
		;
	return now_ns() - began;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	uint64_t *taken;

	rounds = argc == 3 ? atoi(argv[2]) : 0;
	if (rounds < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "usage: wake CORES ROUNDS, at most %d of these\n", ROUNDS_MAX);
		return 2;
	}
	answer_is_slept_for = atoi(argv[1]) < 2;
	taken = calloc((size_t)rounds, sizeof(*taken));
	if (taken == NULL || pthread_create(&thread, NULL, answer_all, NULL) != 0) {
		fprintf(stderr, "wake: no memory or no thread\n");
		return 1;
	}
	for (int i = 1; i <= rounds; i++)
		taken[i - 1] = ask(i);
	pthread_join(thread, NULL);
	res_lat("wake", taken, rounds);
	if (!answer_is_slept_for)
		res_val("line", line_ns(), "ns");
	free(taken);
	return 0;
}
