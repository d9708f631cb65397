/* SPDX-License-Identifier: MIT */
/*
 * tree: all actors, for people (akt_system_dump) and for programs (docs/formats/tree.md).
 *
 * Paths are built on the way down: the visit has each actor after its parent, so the path of the actor
 * last seen a level higher is its beginning. Where that is not its parent, which has just ended or is not
 * shown, the system is asked.
 */
#include "debug/server.h"
#include "actor/census.h"
#include "debug/top.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Bytes of a path; longer ones are null. Each component has two at least. */
#define PATH_BYTES_MAX 4096u
#define LEVELS_MAX (PATH_BYTES_MAX / 2)

/* Bytes of also=; what is longer is not taken. */
#define ALSO_BYTES_MAX 8192u

/* False: the query is wrong, and text says how. */
static bool read_query(const struct request *request, struct output *text,
		       akt_dump_options *options)
{
	uint64_t busy;
	uint64_t max;

	if (!akti_debug_number(request->query, "max", UINT32_MAX, 0, &max) ||
	    !akti_debug_number(request->query, "busy", 1, 0, &busy)) {
		(void)akti_debug_error(text, 400, "max=N, busy=1, nothing else");
		return false;
	}
	*options = (akt_dump_options){ .size = sizeof(*options),
				       .actors_max = (uint32_t)max,
				       .busy = busy != 0 };
	return true;
}

static unsigned finish(struct output *text, int64_t r)
{
	if (r == AKT_ERR_NOMEM)
		text->failed = true;
	return 200;
}

/* --- in words --------------------------------------------------------------------------------------- */

static void add_line(void *arg, const char *line)
{
	akti_output_put(arg, line);
	akti_output_put(arg, "\n");
}

/* The system's own line, and those of actors, which are indented. */
static void add_tree_line(void *arg, const char *line)
{
	if (((struct output *)arg)->length == 0 || line[0] == ' ')
		add_line(arg, line);
}

unsigned akti_debug_dump(struct request *request, struct output *text)
{
	akt_dump_options options;

	if (!read_query(request, text, &options))
		return 400;
	return finish(text, akt_system_dump(request->debug->sys, &options, add_line, text));
}

/* --- for programs ------------------------------------------------------------------------------------ */

struct tree {
	struct output *text;
	akt_system *sys;
	const char *query;
	uint64_t visited;
	/* The path of the last one, and where the component of each of its ancestors ends. */
	struct output path;
	uint32_t levels;
	size_t ends[LEVELS_MAX];
	akt_ref refs[LEVELS_MAX];
};

/* The path of the one at hand into tree->path; false: it is too long, or the actor has ended. */
static bool find_path(struct tree *tree, const akt_actor_info *info)
{
	char whole[PATH_BYTES_MAX];
	char component[PATH_BYTES_MAX];
	size_t end = 0;
	size_t length;
	int n;

	if (info->level >= LEVELS_MAX)
		return false;
	if (info->level > 0 && info->level <= tree->levels)
		end = tree->ends[info->level - 1];
	if (info->level > 0 && (info->level > tree->levels ||
				!akt_ref_equal(tree->refs[info->level - 1], info->parent))) {
		tree->levels = 0;
		n = akt_system_path(tree->sys, info->ref, whole, sizeof(whole));
		akti_output_cut(&tree->path, 0);
		akti_output_put(&tree->path, whole);
		return n > 0 && (size_t)n < sizeof(whole);
	}
	akti_output_cut(&tree->path, end);
	length = akti_path_component(info->type, info->name, info->ref, component,
				     sizeof(component));
	if (end + length >= PATH_BYTES_MAX) {
		tree->levels = info->level;
		return false;
	}
	akti_output_add(&tree->path, component, length);
	tree->ends[info->level] = end + length;
	tree->refs[info->level] = info->ref;
	tree->levels = info->level + 1;
	return true;
}

static void add_ref(struct output *text, const char *key, uint32_t slot, uint32_t gen)
{
	akti_output_print(text, ",\"%s\":\"#%" PRIu32 ".%" PRIu32 "\"", key, slot, gen);
}

