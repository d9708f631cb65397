/* SPDX-License-Identifier: MIT */
/* page: where people begin. No script, nothing from elsewhere; it follows the browser's light or dark. */
#include "debug/server.h"
#include <inttypes.h>
#include <unistd.h>

static const char head[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\">\n"
	"<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width\">\n"
	"<meta name=\"color-scheme\" content=\"light dark\">\n"
	"<style>\n"
	":root { color-scheme: light dark; --line: #8884; --quiet: #666 }\n"
	"@media (prefers-color-scheme: dark) { :root { --quiet: #aaa } }\n"
	"body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; "
	"padding: 0 1rem }\n"
	"h1 { font-size: 1.4rem; margin: 0 }\n"
	"p { margin: .3rem 0 1.2rem; color: var(--quiet) }\n"
	"table { border-collapse: collapse; width: 100% }\n"
	"td { border-top: 1px solid var(--line); padding: .4rem 1rem .4rem 0; vertical-align: top "
	"}\n"
	"td:first-child { white-space: nowrap; font-family: ui-monospace, monospace; font-size: "
	"14px }\n"
	"pre { font: 14px/1.5 ui-monospace, monospace; overflow-x: auto; padding: .6rem .8rem;"
	" border: 1px solid var(--line); border-radius: 4px }\n"
	"</style>\n";

static void add_count(struct output *text, uint64_t count, const char *what)
{
	akti_output_print(text, ", %" PRIu64 " %s%s", count, what, count == 1 ? "" : "s");
}

static void add_command(struct output *text, const struct request *request, const char *command,
			const char *path)
{
	akti_output_print(text, "%s 'http://", command);
	akti_output_html(text, request->host);
	akti_output_print(text, "%s'\n", path);
}

unsigned akti_debug_page(struct request *request, struct output *text)
{
	struct akt_system *sys = request->debug->sys;
	const char *name = sys->actors.options.name;
	akt_stats stats = { .size = sizeof(stats) };

	(void)akt_system_stats(sys, &stats);
	akti_output_put(text, head);
	akti_output_put(text, "<title>");
	akti_output_html(text, name);
	akti_output_put(text, " - akt</title>\n<h1>");
	akti_output_html(text, name);
	akti_output_print(text, "</h1>\n<p>process %ld", (long)getpid());
	add_count(text, akt_system_workers(sys), "worker");
	add_count(text, stats.spawned > stats.ended ? stats.spawned - stats.ended : 0, "actor");
	add_count(text, stats.accepted, "message");
	akti_output_put(text, " so far</p>\n<table>\n");
	for (const struct route *route = akti_debug_routes; route->path != NULL; route++) {
		if (route->about == NULL)
			continue;
		akti_output_print(text, "<tr><td><a href=\"%s\">%s</a><td>", route->path,
				  route->path);
		akti_output_html(text, route->about);
		akti_output_put(text, "\n");
	}
	akti_output_put(text, "</table>\n<p></p>\n<pre>");
	add_command(text, request, "curl -o cpu.prof", "/debug/pprof/profile?seconds=10");
	akti_output_put(text, "akt pprof -top cpu.prof\n");
	add_command(text, request, "go tool pprof", "/debug/pprof/heap?seconds=10");
	akti_output_put(text, "</pre>\n");
	return 200;
}
