/* How fast do actors read and write data that another one keeps for them?
 * SPDX-License-Identifier: MIT
 *
 * Savina's concurrent dictionary and concurrent sorted linked list. 20 workers send requests to the keeper,
 * the next when the last is answered: 10,000 each to a dictionary of DICT_KEYS keys, 10 % of them writes;
 * 8,000 each to a list, 10 % writes, 1 % for its size, else whether a value is in it. What a worker asks
 * depends on nothing but its number, so that the check can replay it:
 * each key of the dictionary must have a value that somebody wrote last, and the list all that was
 * written, in order. */
#include "savina.h"

#include <stdlib.h>
#include <string.h>

#define WORKERS 20u
#define DICT_KEYS 524287u
#define DICT_SLOTS 1048576u /* a power of two */
#define LIST_VALUES UINT32_MAX

/* What a worker writes to the dictionary: who it is, and the number of the request. */
#define VALUE_SHIFT 24u
#define VALUE_OF(worker, number) (((worker) + 1) << VALUE_SHIFT | (number))

struct data_write {
	uint32_t key;
	uint32_t value;
};
AKT_MESSAGE_DEFINE(data_write, "data.write", AKT_FIELD(1, data_write, key),
		   AKT_FIELD(2, data_write, value));

struct data_read {
	uint64_t key;
};
AKT_MESSAGE_DEFINE(data_read, "data.read", AKT_FIELD(1, data_read, key));

struct data_result {
	uint64_t value;
};
AKT_MESSAGE_DEFINE(data_result, "data.result", AKT_FIELD(1, data_result, value));

AKT_SIGNAL_DEFINE(data_size, "data.size");
AKT_SIGNAL_DEFINE(data_start, "data.start");
AKT_SIGNAL_DEFINE(data_finished, "data.finished");

/* A slot of the dictionary; key 0: empty, else key + 1. */
struct slot {
	uint32_t key;
	uint32_t value;
};

struct data;

struct data_share {
	struct data *data;
	uint32_t worker;
};

struct data {
	struct savina_run *run;
	const akt_type *keeper_type;
	uint32_t requests; /* of each worker */
	uint32_t keys;
	uint32_t write_percent;
	uint32_t size_percent;
	akt_ref keeper;
	akt_ref master;
	akt_ref workers[WORKERS];
	struct data_share shares[WORKERS];
	struct slot *dictionary; /* DICT_SLOTS */
	uint32_t *values;        /* of the list, when its keeper stops */
	uint64_t value_count;
	_Atomic uint64_t answered; /* added up when the workers stop */
};

enum request_kind { REQUEST_READ, REQUEST_WRITE, REQUEST_SIZE };

struct request {
	enum request_kind kind;
	uint32_t key;
};

static struct request next_request(const struct data *data, struct savina_random *random)
{
	uint64_t percent = savina_random_below(random, 100);
	struct request request = { .kind = REQUEST_READ };

	request.key = savina_random_below(random, data->keys);
	if (percent < data->size_percent)
		request.kind = REQUEST_SIZE;
	else if (percent < data->size_percent + data->write_percent)
		request.kind = REQUEST_WRITE;
	return request;
}

/* --- workers and their master --------------------------------------------------------------------- */

struct worker {
	const struct data_share *share;
	struct savina_random random;
	uint32_t sent;
	uint32_t answered;
};

static int on_worker_start(akt_ctx *ctx, void *state, const void *arg)
{
	struct worker *self = state;

	(void)savina_keep_arg(ctx, state, arg);
	self->random = savina_random_of(self->share->worker + 1);
	return 0;
}

static int send_request(akt_ctx *ctx, struct worker *self)
{
	const struct data *data = self->share->data;
	struct request request;

	if (self->sent == data->requests)
		return akt_send(ctx, data->master, AKT_NEW_SIGNAL(data_finished));
	request = next_request(data, &self->random);
	self->sent++;
	if (request.kind == REQUEST_SIZE)
		return akt_send(ctx, data->keeper, AKT_NEW_SIGNAL(data_size));
	if (request.kind == REQUEST_READ)
		return akt_send(ctx, data->keeper, AKT_NEW(data_read, .key = request.key));
	return akt_send(ctx, data->keeper,
			AKT_NEW(data_write, .key = request.key,
				.value = VALUE_OF(self->share->worker, self->sent - 1)));
}

static int on_start(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)msg;
	return send_request(ctx, state);
}

static int on_result(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct worker *self = state;

	(void)msg;
	self->answered++;
	return send_request(ctx, self);
}

static void on_worker_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	struct worker *self = state;

	(void)ctx;
	(void)reason;
	atomic_fetch_add(&self->share->data->answered, self->answered);
}

static const akt_handler worker_handlers[] = { AKT_ON(data_result, on_result),
					       AKT_ON(data_start, on_start), AKT_END };
