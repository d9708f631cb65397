/* SPDX-License-Identifier: MIT */
/* What calls say when something fails, and whether what they promised by a 0 comes. Of one program. */
#ifndef TEST_PROMISES_H
#define TEST_PROMISES_H

#include "failpoints.h"
#include <akt/akt.h>
#include <check.h>

/* Check needs memory to say what failed. */
#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			(void)fail_never();                                                        \
			ck_abort_msg("%s (%s)", #condition, now_running);                          \
		}                                                                                  \
	} while (0)

/* How to run this again. */
static char now_running[120];

/* Whether a call gave what it was asked for; if not, memory was out, or somebody has failed for want of
 * it and is gone. */
static bool fine_at(int r, int line)
{
	if (r < 0 && r != AKT_ERR_NOMEM && r != AKT_ERR_GONE) {
		(void)fail_never();
		ck_abort_msg("line %d: %s (%s)", line, akt_error_name(r), now_running);
	}
	return r >= 0;
}
#define fine(r) fine_at((r), __LINE__)

/* What was promised, and what has come. */
static _Atomic uint64_t promised;
static _Atomic uint64_t kept;

static bool promise(int r, int line)
{
	if (!fine_at(r, line))
		return false;
	promised++;
	return true;
}
#define promises(r) promise((r), __LINE__)

static int on_kept(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	kept++;
	return 0;
}

#endif
