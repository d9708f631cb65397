/* SPDX-License-Identifier: MIT */
/* context: what a handler asks of its context. */
#include "actor/actors.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LOG_LINE_BYTES 512u

const char *akt_ref_print(akt_ref ref, char text[AKT_REF_TEXT])
{
	(void)snprintf(text, AKT_REF_TEXT, "#%" PRIu32 ".%" PRIu32 "@%" PRIx64, ref.slot, ref.gen,
		       ref.node);
	return text;
}

akt_system *akt_system_of(akt_ctx *ctx)
{
	return (akt_system *)ctx->actors;
}

akt_ref akt_self(akt_ctx *ctx)
{
	return akti_ref_of(ctx->actors, ctx->cell);
}

akt_ref akt_sender(akt_ctx *ctx)
{
	uint64_t from = ctx->msg != NULL ? ctx->msg->from : ctx->from;
	akt_ref ref = { ADDRESS_SLOT(from), ADDRESS_GEN(from), from != 0 ? ctx->actors->node : 0 };

	return ref;
}

akt_ref akt_parent(akt_ctx *ctx)
{
	uint32_t parent = akti_load_rlx(&ctx->cell->parent);
	akt_ref none = { 0, 0, 0 };

	if (parent == CELL_NONE)
		return none;
	return akti_ref_of(ctx->actors, akti_table_cell(&ctx->actors->table, parent));
}

const char *akt_name(akt_ctx *ctx)
{
	return ctx->cell->name != NULL ? ctx->cell->name->text : "";
}

int64_t akt_now(akt_ctx *ctx)
{
	return akti_sched_now(&ctx->actors->sched);
}

uint64_t akt_random(akt_ctx *ctx)
{
	return akti_sched_random(ctx->worker);
}

static AKTI_PRINTF(3, 0) void log_line(struct actors *actors, const char *prefix, const char *fmt,
				       va_list args)
{
	char line[LOG_LINE_BYTES];
	int n;

	if (actors->options.log == NULL)
		return;
	n = snprintf(line, sizeof(line), "%s", prefix);
	if (n >= 0 && (size_t)n < sizeof(line))
		(void)vsnprintf(line + n, sizeof(line) - (size_t)n, fmt, args);
	actors->options.log(actors->options.arg, line);
}

void akti_log(struct actors *actors, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_line(actors, "", fmt, args);
	va_end(args);
}

void akt_log(akt_ctx *ctx, const char *fmt, ...)
{
	char prefix[AKT_NAME_MAX + 64];
	va_list args;

	(void)snprintf(prefix, sizeof(prefix), "%s%s%s: ", ctx->cell->type->name,
		       ctx->cell->name != NULL ? " " : "", akt_name(ctx));
	va_start(args, fmt);
	log_line(ctx->actors, prefix, fmt, args);
	va_end(args);
}

void akt_log_stderr(void *arg, const char *line)
{
	(void)arg;
	fprintf(stderr, "%s\n", line);
}

static AKTI_PRINTF(5, 0) void write_trail(akt_ctx *ctx, int error, const char *function, int line,
					  const char *fmt, va_list args)
{
	int n = vsnprintf(ctx->trail, sizeof(ctx->trail), fmt, args);

	if (n >= 0 && (size_t)n < sizeof(ctx->trail))
		(void)snprintf(ctx->trail + n, sizeof(ctx->trail) - (size_t)n, " (%s:%d)", function,
			       line);
	ctx->trail_error = error;
}

int akt_fail_at(akt_ctx *ctx, int error, const char *function, int line, const char *fmt, ...)
{
	va_list args;

	AKT_DEBUG(error < 0);
	va_start(args, fmt);
	write_trail(ctx, error, function, line, fmt, args);
	va_end(args);
	return error;
}

void akt_raise_at(akt_ctx *ctx, int error, const char *function, int line, const char *fmt, ...)
{
	va_list args;

	AKT_ASSERT(ctx->cell != NULL); /* of a handler or a hook */
	va_start(args, fmt);
	write_trail(ctx, error, function, line, fmt, args);
	va_end(args);
	ctx->raised = error < 0 ? error : AKT_ERR_FAILED;
	longjmp(*ctx->landing, 1);
}

int akt_reply_error(akt_ctx *ctx, int error, const char *fmt, ...)
{
	char text[AKT_ERROR_TEXT_MAX + 1];
	va_list args;

	if (error >= 0)
		return AKT_ERR_INVALID;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	akti_reply_verdict(ctx, error, text);
	return 0;
}

akt_msg *akt_msg_take(akt_ctx *ctx)
{
	akt_msg *msg = akti_detach_current(ctx);

	/* A question keeps its asker, for akt_reply_to. */
	if (msg != NULL && (msg->to & (MSG_REPLY | MSG_TIMER)))
		msg = akti_msg_plain(msg);
	return msg;
}