static const akt_type worker_type = {
	.name = "data-worker",
	.state_size = sizeof(struct worker),
	.handlers = worker_handlers,
	.start = on_worker_start,
	.stop = on_worker_stop,
};

struct master {
	struct data *data;
	uint32_t finished;
};

static int on_finished(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct master *self = state;

	(void)ctx;
	(void)msg;
	return ++self->finished == WORKERS ? savina_over(self->data->run) : 0;
}

static const akt_handler master_handlers[] = { AKT_ON(data_finished, on_finished), AKT_END };
static const akt_type master_type = {
	.name = "data-master",
	.state_size = sizeof(struct master),
	.handlers = master_handlers,
	.start = savina_keep_arg,
};

static bool start(struct savina_run *run)
{
	struct data *data = run->data;

	if (!savina_spawn(run, data->keeper_type, data, &data->keeper) ||
	    !savina_spawn(run, &master_type, data, &data->master))
		return false;
	for (uint32_t i = 0; i < WORKERS; i++) {
		data->shares[i] = (struct data_share){ .data = data, .worker = i };
		if (!savina_spawn(run, &worker_type, &data->shares[i], &data->workers[i]) ||
		    !savina_post(run, data->workers[i], AKT_NEW_SIGNAL(data_start)))
			return false;
	}
	return true;
}

static int answer(akt_ctx *ctx, uint64_t value)
{
	return akt_send(ctx, akt_sender(ctx), AKT_NEW(data_result, .value = value));
}

static bool check_answers(struct savina_run *run)
{
	struct data *data = run->data;

	return bench_equal(run->b, atomic_load(&data->answered), (uint64_t)WORKERS * data->requests,
			   "answered requests");
}

/* --- concdict ----------------------------------------------------------------------------------------- */

struct dict_keeper {
	struct data *data;
};

/* The slot of a key, or the empty one where it belongs. */
static struct slot *dict_find(struct slot *dictionary, uint32_t key)
{
	uint32_t at = (uint32_t)(key * UINT32_C(0x9E3779B1)) >> 12;

	while (dictionary[at].key != 0 && dictionary[at].key != key + 1)
		at = (at + 1) % DICT_SLOTS;
	return &dictionary[at];
}

static void dict_put(struct slot *dictionary, uint32_t key, uint32_t value)
{
	*dict_find(dictionary, key) = (struct slot){ .key = key + 1, .value = value };
}

static int on_dict_write(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct data *data = ((struct dict_keeper *)state)->data;
	const struct data_write *request = akt_payload(msg, data_write);

	dict_put(data->dictionary, request->key, request->value);
	return answer(ctx, request->value);
}

static int on_dict_read(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct data *data = ((struct dict_keeper *)state)->data;
	uint32_t key = (uint32_t)akt_payload(msg, data_read)->key;

	return answer(ctx, dict_find(data->dictionary, key)->value);
}

static const akt_handler dict_handlers[] = { AKT_ON(data_read, on_dict_read),
					     AKT_ON(data_write, on_dict_write), AKT_END };
static const akt_type dict_type = {
	.name = "dictionary",
	.state_size = sizeof(struct dict_keeper),
	.handlers = dict_handlers,
	.start = savina_keep_arg,
};

static bool dict_prepare(struct savina_run *run)
{
	struct data *data = run->data;

	data->run = run;
	data->keeper_type = &dict_type;
	data->requests = (uint32_t)savina_size(run, 10000, 100);
	data->keys = (uint32_t)savina_size(run, DICT_KEYS, 64);
	data->write_percent = 10;
	data->dictionary = calloc(DICT_SLOTS, sizeof(*data->dictionary));
	if (data->dictionary == NULL) {
		akt_bench_fail(run->b, "out of memory");
		return false;
	}
	for (uint32_t key = 0; key < data->keys; key++)
		dict_put(data->dictionary, key, key);
	return true;
}

/* Replay all writes. By key, the last one of the worker whose value it has, or, if it has nobody's, some
 * write; 0: there was none. */
static void dict_replay(const struct data *data, uint32_t *last)
{
	for (uint32_t worker = 0; worker < WORKERS; worker++) {
		struct savina_random random = savina_random_of(worker + 1);

		for (uint32_t i = 0; i < data->requests; i++) {
			struct request request = next_request(data, &random);
			uint32_t value = dict_find(data->dictionary, request.key)->value;

			if (request.kind != REQUEST_WRITE)
				continue;
			if (value >> VALUE_SHIFT == worker + 1 || last[request.key] == 0)
				last[request.key] = VALUE_OF(worker, i);
		}
	}
}

