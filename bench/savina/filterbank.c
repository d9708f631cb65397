/* A signal of 34,816 values through eight channels of filters of 16,384 coefficients.
 * SPDX-License-Identifier: MIT
 *
 * A channel is five actors in a row: delay, filter, sampler, delay, filter. Once a filter has seen as
 * many values as it has coefficients, it answers each with a sum of as many products. The integrator
 * waits for a value of each channel, and the sink adds them. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

#define CHANNELS 8u
#define LINKS 5u
#define SIGNAL_PERIOD 1000u

struct filterbank_value {
	double value;
	uint32_t channel;
};
AKT_MESSAGE_DEFINE(filterbank_value, "filterbank.value", AKT_FIELD(1, filterbank_value, value),
		   AKT_FIELD(2, filterbank_value, channel));

/* One of each channel. */
struct filterbank_values {
	double of[CHANNELS];
};
AKT_MESSAGE_DEFINE(filterbank_values, "filterbank.values", AKT_FIELD(1, filterbank_values, of));
AKT_SIGNAL_DEFINE(filterbank_boot, "filterbank.boot");
AKT_SIGNAL_DEFINE(filterbank_next, "filterbank.next");

enum link_kind { LINK_DELAY, LINK_FILTER, LINK_SAMPLER };

/* In a channel's order. */
static const enum link_kind kinds[LINKS] = { LINK_DELAY, LINK_FILTER, LINK_SAMPLER, LINK_DELAY,
					     LINK_FILTER };

struct link {
	enum link_kind kind;
	size_t columns;
	const double *coefficients;
	akt_ref next;
};

struct filterbank {
	struct savina_run *run;
	size_t columns;
	size_t values;  /* that go in */
	size_t results; /* that come out */
	double *coefficients[2];
	struct link links[CHANNELS][LINKS];
	akt_ref source;
	akt_ref channels[CHANNELS];
	akt_ref sink;
	double *sums;
	double *wanted;
	size_t arrived;
};

/* What a link remembers. */
struct history {
	double *values; /* two columns: a filter keeps each value twice, so its window is in one piece */
	size_t at;
	size_t seen;
};

struct link_state {
	const struct link *link;
	struct history history;
};

struct source {
	const struct filterbank *bank;
	size_t sent;
};

struct integrator {
	const struct filterbank *bank;
	size_t counts[CHANNELS];
	double *values; /* of each channel, by number */
	size_t next;
};

struct sink {
	struct filterbank *bank;
};

/* Four sums, which a compiler may keep in one register. The count is a multiple of four. */
static double product(const double *a, const double *b, size_t count)
{
	double sums[4] = { 0 };

	for (size_t i = 0; i < count; i += 4)
		for (size_t j = 0; j < 4; j++)
			sums[j] += a[i + j] * b[i + j];
	return sums[0] + sums[1] + sums[2] + sums[3];
}

static bool filter(const struct link *link, struct history *history, double value,
		   double *ret_value)
{
	history->values[history->at] = value;
	history->values[history->at + link->columns] = value;
	history->at = (history->at + 1) % link->columns;
	if (++history->seen < link->columns)
		return false;
	*ret_value = product(history->values + history->at, link->coefficients, link->columns);
	return true;
}

/* What comes out when a value goes in; false: nothing. */
static bool pass(const struct link *link, struct history *history, double value, double *ret_value)
{
	switch (link->kind) {
	case LINK_FILTER:
		return filter(link, history, value, ret_value);
	case LINK_SAMPLER:
		*ret_value = history->seen++ % link->columns == 0 ? value : 0;
		return true;
	case LINK_DELAY:
	default:
		*ret_value = history->values[history->at];
		history->values[history->at] = value;
		history->at = (history->at + 1) % (link->columns - 1);
		return true;
	}
}

static int on_boot(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct source *self = state;
	double value = (double)(self->sent++ % SIGNAL_PERIOD);
	int r = 0;

	(void)msg;
	for (uint32_t i = 0; i < CHANNELS && r >= 0; i++)
		r = akt_send(ctx, self->bank->channels[i],
			     AKT_NEW(filterbank_value, .value = value, .channel = i));
	return r < 0 ? r : akt_send(ctx, akt_sender(ctx), AKT_NEW_SIGNAL(filterbank_next));
}

