/* SPDX-License-Identifier: MIT */
/* disasm: the instructions of the functions that match, each with what it cost. */
#include "pprof/load/binary.h"
#include "pprof/graph/graph.h"
#include "pprof/answer/objdump.h"
#include "pprof/ground/path.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SHORT_INSTRUCTION 40 /* longer ones have their place on a line before them */

/* A node at its address in the file. */
struct spot {
	uint64_t address;
	uint32_t node;
};

/* A program or library that may have symbols that match. */
struct object {
	struct binary binary;
	struct spot *spots; /* by address */
	size_t spot_count;
};

struct symbol {
	struct elf_symbol elf;
	char *name; /* that matched */
	const struct object *object;
	const struct spot *first;
	size_t count;
};

struct disassembly {
	struct graph *graph;
	struct object *objects;
	size_t object_count;
	struct symbol *symbols;
	size_t symbol_count, symbol_capacity;
	bool has_address;
	uint64_t address; /* that the regular expression is */
	bool found_symbol;
};

static int by_address(const void *a, const void *b)
{
	const struct spot *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return x->node < y->node ? -1 : 1;
}

/* The mapping of a file that an address lies in; the first of the file when in none. */
static const struct profile_mapping *mapping_of(const struct profile *p, uint32_t file,
						uint64_t address)
{
	const struct profile_mapping *first = NULL;

	for (uint32_t i = 0; i < p->mapping_count; i++) {
		const struct profile_mapping *m = &p->mappings[i];

		if (m->file != file)
			continue;
		if (first == NULL)
			first = m;
		if (address >= m->start && address < m->limit)
			return m;
	}
	return first;
}

static void add_spots(struct disassembly *d, struct object *object, uint32_t file)
{
	const struct graph *graph = d->graph;
	const struct profile *p = graph->report->profile;

	object->spots = take(graph->shown_count, sizeof(*object->spots));
	for (size_t i = 0; i < graph->shown_count; i++) {
		const struct node *node = &graph->nodes[graph->shown[i]];

		if (node->object != file)
			continue;
		object->spots[object->spot_count++] = (struct spot){
			akti_elf_address(object->binary.symbols, mapping_of(p, file, node->address),
					 node->address),
			graph->shown[i],
		};
	}
	qsort(object->spots, object->spot_count, sizeof(*object->spots), by_address);
}

/* The name by which a symbol matches, the caller's to free; NULL: it does not. */
static char *matching_name(const struct disassembly *d, const struct elf_symbol *symbol,
			   uint64_t wanted)
{
	const struct regex *regex = d->graph->report->symbol;
	char readable[4096];
	bool has_readable =
		akti_demangle(symbol->name, DEMANGLE_SHORT, true, readable, sizeof(readable));

	if ((d->has_address && wanted - symbol->address < symbol->size_bytes) ||
	    regex_finds(regex, symbol->name) || (has_readable && regex_finds(regex, readable)))
		return take_text(has_readable ? readable : symbol->name);
	return NULL;
}

static void add_symbol(struct disassembly *d, const struct object *object,
		       const struct elf_symbol *elf, char *name)
{
	struct symbol symbol = { .elf = *elf, .name = name, .object = object };
	size_t first = 0, end;

	while (first < object->spot_count && object->spots[first].address < elf->address)
		first++;
	for (end = first; end < object->spot_count &&
			  object->spots[end].address - elf->address < elf->size_bytes;)
		end++;
	symbol.first = &object->spots[first];
	symbol.count = end - first;
	d->found_symbol = true;
	if (symbol.count == 0) {
		free(name);
		return;
	}
	if (d->symbol_count == d->symbol_capacity) {
		d->symbol_capacity = 2 * d->symbol_capacity + 16;
		d->symbols = take_more(d->symbols, d->symbol_capacity, sizeof(*d->symbols));
	}
	d->symbols[d->symbol_count++] = symbol;
}