static void add_string(struct output *text, const char *key, const char *value)
{
	akti_output_print(text, ",\"%s\":", key);
	akti_output_json(text, value);
}

static void add_number(struct output *text, const char *key, int64_t value)
{
	if (value == AKT_UNKNOWN)
		akti_output_print(text, ",\"%s\":null", key);
	else
		akti_output_print(text, ",\"%s\":%" PRId64, key, value);
}

static void add_actor(void *arg, const akt_actor_info *info)
{
	static const char *const activities[] = { "idle", "queued", "running" };
	static const char *const modes[] = { "running", "suspended", "stopping", "restarting" };
	struct tree *tree = arg;
	struct output *text = tree->text;

	akti_output_put(text, tree->visited++ > 0 ? ",\n{\"path\":" : "\n{\"path\":");
	akti_output_json(text, find_path(tree, info) ? tree->path.bytes : NULL);
	add_ref(text, "ref", info->ref.slot, info->ref.gen);
	if (info->level > 0)
		add_ref(text, "parent", info->parent.slot, info->parent.gen);
	else
		akti_output_put(text, ",\"parent\":null");
	add_number(text, "level", info->level);
	add_string(text, "type", info->type);
	add_string(text, "name", info->name);
	add_string(text, "state", activities[info->activity]);
	add_string(text, "mode", modes[info->mode]);
	add_number(text, "worker", info->worker);
	add_string(text, "message", info->msg_type != NULL ? info->msg_type->name : NULL);
	add_number(text, "running_ns", info->running_ns);
	add_number(text, "mailbox", info->queued);
	akti_output_print(text, ",\"mailbox_more\":%s", info->queued_more ? "true" : "false");
	add_number(text, "stashed", info->stashed);
	add_number(text, "questions", info->questions);
	add_number(text, "watches", info->watches);
	add_number(text, "timers", info->timers);
	add_number(text, "descriptors", info->descriptors);
	add_number(text, "failures", info->failures);
	add_number(text, "restarts", info->restarts);
	add_number(text, "memory", info->memory_bytes);
	add_number(text, "oldest_ns", info->oldest_ns);
	akti_output_put(text, "}");
}

static void add_workers(struct output *text, struct actors *actors)
{
	akti_output_put(text, ",\n\"workers\":[");
	for (unsigned i = 0; i < actors->sched.count; i++) {
		struct census_worker at;
		const char *state;

		akti_census_worker(actors, i, &at);
		if (at.slot != CELL_NONE)
			state = at.sure ? "runs" : "is at";
		else
			state = at.asleep ? "sleeps" : "is awake";
		akti_output_print(text, "%s\n{\"worker\":%u,\"state\":\"%s\"", i > 0 ? "," : "", i,
				  state);
		if (at.slot != CELL_NONE)
			add_ref(text, "ref", at.slot, at.gen);
		else
			akti_output_put(text, ",\"ref\":null");
		add_string(text, "message", at.msg != NULL ? at.msg->name : NULL);
		add_number(text, "running_ns", at.slot != CELL_NONE ? at.since_ns : AKT_UNKNOWN);
		add_number(text, "cpu_ns",
			   akti_plat_cpu_ns(akti_load_rlx(&actors->sched.workers[i].cpu_clock)));
		akti_output_put(text, "}");
	}
	akti_output_put(text, "]");
}

static void add_counters(struct output *text, akt_system *sys)
{
	akt_stats stats = { .size = sizeof(stats) };
	uint64_t dead = 0;

	if (akt_system_stats(sys, &stats) < 0)
		return;
	for (int i = 0; i < AKT_DEAD_REASONS; i++)
		dead += stats.dead[i];
	akti_output_print(text,
			  ",\n\"counters\":{\"accepted\":%" PRIu64 ",\"processed\":%" PRIu64
			  ",\"dead\":%" PRIu64 ",\"dropped\":%" PRIu64 ",\"spawned\":%" PRIu64
			  ",\"ended\":%" PRIu64 ",\"failures\":%" PRIu64 ",\"restarts\":%" PRIu64
			  ",\"turns\":%" PRIu64 ",\"steals\":%" PRIu64 ",\"parks\":%" PRIu64
			  ",\"memory_used\":%" PRIu64 ",\"memory_max\":%" PRIu64 "}",
			  stats.accepted, stats.processed, dead, stats.dropped, stats.spawned,
			  stats.ended, stats.failures, stats.restarts, stats.turns, stats.steals,
			  stats.parks, stats.memory_used, stats.memory_max);
}

