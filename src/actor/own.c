/* SPDX-License-Identifier: MIT */
/*
 * own: what an incarnation or a handler owns, and gives back however it ends.
 *
 * Two lists of blocks, each with a header in front: one hangs on the actor (struct rare) and ends
 * with the incarnation, one on the worker's context and ends with the handler. A duty is a block
 * without memory for the user. Both end in the reverse order of their making.
 */
#include "actor/actors.h"
#include <string.h>

struct own {
	struct own *next; /* made before this one */
	struct own *prev;
	void (*duty)(void *arg); /* NULL: memory */
	union {
		void *arg;
		size_t bytes; /* of the whole block */
	};
	_Alignas(16) unsigned char memory[];
};

static struct own *new_own(struct own **list, size_t bytes)
{
	struct own *own;

	if (bytes > AKT_ALLOC_MAX_BYTES)
		return NULL;
	own = akti_mem_alloc(sizeof(*own) + bytes, MEM_ARENA);
	if (own == NULL)
		return NULL;
	own->next = *list;
	own->prev = NULL;
	if (own->next != NULL)
		own->next->prev = own;
	own->duty = NULL;
	own->bytes = sizeof(*own) + bytes;
	*list = own;
	return own;
}

static size_t block_bytes(const struct own *own)
{
	return own->duty != NULL ? sizeof(*own) : own->bytes;
}

void akti_own_end(struct own **list)
{
	/* A duty may make new ones. */
	while (*list != NULL) {
		struct own *own = *list;
		void (*duty)(void *arg) = own->duty;
		void *arg = own->arg;

		*list = own->next;
		if (own->next != NULL)
			own->next->prev = NULL;
		akti_mem_free(own, block_bytes(own));
		if (duty != NULL)
			duty(arg);
	}
}

void akti_own_end_incarnation(struct rare *rare)
{
	akti_own_end(&rare->owned);
	rare->owned_bytes = 0;
}

static void *zeroed(struct own *own, size_t bytes)
{
	if (own == NULL)
		return NULL;
	return memset(own->memory, 0, bytes);
}

void *akt_alloc(akt_ctx *ctx, size_t bytes)
{
	struct rare *rare = akti_cell_rare(ctx->cell);
	struct own *own = rare != NULL ? new_own(&rare->owned, bytes) : NULL;

	if (own != NULL)
		rare->owned_bytes += own->bytes;
	return zeroed(own, bytes);
}

void akt_free(akt_ctx *ctx, void *block)
{
	struct own *own;

	if (block == NULL)
		return;
	own = akti_container_of(block, struct own, memory);
	if (own->prev != NULL)
		own->prev->next = own->next;
	else
		ctx->cell->rare->owned = own->next;
	if (own->next != NULL)
		own->next->prev = own->prev;
	ctx->cell->rare->owned_bytes -= own->bytes;
	akti_mem_free(own, own->bytes);
}

void *akt_scratch(akt_ctx *ctx, size_t bytes)
{
	ctx->state |= CTX_SCOPE;
	return zeroed(new_own(&ctx->scope, bytes), bytes);
}

static int add_duty(struct own **list, void (*duty)(void *arg), void *arg)
{
	struct own *own;

	if (duty == NULL)
		return AKT_ERR_INVALID;
	own = new_own(list, 0);
	if (own == NULL)
		return AKT_ERR_NOMEM;
	own->duty = duty;
	own->arg = arg;
	return 0;
}

int akt_defer(akt_ctx *ctx, void (*duty)(void *arg), void *arg)
{
	ctx->state |= CTX_SCOPE;
	return add_duty(&ctx->scope, duty, arg);
}

int akt_at_end(akt_ctx *ctx, void (*duty)(void *arg), void *arg)
{
	struct rare *rare = akti_cell_rare(ctx->cell);

	return rare != NULL ? add_duty(&rare->owned, duty, arg) : AKT_ERR_NOMEM;
}
