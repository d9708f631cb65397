/* SPDX-License-Identifier: MIT */
/* Blocking work. A librarian is asked how many lines a file has. Reading may take long, so it is done
 * on a thread that may block; the librarian goes on meanwhile, and its answer comes back as any
 * other does. */
#include <akt/akt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct question {
	char path[64];
};
AKT_MESSAGE_DEFINE(question, "library.question", AKT_FIELD(1, question, path));
struct lines {
	uint64_t count;
};
AKT_MESSAGE_DEFINE(lines, "library.lines", AKT_FIELD(1, lines, count));

/* On a thread of its own: owns arg, and gives a message back. */
static int count_lines(void *arg, akt_msg **ret_result)
{
	FILE *file = fopen(arg, "r");
	uint64_t count = 0;
	int c;

	free(arg);
	if (file == NULL)
		return AKT_ERR_IO;
	while ((c = fgetc(file)) != EOF)
		count += c == '\n';
	fclose(file);
	*ret_result = AKT_NEW(lines, .count = count);
	return 0;
}
static const akt_work counting = { .name = "count lines", .run = count_lines, .discard = free };

struct librarian {
	akt_msg *request; /* who waits for an answer */
};

static int on_counted(akt_ctx *ctx, void *state, akt_msg *result)
{
	struct librarian *self = state;
	int error = akt_msg_error(result);
	uint64_t count = error < 0 ? 0 : akt_payload(result, lines)->count;
	int r = akt_reply_to(ctx, self->request, AKT_NEW(lines, .count = count));

	akt_msg_free(self->request);
	self->request = NULL;
	return r;
}

static int on_question(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct librarian *self = state;
	char *path;

	if (self->request != NULL)
		return akt_reply_error(ctx, AKT_ERR_REFUSED, "one at a time");
	path = strdup(akt_payload(msg, question)->path);
	self->request = akt_msg_take(ctx);
	return akt_block(ctx, &counting, path, AKT_S(10), on_counted, 0, NULL);
}

static const akt_handler librarian_handlers[] = { AKT_ON(question, on_question), AKT_END };
static const akt_type librarian = {
	.name = "librarian",
	.state_size = sizeof(struct librarian),
	.handlers = librarian_handlers,
};

int main(void)
{
	akt_system *sys;
	akt_ref ref;
	akt_msg *reply;
	int r = akt_system_start(&sys, NULL);

	if (r < 0)
		return 1;
	r = akt_spawn(sys, &librarian, NULL, &ref);
	if (r == 0)
		r = akt_call(sys, ref, AKT_NEW(question, .path = "/dev/null"), AKT_S(20), &reply);
	if (r == 0) {
		printf("/dev/null has %" PRIu64 " lines\n", akt_payload(reply, lines)->count);
		akt_msg_free(reply);
	}
	if (r < 0)
		fprintf(stderr, "blocking: %s\n", akt_strerror(r));
	return akt_system_stop(sys) < 0 || r < 0;
}
