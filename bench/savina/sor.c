/* A grid of 20 x 20 values, relaxed 100 times: an actor for each value.
 * SPDX-License-Identifier: MIT
 *
 * The values are coloured as a chessboard. Red ones tell their neighbours what they are; a value that has
 * heard all its neighbours is relaxed and tells them in turn. 20 is the smallest of Savina's sizes, and
 * its default. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

#define ROUNDS 100u
#define OMEGA 1.25
#define DIRECTIONS 4u
#define SEED 10101010u

struct sor_value {
	double value;
	uint32_t direction; /* from where the receiver sees it come */
};
AKT_MESSAGE_DEFINE(sor_value, "sor.value", AKT_FIELD(1, sor_value, value),
		   AKT_FIELD(2, sor_value, direction));
AKT_SIGNAL_DEFINE(sor_start, "sor.start");

struct sor;

struct place {
	struct sor *sor;
	uint32_t number;
};

struct sor {
	struct savina_run *run;
	uint32_t side;
	double *values; /* at first, then at the end */
	double *wanted;
	struct place *places;
	akt_ref *cells;
	struct parts_tally tally;
	akt_ref tally_ref;
};

struct cell {
	const struct place *place;
	double value;
	double heard[DIRECTIONS]; /* 0 where there is nobody */
	uint32_t heard_count;
	uint32_t neighbours;
	uint32_t rounds;
};

/* The neighbour in a direction; opposite ones differ in the lowest bit. False: the grid ends there. */
static bool neighbour(uint32_t side, uint32_t number, uint32_t direction, uint32_t *ret_number)
{
	uint32_t row = number / side;
	uint32_t column = number % side;

	switch (direction) {
	case 0:
		*ret_number = number - side;
		return row > 0;
	case 1:
		*ret_number = number + side;
		return row + 1 < side;
	case 2:
		*ret_number = number - 1;
		return column > 0;
	default:
		*ret_number = number + 1;
		return column + 1 < side;
	}
}

static bool is_red(uint32_t side, uint32_t number)
{
	return (number / side + number % side) % 2 == 0;
}

static double relax(double value, const double around[DIRECTIONS])
{
	return OMEGA / 4 * (around[0] + around[1] + around[2] + around[3]) + (1 - OMEGA) * value;
}

static int on_birth(akt_ctx *ctx, void *state, const void *arg)
{
	struct cell *self = state;
	int r = savina_keep_arg(ctx, state, arg);
	const struct sor *sor = self->place->sor;
	uint32_t other;

	self->value = sor->values[self->place->number];
	for (uint32_t i = 0; i < DIRECTIONS; i++)
		self->neighbours += neighbour(sor->side, self->place->number, i, &other) ? 1 : 0;
	return r;
}

static int tell_neighbours(akt_ctx *ctx, const struct cell *self)
{
	const struct sor *sor = self->place->sor;
	uint32_t other;
	int r = 0;

	for (uint32_t i = 0; i < DIRECTIONS && r >= 0; i++)
		if (neighbour(sor->side, self->place->number, i, &other))
			r = akt_send(ctx, sor->cells[other],
				     AKT_NEW(sor_value, .value = self->value, .direction = i ^ 1));
	return r;
}

/* A round is over; what black cells would say after the last one, nobody waits for. */
static int end_round(akt_ctx *ctx, struct cell *self)
{
	const struct place *place = self->place;
	bool is_last = ++self->rounds == ROUNDS;
	int r = 0;

	if (!is_last || is_red(place->sor->side, place->number))
		r = tell_neighbours(ctx, self);
	if (!is_last || r < 0)
		return r;
	place->sor->values[place->number] = self->value;
	return akt_send(ctx, place->sor->tally_ref, AKT_NEW_SIGNAL(parts_done));
}

static int on_start(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)msg;
	return end_round(ctx, state);
}

static int on_value(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct cell *self = state;
	const struct sor_value *heard = akt_payload(msg, sor_value);

	self->heard[heard->direction] = heard->value;
	if (++self->heard_count < self->neighbours)
		return 0;
	self->heard_count = 0;
	self->value = relax(self->value, self->heard);
	return end_round(ctx, self);
}

static const akt_handler cell_handlers[] = { AKT_ON(sor_value, on_value),
					     AKT_ON(sor_start, on_start), AKT_END };
static const akt_type cell_type = {
	.name = "sor-cell",
	.state_size = sizeof(struct cell),
	.handlers = cell_handlers,
	.start = on_birth,
};

static void relax_colour(double *values, uint32_t side, bool red)
{
	for (uint32_t number = 0; number < side * side; number++) {
		double around[DIRECTIONS] = { 0 };
		uint32_t other;

		if (is_red(side, number) != red)
			continue;
		for (uint32_t i = 0; i < DIRECTIONS; i++)
			if (neighbour(side, number, i, &other))
				around[i] = values[other];
		values[number] = relax(values[number], around);
	}
}

static bool prepare(struct savina_run *run)
{
	struct sor *sor = run->data;
	struct savina_random random = savina_random_of(SEED);
	size_t count;
	int64_t begin_ns;

	sor->run = run;
	sor->side = (uint32_t)savina_size(run, 20, 6);
	count = (size_t)sor->side * sor->side;
	sor->values = parts_memory(run, count, sizeof(*sor->values));
	sor->wanted = parts_memory(run, count, sizeof(*sor->wanted));
	sor->places = parts_memory(run, count, sizeof(*sor->places));
	sor->cells = parts_memory(run, count, sizeof(*sor->cells));
	if (sor->values == NULL || sor->wanted == NULL || sor->places == NULL || sor->cells == NULL)
		return false;
	for (size_t i = 0; i < count; i++)
		sor->values[i] = (double)savina_random_below(&random, 1000000) * 1e-12;
	memcpy(sor->wanted, sor->values, count * sizeof(*sor->wanted));
	begin_ns = bench_now();
	for (uint32_t i = 0; i < 2 * ROUNDS - 1; i++)
		relax_colour(sor->wanted, sor->side, i % 2 == 1);
	parts_report_sequential(run, begin_ns);
	return true;
}

static bool start(struct savina_run *run)
{
	struct sor *sor = run->data;
	uint32_t count = sor->side * sor->side;

	sor->tally = (struct parts_tally){ run, count };
	if (!savina_spawn(run, &parts_tally_type, &sor->tally, &sor->tally_ref))
		return false;
	for (uint32_t i = 0; i < count; i++) {
		sor->places[i] = (struct place){ sor, i };
		if (!savina_spawn(run, &cell_type, &sor->places[i], &sor->cells[i]))
			return false;
	}
	for (uint32_t i = 0; i < count; i++)
		if (is_red(sor->side, i) &&
		    !savina_post(run, sor->cells[i], AKT_NEW_SIGNAL(sor_start)))
			return false;
	return true;
}

static bool check(struct savina_run *run)
{
	const struct sor *sor = run->data;

	return parts_close(run, sor->values, sor->wanted, (size_t)sor->side * sor->side);
}

static void release(struct savina_run *run)
{
	struct sor *sor = run->data;

	free(sor->values);
	free(sor->wanted);
	free(sor->places);
	free(sor->cells);
}

static const struct savina_plan plan = {
	.data_bytes = sizeof(struct sor),
	.prepare = prepare,
	.start = start,
	.check = check,
	.release = release,
};

void savina_sor(akt_bench *b, void *arg)
{
	(void)arg;
	savina_measure(b, &plan);
}
