/* SPDX-License-Identifier: MIT */
/* weblist: what is on the page. */
#include "pprof/load/binary.h"
#include "pprof/answer/objdump.h"
#include "pprof/ground/path.h"
#include "pprof/picture/weblist.h"

#include <stdlib.h>
#include <string.h>

#define NEIGHBOURHOOD 500u /* bytes of code around one that was measured */
#define RANGES_MAX 25u     /* the heaviest */
#define FRAMES_MAX 64u
#define UNKNOWN_LINE_BYTES 32u /* so far a line holds for instructions without one */

/* An address that was measured. */
struct spot {
	uint32_t location;
	uint32_t mapping; /* or PROFILE_NONE */
	uint64_t address;
	int64_t flat, cum;
	uint32_t stamp;
	bool is_wanted;
};

struct range {
	uint32_t mapping;
	uint64_t first, end;
	int64_t score;
	size_t first_spot, spot_end;
};

struct frame {
	uint32_t function, file;
	int64_t line;
};

struct frames {
	struct frame at[FRAMES_MAX]; /* innermost first */
	uint32_t count;
};

struct object {
	struct binary binary;
	struct dwarf *dwarf;
	bool is_tried, is_open;
};

struct collecting {
	struct weblist *list;
	struct profile *profile;
	struct spot *spots; /* by mapping and address */
	uint32_t *spot_of;  /* location -> spot */
	size_t spot_count;
	uint32_t text_count;    /* of the profile's own texts */
	bool *is_interesting;   /* text -> it names a function that matches */
	uint32_t *pretty;       /* system name -> name */
	struct object *objects; /* of mappings; those of one file share the first's */
	struct buffer problem;
};

static int by_address(const void *a, const void *b)
{
	const struct spot *x = a, *y = b;

	if (x->mapping != y->mapping)
		return x->mapping < y->mapping ? -1 : 1;
	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return x->location < y->location ? -1 : 1;
}

static void make_spots(struct collecting *c)
{
	const struct profile *p = c->profile;

	c->spots = take_zeroed(p->location_count, sizeof(*c->spots));
	c->spot_of = take(p->location_count, sizeof(*c->spot_of));
	for (uint32_t i = 0; i < p->location_count; i++)
		c->spots[i] = (struct spot){ .location = i,
					     .mapping = p->locations[i].mapping,
					     .address = p->locations[i].address };
	qsort(c->spots, p->location_count, sizeof(*c->spots), by_address);
	for (uint32_t i = 0; i < p->location_count; i++) {
		const struct spot spot = c->spots[i];
		const struct spot *last = c->spot_count > 0 ? &c->spots[c->spot_count - 1] : NULL;

		/* Without addresses each location is a place of its own. */
		if (last == NULL || spot.address == 0 || last->address != spot.address ||
		    last->mapping != spot.mapping)
			c->spots[c->spot_count++] = spot;
		c->spot_of[spot.location] = (uint32_t)c->spot_count - 1;
	}
}

static bool matches(const struct collecting *c, uint32_t text)
{
	return regex_finds(c->list->report->symbol, akti_profile_bytes(c->profile, text));
}

static void want(struct collecting *c, struct spot *spot, const struct profile_line *line)
{
	const struct profile_function *f = &c->profile->functions[line->function];

	c->is_interesting[f->name] = c->is_interesting[f->system_name] = true;
	spot->is_wanted = true;
}

/* Which functions of a location match; the name of the program or library counts as well. */
static void find_interest(struct collecting *c, uint32_t at, bool has_address, uint64_t address)
{
	const struct profile *p = c->profile;
	const struct profile_location *l = &p->locations[at];
	struct spot *spot = &c->spots[c->spot_of[at]];
	bool is_file_wanted =
		l->mapping != PROFILE_NONE && matches(c, p->mappings[l->mapping].file);

	for (uint32_t i = 0; i < l->line_count; i++) {
		const struct profile_line *line = &p->lines[l->line_first + i];
		const struct profile_function *f = &p->functions[line->function];
		bool is_here = has_address && l->address == address && i + 1 == l->line_count;

		c->pretty[f->system_name] = f->name;
		if (is_here || (i == 0 && is_file_wanted) || matches(c, f->name) ||
		    matches(c, f->system_name) || matches(c, f->file))
			want(c, spot, line);
	}
}