/* The producer says when the source is to make a value. */
static int on_next(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct source *self = state;

	(void)msg;
	if (self->sent++ == self->bank->values)
		return 0;
	return akt_send(ctx, self->bank->source, AKT_NEW_SIGNAL(filterbank_boot));
}

static int on_link_birth(akt_ctx *ctx, void *state, const void *arg)
{
	struct link_state *self = state;

	self->link = arg;
	self->history.values = akt_alloc(ctx, 2 * self->link->columns * sizeof(double));
	return self->history.values != NULL ? 0 : AKT_ERR_NOMEM;
}

static int on_link_value(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct link_state *self = state;
	struct filterbank_value out = *akt_payload(msg, filterbank_value);

	if (!pass(self->link, &self->history, out.value, &out.value))
		return 0;
	return akt_send(ctx, self->link->next, AKT_NEW_FROM(filterbank_value, out));
}

static int on_integrator_birth(akt_ctx *ctx, void *state, const void *arg)
{
	struct integrator *self = state;

	self->bank = arg;
	self->values = akt_alloc(ctx, CHANNELS * self->bank->results * sizeof(double));
	return self->values != NULL ? 0 : AKT_ERR_NOMEM;
}

static int on_integrator_value(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct integrator *self = state;
	const struct filterbank_value *in = akt_payload(msg, filterbank_value);
	struct filterbank_values all;

	self->values[self->counts[in->channel]++ * CHANNELS + in->channel] = in->value;
	for (size_t i = 0; i < CHANNELS; i++)
		if (self->counts[i] == self->next)
			return 0;
	memcpy(all.of, self->values + self->next++ * CHANNELS, sizeof(all.of));
	return akt_send(ctx, self->bank->sink, AKT_NEW_FROM(filterbank_values, all));
}

static int on_values(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct filterbank *bank = ((struct sink *)state)->bank;
	const struct filterbank_values *values = akt_payload(msg, filterbank_values);

	(void)ctx;
	for (size_t i = 0; i < CHANNELS; i++)
		bank->sums[bank->arrived] += values->of[i];
	return ++bank->arrived == bank->results ? savina_over(bank->run) : 0;
}

static const akt_handler producer_handlers[] = { AKT_ON(filterbank_next, on_next), AKT_END };
static const akt_type producer_type = {
	.name = "filterbank-producer",
	.state_size = sizeof(struct source),
	.handlers = producer_handlers,
	.start = savina_keep_arg,
};

static const akt_handler source_handlers[] = { AKT_ON(filterbank_boot, on_boot), AKT_END };
static const akt_type source_type = {
	.name = "filterbank-source",
	.state_size = sizeof(struct source),
	.handlers = source_handlers,
	.start = savina_keep_arg,
};

static const akt_handler link_handlers[] = { AKT_ON(filterbank_value, on_link_value), AKT_END };
static const akt_type link_type = {
	.name = "filterbank-link",
	.state_size = sizeof(struct link_state),
	.handlers = link_handlers,
	.start = on_link_birth,
};

static const akt_handler integrator_handlers[] = { AKT_ON(filterbank_value, on_integrator_value),
						   AKT_END };
static const akt_type integrator_type = {
	.name = "filterbank-integrator",
	.state_size = sizeof(struct integrator),
	.handlers = integrator_handlers,
	.start = on_integrator_birth,
};

static const akt_handler sink_handlers[] = { AKT_ON(filterbank_values, on_values), AKT_END };
static const akt_type sink_type = {
	.name = "filterbank-sink",
	.state_size = sizeof(struct sink),
	.handlers = sink_handlers,
	.start = savina_keep_arg,
};

