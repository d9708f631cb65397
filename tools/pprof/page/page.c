/* SPDX-License-Identifier: MIT */
#include "pprof/page/page.h"
#include "pprof/picture/flame.h"
#include "pprof/graph/graph.h"
#include "pprof/ground/json.h"
#include "pprof/answer/tag_sums.h"

#include <stdlib.h>
#include <string.h>

void page_add_lines(struct buffer *data, const char *key, const char *lines)
{
	json_key(data, key);
	json_open(data, "[");
	while (*lines != '\0') {
		size_t size = strcspn(lines, "\n");
		char *line = take_printf("%.*s", (int)size, lines);

		if (size > 0)
			json_text(data, line);
		free(line);
		lines += size + (lines[size] == '\n');
	}
	buffer_text(data, "]");
}

static void add_string(struct buffer *data, const char *key, const char *text)
{
	json_key(data, key);
	json_text(data, text);
}

static void add_number(struct buffer *data, const char *key, int64_t number)
{
	json_key(data, key);
	json_number(data, number);
}

static void add_types(const struct profile *p, struct buffer *data)
{
	json_key(data, "types");
	json_open(data, "[");
	for (uint32_t t = 0; t < p->type_count; t++)
		json_text(data, akti_profile_bytes(p, p->types[t].type));
	buffer_text(data, "]");
}

static void add_units(const struct report *report, struct buffer *data)
{
	struct measure_unit units[MEASURE_UNITS_MAX];
	size_t count = measure_units(report->unit, report->output_unit, units);

	json_key(data, "units");
	json_open(data, "[");
	for (size_t i = 0; i < count; i++) {
		json_open(data, "[");
		json_text(data, units[i].name);
		json_real(data, units[i].factor);
		buffer_text(data, "]");
	}
	buffer_text(data, "]");
}

/* The options that were chosen, but where the page is written to. */
static void add_options(const struct options *options, struct buffer *data)
{
	struct options plain;

	options_init(&plain);
	json_key(data, "options");
	json_open(data, "{");
	for (const struct option *o = option_table; o->name != NULL; o++) {
		struct buffer value = { 0 }, usual = { 0 };

		option_print(options, o, &value);
		option_print(&plain, o, &usual);
		if (strcmp(o->name, "output") != 0 &&
		    strcmp(buffer_string(&value), buffer_string(&usual)) != 0)
			add_string(data, o->name, buffer_string(&value));
		buffer_fini(&value);
		buffer_fini(&usual);
	}
	buffer_text(data, "}");
	options_fini(&plain);
}

void page_begin(const struct report *report, const struct options *given, const char *view,
		struct buffer *data)
{
	struct buffer about = { 0 };

	json_open(data, "{");
	add_string(data, "view", view);
	add_types(report->profile, data);
	add_options(given, data);
	page_add_lines(data, "warnings", buffer_string(&report->warnings));
	if (report->type == NULL)
		return;
	report_profile_labels(report, &about);
	page_add_lines(data, "about", buffer_string(&about));
	buffer_fini(&about);
	add_string(data, "title", report->title);
	add_string(data, "type", report->type);
	add_string(data, "unit", report->unit);
	add_number(data, "total", report->total);
	add_units(report, data);
	json_key(data, "ratio");
	json_real(data, report->ratio);
}

/* One key and its values, as many as a page takes. */
static void add_key(const struct report *report, const struct tag_sum *sums, size_t count,
		    struct buffer *data)
{
	const struct profile *p = report->profile;
	int64_t rest = 0;

	json_open(data, "{");
	add_string(data, "key", akti_profile_bytes(p, sums->key));
	json_key(data, "values");
	json_open(data, "[");
	for (size_t i = 0; i < count; i++) {
		if (i >= PAGE_VALUES_MAX) {
			rest = number_add(rest, sums[i].sum);
			continue;
		}
		json_text(data, akti_profile_bytes(p, sums[i].value));
		json_number(data, sums[i].sum);
		json_number(data, sums[i].is_num);
	}
	buffer_text(data, "]");
	if (count > PAGE_VALUES_MAX) {
		add_number(data, "more", (int64_t)(count - PAGE_VALUES_MAX));
		add_number(data, "rest", rest);
	}
	buffer_text(data, "}");
}