static void weigh_spots(struct collecting *c)
{
	const struct report *report = c->list->report;
	const struct profile *p = c->profile;
	bool *is_seen = take_zeroed(p->location_count, sizeof(*is_seen));
	uint64_t address = 0;
	bool has_address = parse_address(regex_pattern(report->symbol), &address);

	for (uint32_t i = 0; i < p->sample_count; i++) {
		const struct profile_sample *sample = &p->samples[i];
		const int64_t *values = &p->values[(uint64_t)i * p->type_count];
		int64_t value = values[report->value_index];

		if (report->is_mean)
			value = number_mean(value, values[0]);
		for (uint32_t j = 0; j < sample->ref_count; j++) {
			uint32_t at = p->refs[sample->ref_first + j];
			struct spot *spot = &c->spots[c->spot_of[at]];

			if (!is_seen[at])
				find_interest(c, at, has_address, address);
			is_seen[at] = true;
			if (j == 0)
				spot->flat = number_add(spot->flat, value);
			if (spot->stamp != i + 1)
				spot->cum = number_add(spot->cum, value);
			spot->stamp = i + 1;
		}
	}
	free(is_seen);
}

/* The program of a mapping; NULL: not here. */
static struct object *find_object(struct collecting *c, uint32_t mapping)
{
	struct object *object;
	uint32_t first = 0;

	if (mapping == PROFILE_NONE)
		return NULL;
	while (c->profile->mappings[first].file != c->profile->mappings[mapping].file)
		first++;
	object = &c->objects[first];
	if (!object->is_tried) {
		object->is_tried = true;
		buffer_clear(&c->problem);
		object->is_open = binary_open(&object->binary, c->profile, mapping,
					      &c->list->report->warnings, &c->problem);
		if (object->is_open)
			object->dwarf = akti_dwarf_open_modules(
				&(struct dwarf_module){ object->binary.path, 0 }, 1);
	}
	return object->is_open ? object : NULL;
}

static uint32_t add_source_file(struct collecting *c, const char *file)
{
	char *path;
	uint32_t text;

	if (strncmp(file, "/proc/self/cwd/", 15) == 0)
		file += 15;
	path = file[0] != '\0' ? path_clean(file) : take_text("");
	text = akti_profile_text(c->profile, path);
	free(path);
	return text;
}

static bool is_interesting(const struct collecting *c, uint32_t text)
{
	return text != 0 && text < c->text_count && c->is_interesting[text];
}

/* List an instruction under each frame of interest. */
static void add_entries(struct collecting *c, const struct frames *frames)
{
	struct weblist *list = c->list;

	for (uint32_t i = 0; i < frames->count; i++) {
		const struct frame *frame = &frames->at[i];

		if (!is_interesting(c, frame->function))
			continue;
		if (list->entry_count == list->entry_capacity) {
			list->entry_capacity = 2 * list->entry_capacity + 64;
			list->entries = take_more(list->entries, list->entry_capacity,
						  sizeof(*list->entries));
		}
		if (list->call_count + i > list->call_capacity) {
			list->call_capacity = 2 * list->call_capacity + FRAMES_MAX;
			list->calls =
				take_more(list->calls, list->call_capacity, sizeof(*list->calls));
		}
		list->entries[list->entry_count++] = (struct weblist_entry){
			.file = frame->file,
			.function = c->pretty[frame->function] != 0 ? c->pretty[frame->function]
								    : frame->function,
			.line = frame->line >= 0 && frame->line <= INT32_MAX ? frame->line : 0,
			.instruction = (uint32_t)list->instruction_count - 1,
			.first_call = (uint32_t)list->call_count,
			.call_count = i,
		};
		for (uint32_t j = i; j-- > 0;)
			list->calls[list->call_count++] =
				(struct weblist_call){ frames->at[j].file, frames->at[j].line };
	}
}

static struct weblist_instruction *add_instruction(struct weblist *list)
{
	if (list->instruction_count == list->instruction_capacity) {
		list->instruction_capacity = 2 * list->instruction_capacity + 64;
		list->instructions = take_more(list->instructions, list->instruction_capacity,
					       sizeof(*list->instructions));
	}
	return &list->instructions[list->instruction_count++];
}

struct framing {
	struct collecting *collecting;
	struct frames *frames;
};

static void add_frame(void *arg, const struct symbol_frame *from)
{
	struct framing *f = arg;
	struct collecting *c = f->collecting;
	uint32_t name, linkage;

	if (f->frames->count == FRAMES_MAX)
		return;
	name = akti_profile_text(c->profile, from->name);
	linkage = from->linkage != NULL ? akti_profile_text(c->profile, from->linkage) : name;
	f->frames->at[f->frames->count++] = (struct frame){
		is_interesting(c, linkage) ? linkage : name,
		add_source_file(c, from->file != NULL ? from->file : ""),
		from->line,
	};
}