/* One channel without actors, added to the sums that are wanted. */
static void add_channel(struct filterbank *bank, uint32_t channel, double *memory)
{
	struct history histories[LINKS] = { { 0 } };
	size_t result = 0;

	memset(memory, 0, LINKS * 2 * bank->columns * sizeof(*memory));
	for (size_t i = 0; i < LINKS; i++)
		histories[i].values = memory + 2 * i * bank->columns;
	for (size_t i = 0; i < bank->values; i++) {
		double value = (double)(i % SIGNAL_PERIOD);
		size_t at = 0;

		while (at < LINKS && pass(&bank->links[channel][at], &histories[at], value, &value))
			at++;
		if (at == LINKS)
			bank->wanted[result++] += value;
	}
}

static void make_channel(struct filterbank *bank, uint32_t channel)
{
	double *first = bank->coefficients[0] + channel * bank->columns;
	double *second = bank->coefficients[1] + channel * bank->columns;

	for (size_t i = 0; i < bank->columns; i++) {
		first[i] = (double)(i * bank->columns + channel * CHANNELS + 2 * channel + i + 1);
		second[i] = (double)(i * channel + channel * channel + channel + i);
	}
	for (size_t i = 0; i < LINKS; i++)
		bank->links[channel][i] = (struct link){
			.kind = kinds[i],
			.columns = bank->columns,
			.coefficients = i == 1 ? first : second,
		};
}

static bool prepare(struct savina_run *run)
{
	struct filterbank *bank = run->data;
	double *memory;
	int64_t begin_ns;

	bank->run = run;
	bank->columns = savina_size(run, 16384, 64);
	bank->values = 2048 + 2 * bank->columns;
	bank->results = bank->values - 2 * (bank->columns - 1);
	for (size_t i = 0; i < 2; i++)
		bank->coefficients[i] = parts_memory(run, CHANNELS * bank->columns, sizeof(double));
	bank->sums = parts_memory(run, bank->results, sizeof(double));
	bank->wanted = parts_memory(run, bank->results, sizeof(double));
	memory = parts_memory(run, LINKS * 2 * bank->columns, sizeof(double));
	if (bank->coefficients[0] == NULL || bank->coefficients[1] == NULL || bank->sums == NULL ||
	    bank->wanted == NULL || memory == NULL) {
		free(memory);
		return false;
	}
	for (uint32_t i = 0; i < CHANNELS; i++)
		make_channel(bank, i);
	begin_ns = bench_now();
	for (uint32_t i = 0; i < CHANNELS; i++)
		add_channel(bank, i, memory);
	parts_report_sequential(run, begin_ns);
	free(memory);
	return true;
}

static bool start(struct savina_run *run)
{
	struct filterbank *bank = run->data;
	akt_ref integrator;
	akt_ref producer;

	if (!savina_spawn(run, &sink_type, bank, &bank->sink) ||
	    !savina_spawn(run, &integrator_type, bank, &integrator))
		return false;
	for (uint32_t i = 0; i < CHANNELS; i++) {
		bank->channels[i] = integrator;
		for (uint32_t j = LINKS; j-- > 0;) {
			bank->links[i][j].next = bank->channels[i];
			if (!savina_spawn(run, &link_type, &bank->links[i][j], &bank->channels[i]))
				return false;
		}
	}
	return savina_spawn(run, &source_type, bank, &bank->source) &&
	       savina_spawn(run, &producer_type, bank, &producer) &&
	       savina_post(run, producer, AKT_NEW_SIGNAL(filterbank_next));
}

static bool check(struct savina_run *run)
{
	const struct filterbank *bank = run->data;

	return bench_equal(run->b, bank->arrived, bank->results, "results") &&
	       parts_close(run, bank->sums, bank->wanted, bank->results);
}

static void release(struct savina_run *run)
{
	struct filterbank *bank = run->data;

	free(bank->coefficients[0]);
	free(bank->coefficients[1]);
	free(bank->sums);
	free(bank->wanted);
}

static const struct savina_plan plan = {
	.data_bytes = sizeof(struct filterbank),
	.prepare = prepare,
	.start = start,
	.check = check,
	.release = release,
};

void savina_filterbank(akt_bench *b, void *arg)
{
	(void)arg;
	savina_measure(b, &plan);
}
