/* SPDX-License-Identifier: MIT */
/*
 * look: actors seen by who does not own them, and their paths.
 *
 * A slot may change hands at any moment, so a look is a seqlock whose sequence is the generation: read
 * ctl, read the fields, read ctl again. What makes it one, without a fence:
 *
 *   L1 tenant: fields are published (rel) after the former tenant's end was stored in ctl
 *      <-> look: the fields are peeked at (acq), then ctl. A look that saw a later tenant's field sees
 *      at least the end before it, so the generation differs, and the look is thrown away.
 *   L2 birth: ctl with CTL_LIVE (rel) after the fields <-> look: ctl (acq) before the fields.
 *
 * The type's table is constant and outlives its actors; a name is copied under its shard's lock
 * (registry.h). A parent outlives its children, so while an actor lives all above it are the same: a
 * path is right if its last actor still lives when all of it has been read.
 *
 * Proved by: tests/unit/actor/test_look.c (births and ends of named actors while others look).
 */
#include "actor/actors.h"
#include "prof/heap.h"
#include <akt/observe.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static bool is_somebody(uint64_t ctl)
{
	return (ctl & (CTL_LIVE | CTL_PORT)) == CTL_LIVE;
}

bool akti_look(struct actors *actors, uint32_t slot, struct look *ret_look)
{
	struct cell *cell = akti_table_cell(&actors->table, slot);
	struct look *look = ret_look;
	uint64_t ctl = akti_load_acq(&cell->ctl);

	if (!is_somebody(ctl))
		return false;
	look->slot = slot;
	look->gen = akti_ctl_gen(ctl);
	look->ctl = ctl;
	look->parent = akti_load_acq(&cell->parent);
	look->mode = akti_peek(&cell->mode);
	look->type = akti_peek(&cell->type);
	look->name[0] = '\0';
	look->name_length =
		akti_registry_read(&actors->names, akti_name_place(cell), look->gen, look->name);
	return akti_look_stands(actors, look);
}

bool akti_look_stands(struct actors *actors, const struct look *look)
{
	uint64_t ctl = akti_load_acq(&akti_table_cell(&actors->table, look->slot)->ctl);

	return akti_ctl_gen(ctl) == look->gen && is_somebody(ctl);
}

AKTI_NOINLINE bool akti_hand_over(struct actors *actors, uint64_t address, const akt_msg *msg)
{
	uint32_t slot = ADDRESS_SLOT(address), gen = ADDRESS_GEN(address);
	struct cell *cell;
	const akt_type *type;

	if (msg == NULL)
		return false;
	if (slot >= akti_load_acq(&actors->table.used))
		return true;
	cell = akti_table_cell(&actors->table, slot);
	if (akti_ctl_gen(akti_load_acq(&cell->ctl)) != gen)
		return true;
	type = akti_peek(&cell->type);
	if (akti_ctl_gen(akti_load_acq(&cell->ctl)) == gen) /* L1 */
		akti_prof_heap_own(msg, type, (uint64_t)slot << 32 | gen);
	return true;
}

/* Look at that one and no other. */
static bool look_at(struct actors *actors, akt_ref ref, struct look *ret_look)
{
	return ref.node == actors->node && ref.slot < akti_load_acq(&actors->table.used) &&
	       akti_look(actors, ref.slot, ret_look) && ret_look->gen == ref.gen;
}

/* --- paths -------------------------------------------------------------------------------------- */

/* Where a path goes: into to, of size bytes, or nowhere, and is compared with like, if there is one. */
struct sink {
	char *to;
	size_t size;
	const char *like; /* as long as the path at least */
	size_t at;
	bool differs;
};

static void put(struct sink *sink, char c)
{
	if (sink->at < sink->size)
		sink->to[sink->at] = c;
	if (sink->like != NULL && sink->like[sink->at] != c)
		sink->differs = true;
	sink->at++;
}

/* Letters that would make a path say something else, or be no line of text, as %XX. */
static void put_text(struct sink *sink, const char *text)
{
	static const char digits[] = "0123456789ABCDEF";

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c > ' ' && c != 0x7f && c != '/' && c != '#' && c != '%') {
			put(sink, (char)c);
			continue;
		}
		put(sink, '%');
		put(sink, digits[c >> 4]);
		put(sink, digits[c & 15]);
	}
}

static void put_words(struct sink *sink, const char *type, const char *name, uint32_t slot,
		      uint32_t gen)
{
	char number[32];

	put(sink, '/');
	if (name[0] != '\0') {
		put_text(sink, name);
		return;
	}
	(void)snprintf(number, sizeof(number), "#%" PRIu32 ".%" PRIu32, slot, gen);
	put_text(sink, type);
	for (const char *c = number; *c != '\0'; c++)
		put(sink, *c);
}

static void put_component(struct sink *sink, const struct look *look)
{
	put_words(sink, look->type->name, look->name_length > 0 ? look->name : "", look->slot,
		  look->gen);
}

size_t akti_path_component(const char *type, const char *name, akt_ref ref, char *text, size_t size)
{
	struct sink sink = { text, size, NULL, 0, false };

	put_words(&sink, type, name, ref.slot, ref.gen);
	return sink.at;
}

static size_t component_length(const struct look *look)
{
	struct sink none = { NULL, 0, NULL, 0, false };

	put_component(&none, look);
	return none.at;
}