static void add_symbols(struct disassembly *d, const struct object *object, uint64_t wanted)
{
	struct elf_symbol symbol, before = { 0 };

	/* One of both symbol tables comes twice. */
	for (size_t i = 0; akti_elf_symbol(object->binary.symbols, i, &symbol); i++) {
		bool is_twin = before.name != NULL && before.address == symbol.address &&
			       strcmp(before.name, symbol.name) == 0;
		char *name = is_twin ? NULL : matching_name(d, &symbol, wanted);

		before = symbol;
		if (name != NULL)
			add_symbol(d, object, &symbol, name);
	}
}

static bool node_matches(const struct disassembly *d, uint32_t node)
{
	const struct regex *regex = d->graph->report->symbol;

	return regex_finds(regex, node_printable(d->graph, node)) ||
	       regex_finds(regex, graph_text(d->graph, d->graph->nodes[node].name));
}

/* Whether this mapping can have something to show: opening files costs. */
static bool is_wanted(const struct disassembly *d, uint32_t mapping)
{
	const struct profile *p = d->graph->report->profile;
	const struct profile_mapping *m = &p->mappings[mapping];

	for (uint32_t i = 0; i < mapping; i++)
		if (p->mappings[i].file == m->file)
			return false;
	if (d->has_address && m->start <= d->address && d->address <= m->limit)
		return true;
	for (size_t i = 0; i < d->graph->shown_count; i++) {
		uint32_t at = d->graph->shown[i];

		if (m->file != 0 && d->graph->nodes[at].object == m->file && node_matches(d, at))
			return true;
	}
	return false;
}

static void open_objects(struct disassembly *d, struct buffer *problem)
{
	struct report *report = d->graph->report;
	const struct profile *p = report->profile;

	d->objects = take_zeroed(p->mapping_count, sizeof(*d->objects));
	for (uint32_t i = 0; i < p->mapping_count; i++) {
		struct object *object = &d->objects[d->object_count];

		if (!is_wanted(d, i))
			continue;
		buffer_clear(problem);
		if (!binary_open(&object->binary, p, i, &report->warnings, problem))
			continue;
		d->object_count++;
		add_spots(d, object, p->mappings[i].file);
		add_symbols(d, object,
			    akti_elf_address(object->binary.symbols,
					     mapping_of(p, p->mappings[i].file, d->address),
					     d->address));
	}
}

static int by_name(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	if (order == 0 && x->elf.address != y->elf.address)
		order = x->elf.address < y->elf.address ? -1 : 1;
	return order;
}

/* The place that is printed beside an instruction. */
struct place {
	const char *function;
	char *file; /* without its directories */
	int64_t line;
};

static char *base_of(const char *file)
{
	return file[0] != '\0' ? path_base(file) : take_text("");
}

static void add_instruction(const struct report *report, const struct instruction *in,
			    const char *where, int64_t flat, int64_t cum, struct buffer *out)
{
	bool is_short = strlen(in->text) < SHORT_INSTRUCTION;

	if (where[0] != '\0' && !is_short)
		buffer_printf(out, "%74s;%s\n", "", where);
	buffer_pad(out, 10, report_value_or_dot(report, flat).text);
	buffer_text(out, " ");
	buffer_pad(out, 10, report_value_or_dot(report, cum).text);
	buffer_printf(out, " %10" PRIx64 ": ", in->address);
	if (where[0] != '\0' && is_short)
		buffer_printf(out, "%-40s;%s\n", in->text, where);
	else
		buffer_printf(out, "%s\n", in->text);
}

/* Said only where it changes. */
static char *describe(const struct place *place, const struct place *before)
{
	struct buffer text = { 0 };

	if (strcmp(place->function, before->function) == 0 &&
	    strcmp(place->file, before->file) == 0 && place->line == before->line)
		return take_text("");
	if (place->function[0] != '\0')
		buffer_printf(&text, "%s ", place->function);
	buffer_text(&text, place->file);
	if (place->file[0] != '\0' && place->line != 0)
		buffer_printf(&text, ":%" PRId64, place->line);
	return text.at != NULL ? text.at : take_text("");
}

