/* SPDX-License-Identifier: MIT */
/*
 * See top.h. The leaders of a key are a heap with the least of them in front. It is not queue/heap.h, for of
 * equals that would give up the first of the tree and not the last.
 */
#include "debug/top.h"
#include "actor/actors.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct leader {
	akt_actor_info info;
	uint64_t order; /* in the tree */
	uint64_t key;
	char name[AKT_NAME_MAX + 1];
};

struct leaders {
	struct leader **at;
	uint32_t count;
};

struct top {
	uint32_t most;
	bool failed;
	uint64_t seen;
	/* One for each key, then the first of the tree, then those that were asked for. */
	struct leaders of[TOP_KEYS + 2];
	akt_ref also[TOP_ALSO_MAX]; /* by slot */
	uint32_t also_count;
	struct types types;
	struct top_type sums[TYPES_MAX];
};

#define FIRST TOP_KEYS
#define ASKED (TOP_KEYS + 1)

/* --- who is asked for ----------------------------------------------------------------------------- */

static int by_slot(const void *a, const void *b)
{
	const akt_ref *one = a, *other = b;

	return (one->slot > other->slot) - (one->slot < other->slot);
}

static void read_also(struct top *top, struct actors *actors, const char *also)
{
	while (*also != '\0' && top->also_count < TOP_ALSO_MAX) {
		char word[3 * AKT_NAME_MAX + 1];
		size_t length = strcspn(also, ",");
		akt_ref ref = { 0, 0, 0 };

		if (length < sizeof(word)) {
			(void)snprintf(word, sizeof(word), "%.*s", (int)length, also);
			if (word[0] != '@')
				ref = akti_path_candidate(actors, word);
			else if (sscanf(word, "@%" SCNu32 ".%" SCNu32, &ref.slot, &ref.gen) == 2)
				ref.node = actors->node;
		}
		if (ref.node != 0)
			top->also[top->also_count++] = ref;
		also += length + (also[length] == ',');
	}
	qsort(top->also, top->also_count, sizeof(akt_ref), by_slot);
}

static bool is_asked_for(const struct top *top, akt_ref ref)
{
	const akt_ref *found = bsearch(&ref, top->also, top->also_count, sizeof(ref), by_slot);

	return found != NULL && akt_ref_equal(*found, ref);
}

int akti_top_create(akt_system *sys, uint32_t most, const char *also, struct top **ret_top)
{
	struct top *top = calloc(1, sizeof(*top));

	*ret_top = NULL;
	if (top == NULL)
		return AKT_ERR_NOMEM;
	top->most = most < TOP_MOST_MAX ? most : TOP_MOST_MAX;
	read_also(top, (struct actors *)sys, also);
	for (unsigned i = 0; i < AKTI_COUNT_OF(top->of); i++) {
		top->of[i].at = calloc(i == ASKED ? TOP_ALSO_MAX : top->most, sizeof(void *));
		if (top->of[i].at == NULL) {
			akti_top_destroy(top);
			return AKT_ERR_NOMEM;
		}
	}
	*ret_top = top;
	return 0;
}

void akti_top_destroy(struct top *top)
{
	if (top == NULL)
		return;
	for (unsigned i = 0; i < AKTI_COUNT_OF(top->of); i++) {
		for (uint32_t k = 0; k < top->of[i].count; k++)
			free(top->of[i].at[k]);
		free(top->of[i].at);
	}
	free(top);
}

bool akti_top_failed(const struct top *top)
{
	return top->failed;
}

/* --- leaders ---------------------------------------------------------------------------------------- */

/* Of two with one number the later one leads less. */
static bool is_less(const struct leader *a, const struct leader *b)
{
	return a->key < b->key || (a->key == b->key && a->order > b->order);
}

static void swap(struct leader **a, struct leader **b)
{
	struct leader *kept = *a;

	*a = *b;
	*b = kept;
}

static void sift_down(struct leaders *leaders)
{
	struct leader **at = leaders->at;

	for (uint32_t i = 0, least = 0;; i = least) {
		for (uint32_t child = 2 * i + 1; child <= 2 * i + 2; child++)
			if (child < leaders->count && is_less(at[child], at[least]))
				least = child;
		if (least == i)
			return;
		swap(&at[i], &at[least]);
	}
}

