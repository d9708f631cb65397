/* SPDX-License-Identifier: MIT */
/* Proves: of a program that links akt-heap each way to allocate and to free is seen, once, at the place
 * that called it; what is not the user's is not; and what a handler leaks is named with actor, message
 * and kind, in a section of memory alone. Not: that an installed akt-heap links
 * (tests/system/packaging.sh). */
#include "prof_test.h"
#include "mem/mem.h"
#include "plat/plat.h"
#include "prof/heap.h"
#include "prof/user.h"

#include <akt/actor.h>
#include <akt/profile.h>
#include <akt/system.h>
#include <akt/timer.h>
#include <malloc.h>

struct sums {
	int64_t objects, bytes;
};

static void add_live(void *arg, const struct heap_live *live)
{
	struct sums *sums = arg;

	ck_assert_uint_eq(live->bucket->key.what, PROF_HEAP + HEAP_KIND_MALLOC);
	sums->objects += akti_prof_heap_objects(live->objects);
	sums->bytes += live->bytes;
}

static struct sums live(void)
{
	struct sums sums = { 0 };

	akti_prof_heap_live(0, add_live, &sums);
	return sums;
}

#define check_live(n, size)                                                                        \
	do {                                                                                       \
		struct sums seen = live();                                                         \
                                                                                                   \
		ck_assert_int_eq(seen.objects, n);                                                 \
		ck_assert_int_eq(seen.bytes, size);                                                \
	} while (0)

static void every_block(void)
{
	ck_assert(akti_prof_heap.user_linked);
	ck_assert_int_eq(akti_prof_heap_create(), 0);
	akti_prof_heap.storing = true;
	akti_prof_heap_set_every(1);
}

START_TEST(each_way_to_allocate_is_seen)
{
	void *blocks[9];
	int64_t bytes = 0;

	every_block();
	blocks[0] = malloc(10);
	check_live(1, bytes += 10);
	blocks[1] = calloc(3, 7);
	check_live(2, bytes += 21);
	blocks[2] = realloc(NULL, 30);
	check_live(3, bytes += 30);
	blocks[3] = reallocarray(NULL, 4, 10);
	check_live(4, bytes += 40);
	ck_assert_int_eq(posix_memalign(&blocks[4], 64, 50), 0);
	check_live(5, bytes += 50);
	blocks[5] = aligned_alloc(64, 64);
	check_live(6, bytes += 64);
	blocks[6] = memalign(32, 70);
	check_live(7, bytes += 70);
	blocks[7] = strdup("eighty");
	check_live(8, bytes += 7);
	blocks[8] = strndup("ninety", 4);
	check_live(9, bytes += 5);
	ck_assert_str_eq(blocks[7], "eighty");
	ck_assert_str_eq(blocks[8], "nine");
	for (unsigned i = 0; i < AKTI_COUNT_OF(blocks); i++)
		free(blocks[i]);
	free(NULL);
	check_live(0, 0);
	ck_assert_int_eq(atomic_load(&akt_heap_watch_.live), 0);
}
END_TEST

START_TEST(a_chain_of_reallocs_is_one_block)
{
	char *block = NULL;

	every_block();
	for (size_t size_bytes = 1; size_bytes <= 1 << 20; size_bytes *= 2) {
		block = realloc(block, size_bytes);
		ck_assert_ptr_nonnull(block);
		check_live(1, (int64_t)size_bytes);
	}
	block = reallocarray(block, 5, 5);
	check_live(1, 25);
	free(block);
	check_live(0, 0);
}
END_TEST

START_TEST(a_block_from_before_and_one_after_pass_by)
{
	void *before = malloc(10), *during, *after;

	every_block();
	free(before);
	during = malloc(20);
	check_live(1, 20);
	akti_prof_heap_set_every(0);
	after = malloc(30);
	check_live(1, 20);
	free(during);
	check_live(0, 0);
	free(after);
}
END_TEST

START_TEST(what_is_not_the_users_is_not_seen)
{
	void *block, *huge;

	every_block();
	akti_prof_heap_quiet(true);
	block = malloc(10);
	akti_prof_heap_quiet(false);
	check_live(0, 0);
	free(block);
	/* A block of the pools that comes from malloc is theirs. */
	huge = akti_mem_alloc(100000, MEM_STATE);
	ck_assert_ptr_nonnull(huge);
	ck_assert_int_eq(atomic_load(&akt_heap_watch_.live), 0);
	akti_mem_free(huge, 100000);
	check_live(0, 0);
}
END_TEST

#define BLOCKS 20000u
static void *blocks[BLOCKS];