/* The functions that an instruction is in: from DWARF, or as objdump and the symbols have it. */
static void find_frames(struct collecting *c, const struct object *object,
			const struct instruction *in, struct frames *frames)
{
	struct framing framing = { c, frames };
	const char *name;

	frames->count = 0;
	if (object->dwarf != NULL &&
	    akti_dwarf_frames(object->dwarf, in->address, add_frame, &framing) > 0)
		return;
	name = akti_elf_name(object->binary.symbols, in->address);
	add_frame(&framing, &(struct symbol_frame){ .name = name != NULL ? name : in->function,
						    .file = in->file,
						    .line = in->line });
}

/* What was added to the file's addresses. */
static uint64_t bias_of(const struct collecting *c, const struct range *range,
			const struct object *object)
{
	uint64_t address = c->spots[range->first_spot].address;

	return address - akti_elf_address(object->binary.symbols,
					  &c->profile->mappings[range->mapping], address);
}

static void add_code(struct collecting *c, const struct range *range, struct object *object,
		     const struct instructions *code)
{
	uint64_t bias = bias_of(c, range, object);
	struct frames *now = take(1, sizeof(*now)), *last = take_zeroed(1, sizeof(*last));
	uint64_t last_address = 0;
	size_t used = range->first_spot;

	for (size_t i = 0; i < code->count; i++) {
		const struct instruction *in = &code->at[i];
		bool has_next = i + 1 < code->count && code->at[i + 1].address > in->address;
		struct weblist_instruction *made = add_instruction(c->list);

		find_frames(c, object, in, now);
		*made = (struct weblist_instruction){
			.address = in->address + bias,
			.file_address = in->address,
			.size_bytes = has_next ? code->at[i + 1].address - in->address : 1,
			.text = take_text(in->text),
			.file = now->at[0].file,
			.line = now->at[0].line,
		};
		while (used < range->spot_end && c->spots[used].address < made->address)
			used++;
		for (; used < range->spot_end &&
		       c->spots[used].address - made->address < made->size_bytes;
		     used++) {
			made->flat = number_add(made->flat, c->spots[used].flat);
			made->cum = number_add(made->cum, c->spots[used].cum);
		}
		if (now->at[0].line != 0) {
			*last = *now;
			last_address = in->address;
		} else if (last->count > 0 && in->address - last_address <= UNKNOWN_LINE_BYTES) {
			*now = *last;
		}
		add_entries(c, now);
	}
	free(now);
	free(last);
}

/* What is measured without a program to look into is listed by the lines of the profile. */
static void add_spot(struct collecting *c, const struct spot *spot)
{
	const struct profile_location location = c->profile->locations[spot->location];
	struct weblist_instruction *made = add_instruction(c->list);
	struct frames *frames = take(1, sizeof(*frames));

	frames->count = 0;
	for (uint32_t i = 0; i < location.line_count && i < FRAMES_MAX; i++) {
		struct profile_line line = c->profile->lines[location.line_first + i];
		struct profile_function f = c->profile->functions[line.function];

		frames->at[frames->count++] = (struct frame){
			f.name,
			add_source_file(c, akti_profile_bytes(c->profile, f.file)),
			line.line,
		};
	}
	*made = (struct weblist_instruction){ .address = spot->address,
					      .file_address = spot->address,
					      .size_bytes = 1,
					      .flat = spot->flat,
					      .cum = spot->cum };
	if (frames->count > 0) {
		made->file = frames->at[0].file;
		made->line = frames->at[0].line;
	}
	add_entries(c, frames);
	free(frames);
}

/* From one spot of interest to the last that is near enough, with some code around. */
static struct range range_from(const struct collecting *c, size_t first)
{
	const struct spot *spots = c->spots;
	const struct profile_mapping *m = &c->profile->mappings[spots[first].mapping];
	bool has_bounds = m->limit > m->start;
	size_t last = first;
	struct range range = { .mapping = spots[first].mapping, .score = spots[first].flat };

