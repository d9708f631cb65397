/* In how many ways do 12 queens not threaten each other? Work is divided down to 4 queens.
 * SPDX-License-Identifier: MIT
 *
 * Savina ends the search at 1,500,000 solutions; there are 14,200. Each is a message to the master. */
#include "crew.h"
#include "parts.h"

#define QUEENS 12u
#define THRESHOLD 4u

/* The rows of the queens in the first columns. */
struct queens_board {
	uint8_t size;
	uint8_t placed;
	unsigned char rows[QUEENS];
};
AKT_MESSAGE_DEFINE(queens_board, "queens.board", AKT_FIELD(1, queens_board, size),
		   AKT_FIELD(2, queens_board, placed), AKT_FIELD(3, queens_board, rows));

struct queens {
	struct crew crew;
	uint8_t size;
	uint64_t wanted;
};

/* Put one more queen on the board, if none threatens the row. */
static bool place(struct queens_board *board, unsigned char row)
{
	for (int i = 0; i < board->placed; i++) {
		int distance = board->placed - i;

		if (board->rows[i] == row || board->rows[i] + distance == row ||
		    board->rows[i] - distance == row)
			return false;
	}
	board->rows[board->placed++] = row;
	return true;
}

/* Count what can be made of the board; each solution is told to the master, if there is one. */
static uint64_t solve(akt_ctx *ctx, struct queens_board *board)
{
	uint64_t count = 0;

	if (board->placed == board->size) {
		int r = ctx != NULL ? crew_found(ctx) : 0;

		return r < 0 ? 0 : 1;
	}
	for (unsigned char row = 0; row < board->size; row++)
		if (place(board, row)) {
			count += solve(ctx, board);
			board->placed--;
		}
	return count;
}

static int divide(akt_ctx *ctx, struct queens_board *board)
{
	int r = 0;

	for (unsigned char row = 0; row < board->size && r >= 0; row++)
		if (place(board, row)) {
			r = crew_add(ctx, akt_msg_new(AKT_TYPE_OF(queens_board), board));
			board->placed--;
		}
	return r;
}

static int on_board(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct queens_board board = *akt_payload(msg, queens_board);
	int r = 0;

	(void)state;
	if (board.placed < THRESHOLD)
		r = divide(ctx, &board);
	else
		(void)solve(ctx, &board);
	return r < 0 ? r : crew_done(ctx);
}

/* What is divided most comes first, so that little waits. */
static int64_t priority(const akt_msg *msg)
{
	return akt_payload(msg, queens_board)->placed;
}

static const akt_handler worker_handlers[] = { AKT_ON(queens_board, on_board), AKT_END };
static const akt_type worker_type = {
	.name = "queens-worker",
	.handlers = worker_handlers,
	.mailbox = AKT_MAILBOX_PRIORITY,
	.priority = priority,
};

static bool prepare(struct savina_run *run)
{
	struct queens *queens = run->data;
	int64_t begin_ns = bench_now();
	struct queens_board board = { .size = (uint8_t)savina_size(run, QUEENS, 7) };

	queens->size = board.size;
	queens->wanted = solve(NULL, &board);
	parts_report_sequential(run, begin_ns);
	return true;
}

static bool start(struct savina_run *run)
{
	struct queens *queens = run->data;

	queens->crew = (struct crew){ .run = run, .worker = &worker_type };
	return crew_start(&queens->crew, AKT_NEW(queens_board, .size = queens->size));
}

static bool check(struct savina_run *run)
{
	const struct queens *queens = run->data;

	return bench_equal(run->b, queens->crew.found, savina_size(run, 14200, 40), "solutions") &&
	       bench_equal(run->b, queens->wanted, queens->crew.found, "without actors");
}

static const struct savina_plan plan = {
	.data_bytes = sizeof(struct queens),
	.prepare = prepare,
	.start = start,
	.check = check,
};

void savina_nqueenk(akt_bench *b, void *arg)
{
	(void)arg;
	savina_measure(b, &plan);
}