static bool dict_check(struct savina_run *run)
{
	struct data *data = run->data;
	uint32_t *last = calloc(data->keys, sizeof(*last));
	bool ok = last != NULL && check_answers(run);

	if (last == NULL)
		akt_bench_fail(run->b, "out of memory");
	if (ok)
		dict_replay(data, last);
	for (uint32_t key = 0; ok && key < data->keys; key++)
		ok = bench_equal(run->b, dict_find(data->dictionary, key)->value,
				 last[key] != 0 ? last[key] : key, "the value of a key");
	free(last);
	return ok;
}

static void release(struct savina_run *run)
{
	struct data *data = run->data;

	free(data->dictionary);
	free(data->values);
}

static const struct savina_plan dict_plan = {
	.data_bytes = sizeof(struct data),
	.prepare = dict_prepare,
	.start = start,
	.check = dict_check,
	.release = release,
};

void savina_concdict(akt_bench *b, void *arg)
{
	(void)arg;
	savina_measure(b, &dict_plan);
}

/* --- concsll ------------------------------------------------------------------------------------------ */

struct list_node {
	struct list_node *next;
	uint32_t value;
};

struct list_keeper {
	struct data *data;
	struct list_node *first;
	uint64_t count;
};

/* The link at which a value is, or belongs. */
static struct list_node **list_find(struct list_node **link, uint32_t value)
{
	while (*link != NULL && (*link)->value < value)
		link = &(*link)->next;
	return link;
}

static int on_list_write(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct list_keeper *self = state;
	uint32_t value = akt_payload(msg, data_write)->key;
	struct list_node **link = list_find(&self->first, value);
	struct list_node *node = akt_alloc(ctx, sizeof(*node));

	if (node == NULL)
		return AKT_ERR_NOMEM;
	*node = (struct list_node){ .next = *link, .value = value };
	*link = node;
	self->count++;
	return answer(ctx, value);
}

static int on_list_read(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct list_keeper *self = state;
	uint32_t value = (uint32_t)akt_payload(msg, data_read)->key;
	struct list_node *node = *list_find(&self->first, value);

	return answer(ctx, node != NULL && node->value == value ? 1 : 0);
}

static int on_list_size(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)msg;
	return answer(ctx, ((struct list_keeper *)state)->count);
}

static void on_list_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	struct list_keeper *self = state;
	struct data *data = self->data;

	(void)ctx;
	(void)reason;
	data->value_count = self->count;
	data->values = malloc((self->count + 1) * sizeof(*data->values));
	if (data->values == NULL)
		return;
	for (struct list_node *node = self->first; node != NULL; node = node->next)
		data->values[--self->count] = node->value;
}

static const akt_handler list_handlers[] = { AKT_ON(data_read, on_list_read),
					     AKT_ON(data_write, on_list_write),
					     AKT_ON(data_size, on_list_size), AKT_END };
static const akt_type list_type = {
	.name = "sorted-list",
	.state_size = sizeof(struct list_keeper),
	.handlers = list_handlers,
	.start = savina_keep_arg,
	.stop = on_list_stop,
};

static bool list_prepare(struct savina_run *run)
{
	struct data *data = run->data;

	data->run = run;
	data->keeper_type = &list_type;
	data->requests = (uint32_t)savina_size(run, 8000, 80);
	data->keys = LIST_VALUES;
	data->write_percent = 10;
	data->size_percent = 1;
	return true;
}

static int compare_down(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return (x < y) - (x > y);
}

/* All that workers write, the largest first, as on_list_stop has it. Returns how many. */
static uint64_t list_replay(const struct data *data, uint32_t *values)
{
	uint64_t count = 0;

	for (uint32_t worker = 0; worker < WORKERS; worker++) {
		struct savina_random random = savina_random_of(worker + 1);

		for (uint32_t i = 0; i < data->requests; i++) {
			struct request request = next_request(data, &random);

			if (request.kind == REQUEST_WRITE)
				values[count++] = request.key;
		}
	}
	qsort(values, count, sizeof(*values), compare_down);
	return count;
}

static bool list_check(struct savina_run *run)
{
	struct data *data = run->data;
	uint32_t *wanted = malloc((size_t)WORKERS * data->requests * sizeof(*wanted));
	bool ok = wanted != NULL && data->values != NULL;

	if (!ok)
		akt_bench_fail(run->b, "out of memory");
	ok = ok && check_answers(run) &&
	     bench_equal(run->b, data->value_count, list_replay(data, wanted), "size of the list");
	if (ok && memcmp(data->values, wanted, data->value_count * sizeof(*wanted)) != 0) {
		akt_bench_fail(run->b, "the list is not what was written, in order");
		ok = false;
	}
	free(wanted);
	return ok;
}

static const struct savina_plan list_plan = {
	.data_bytes = sizeof(struct data),
	.prepare = list_prepare,
	.start = start,
	.check = list_check,
	.release = release,
};

void savina_concsll(akt_bench *b, void *arg)
{
	(void)arg;
	savina_measure(b, &list_plan);
}
