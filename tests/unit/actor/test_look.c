/* SPDX-License-Identifier: MIT */
/*
 * Proves what the path of an actor says, that it reads back as that actor and nothing else does, who
 * the children of an actor are, and that all of it may be asked on any thread while actors with names
 * are born and end. Not proved here: what a dump says (test_dump.c).
 */
#include "fixture.h"
#include <pthread.h>
#include <stdio.h>

#define KIDS 3

static akt_ref kids[KIDS];
static _Atomic int kids_seen;
static akt_ref youngest;
static char own[AKT_NAME_MAX * 3];

static int on_child(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	ck_assert_int_gt(akt_path(ctx, own, sizeof(own)), 0);
	return 0;
}

static const akt_handler child_handlers[] = { AKT_ON(poke, on_child), AKT_END };
static const akt_type child_type = { .name = "a/child", .handlers = child_handlers };

static int parent_start(akt_ctx *ctx, void *state, const void *arg)
{
	const char *const *names = arg;

	(void)state;
	for (int i = 0; i < KIDS; i++)
		ck_assert_int_eq(akt_spawn_child(ctx, &child_type, names[i], NULL, &kids[i]), 0);
	return 0;
}

static int on_poke(akt_ctx *ctx, void *state, akt_msg *msg)
{
	akt_ref refs[KIDS];

	(void)state, (void)msg;
	kids_seen = akt_children(ctx, refs, KIDS - 1);
	youngest = refs[0];
	return 0;
}

static const akt_handler parent_handlers[] = { AKT_ON(poke, on_poke), AKT_END };
static const akt_type parent_type = { .name = "parent",
				      .start = parent_start,
				      .handlers = parent_handlers };

static const char *const kid_names[KIDS] = { "one", NULL, "50% of a/b #2\n" };

static akt_system *sys;
static akt_ref parent;

static void set_up(void)
{
	sys = start_system(0, NULL);
	ck_assert_int_eq(akt_spawn_named(sys, &parent_type, "top", kid_names, &parent), 0);
	drain(sys);
}

static void check_path(akt_ref ref, const char *path)
{
	char text[256];
	char cut[5];

	ck_assert_int_eq(akt_system_path(sys, ref, text, sizeof(text)), (int)strlen(path));
	ck_assert_str_eq(text, path);
	ck_assert_int_eq(akt_system_path(sys, ref, cut, sizeof(cut)), (int)strlen(path));
	ck_assert_int_eq(strncmp(cut, path, 4), 0);
	ck_assert_int_eq(cut[4], '\0');
	ck_assert_int_eq(akt_system_path(sys, ref, NULL, 0), (int)strlen(path));
	ck_assert(akt_ref_equal(akt_find_path(sys, path), ref));
}

START_TEST(a_path_names_all_above_and_reads_back)
{
	char anonymous[64];

	set_up();
	(void)snprintf(anonymous, sizeof(anonymous), "/top/a%%2Fchild#%u.%u", kids[1].slot,
		       kids[1].gen);
	check_path(parent, "/top");
	check_path(kids[0], "/top/one");
	check_path(kids[1], anonymous);
	check_path(kids[2], "/top/50%25%20of%20a%2Fb%20%232%0A");
	ck_assert_int_eq(akt_post(sys, kids[0], AKT_NEW_SIGNAL(poke)), 0);
	drain(sys);
	ck_assert_str_eq(own, "/top/one");
	stop_system(sys);
}
END_TEST

START_TEST(what_is_no_path_of_an_actor_finds_nobody)
{
	static const char *const wrong[] = { "",       "/",          "top",        "/one",
					     "/top/",  "/top/two",   "//top",      "/top/one/",
					     "/to",    "/topp",      "/top/one/x", "/parent/one",
					     "/%74op", "/top/%6Fne", "/top/%",     "/top/%0",
					     "/%00",   "/top/#0.0",  "/top/#",     "/a#1.x" };
	char text[8] = "x";
	akt_ref other = parent;

	set_up();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(akt_ref_is_null(akt_find_path(sys, wrong[i])), "%s", wrong[i]);
	ck_assert(akt_ref_is_null(akt_find_path(sys, NULL)));
	ck_assert(akt_ref_is_null(akt_find_path(NULL, "/top")));
	ck_assert_int_eq(akt_system_path(sys, other, text, sizeof(text)), AKT_ERR_GONE);
	ck_assert_str_eq(text, "");
	other = parent;
	other.gen++;
	ck_assert_int_eq(akt_system_path(sys, other, NULL, 0), AKT_ERR_GONE);
	other = parent;
	other.slot = UINT32_MAX;
	ck_assert_int_eq(akt_system_path(sys, other, NULL, 0), AKT_ERR_GONE);
	ck_assert_int_eq(akt_system_path(NULL, parent, NULL, 0), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_system_path(sys, parent, NULL, 1), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_path(NULL, text, sizeof(text)), AKT_ERR_INVALID);
	stop_system(sys);
}
END_TEST

