/* SPDX-License-Identifier: MIT */
/* weblist: how the page looks. A line with instructions is a <details>, which keys open as well. */
#include "pprof/ground/html.h"
#include "pprof/ground/path.h"
#include "pprof/answer/source_text.h"
#include "pprof/picture/weblist.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MERGED_LINES 20 /* so near lines of one function are one listing */
#define CODE_COLUMN 32  /* where instructions begin */
#define MARGIN 5        /* lines around it */

struct source_file {
	uint32_t file;
	struct source_text text;
};

/* One function in one file: some entries and the lines to show. */
struct listing {
	uint32_t function;
	size_t first, end; /* entries */
	int64_t first_line, end_line;
	int64_t flat, cum;
};

struct page {
	const struct weblist *list;
	struct buffer *out;
	struct source_file *sources;
	size_t source_count;
	struct listing *listings;
	size_t listing_count;
};

static const char head[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\">\n"
	"<head>\n"
	"<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	"style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
	"<style>\n"
	":root { color-scheme: light dark; --ink: #1c1c1c; --paper: #fff; --soft: #666;\n"
	"  --edge: #d4d4d4; --band: #f4f4f4; --code: #00527a; --call: #705000; --hot: 220 80 0; }\n"
	"@media (prefers-color-scheme: dark) {\n"
	"  :root { --ink: #e4e4e4; --paper: #16181b; --soft: #a0a0a0; --edge: #3a3d42;\n"
	"    --band: #22252a; --code: #7fc8f0; --call: #e0b860; --hot: 255 120 40; } }\n"
	"body { color: var(--ink); background: var(--paper); margin: 1rem;\n"
	"  font: 14px/1.45 system-ui, sans-serif; }\n"
	"h1 { font-size: 1.2rem; } h2 { font-size: 1rem; margin: 1.5rem 0 .3rem; }\n"
	"a { color: var(--code); } .soft, h2 span { color: var(--soft); font-weight: normal; }\n"
	".listing { border: 1px solid var(--edge); overflow-x: auto; }\n"
	".listing > *, .head { min-width: max-content; }\n"
	".line, .head, summary, .asm { font: 13px/1.45 ui-monospace, monospace;\n"
	"  white-space: pre; tab-size: 8; }\n"
	".head { color: var(--soft); border-bottom: 1px solid var(--edge); }\n"
	"summary { cursor: pointer; list-style: none; }\n"
	"summary::-webkit-details-marker { display: none; }\n"
	"summary::before, .line::before, .head::before { content: ''; display: inline-block;\n"
	"  width: 2ch; }\n"
	"summary::before { content: '\\25B8'; }\n"
	"details[open] > summary::before { content: '\\25BE'; }\n"
	"summary:hover, summary:focus-visible { background: var(--band); }\n"
	"summary:focus-visible { outline: 2px solid var(--code); outline-offset: -2px; }\n"
	".w { background: rgb(var(--hot) / var(--h, 0)); }\n"
	".s { display: inline-block; }\n"
	".none { color: var(--soft); } .no { color: var(--soft); }\n"
	".asm { background: var(--band); padding-left: 2ch; }\n"
	".asm .i { color: var(--code); } .asm .c { color: var(--call); }\n"
	"button { font: inherit; }\n"
	"</style>\n";

static const char script[] =
	"<script>\n"
	"function openAll(yes) {\n"
	"  for (const d of document.querySelectorAll('details')) d.open = yes;\n"
	"}\n"
	"document.getElementById('open').onclick = () => openAll(true);\n"
	"document.getElementById('close').onclick = () => openAll(false);\n"
	"</script>\n";

static const char *text_of(const struct page *page, uint32_t text)
{
	return akti_profile_bytes(page->list->report->profile, text);
}

/* A line of a source file; NULL: there is none. */
static const char *source_line(struct page *page, uint32_t file, int64_t line)
{
	struct buffer problem = { 0 };
	size_t i = 0;

	while (i < page->source_count && page->sources[i].file != file)
		i++;
	if (i == page->source_count) {
		page->sources = take_more(page->sources, i + 1, sizeof(*page->sources));
		page->sources[i] = (struct source_file){ .file = file };
		source_text_open(&page->sources[i].text, text_of(page, file),
				 page->list->report->options, &problem);
		buffer_fini(&problem);
		page->source_count++;
	}
	if (line < 1 || (uint64_t)line > page->sources[i].text.line_count)
		return NULL;
	return page->sources[i].text.lines[line - 1];
}

/* Lines of one function that are near become one listing. */
static void find_listings(struct page *page)
{
	const struct weblist *list = page->list;
	struct listing *last = NULL;

	page->listings = take(list->entry_count, sizeof(*page->listings));
	for (size_t i = 0; i < list->entry_count; i++) {
		const struct weblist_entry *entry = &list->entries[i];
		const struct weblist_instruction *in = &list->instructions[entry->instruction];
		const struct weblist_entry *before = i > 0 ? entry - 1 : NULL;
		bool is_same_line = before != NULL && before->file == entry->file &&
				    before->line == entry->line;

		/* The function of a line is that of its first instruction. */
		if (!is_same_line && (last == NULL || before->file != entry->file ||
				      last->function != entry->function ||
				      entry->line - last->end_line >= MERGED_LINES)) {
			last = &page->listings[page->listing_count++];
			*last = (struct listing){ .function = entry->function,
						  .first = i,
						  .first_line = entry->line };
		}
		last->end = i + 1;
		last->end_line = number_add(entry->line, 1);
		last->flat = number_add(last->flat, in->flat);
		last->cum = number_add(last->cum, in->cum);
	}
}

/* Some lines around each listing, shared with the neighbour where there are too few. */
static void widen_listings(struct page *page)
{
	const struct weblist_entry *entries = page->list->entries;

	for (size_t i = 0; i < page->listing_count; i++) {
		struct listing *at = &page->listings[i];
		bool has_before = i > 0 && entries[at->first].file == entries[at[-1].first].file;
		bool has_next = i + 1 < page->listing_count &&
				entries[at->first].file == entries[at[1].first].file;

		if (has_before) {
			int64_t half = (at->first_line - at[-1].end_line) / 2;

			half = half < MARGIN ? half : MARGIN;
			at[-1].end_line += half;
			at->first_line -= half;
		} else if (at->first_line > 0) {
			at->first_line = at->first_line > MARGIN ? at->first_line - MARGIN : 1;
		}
		if (!has_next)
			at->end_line = number_add(at->end_line, MARGIN);
	}
}

static void add_weights(struct page *page, int64_t flat, int64_t cum)
{
	const struct report *report = page->list->report;
	double share = report->total != 0 ? (double)cum / (double)report->total : 0;
	bool is_none = flat == 0 && cum == 0;

	share = share < 0 ? -share : share;
	buffer_text(page->out, is_none ? "<span class=\"none\">" : "<span class=\"w\"");
	if (!is_none)
		buffer_printf(page->out, " style=\"--h:%.2f\">", share < 1 ? share * .8 : .8);
	buffer_pad(page->out, 10, report_value_or_dot(report, flat).text);
	buffer_text(page->out, " ");
	buffer_pad(page->out, 10, report_value_or_dot(report, cum).text);
	buffer_text(page->out, "</span>");
}

static void add_source(struct page *page, int64_t line, const char *source, int64_t flat,
		       int64_t cum)
{
	add_weights(page, flat, cum);
	buffer_printf(page->out, " <span class=\"no\">%6" PRId64 "</span>  <span class=\"s\">",
		      line);
	html_text(page->out, source);
	buffer_text(page->out, "</span>");
}

/* "file.c:12" with the whole name to be read when pointed at. */
static void add_place(struct page *page, uint32_t file, int64_t line)
{
	char *base;

	if (file == 0)
		return;
	base = path_base(text_of(page, file));
	buffer_text(page->out, "  <span class=\"soft\" title=\"");
	html_text(page->out, text_of(page, file));
	buffer_text(page->out, "\">");
	html_text(page->out, base);
	buffer_printf(page->out, ":%" PRId64 "</span>", line);
	free(base);
}

/* The inlined calls on the way to an instruction that the one before did not have. */
static void add_calls(struct page *page, const struct weblist_entry *entry,
		      const struct weblist_entry *before)
{
	const struct weblist_call *calls = &page->list->calls[entry->first_call];
	const struct weblist_call *known =
		before != NULL ? &page->list->calls[before->first_call] : NULL;
	uint32_t same = 0;

	while (before != NULL && same < entry->call_count && same < before->call_count &&
	       calls[same].file == known[same].file && calls[same].line == known[same].line)
		same++;
	for (uint32_t i = same; i < entry->call_count; i++) {
		const char *source = source_line(page, calls[i].file, calls[i].line);

		buffer_printf(page->out, "<div class=\"c\">%*s", (int)(CODE_COLUMN + 2 * i), "");
		html_text(page->out, source != NULL ? source + strspn(source, " \t") : "inlined");
		add_place(page, calls[i].file, calls[i].line);
		buffer_text(page->out, "</div>\n");
	}
}

static void add_instructions(struct page *page, size_t first, size_t end)
{
	const struct weblist *list = page->list;
	const struct weblist_entry *before = NULL;
	uint64_t next = 0;

	buffer_text(page->out, "<div class=\"asm\">\n");
	for (size_t i = first; i < end; i++) {
		const struct weblist_entry *entry = &list->entries[i];
		const struct weblist_instruction *in = &list->instructions[entry->instruction];

		if (before != NULL && in->address != next)
			buffer_printf(page->out, "<div class=\"soft\">%21s&#8942;</div>\n", "");
		add_calls(page, entry, before);
		buffer_text(page->out, "<div>");
		add_weights(page, in->flat, in->cum);
		buffer_printf(page->out,
			      " <span class=\"no\">%8" PRIx64 "</span>  <span class=\"i\">%*s",
			      in->file_address, (int)(2 * entry->call_count), "");
		html_text(page->out, in->text != NULL ? in->text : "");
		buffer_text(page->out, "</span>");
		add_place(page, in->file, in->line);
		buffer_text(page->out, "</div>\n");
		before = entry;
		next = in->address + in->size_bytes;
	}
	buffer_text(page->out, "</div></details>\n");
}

/* A line with the entries from first on; returns where those of later lines begin. */
static size_t add_line(struct page *page, const struct listing *listing, int64_t line, size_t first)
{
	const struct weblist *list = page->list;
	const struct weblist_entry *entries = list->entries;
	const char *source = source_line(page, entries[listing->first].file, line);
	bool has_code = false;
	int64_t flat = 0, cum = 0;
	size_t end = first;

	for (; end < listing->end && entries[end].line == line; end++) {
		const struct weblist_instruction *in =
			&list->instructions[entries[end].instruction];

		flat = number_add(flat, in->flat);
		cum = number_add(cum, in->cum);
		has_code = has_code || in->text != NULL || entries[end].call_count > 0;
	}
	if (source == NULL && first == end)
		return end;
	if (source == NULL)
		source = line == 0 ? "<instructions with unknown line numbers>" : "???";
	buffer_text(page->out, has_code ? "<details><summary>" : "<div class=\"line\">");
	add_source(page, line, source, flat, cum);
	buffer_text(page->out, has_code ? "</summary>" : "</div>\n");
	if (has_code)
		add_instructions(page, first, end);
	return end;
}

static void add_listing(struct page *page, size_t number)
{
	const struct report *report = page->list->report;
	const struct listing *listing = &page->listings[number];
	const struct weblist_entry *entries = page->list->entries;
	size_t at = listing->first;

	buffer_printf(page->out, "<section><h2 id=\"f%zu\">", number);
	html_text(page->out, text_of(page, listing->function));
	buffer_text(page->out, " <span>");
	html_text(page->out, text_of(page, entries[listing->first].file));
	buffer_text(page->out, "</span></h2>\n<p class=\"soft\">");
	html_text(page->out, report_value(report, listing->flat).text);
	buffer_text(page->out, " flat, ");
	html_text(page->out, report_value(report, listing->cum).text);
	buffer_printf(page->out, " cum, %s of total</p>\n<div class=\"listing\">\n",
		      measure_percentage(listing->cum, report->total).text);
	buffer_printf(page->out, "<div class=\"head\">%10s %10s %6s  source</div>\n", "flat", "cum",
		      "line");
	for (int64_t line = listing->first_line; line < listing->end_line; line++)
		at = add_line(page, listing, line, at);
	buffer_text(page->out, "</div></section>\n");
}

static void add_head(struct page *page)
{
	const struct report *report = page->list->report;
	struct buffer labels = { 0 };

	buffer_text(page->out, head);
	buffer_text(page->out, "<title>");
	html_text(page->out, report->title);
	buffer_text(page->out, ": ");
	html_text(page->out, regex_pattern(report->symbol));
	buffer_text(page->out, "</title>\n</head>\n<body>\n<h1>");
	html_text(page->out, report->title);
	buffer_text(page->out, "</h1>\n<p class=\"soft\">");
	report_profile_labels(report, &labels);
	for (char *at = labels.at; at != NULL && *at != '\0';) {
		size_t size = strcspn(at, "\n");
		bool is_last = at[size] == '\0';

		at[size] = '\0';
		html_text(page->out, at);
		buffer_text(page->out, "<br>\n");
		at += size + !is_last;
	}
	buffer_text(page->out, "Total: ");
	html_text(page->out, report_value(report, report->total).text);
	buffer_text(page->out, "</p>\n");
	if (page->list->omitted_ranges > 0)
		buffer_printf(page->out, "<p>%zu places with less weight are left out.</p>\n",
			      page->list->omitted_ranges);
	buffer_text(page->out, "<p>A line with a triangle opens to its instructions. "
			       "<button id=\"open\">Open all</button> "
			       "<button id=\"close\">Close all</button></p>\n");
	buffer_fini(&labels);
}

static void add_contents(struct page *page)
{
	buffer_text(page->out, "<nav><ul>\n");
	for (size_t i = 0; i < page->listing_count; i++) {
		const struct listing *listing = &page->listings[i];

		if (listing->cum == 0)
			continue;
		buffer_printf(page->out, "<li><a href=\"#f%zu\">", i);
		html_text(page->out, text_of(page, listing->function));
		buffer_text(page->out, "</a> ");
		html_text(page->out, report_value(page->list->report, listing->cum).text);
		buffer_text(page->out, "</li>\n");
	}
	buffer_text(page->out, "</ul></nav>\n<main>\n");
}

void weblist_write(const struct weblist *list, struct buffer *out)
{
	struct page page = { .list = list, .out = out };

	find_listings(&page);
	widen_listings(&page);
	add_head(&page);
	add_contents(&page);
	for (size_t i = 0; i < page.listing_count; i++)
		if (page.listings[i].cum != 0)
			add_listing(&page, i);
	buffer_text(out, "</main>\n");
	buffer_text(out, script);
	buffer_text(out, "</body>\n</html>\n");
	for (size_t i = 0; i < page.source_count; i++)
		source_text_close(&page.sources[i].text);
	free(page.sources);
	free(page.listings);
}