static void add_type(struct output *text, const char *name, const struct top_type *type)
{
	akti_output_put(text, "\n{\"type\":");
	akti_output_json(text, name);
	akti_output_print(text,
			  ",\"actors\":%" PRIu64 ",\"running\":%" PRIu64 ",\"queued\":%" PRIu64
			  ",\"mailbox\":%" PRIu64 ",\"memory\":%" PRIu64 ",\"failures\":%" PRIu64
			  ",\"restarts\":%" PRIu64 "}",
			  type->actors, type->running, type->queued, type->mailbox, type->memory,
			  type->failures, type->restarts);
}

/* The leading ones, then all types. Returns how many actors there are. */
static int64_t add_top(struct tree *tree, const akt_dump_options *given, uint32_t most)
{
	akt_dump_options options = *given;
	char also[ALSO_BYTES_MAX] = "";
	const struct top_type *sums;
	const struct types *types;
	struct top *top;
	int64_t count;
	int r;

	options.actors_max = UINT32_MAX;
	(void)akti_debug_query(tree->query, "also", also, sizeof(also));
	r = akti_top_create(tree->sys, most, also, &top);
	if (r < 0)
		return r;
	count = akt_system_actors(tree->sys, &options, akti_top_see, top);
	akti_top_tell(top, add_actor, tree);
	akti_output_put(tree->text, "],\n\"types\":[");
	sums = akti_top_types(top, &types);
	for (uint32_t i = 0; i < types->count; i++) {
		akti_output_put(tree->text, i > 0 ? "," : "");
		add_type(tree->text, types->names[i], &sums[i]);
	}
	if (akti_top_failed(top))
		count = AKT_ERR_NOMEM;
	akti_top_destroy(top);
	return count;
}

static unsigned answer_json(struct request *request, struct output *text,
			    const akt_dump_options *options)
{
	struct akt_system *sys = request->debug->sys;
	struct tree *tree;
	uint64_t most;
	int64_t count;

	if (!akti_debug_number(request->query, "top", TOP_MOST_MAX, 0, &most))
		return akti_debug_error(text, 400, "top=N, at most %u", TOP_MOST_MAX);
	tree = calloc(1, sizeof(*tree));
	if (tree == NULL)
		return finish(text, AKT_ERR_NOMEM);
	tree->text = text;
	tree->sys = sys;
	tree->query = request->query;
	akti_output_put(text, "{\"format\":1,\"system\":");
	akti_output_json(text, sys->actors.options.name);
	akti_output_print(text,
			  ",\"node\":\"%" PRIx64 "\",\"pid\":%ld,\"now_ns\":%" PRId64
			  ",\"uptime_ns\":%" PRId64,
			  sys->actors.node, (long)getpid(), akt_system_now(sys),
			  akti_plat_now() - sys->actors.begin_ns);
	add_counters(text, sys);
	add_workers(text, &sys->actors);
	akti_output_put(text, ",\n\"actors\":[");
	count = most > 0 ? add_top(tree, options, (uint32_t)most)
			 : akt_system_actors(sys, options, add_actor, tree);
	akti_output_print(text, "],\n\"actors_count\":%" PRId64 "}\n", count);
	text->failed |= tree->path.failed;
	akti_output_free(&tree->path);
	free(tree);
	return finish(text, count);
}

unsigned akti_debug_tree(struct request *request, struct output *text)
{
	akt_dump_options options;
	char format[8];

	if (!read_query(request, text, &options))
		return 400;
	if (!akti_debug_query(request->query, "format", format, sizeof(format)) ||
	    strcmp(format, "text") == 0)
		return finish(text,
			      akt_system_dump(request->debug->sys, &options, add_tree_line, text));
	if (strcmp(format, "json") == 0) {
		request->type = "application/json";
		return answer_json(request, text, &options);
	}
	return akti_debug_error(text, 400, "format=json or format=text");
}
