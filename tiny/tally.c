/* SPDX-License-Identifier: MIT */
/*
 * tally: counts the words of its standard input, most frequent first.
 *
 *	tally [-n how-many] <text
 *
 * A whole program on an installed akt. The main thread cuts the text into lines and posts each to a
 * cutter, in turn; a cutter sends every word to the shelf that keeps words with its first letter. A
 * word longer than a shelf can label makes the cutter fail: it restarts, the line's other words are
 * still counted, because each word is a message of its own. At the end each shelf is asked for its
 * best words.
 */
#include <akt/akt.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORD 24
#define SHELF 4096 /* different words on a shelf */
#define SHELVES 26
#define CUTTERS 2
#define BEST 16

struct line {
	char text[512];
};
AKT_MESSAGE_DEFINE(line, "tally.line", AKT_FIELD(1, line, text));
struct word {
	char text[WORD];
};
AKT_MESSAGE_DEFINE(word, "tally.word", AKT_FIELD(1, word, text));
struct best {
	struct entry {
		char text[WORD];
		uint64_t count;
	} entries[BEST];
};
AKT_MESSAGE_DEFINE(best, "tally.best", AKT_FIELD(1, best, entries));
AKT_SIGNAL_DEFINE(report, "tally.report");

static akt_ref shelves[SHELVES]; /* written before the first line is posted */

struct shelf {
	uint32_t used;
	struct entry entries[SHELF];
};

static int shelf_on_word(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct shelf *self = state;
	const struct word *m = akt_payload(msg, word);
	uint32_t i = 0;

	while (i < self->used && strcmp(self->entries[i].text, m->text) != 0)
		i++;
	if (i == SHELF)
		return akt_fail(ctx, AKT_ERR_LIMIT, "more than %d different words", SHELF);
	if (i == self->used)
		memcpy(self->entries[self->used++].text, m->text, sizeof(m->text));
	self->entries[i].count++;
	return 0;
}

static int by_count(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return strcmp(x->text, y->text);
}

static int shelf_on_report(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct shelf *self = state;
	struct best best = { 0 };

	(void)msg;
	qsort(self->entries, self->used, sizeof(self->entries[0]), by_count);
	memcpy(best.entries, self->entries, sizeof(best.entries));
	return akt_reply(ctx, AKT_NEW_FROM(best, best));
}

static const akt_handler shelf_handlers[] = {
	AKT_ON(word, shelf_on_word),
	AKT_ON(report, shelf_on_report),
	AKT_END,
};
static const akt_type shelf = {
	.name = "shelf",
	.state_size = sizeof(struct shelf),
	.handlers = shelf_handlers,
};

static int cutter_on_line(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const char *p = akt_payload(msg, line)->text;
	size_t too_long = 0;

	(void)state;
	while (*p != '\0') {
		char text[WORD] = { 0 };
		size_t length = 0;

		while (*p != '\0' && (!isalpha((unsigned char)*p) || (*p & 0x80)))
			p++;
		for (; isalpha((unsigned char)*p); p++, length++)
			if (length < WORD - 1)
				text[length] = (char)tolower((unsigned char)*p);
		if (length >= WORD)
			too_long = length;
		else if (length > 0 && text[0] >= 'a' && text[0] <= 'z')
			(void)akt_send(ctx, shelves[text[0] - 'a'],
				       akt_msg_new(AKT_TYPE_OF(word), text));
	}
	return too_long > 0 ? akt_fail(ctx, AKT_ERR_LIMIT, "a word of %zu letters", too_long) : 0;
}

static const akt_handler cutter_handlers[] = { AKT_ON(line, cutter_on_line), AKT_END };
static const akt_type cutter = {
	.name = "cutter",
	.handlers = cutter_handlers,
	.on_failure = AKT_DIRECTIVE_RESTART,
	.restarts_max = AKT_RESTARTS_UNLIMITED,
};

static int read_lines(akt_system *sys, const akt_ref cutters[CUTTERS])
{
	struct line line = { 0 };
	size_t next = 0;

	while (fgets(line.text, sizeof(line.text), stdin) != NULL) {
		int r = akt_post(sys, cutters[next++ % CUTTERS], AKT_NEW_FROM(line, line));

		if (r < 0)
			return r;
	}
	return akt_system_drain(sys, AKT_S(60));
}

static int collect(akt_system *sys, size_t how_many)
{
	static struct entry all[SHELVES * BEST];

	for (size_t i = 0; i < SHELVES; i++) {
		akt_msg *reply;
		int r = akt_call(sys, shelves[i], AKT_NEW_SIGNAL(report), AKT_S(5), &reply);

		if (r < 0)
			return r;
		memcpy(&all[i * BEST], akt_payload(reply, best), sizeof(struct best));
		akt_msg_free(reply);
	}
	qsort(all, SHELVES * BEST, sizeof(all[0]), by_count);
	for (size_t i = 0; i < how_many && i < SHELVES * BEST && all[i].count > 0; i++)
		printf("%" PRIu64 " %s\n", all[i].count, all[i].text);
	return 0;
}

int main(int argc, char **argv)
{
	size_t how_many = argc == 3 && strcmp(argv[1], "-n") == 0 ? strtoul(argv[2], NULL, 10) : 10;
	akt_ref cutters[CUTTERS];
	akt_system *sys;
	int r = akt_system_start(&sys, NULL);

	if (r < 0)
		return fprintf(stderr, "tally: %s\n", akt_strerror(r)), 1;
	for (size_t i = 0; r == 0 && i < SHELVES; i++)
		r = akt_spawn(sys, &shelf, NULL, &shelves[i]);
	for (size_t i = 0; r == 0 && i < CUTTERS; i++)
		r = akt_spawn(sys, &cutter, NULL, &cutters[i]);
	if (r == 0)
		r = read_lines(sys, cutters);
	if (r == 0)
		r = collect(sys, how_many);
	if (r < 0)
		fprintf(stderr, "tally: %s: %s\n", akt_strerror(r), akt_error_hint(r));
	return akt_system_stop(sys) < 0 || r < 0;
}