/* Samples in the middle of an instruction, as return addresses are, are its own. */
static void add_instructions(struct disassembly *d, const struct symbol *symbol,
			     const struct instructions *list, struct buffer *out)
{
	const struct graph *graph = d->graph;
	struct place before = { "", take_text(""), 0 };
	size_t used = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct instruction *in = &list->at[i];
		uint64_t next = i + 1 < list->count ? list->at[i + 1].address : UINT64_MAX;
		struct place place = { in->function, base_of(in->file), in->line };
		struct node sum = { 0 };
		char *where;

		for (; used < symbol->count && symbol->first[used].address < next; used++) {
			const struct node *node = &graph->nodes[symbol->first[used].node];

			sum.flat = number_add(sum.flat, node->flat);
			sum.flat_div = number_add(sum.flat_div, node->flat_div);
			sum.cum = number_add(sum.cum, node->cum);
			sum.cum_div = number_add(sum.cum_div, node->cum_div);
			if (place.file[0] == '\0') {
				free(place.file);
				place.file = base_of(graph_text(graph, node->file));
			}
			if (place.line == 0)
				place.line = node->line;
			if (place.function[0] == '\0')
				place.function = graph_text(graph, node->name);
		}
		where = describe(&place, &before);
		add_instruction(graph->report, in, where, node_flat(&sum), node_cum(&sum), out);
		free(where);
		free(before.file);
		before = place;
	}
	free(before.file);
}

static bool add_routine(struct disassembly *d, const struct symbol *symbol, struct buffer *out,
			struct buffer *error)
{
	const struct report *report = d->graph->report;
	struct instructions list;
	int64_t flat = 0, cum = 0;

	if (!objdump_read(&list, symbol->object->binary.path, symbol->elf.address,
			  symbol->elf.address + symbol->elf.size_bytes, report->options, error))
		return false;
	for (size_t i = 0; i < symbol->count; i++) {
		flat = number_add(flat, d->graph->nodes[symbol->first[i].node].flat);
		cum = number_add(cum, d->graph->nodes[symbol->first[i].node].cum);
	}
	buffer_printf(out, "ROUTINE ======================== %s\n", symbol->name);
	buffer_pad(out, 10, report_value(report, flat).text);
	buffer_text(out, " ");
	buffer_pad(out, 10, report_value(report, cum).text);
	buffer_printf(out, " (flat, cum) %s of Total\n",
		      measure_percentage(cum, report->total).text);
	add_instructions(d, symbol, &list, out);
	objdump_free(&list);
	return true;
}

static void refuse(const struct disassembly *d, const struct buffer *problem, struct buffer *error)
{
	if (d->has_address && d->found_symbol)
		buffer_printf(error,
			      "address 0x%" PRIx64 " found in binary, but the corresponding "
			      "symbols do not have samples in the profile",
			      d->address);
	else if (d->has_address)
		buffer_printf(error, "no matches found for address 0x%" PRIx64, d->address);
	else
		buffer_printf(error, "no matches found for regexp %s",
			      regex_pattern(d->graph->report->symbol));
	if (problem->size > 0)
		buffer_printf(error, ": %s", problem->at);
}

static void close_all(struct disassembly *d)
{
	for (size_t i = 0; i < d->symbol_count; i++)
		free(d->symbols[i].name);
	for (size_t i = 0; i < d->object_count; i++) {
		binary_close(&d->objects[i].binary);
		free(d->objects[i].spots);
	}
	free(d->symbols);
	free(d->objects);
	graph_destroy(d->graph);
}

bool report_disasm(struct report *report, struct buffer *out, struct buffer *error)
{
	struct disassembly d = { .graph = graph_create(report) };
	struct buffer problem = { 0 };
	bool ok;

	graph_count(d.graph, false, false);
	d.has_address = parse_address(regex_pattern(report->symbol), &d.address);
	open_objects(&d, &problem);
	ok = d.symbol_count > 0;
	if (!ok) {
		refuse(&d, &problem, error);
	} else {
		buffer_printf(out, "Total: %s\n", report_value(report, report->total).text);
		qsort(d.symbols, d.symbol_count, sizeof(*d.symbols), by_name);
	}
	for (size_t i = 0; ok && i < d.symbol_count; i++)
		ok = add_routine(&d, &d.symbols[i], out, error);
	buffer_fini(&problem);
	close_all(&d);
	return ok;
}