static void free_half(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < BLOCKS / 2; i++)
		free(blocks[i]);
}

START_TEST(samples_stand_for_all_and_another_thread_may_free)
{
	struct plat_thread thread;

	ck_assert_int_eq(akti_prof_heap_create(), 0);
	akti_prof_heap.storing = true;
	akti_prof_heap_seed(3);
	akti_prof_heap_set_every(4096);
	for (unsigned i = 0; i < BLOCKS; i++)
		blocks[i] = malloc(200);
	/* One in 21 is recorded: 20000 +- 630. */
	ck_assert_int_lt(llabs(live().objects - BLOCKS), 4 * 630);
	ck_assert_int_lt(atomic_load(&akt_heap_watch_.live), BLOCKS / 10);
	ck_assert_int_eq(akti_plat_thread_start(&thread, "f", free_half, NULL), 0);
	akti_plat_thread_join(&thread);
	ck_assert_int_lt(llabs(live().objects - BLOCKS / 2), 4 * 450);
	for (unsigned i = BLOCKS / 2; i < BLOCKS; i++)
		free(blocks[i]);
	check_live(0, 0);
}
END_TEST

/* --- leaks, and whose they are ------------------------------------------------------------------ */

AKT_SIGNAL_DEFINE(leak, "test.leak");

static akt_msg *kept_message;
static void *kept_block;

static int never(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	return 0;
}

static int on_leak(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	kept_message = AKT_NEW_SIGNAL(leak);
	kept_block = malloc(5000);
	if (akt_alloc(ctx, 1000) == NULL)
		return AKT_ERR_NOMEM;
	return akt_timer_start(ctx, AKT_S(1000), 0, never, 0, NULL);
}

static const akt_handler leaky_handlers[] = { AKT_ON(leak, on_leak), AKT_END };
static const akt_type leaky_type = { .name = "leaky", .handlers = leaky_handlers };

/* Bytes in use under all of these labels. */
static int64_t leaked(const struct profile *p, const char *kind)
{
	int64_t bytes = 0;

	for (uint32_t i = 0; i < p->sample_count; i++) {
		if (strcmp(label_of(p, i, "kind"), kind) == 0 &&
		    strcmp(label_of(p, i, "actor"), "lena") == 0 &&
		    strcmp(label_of(p, i, "actor_type"), "leaky") == 0 &&
		    strcmp(label_of(p, i, "msg"), "test.leak") == 0)
			bytes += p->values[(uint64_t)i * p->type_count + 3];
	}
	return bytes;
}

START_TEST(a_leak_is_named_with_its_actor_message_and_kind)
{
	static const char *const place[] = { "__wrap_malloc", "on_leak", NULL };
	akt_profile_options how = AKT_PROFILE_OPTIONS;
	akt_options options = AKT_OPTIONS;
	akt_profile *section;
	struct profile *p;
	akt_system *sys;
	akt_ref ref;

	unsetenv("AKT_PROFILE_SHUTDOWN");
	how.memory_every = 1;
	options.workers = 2;
	ck_assert_int_eq(akt_system_start(&sys, &options), 0);
	ck_assert_int_eq(akt_spawn_named(sys, &leaky_type, "lena", NULL, &ref), 0);
	ck_assert_int_eq(akt_profile_begin(&section, "leak", AKT_PROFILE_MEMORY, &how), 0);
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW_SIGNAL(leak)), 0);
	ck_assert_int_eq(akt_system_drain(sys, AKT_S(30)), 0);
	ck_assert_int_eq(akt_profile_end(section), 0);
	p = read_file("leak_mem.prof");
	ck_assert_int_eq(leaked(p, "message"), 64);
	ck_assert_int_eq(leaked(p, "malloc"), 5000);
	ck_assert_int_ge(leaked(p, "arena"), 1000);
	ck_assert_int_gt(leaked(p, "timer"), 0);
	ck_assert_int_eq(sum(p, 3, NULL, NULL, place), 5000);
	ck_assert(!has_comment(p, "link akt-heap"));
	akti_profile_destroy(p);
	akt_msg_free(kept_message);
	free(kept_block);
	ck_assert_int_eq(akt_system_stop(sys), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		each_way_to_allocate_is_seen,
		a_chain_of_reallocs_is_one_block,
		a_block_from_before_and_one_after_pass_by,
		what_is_not_the_users_is_not_seen,
		samples_stand_for_all_and_another_thread_may_free,
		a_leak_is_named_with_its_actor_message_and_kind,
	};

	return run_tests("prof-wrap", tests, AKTI_COUNT_OF(tests), 60);
}
