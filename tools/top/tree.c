/* SPDX-License-Identifier: MIT */
#include "top/tree.h"

#include <jansson.h>
#include <malloc.h>
#include <stddef.h>
#include <stdlib.h>

/* A member of an object and where it goes. */
struct field {
	const char *key;
	enum { TEXT, NUMBER, BOOL } kind;
	size_t at;
};

#define FIELD(type, kind, member)                                                                  \
	{                                                                                          \
#member, kind, offsetof(struct type, member)                                       \
	}

static const struct field actor_fields[] = {
	FIELD(actor, TEXT, path),        FIELD(actor, TEXT, ref),
	FIELD(actor, TEXT, parent),      FIELD(actor, TEXT, type),
	FIELD(actor, TEXT, name),        FIELD(actor, TEXT, state),
	FIELD(actor, TEXT, mode),        FIELD(actor, TEXT, message),
	FIELD(actor, NUMBER, worker),    FIELD(actor, NUMBER, running_ns),
	FIELD(actor, NUMBER, mailbox),   FIELD(actor, BOOL, mailbox_more),
	FIELD(actor, NUMBER, stashed),   FIELD(actor, NUMBER, questions),
	FIELD(actor, NUMBER, watches),   FIELD(actor, NUMBER, timers),
	FIELD(actor, NUMBER, failures),  FIELD(actor, NUMBER, descriptors),
	FIELD(actor, NUMBER, restarts),  FIELD(actor, NUMBER, memory),
	FIELD(actor, NUMBER, oldest_ns),
};

static const struct field type_fields[] = {
	FIELD(actor_type, TEXT, type),       FIELD(actor_type, NUMBER, actors),
	FIELD(actor_type, NUMBER, running),  FIELD(actor_type, NUMBER, queued),
	FIELD(actor_type, NUMBER, mailbox),  FIELD(actor_type, NUMBER, memory),
	FIELD(actor_type, NUMBER, failures), FIELD(actor_type, NUMBER, restarts),
};

static const struct field worker_fields[] = {
	FIELD(worker, TEXT, state),
	FIELD(worker, NUMBER, cpu_ns),
};

static const struct field counter_fields[] = {
	FIELD(counters, NUMBER, accepted),   FIELD(counters, NUMBER, processed),
	FIELD(counters, NUMBER, dead),       FIELD(counters, NUMBER, dropped),
	FIELD(counters, NUMBER, spawned),    FIELD(counters, NUMBER, ended),
	FIELD(counters, NUMBER, failures),   FIELD(counters, NUMBER, restarts),
	FIELD(counters, NUMBER, memory_max), FIELD(counters, NUMBER, memory_used),
};

static const struct field tree_fields[] = {
	FIELD(tree, TEXT, system),         FIELD(tree, NUMBER, pid),
	FIELD(tree, NUMBER, now_ns),       FIELD(tree, NUMBER, uptime_ns),
	FIELD(tree, NUMBER, actors_count),
};

/* Nothing, or null, is unknown. False: it is something else than the field is. */
static bool read_field(const json_t *value, const struct field *field, void *object)
{
	void *at = (char *)object + field->at;
	bool is_known = value != NULL && !json_is_null(value);

	switch (field->kind) {
	case TEXT:
		*(const char **)at = json_string_value(value);
		return !is_known || json_is_string(value);
	case NUMBER:
		*(int64_t *)at = is_known && json_integer_value(value) >= 0
					 ? json_integer_value(value)
					 : TREE_UNKNOWN;
		return !is_known || json_is_integer(value);
	default:
		*(bool *)at = json_is_true(value);
		return !is_known || json_is_boolean(value);
	}
}

static bool read_object(const json_t *from, const struct field *fields, size_t count, void *object)
{
	bool ok = from == NULL || json_is_object(from);

	for (size_t i = 0; i < count; i++)
		ok = read_field(json_object_get(from, fields[i].key), &fields[i], object) && ok;
	return ok;
}

