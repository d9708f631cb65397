/* SPDX-License-Identifier: MIT */
/* record: the parts of a crash record, in order, and where a fault inside goes on. */
#ifndef AKTI_CRASH_RECORD_H
#define AKTI_CRASH_RECORD_H

#include "crash/format.h"
#include "prof/label.h"

#include <signal.h>
#include <ucontext.h>

/* Faults of its own that the recorder gets over. */
#define CRASH_FAULTS_MAX 256u

/* What the record is about; constant while it is written. */
struct crash_cause {
	int signal;
	siginfo_t info;
	const ucontext_t *context;
	const struct prof_label *label; /* of the thread that crashed */
	uint32_t tid;
};

/* Write a record of cause to fd, all of it. False: something could not be written.
 * Threads: any thread, signal-safe, once in a process. */
bool akti_crash_record(int fd, const struct crash_cause *cause);

/* A fault in akti_crash_record, on the same thread: back to it, which goes on with what follows. */
_Noreturn void akti_crash_record_fault(int signal);

#endif
