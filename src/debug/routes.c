/* SPDX-License-Identifier: MIT */
/* routes: what a path is. The page lists those that say what they are about, in this order. */
#include "debug/server.h"
#include <string.h>

#define PLAIN "text/plain; charset=utf-8"

#define PROFILE "application/octet-stream"

const struct route akti_debug_routes[] = {
	{ "/debug/pprof/profile", PROFILE, akti_debug_profile,
	  "which code, actor and message burn the CPU, over 30 seconds; ?seconds=N, ?hz=N",
	  "profile", true, false },
	{ "/debug/pprof/heap", PROFILE, akti_debug_heap,
	  "what memory is in use, and where it was allocated; ?seconds=N, ?rate=N", "heap", true,
	  false },
	{ "/debug/pprof/allocs", PROFILE, akti_debug_allocs,
	  "the same with all that was allocated in front; ?seconds=N, ?rate=N", "allocs", true,
	  false },
	{ "/debug/pprof/messages", PROFILE, akti_debug_messages,
	  "who sends what to whom, and how long it waits; ?seconds=N, ?every=N", "messages", true,
	  false },
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