START_TEST(children_are_listed_inside_and_outside)
{
	akt_ref none = { 0, 0, 0 };
	akt_ref refs[8];

	set_up();
	ck_assert_int_eq(akt_post(sys, parent, AKT_NEW_SIGNAL(poke)), 0);
	drain(sys);
	ck_assert_int_eq(kids_seen, KIDS);
	ck_assert(akt_ref_equal(youngest, kids[2]));
	ck_assert_int_eq(akt_system_children(sys, parent, refs, 8), KIDS);
	ck_assert(akt_ref_equal(refs[0], kids[0]));
	ck_assert_int_eq(akt_system_children(sys, none, refs, 8), 1);
	ck_assert(akt_ref_equal(refs[0], parent));
	ck_assert_int_eq(akt_system_children(sys, kids[0], NULL, 0), 0);
	ck_assert_int_eq(akt_stop(sys, kids[1]), 0);
	drain(sys);
	ck_assert_int_eq(akt_system_children(sys, kids[1], refs, 8), AKT_ERR_GONE);
	ck_assert_int_eq(akt_system_children(sys, parent, refs, 8), KIDS - 1);
	ck_assert_int_eq(akt_system_children(NULL, parent, refs, 8), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_system_children(sys, parent, NULL, 8), AKT_ERR_INVALID);
	ck_assert_int_eq(akt_children(NULL, refs, 8), AKT_ERR_INVALID);
	stop_system(sys);
}
END_TEST

/* --- while actors come and go ------------------------------------------------------------------- */

#define ROUNDS 400
#define LOOKERS 2

static _Atomic bool over;
static _Atomic uint64_t found;

static int begets(akt_ctx *ctx, void *state, const void *arg)
{
	char name[64];

	(void)state, (void)arg;
	(void)snprintf(name, sizeof(name), "%s-heir", akt_name(ctx));
	return akt_spawn_child(ctx, &child_type, name, NULL, NULL);
}

static const akt_type begetter_type = { .name = "begetter", .start = begets };

/* Whoever an heir's path speaks of above it must be the one that it is named after. */
static void check_lineage(const char *path)
{
	const char *heir = strrchr(path, '/') + 1;
	size_t above = (size_t)(heir - path) - 2;

	if (heir == path + 1 || strchr(path, '#') != NULL)
		return; /* topmost, or seen without its name as it ended */
	ck_assert_msg(strncmp(path + 1, heir, above) == 0 && strcmp(heir + above, "-heir") == 0,
		      "%s", path);
	(void)atomic_fetch_add(&found, 1);
}

static void *look_on(void *arg)
{
	akt_ref refs[64];
	char path[256];

	(void)arg;
	while (!atomic_load(&over)) {
		akt_ref none = { 0, 0, 0 };
		int count = akt_system_children(sys, none, refs, 64);

		for (int i = 0; i < count && i < 64; i++) {
			akt_ref heirs[4];
			int more = akt_system_children(sys, refs[i], heirs, 4);

			for (int k = 0; k < more && k < 4; k++)
				if (akt_system_path(sys, heirs[k], path, sizeof(path)) > 0)
					check_lineage(path);
		}
	}
	return NULL;
}

/* Bounded by what has been seen and not by time: goes on until paths were read. */
START_TEST(paths_are_right_or_gone_while_actors_come_and_go)
{
	pthread_t looker[LOOKERS];
	akt_ref live[8];
	unsigned round = 0;

	sys = start_system(2, NULL);
	for (int i = 0; i < LOOKERS; i++)
		ck_assert_int_eq(pthread_create(&looker[i], NULL, look_on, NULL), 0);
	for (; round < ROUNDS || atomic_load(&found) < ROUNDS; round++) {
		char name[32];

		if (round >= 8) {
			ck_assert_int_eq(akt_stop(sys, live[round % 8]), 0);
			(void)akt_find_path(sys, "/n3/n3-heir");
		}
		(void)snprintf(name, sizeof(name), "n%u", round);
		ck_assert_int_eq(akt_spawn_named(sys, &begetter_type, name, NULL, &live[round % 8]),
				 0);
	}
	atomic_store(&over, true);
	for (int i = 0; i < LOOKERS; i++)
		ck_assert_int_eq(pthread_join(looker[i], NULL), 0);
	stop_system(sys);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("look");

	tcase_add_test(tests, a_path_names_all_above_and_reads_back);
	tcase_add_test(tests, what_is_no_path_of_an_actor_finds_nobody);
	tcase_add_test(tests, children_are_listed_inside_and_outside);
	tcase_add_test(tests, paths_are_right_or_gone_while_actors_come_and_go);
	return run_case("look", tests, 120);
}
