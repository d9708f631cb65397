/* SPDX-License-Identifier: MIT */
/* routes: what a path is. The page lists those that say what they are about, in this order. */
#include "debug/server.h"
#include <string.h>

#define PLAIN "text/plain; charset=utf-8"

const struct route akti_debug_routes[] = {
	{ "/debug/akt/tree", PLAIN, akti_debug_tree,
	  "who lives, what each does and has waiting; ?busy=1, ?max=N, ?format=json", NULL, false,
	  false },
	{ "/debug/akt/dump", PLAIN, akti_debug_dump,
	  "the same with workers, counters and latency; ?busy=1, ?max=N", NULL, false, false },
	{ "/metrics", "application/openmetrics-text; version=1.0.0; charset=utf-8",
	  akti_debug_metrics, "counters as OpenMetrics, for Prometheus", NULL, false, false },
	{ "/debug/pprof/cmdline", PLAIN, akti_debug_cmdline,
	  "the command line, NUL between the words", NULL, false, false },
	{ "/debug/pprof/symbol", PLAIN, akti_debug_symbol,
	  "names of code addresses: ?0x1234+0x5678, or by POST", NULL, false, true },
	{ "/debug/pprof/", "text/html; charset=utf-8", akti_debug_page, NULL, NULL, false, false },
	{ "/debug/pprof", PLAIN, NULL, NULL, NULL, false, false },
	{ "/", PLAIN, NULL, NULL, NULL, false, false },
	{ NULL, NULL, NULL, NULL, NULL, false, false },
};

const struct route *akti_debug_route(const char *path)
{
	for (const struct route *route = akti_debug_routes; route->path != NULL; route++) {
		if (strcmp(route->path, path) == 0)
			return route;
	}
	return NULL;
}
