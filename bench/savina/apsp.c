/* The shortest paths between all pairs of 300 nodes, by Floyd's algorithm: an actor for each block.
 * SPDX-License-Identifier: MIT
 *
 * 36 blocks of 50 x 50 lengths go through 300 phases. After each, a block tells the ten others of its
 * row and its column; its next phase begins when all of these have told it. There are two matrices, for
 * phases in turn: nobody writes over lengths that another may still read, since whoever is two phases
 * ahead has heard that all have read them. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK 50u
#define SIDE_MAX 6u /* blocks */
#define WEIGHTS 100u

struct apsp_phase {
	uint32_t done; /* phases that the sender has done */
};
AKT_MESSAGE_DEFINE(apsp_phase, "apsp.phase", AKT_FIELD(1, apsp_phase, done));
AKT_SIGNAL_DEFINE(apsp_start, "apsp.start");

struct apsp;

struct place {
	struct apsp *apsp;
	uint32_t row; /* of blocks */
	uint32_t column;
};

struct apsp {
	struct savina_run *run;
	uint32_t nodes;
	uint32_t side;
	struct place places[SIDE_MAX * SIDE_MAX];
	akt_ref blocks[SIDE_MAX * SIDE_MAX];
	uint64_t *lengths[2];
	uint64_t *wanted;
	struct parts_tally tally;
	akt_ref tally_ref;
};

struct block {
	const struct place *place;
	uint32_t done;     /* phases */
	uint32_t heard[2]; /* neighbours that have done as many, and one more */
};

/* Paths may now lead over one more node; from holds what was known before. */
static void relax(uint64_t *to, const uint64_t *from, size_t nodes, size_t over,
		  const size_t rows[2], const size_t columns[2])
{
	for (size_t i = rows[0]; i < rows[1]; i++) {
		uint64_t first = from[i * nodes + over];

		for (size_t j = columns[0]; j < columns[1]; j++) {
			uint64_t direct = from[i * nodes + j];
			uint64_t around = first + from[over * nodes + j];

			to[i * nodes + j] = around < direct ? around : direct;
		}
	}
}

static int tell_neighbours(akt_ctx *ctx, const struct block *self)
{
	const struct place *place = self->place;
	const struct apsp *apsp = place->apsp;
	int r = 0;

	for (uint32_t i = 0; i < apsp->side && r >= 0; i++) {
		if (i != place->row)
			r = akt_send(ctx, apsp->blocks[i * apsp->side + place->column],
				     AKT_NEW(apsp_phase, .done = self->done));
		if (i != place->column && r >= 0)
			r = akt_send(ctx, apsp->blocks[place->row * apsp->side + i],
				     AKT_NEW(apsp_phase, .done = self->done));
	}
	return r;
}

static int on_start(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)msg;
	return tell_neighbours(ctx, state);
}

static int do_phase(akt_ctx *ctx, struct block *self)
{
	const struct place *place = self->place;
	struct apsp *apsp = place->apsp;
	size_t rows[2] = { place->row * BLOCK, (place->row + 1) * BLOCK };
	size_t columns[2] = { place->column * BLOCK, (place->column + 1) * BLOCK };

	relax(apsp->lengths[(self->done + 1) % 2], apsp->lengths[self->done % 2], apsp->nodes,
	      self->done, rows, columns);
	self->heard[self->done % 2] = 0;
	if (++self->done < apsp->nodes)
		return tell_neighbours(ctx, self);
	return akt_send(ctx, apsp->tally_ref, AKT_NEW_SIGNAL(parts_done));
}

static int on_phase(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct block *self = state;
	uint32_t neighbours = 2 * (self->place->apsp->side - 1);
	int r = 0;

	self->heard[akt_payload(msg, apsp_phase)->done % 2]++;
	while (r >= 0 && self->heard[self->done % 2] == neighbours)
		r = do_phase(ctx, self);
	return r;
}

static const akt_handler block_handlers[] = { AKT_ON(apsp_phase, on_phase),
					      AKT_ON(apsp_start, on_start), AKT_END };
static const akt_type block_type = {
	.name = "apsp-block",
	.state_size = sizeof(struct block),
	.handlers = block_handlers,
	.start = savina_keep_arg,
};

static bool prepare(struct savina_run *run)
{
	struct apsp *apsp = run->data;
	struct savina_random random = savina_random_of(1);
	size_t all[2] = { 0, savina_size(run, 300, 100) };
	size_t count = all[1] * all[1];
	int64_t begin_ns;

	apsp->run = run;
	apsp->nodes = (uint32_t)all[1];
	apsp->side = apsp->nodes / BLOCK;
	apsp->wanted = parts_memory(run, count, sizeof(*apsp->wanted));
	for (size_t i = 0; i < 2; i++)
		apsp->lengths[i] = parts_memory(run, count, sizeof(*apsp->wanted));
	if (apsp->wanted == NULL || apsp->lengths[0] == NULL || apsp->lengths[1] == NULL)
		return false;
	for (size_t i = 0; i < count; i++)
		apsp->lengths[0][i] = i % (apsp->nodes + 1) == 0
					      ? 0
					      : 1 + savina_random_below(&random, WEIGHTS - 1);
	memcpy(apsp->wanted, apsp->lengths[0], count * sizeof(*apsp->wanted));
	begin_ns = bench_now();
	for (size_t over = 0; over < apsp->nodes; over++)
		relax(apsp->wanted, apsp->wanted, apsp->nodes, over, all, all);
	parts_report_sequential(run, begin_ns);
	return true;
}

static bool start(struct savina_run *run)
{
	struct apsp *apsp = run->data;
	uint32_t count = apsp->side * apsp->side;

	apsp->tally = (struct parts_tally){ run, count };
	if (!savina_spawn(run, &parts_tally_type, &apsp->tally, &apsp->tally_ref))
		return false;
	for (uint32_t i = 0; i < count; i++) {
		apsp->places[i] = (struct place){ apsp, i / apsp->side, i % apsp->side };
		if (!savina_spawn(run, &block_type, &apsp->places[i], &apsp->blocks[i]))
			return false;
	}
	for (uint32_t i = 0; i < count; i++)
		if (!savina_post(run, apsp->blocks[i], AKT_NEW_SIGNAL(apsp_start)))
			return false;
	return true;
}

static bool check(struct savina_run *run)
{
	const struct apsp *apsp = run->data;

	return parts_same(run, apsp->lengths[apsp->nodes % 2], apsp->wanted,
			  (size_t)apsp->nodes * apsp->nodes);
}

static void release(struct savina_run *run)
{
	struct apsp *apsp = run->data;

	free(apsp->lengths[0]);
	free(apsp->lengths[1]);
	free(apsp->wanted);
}

static const struct savina_plan plan = {
	.data_bytes = sizeof(struct apsp),
	.prepare = prepare,
	.start = start,
	.check = check,
	.release = release,
};

void savina_apsp(akt_bench *b, void *arg)
{
	(void)arg;
	savina_measure(b, &plan);
}
