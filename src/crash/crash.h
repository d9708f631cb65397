/* SPDX-License-Identifier: MIT */
/*
 * crash: a record of the process's last moment (akt/crash.h), written by the signal handler of a
 * fault.
 *
 *	crash.c    handlers: install, one recorder, pass the signal on
 *	record.c   the record, part by part      maps.c     modules and stacks, from /proc/self/maps
 *	events.c   the last events of each thread
 *
 * Nothing in the handler allocates, locks or uses stdio; memory is static, for there is one recorder.
 * Its calls are plain system calls, and the unwinder of prof, whose tables were read before.
 *
 * A record is written part by part, what is most wanted first and what may itself fault last. The
 * handlers stay open to faults meanwhile (SA_NODEFER): one inside goes back to the recorder by
 * siglongjmp, which notes what was lost and goes on with what follows. So a wild pointer costs a line
 * of the record and not the record. After CRASH_FAULTS_MAX of them it ends with what is written.
 *
 * Passing on: the handlers that were there before are put back, the signal is queued once more to
 * this thread, its siginfo kept, blocked; then the handler returns. The kernel delivers it where the
 * fault happened: to the handler from before, or to nobody, and then the core file shows that place
 * and the status is that signal. Executing the fault a second time was rejected: by then another
 * thread may have mapped the page, and raise() and abort() have nothing to execute.
 *
 * Proved by tests/system/crash.sh: processes that die of each fault.
 */
#ifndef AKTI_CRASH_CRASH_H
#define AKTI_CRASH_CRASH_H

#include "base/base.h"
#include <akt/crash.h>

/* A system starts: read AKT_CRASH_DIR the first time, and the unwind tables of new modules if
 * records are on. Call before its workers start. What was asked for and failed is said on stderr.
 * Threads: outside. */
void akti_crash_system_started(void);

#endif