/* An array of objects; it is freed by the caller in any case. */
static bool read_array(const json_t *from, const struct field *fields, size_t field_count,
		       size_t size, void **ret_array, size_t *ret_count)
{
	size_t count = 0;
	bool ok = from == NULL || json_is_array(from);
	char *at;

	/* Only an object is as large in JSON as what is taken for it. */
	while (json_is_object(json_array_get(from, count)))
		count++;
	if (!ok || count < json_array_size(from))
		return false;
	*ret_array = at = take_zeroed(count, size);
	*ret_count = count;
	for (size_t i = 0; i < count; i++)
		ok = read_object(json_array_get(from, i), fields, field_count, at + i * size) && ok;
	return ok;
}

static const char *or_empty(const char *text)
{
	return text != NULL ? text : "";
}

/* What is not there is "", so that nobody has to ask. */
static void fill_in(struct tree *tree)
{
	for (size_t i = 0; i < tree->actor_count; i++) {
		struct actor *actor = &tree->actors[i];

		actor->ref = or_empty(actor->ref);
		actor->type = or_empty(actor->type);
		actor->name = or_empty(actor->name);
		actor->state = or_empty(actor->state);
		actor->mode = or_empty(actor->mode);
	}
	for (size_t i = 0; i < tree->type_count; i++)
		tree->types[i].type = or_empty(tree->types[i].type);
	for (size_t i = 0; i < tree->worker_count; i++)
		tree->workers[i].state = or_empty(tree->workers[i].state);
	tree->system = or_empty(tree->system);
}

#define READ_ARRAY(root, key, fields, ret_array, ret_count)                                        \
	read_array(json_object_get(root, key), fields, AKTI_COUNT_OF(fields),                      \
		   sizeof(**(ret_array)), (void **)(ret_array), ret_count)

static bool read_root(const json_t *root, struct tree *tree)
{
	bool ok = read_object(root, tree_fields, AKTI_COUNT_OF(tree_fields), tree);

	ok &= read_object(json_object_get(root, "counters"), counter_fields,
			  AKTI_COUNT_OF(counter_fields), &tree->counters);
	ok &= READ_ARRAY(root, "workers", worker_fields, &tree->workers, &tree->worker_count);
	ok &= READ_ARRAY(root, "actors", actor_fields, &tree->actors, &tree->actor_count);
	ok &= READ_ARRAY(root, "types", type_fields, &tree->types, &tree->type_count);
	return ok;
}

/* --- memory ------------------------------------------------------------------------------------------- */

/* What the answer that this thread reads may still take. */
static _Thread_local size_t left;
static _Thread_local bool ran_out; /* jansson's error does not say so */

static void *take_for_json(size_t size)
{
	void *memory = size <= left ? malloc(size) : NULL;
	size_t taken = memory != NULL ? malloc_usable_size(memory) : 0;

	left -= taken < left ? taken : left;
	ran_out |= memory == NULL;
	return memory;
}

static void free_of_json(void *memory)
{
	left += malloc_usable_size(memory);
	free(memory);
}

static json_t *load(struct buffer *body)
{
	json_t *root;

	json_set_alloc_funcs(take_for_json, free_of_json);
	left = TREE_MEMORY_MAX;
	ran_out = false;
	root = json_loadb(buffer_string(body), body->size, 0, NULL);
	buffer_fini(body);
	return root;
}

bool tree_read(struct tree *tree, struct buffer *body, struct buffer *error)
{
	json_int_t format;

	*tree = (struct tree){ .json = load(body) };
	format = json_integer_value(json_object_get(tree->json, "format"));
	if (format == TREE_FORMAT && read_root(tree->json, tree)) {
		fill_in(tree);
		return true;
	}
	if (format > TREE_FORMAT)
		buffer_printf(error, "its tree has format %lld, which this akt does not know",
			      (long long)format);
	else if (ran_out)
		buffer_printf(error, "no memory for its tree, which may take %llu bytes",
			      (unsigned long long)TREE_MEMORY_MAX);
	else
		buffer_text(error, "what answers there is no debug server of akt");
	return false;
}

void tree_fini(struct tree *tree)
{
	free(tree->workers);
	free(tree->actors);
	free(tree->types);
	json_decref(tree->json);
	*tree = (struct tree){ 0 };
}
