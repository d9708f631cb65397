/* SPDX-License-Identifier: MIT */
#include "top/tree.h"
#include "top/json.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

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

static void read_field(struct json *json, const struct field *field, void *object)
{
	void *at = (char *)object + field->at;

	if (field->kind == TEXT)
		*(const char **)at = json_text(json);
	else if (field->kind == NUMBER)
		*(int64_t *)at = json_number(json, TREE_UNKNOWN);
	else
		*(bool *)at = json_bool(json);
}

/* Members come in the order of the fields, as a rule: that one is tried first. */
static void read_object(struct json *json, const struct field *fields, size_t count, void *object)
{
	const char *key;
	size_t guess = 0;

	for (size_t i = 0; i < count; i++)
		if (fields[i].kind == NUMBER)
			*(int64_t *)((char *)object + fields[i].at) = TREE_UNKNOWN;
	if (!json_begin(json, '{'))
		return;
	while (json_member(json, &key)) {
		size_t tries = 0;

		while (tries < count && strcmp(fields[guess].key, key) != 0) {
			guess = (guess + 1) % count;
			tries++;
		}
		if (tries == count) {
			json_skip(json);
			continue;
		}
		read_field(json, &fields[guess], object);
		guess = (guess + 1) % count;
	}
}

/* An array of objects. *ret_array is freed by the caller in any case. */
static void read_array(struct json *json, const struct field *fields, size_t field_count,
		       size_t size, void **ret_array, size_t *ret_count)
{
	size_t room = 0;

	if (*ret_array != NULL || !json_begin(json, '[')) {
		json->failed = true;
		return;
	}
	for (*ret_count = 0; json_item(json); (*ret_count)++) {
		char *at;

		if (*ret_count == room) {
			room = 2 * room + 64;
			*ret_array = take_more(*ret_array, room, size);
		}
		at = (char *)*ret_array + *ret_count * size;
		memset(at, 0, size);
		read_object(json, fields, field_count, at);
	}
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

static void read_arrays(struct json *json, const char *key, struct tree *tree)
{
	if (strcmp(key, "actors") == 0)
		read_array(json, actor_fields, AKTI_COUNT_OF(actor_fields), sizeof(struct actor),
			   (void **)&tree->actors, &tree->actor_count);
	else if (strcmp(key, "types") == 0)
		read_array(json, type_fields, AKTI_COUNT_OF(type_fields), sizeof(struct actor_type),
			   (void **)&tree->types, &tree->type_count);
	else if (strcmp(key, "workers") == 0)
		read_array(json, worker_fields, AKTI_COUNT_OF(worker_fields), sizeof(struct worker),
			   (void **)&tree->workers, &tree->worker_count);
	else if (strcmp(key, "counters") == 0)
		read_object(json, counter_fields, AKTI_COUNT_OF(counter_fields), &tree->counters);
	else
		json_skip(json);
}

bool tree_read(struct tree *tree, struct buffer *body, struct buffer *error)
{
	static const struct field fields[] = {
		FIELD(tree, TEXT, system),         FIELD(tree, NUMBER, pid),
		FIELD(tree, NUMBER, now_ns),       FIELD(tree, NUMBER, uptime_ns),
		FIELD(tree, NUMBER, actors_count),
	};
	struct json json;
	const char *key;
	int64_t format = 0;

	*tree = (struct tree){ .body = *body, .pid = TREE_UNKNOWN, .uptime_ns = TREE_UNKNOWN };
	*body = (struct buffer){ 0 };
	buffer_add(&tree->body, "", 0);
	json_init(&json, tree->body.at, tree->body.size);
	for (json_begin(&json, '{'); json_member(&json, &key);) {
		size_t i = 0;

		while (i < AKTI_COUNT_OF(fields) && strcmp(fields[i].key, key) != 0)
			i++;
		if (i < AKTI_COUNT_OF(fields))
			read_field(&json, &fields[i], tree);
		else if (strcmp(key, "format") == 0)
			format = json_number(&json, 0);
		else
			read_arrays(&json, key, tree);
	}
	fill_in(tree);
	if (!json.failed && format == TREE_FORMAT)
		return true;
	if (!json.failed && format > TREE_FORMAT)
		buffer_printf(error, "its tree has format %lld, which this akt does not know",
			      (long long)format);
	else
		buffer_text(error, "what answers there is no debug server of akt");
	return false;
}

void tree_fini(struct tree *tree)
{
	free(tree->workers);
	free(tree->actors);
	free(tree->types);
	buffer_fini(&tree->body);
	*tree = (struct tree){ 0 };
}
