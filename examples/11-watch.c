/* SPDX-License-Identifier: MIT */
/* Watches and a restart group. A gateway has three parts, and each needs those before it: a link, a
 * decoder, a journal. When the decoder meets a bad frame, deep in a call and with a file open, it
 * restarts with the journal; the link stays as it is. The watcher hears of the end, not of that. */
#include <akt/akt.h>
#include <stdio.h>

struct frame {
	char text[32];
};
AKT_MESSAGE_DEFINE(frame, "gateway.frame", AKT_FIELD(1, frame, text));

static void part_stop(akt_ctx *ctx, void *state, enum akt_reason reason)
{
	(void)state;
	if (reason == AKT_REASON_RESTART)
		printf("  %s restarts\n", akt_name(ctx));
}

static void close_file(void *file)
{
	fclose(file);
	printf("  the file is closed\n");
}

/* As deep as you like: nobody above has to hand the error on. */
static void decode(akt_ctx *ctx, const char *text, FILE *into)
{
	for (; *text != '\0'; text++)
		if (*text == '!' || fputc(*text, into) == EOF)
			akt_raise(ctx, AKT_ERR_FORMAT, "no frame holds a '%c'", *text);
}

static int decoder_on_frame(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct frame *m = akt_payload(msg, frame);
	FILE *file = fmemopen(NULL, sizeof(m->text), "w");

	(void)state;
	if (file == NULL)
		return akt_fail(ctx, AKT_ERR_IO, "no file for %s", m->text);
	if (akt_defer(ctx, close_file, file) < 0) /* else: closed however this handler ends */
		return fclose(file), AKT_ERR_NOMEM;
	decode(ctx, m->text, file);
	printf("  %s is decoded\n", m->text);
	return 0;
}

static const akt_handler decoder_handlers[] = { AKT_ON(frame, decoder_on_frame), AKT_END };
static const akt_type part = { .name = "part", .stop = part_stop };
static const akt_type decoder = { .name = "decoder",
				  .handlers = decoder_handlers,
				  .stop = part_stop,
				  .on_failure = AKT_DIRECTIVE_RESTART };

static int gateway_start(akt_ctx *ctx, void *state, const void *arg)
{
	int r = akt_spawn_child(ctx, &part, "link", NULL, NULL);

	(void)state, (void)arg;
	r = r < 0 ? r : akt_spawn_child(ctx, &decoder, "decoder", NULL, NULL);
	return r < 0 ? r : akt_spawn_child(ctx, &part, "journal", NULL, NULL);
}
static const akt_type gateway = { .name = "gateway",
				  .start = gateway_start,
				  .strategy = AKT_REST_FOR_ONE };
static int on_down(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state;
	printf("the decoder has ended, reason %d\n", (int)akt_payload(msg, akt_down)->reason);
	return 0;
}
static int watcher_start(akt_ctx *ctx, void *state, const void *arg)
{
	(void)state;
	return akt_watch(ctx, akt_find(akt_system_of(ctx), arg), on_down, 0);
}
static const akt_type watcher = { .name = "watcher", .start = watcher_start };

int main(void)
{
	static const struct frame frames[] = { { "on 7" }, { "on 8!" }, { "off 7" } };
	const akt_options options = { .size = sizeof(options), .workers = 1 }; /* for its output */
	akt_system *sys = NULL;
	int r = akt_system_start(&sys, &options);

	if (r == 0)
		r = akt_spawn(sys, &gateway, NULL, NULL);
	if (r == 0 && (r = akt_system_drain(sys, AKT_S(30))) == 0)
		r = akt_spawn(sys, &watcher, "decoder", NULL);
	for (int i = 0; r == 0 && i < 3; i++) {
		printf("%s\n", frames[i].text);
		r = akt_post(sys, akt_find(sys, "decoder"), AKT_NEW_FROM(frame, frames[i]));
		if (r == 0)
			r = akt_system_drain(sys, AKT_S(30));
	}
	if (r == 0 && (r = akt_stop(sys, akt_find(sys, "decoder"))) == 0)
		r = akt_system_drain(sys, AKT_S(30));
	return akt_system_stop(sys) < 0 || r < 0;
}
