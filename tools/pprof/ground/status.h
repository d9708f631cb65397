/* SPDX-License-Identifier: MIT */
/*
 * status: what the exit status of the tool says, for scripts. When several hold, a refusal comes
 * before a condition that is met, and that before a filter that matched nothing.
 */
#ifndef PPROF_STATUS_H
#define PPROF_STATUS_H

enum exit_status {
	EXIT_ANSWERED = 0,
	EXIT_CONDITION_MET = 1, /* of -fail_if */
	EXIT_REFUSED = 2,       /* there is no answer; a line on standard error says why */
	EXIT_NO_MATCH = 3,      /* answered, but a filter or a condition matched nothing */
};

#endif