void page_add_labels(struct report *report, struct buffer *data)
{
	struct tag_sum *sums;
	size_t count = tag_sums_create(report, &sums);

	json_key(data, "labels");
	json_open(data, "[");
	for (size_t first = 0, end; first < count; first = end) {
		for (end = first + 1; end < count && sums[end].key == sums[first].key;)
			end++;
		/* What -diff_base marks its samples with is no label of theirs. */
		if (strcmp(akti_profile_bytes(report->profile, sums[first].key), "pprof::base") !=
		    0)
			add_key(report, &sums[first], end - first, data);
	}
	buffer_text(data, "]");
	free(sums);
}

void page_add_top(struct report *report, struct buffer *data)
{
	struct report_counts counts;
	struct graph *graph = graph_trimmed(report, &counts);
	struct buffer head = { 0 };

	report_labels(report, &counts, false, &head);
	page_add_lines(data, "head", buffer_string(&head));
	buffer_fini(&head);
	json_key(data, "top");
	json_open(data, "[");
	for (size_t i = 0; i < graph->shown_count; i++) {
		const struct node *node = &graph->nodes[graph->shown[i]];

		json_open(data, "[");
		json_text(data, node_printable(graph, graph->shown[i]));
		json_text(data, graph_text(graph, node->file));
		json_number(data, node_flat(node));
		json_text(data, report_value(report, node_flat(node)).text);
		json_number(data, node_cum(node));
		json_text(data, report_value(report, node_cum(node)).text);
		buffer_text(data, "]");
	}
	buffer_text(data, "]");
	graph_destroy(graph);
}

void page_add_text(struct buffer *data, const char *key, const struct buffer *text)
{
	char *shown = NULL;

	if (text->size > PAGE_TEXT_MAX) {
		shown = take_printf("%.*s", (int)PAGE_TEXT_MAX, text->at);
		add_number(data, "cut", (int64_t)(text->size - PAGE_TEXT_MAX));
	}
	add_string(data, key, shown != NULL ? shown : buffer_string(text));
	free(shown);
}

/* What stands at a mark of page.html, "<!--name-->", and the text up to it. */
static const unsigned char *copy_to_mark(const unsigned char *at, const char *mark,
					 struct buffer *out)
{
	size_t left = page_html_size - (size_t)(at - page_html);
	const unsigned char *found = memmem(at, left, mark, strlen(mark));

	AKT_ASSERT(found != NULL);
	buffer_add(out, at, (size_t)(found - at));
	return found + strlen(mark);
}

static void add_asset(struct buffer *out, const char *before, const unsigned char *bytes,
		      size_t size, const char *after)
{
	buffer_text(out, before);
	buffer_add(out, bytes, size);
	buffer_text(out, after);
}

void page_end(struct buffer *data, bool is_file, struct buffer *out)
{
	const unsigned char *at = page_html;

	json_key(data, "served");
	buffer_text(data, is_file ? "false}" : "true}");
	at = copy_to_mark(at, "<!--head-->", out);
	/* A file is held to ask for nothing by its own word: it has no server to say so. */
	if (is_file) {
		buffer_text(out,
			    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
			    "'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
			    "img-src data:\">\n");
		add_asset(out, "<style>\n", page_css, page_css_size, "</style>");
	} else {
		buffer_text(out, "<link rel=\"stylesheet\" href=\"page.css\">");
	}
	at = copy_to_mark(at, "<!--data-->", out);
	add_asset(out, "<script type=\"application/json\" id=\"data\">",
		  (const unsigned char *)data->at, data->size, "</script>\n");
	if (is_file)
		add_asset(out, "<script>\n", page_js, page_js_size, "</script>");
	else
		buffer_text(out, "<script src=\"page.js\"></script>");
	buffer_add(out, at, page_html_size - (size_t)(at - page_html));
}

bool report_html(struct report *report, struct buffer *out, struct buffer *error)
{
	struct buffer data = { 0 };

	(void)error;
	page_begin(report, report->options, "flamegraph", &data);
	json_key(&data, "flame");
	flame_add(report, true, &data);
	page_end(&data, true, out);
	buffer_fini(&data);
	return true;
}