	for (size_t i = first + 1; i < c->spot_count && spots[i].mapping == range.mapping; i++) {
		if (!spots[i].is_wanted)
			continue;
		if (spots[i].address - spots[last].address > 2 * NEIGHBOURHOOD)
			break;
		last = i;
		range.score = number_add(range.score, spots[i].flat);
	}
	range.first = has_bounds ? m->start : 0;
	if (spots[first].address - range.first > NEIGHBOURHOOD)
		range.first = spots[first].address - NEIGHBOURHOOD;
	range.end = spots[last].address + NEIGHBOURHOOD;
	if (has_bounds && spots[last].address < m->limit && range.end > m->limit)
		range.end = m->limit;
	range.first_spot = first;
	while (range.first_spot > 0 && spots[range.first_spot - 1].mapping == range.mapping &&
	       spots[range.first_spot - 1].address >= range.first)
		range.first_spot--;
	for (range.spot_end = last + 1; range.spot_end < c->spot_count &&
					spots[range.spot_end].mapping == range.mapping &&
					spots[range.spot_end].address < range.end;)
		range.spot_end++;
	return range;
}

static int by_score(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return x->first < y->first ? -1 : 1;
}

/* Disassemble around what is of interest. False with a text when objdump is not here. */
static bool add_ranges(struct collecting *c, struct buffer *error)
{
	struct range *ranges = take(c->spot_count, sizeof(*ranges));
	const struct options *options = c->list->report->options;
	size_t count = 0;
	bool ok = true;

	for (size_t i = 0; i < c->spot_count; i++) {
		const struct spot *spot = &c->spots[i];

		if (!spot->is_wanted)
			continue;
		if (spot->address == 0 || find_object(c, spot->mapping) == NULL) {
			add_spot(c, spot);
			continue;
		}
		ranges[count] = range_from(c, i);
		i = ranges[count++].spot_end - 1;
	}
	qsort(ranges, count, sizeof(*ranges), by_score);
	if (count > RANGES_MAX) {
		c->list->omitted_ranges = count - RANGES_MAX;
		count = RANGES_MAX;
	}
	for (size_t i = 0; ok && i < count; i++) {
		struct object *object = find_object(c, ranges[i].mapping);
		uint64_t bias = bias_of(c, &ranges[i], object);
		struct instructions code;

		ok = objdump_read(&code, object->binary.path, ranges[i].first - bias,
				  ranges[i].end - bias, options, error);
		if (!ok)
			break;
		add_code(c, &ranges[i], object, &code);
		objdump_free(&code);
	}
	free(ranges);
	return ok;
}

static int by_place(const void *a, const void *b, void *arg)
{
	const struct profile *p = arg;
	const struct weblist_entry *x = a, *y = b;

	if (x->file != y->file)
		return strcmp(akti_profile_bytes(p, x->file), akti_profile_bytes(p, y->file));
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->instruction != y->instruction)
		return x->instruction < y->instruction ? -1 : 1;
	return x->call_count < y->call_count ? -1 : 1;
}

static void collecting_fini(struct collecting *c)
{
	for (uint32_t i = 0; i < c->profile->mapping_count; i++) {
		akti_dwarf_close(c->objects[i].dwarf);
		if (c->objects[i].is_open)
			binary_close(&c->objects[i].binary);
	}
	free(c->objects);
	free(c->spots);
	free(c->spot_of);
	free(c->is_interesting);
	free(c->pretty);
	buffer_fini(&c->problem);
}

bool report_weblist(struct report *report, struct buffer *out, struct buffer *error)
{
	struct profile *p = report->profile;
	struct weblist list = { .report = report };
	struct collecting c = { .list = &list, .profile = p, .text_count = p->strings->count };
	bool ok;

	c.is_interesting = take_zeroed(c.text_count, sizeof(*c.is_interesting));
	c.pretty = take_zeroed(c.text_count, sizeof(*c.pretty));
	c.objects = take_zeroed(p->mapping_count, sizeof(*c.objects));
	make_spots(&c);
	weigh_spots(&c);
	ok = add_ranges(&c, error);
	if (ok && list.entry_count == 0) {
		buffer_printf(error, "no matches found for regexp: %s",
			      regex_pattern(report->symbol));
		ok = false;
	}
	if (ok) {
		if (c.problem.size > 0)
			buffer_printf(&report->warnings, "No instructions: %s\n", c.problem.at);
		qsort_r(list.entries, list.entry_count, sizeof(*list.entries), by_place, p);
		weblist_write(&list, out);
	}
	for (size_t i = 0; i < list.instruction_count; i++)
		free(list.instructions[i].text);
	free(list.instructions);
	free(list.entries);
	free(list.calls);
	collecting_fini(&c);
	return ok;
}