static void sift_up(struct leaders *leaders, uint32_t i)
{
	struct leader **at = leaders->at;

	for (; i > 0 && is_less(at[i], at[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&at[i], &at[(i - 1) / 2]);
}

static void add_leader(struct top *top, struct leaders *leaders, uint32_t most, uint64_t key,
		       const akt_actor_info *info)
{
	struct leader *leader;
	bool replaces = leaders->count == most;

	if (replaces && (most == 0 || key <= leaders->at[0]->key))
		return;
	leader = replaces ? leaders->at[0] : malloc(sizeof(*leader));
	if (leader == NULL) {
		top->failed = true;
		return;
	}
	leader->info = *info;
	leader->order = top->seen;
	leader->key = key;
	(void)snprintf(leader->name, sizeof(leader->name), "%s", info->name);
	leader->info.name = leader->name;
	if (replaces) {
		sift_down(leaders);
	} else {
		leaders->at[leaders->count] = leader;
		sift_up(leaders, leaders->count++);
	}
}

static uint64_t known(int64_t number)
{
	return number != AKT_UNKNOWN ? (uint64_t)number : 0;
}

static uint64_t number_of(enum top_key key, const akt_actor_info *info)
{
	switch (key) {
	case TOP_WAITING:
		return known(info->queued) + known(info->stashed);
	case TOP_RUNNING:
		/* Who is not idle comes before who is, even if nobody knows since when. */
		return known(info->running_ns) + (info->activity != AKT_IDLE);
	case TOP_MEMORY:
		return known(info->memory_bytes);
	default:
		return known(info->failures) + known(info->restarts);
	}
}

/* --- types ------------------------------------------------------------------------------------------ */

static void add_to_type(struct top *top, const akt_actor_info *info)
{
	struct top_type *type = &top->sums[akti_types_number(&top->types, info->type)];

	type->actors++;
	type->running += info->activity == AKT_RUNNING;
	type->queued += info->activity == AKT_QUEUED;
	type->mailbox += known(info->queued);
	type->memory += known(info->memory_bytes);
	type->failures += known(info->failures);
	type->restarts += known(info->restarts);
}

void akti_top_see(void *arg, const akt_actor_info *info)
{
	struct top *top = arg;

	for (unsigned key = 0; key < TOP_KEYS; key++) {
		uint64_t number = number_of((enum top_key)key, info);

		if (number > 0)
			add_leader(top, &top->of[key], top->most, number, info);
	}
	add_leader(top, &top->of[FIRST], top->most, 0, info);
	if (is_asked_for(top, info->ref))
		add_leader(top, &top->of[ASKED], TOP_ALSO_MAX, 0, info);
	add_to_type(top, info);
	top->seen++;
}

/* --- told ------------------------------------------------------------------------------------------- */

static int by_order(const void *a, const void *b)
{
	uint64_t one = (*(struct leader *const *)a)->order;
	uint64_t other = (*(struct leader *const *)b)->order;

	return (one > other) - (one < other);
}

void akti_top_tell(struct top *top, void (*visit)(void *arg, const akt_actor_info *info), void *arg)
{
	uint32_t count = 0;
	struct leader **all;

	for (unsigned i = 0; i < AKTI_COUNT_OF(top->of); i++)
		count += top->of[i].count;
	all = calloc((size_t)count + 1, sizeof(struct leader *));
	if (all == NULL) {
		top->failed = true;
		return;
	}
	count = 0;
	for (unsigned i = 0; i < AKTI_COUNT_OF(top->of); i++) {
		if (top->of[i].count > 0)
			memcpy(all + count, top->of[i].at, top->of[i].count * sizeof(void *));
		count += top->of[i].count;
	}
	qsort(all, count, sizeof(struct leader *), by_order);
	for (uint32_t i = 0; i < count; i++)
		if (i == 0 || all[i]->order != all[i - 1]->order)
			visit(arg, &all[i]->info);
	free(all);
}

const struct top_type *akti_top_types(const struct top *top, const struct types **ret_types)
{
	*ret_types = &top->types;
	return top->sums;
}