/* The length of leaf's path; 0: it has ended meanwhile. With sink: put it there, ending at end. */
static size_t walk_up(struct actors *actors, const struct look *leaf, struct sink *sink, size_t end)
{
	struct look above = *leaf;
	size_t total = 0;

	for (;;) {
		size_t length = component_length(&above);

		total += length;
		if (sink != NULL) {
			if (total > end)
				return 0;
			sink->at = end - total;
			put_component(sink, &above);
		}
		if (above.parent == CELL_NONE)
			break;
		if (!akti_look(actors, above.parent, &above) || !akti_look_stands(actors, leaf))
			return 0;
	}
	return akti_look_stands(actors, leaf) ? total : 0;
}

int akt_system_path(akt_system *sys, akt_ref ref, char *text, size_t size)
{
	struct actors *actors = (struct actors *)sys;
	struct sink sink = { text, size > 0 ? size - 1 : 0, NULL, 0, false };
	struct look leaf;
	size_t length;

	if (sys == NULL || (text == NULL && size > 0))
		return AKT_ERR_INVALID;
	if (size > 0)
		text[0] = '\0';
	if (!look_at(actors, ref, &leaf))
		return AKT_ERR_GONE;
	length = walk_up(actors, &leaf, NULL, 0);
	if (length > INT_MAX)
		return AKT_ERR_LIMIT;
	if (length == 0 || walk_up(actors, &leaf, &sink, length) != length) {
		if (size > 0)
			text[0] = '\0';
		return AKT_ERR_GONE;
	}
	if (size > 0)
		text[length < size ? length : size - 1] = '\0';
	return (int)length;
}

int akt_path(akt_ctx *ctx, char *text, size_t size)
{
	if (ctx == NULL)
		return AKT_ERR_INVALID;
	return akt_system_path((akt_system *)ctx->actors, akt_self(ctx), text, size);
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A name as it was before put_text. False: it is none. */
static bool read_name(const char *text, char name[AKT_NAME_MAX + 1])
{
	size_t n = 0;

	for (; *text != '\0'; text++) {
		if (n == AKT_NAME_MAX)
			return false;
		name[n] = *text;
		if (*text == '%') {
			int high = digit_of(text[1]);
			int low = high >= 0 ? digit_of(text[2]) : -1;

			if (low < 0 || high + low == 0)
				return false;
			name[n] = (char)(high << 4 | low);
			text += 2;
		}
		n++;
	}
	name[n] = '\0';
	return n > 0;
}

akt_ref akti_path_candidate(struct actors *actors, const char *last)
{
	const char *number = strrchr(last, '#');
	akt_ref ref = { 0, 0, 0 };
	char name[AKT_NAME_MAX + 1];

	if (number == NULL)
		return read_name(last, name) ? akti_registry_find(&actors->names, name) : ref;
	if (sscanf(number, "#%" SCNu32 ".%" SCNu32, &ref.slot, &ref.gen) == 2)
		ref.node = actors->node;
	return ref;
}

akt_ref akt_find_path(akt_system *sys, const char *path)
{
	struct actors *actors = (struct actors *)sys;
	akt_ref none = { 0, 0, 0 };
	struct sink sink = { NULL, 0, path, 0, false };
	size_t length;
	struct look leaf;
	akt_ref ref;

	if (sys == NULL || path == NULL || path[0] != '/')
		return none;
	ref = akti_path_candidate(actors, strrchr(path, '/') + 1);
	length = strlen(path);
	if (ref.node == 0 || !look_at(actors, ref, &leaf) ||
	    walk_up(actors, &leaf, NULL, 0) != length ||
	    walk_up(actors, &leaf, &sink, length) != length || sink.differs)
		return none;
	return ref;
}

/* --- children ----------------------------------------------------------------------------------- */

int akt_children(akt_ctx *ctx, akt_ref *refs, size_t max)
{
	struct table *table;
	uint32_t slot;
	size_t count = 0;

	if (ctx == NULL || (refs == NULL && max > 0))
		return AKT_ERR_INVALID;
	table = &ctx->actors->table;
	for (slot = ctx->cell->first_child; slot != CELL_NONE;) {
		const struct cell *child = akti_table_cell(table, slot);

		slot = child->next_sibling;
		/* One that has ended is in the list until this actor has been told. */
		if (!is_somebody(akti_load_acq(&((struct cell *)(uintptr_t)child)->ctl)))
			continue;
		if (count < max)
			refs[count] = akti_ref_of(ctx->actors, child);
		count++;
	}
	return (int)count;
}

int akt_system_children(akt_system *sys, akt_ref parent, akt_ref *refs, size_t max)
{
	struct actors *actors = (struct actors *)sys;
	uint32_t above = CELL_NONE;
	size_t count = 0;
	struct look look;
	uint32_t used;

	if (sys == NULL || (refs == NULL && max > 0))
		return AKT_ERR_INVALID;
	if (parent.node != 0) {
		if (!look_at(actors, parent, &look))
			return AKT_ERR_GONE;
		above = parent.slot;
	}
	used = akti_load_acq(&actors->table.used);
	for (uint32_t slot = 0; slot < used; slot++) {
		if (!akti_look(actors, slot, &look) || look.parent != above)
			continue;
		if (count < max)
			refs[count] = (akt_ref){ look.slot, look.gen, actors->node };
		count++;
	}
	if (parent.node != 0 && !akt_alive(sys, parent))
		return AKT_ERR_GONE;
	return (int)count;
}
