/* SPDX-License-Identifier: MIT */
/* run_context: what a command of akt's own may need beside the profile, and what comes of it. */
#ifndef PPROF_RUN_CONTEXT_H
#define PPROF_RUN_CONTEXT_H

#include "pprof/query/report.h"
#include "pprof/ground/status.h"

struct run_context {
	struct side sides[SIDES];
	bool is_pair;
	struct profile *cpu; /* for messages: of the same run; NULL */
	char **conditions;   /* of -fail_if */
	size_t condition_count;
	enum exit_status status; /* of the answer */
};

#endif
