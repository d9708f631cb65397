/* SPDX-License-Identifier: MIT */
/*
 * Crash records: what the process was doing when it died.
 *
 *	int r = akt_crash_enable("/var/crash");         or AKT_CRASH_DIR=/var/crash in the environment
 *
 * A bug ends the process: SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT (a failed assertion of akt among
 * them). With records on, a file PROGRAM-PID-SECONDS.crash is written into the directory first:
 * actor, name, actor type, message and handler, the last events of each thread, backtrace,
 * registers, and the loaded modules with their build ids. `akt crash FILE` reads it, on this machine
 * or on another one. No message contents, no memory, no environment and no arguments are in it.
 * Then the process ends as it would have without: by the same signal, with its core file, and by way
 * of the handlers that were installed before.
 *
 * Off, nothing is installed and nothing is paid. On, each message costs about 70 ns more, each
 * thread of akt's has an alternate signal stack of about 50 KiB, so that a stack overflow is
 * reported too, and each thread that something happens on keeps its last 128 events in 8 KiB.
 *
 * One record per process: when two threads crash at once the first one's is written, and the other
 * is found in it. A signal that is ignored stays ignored. A program that handles such signals for
 * purposes of its own enables records before it installs its handlers, and so is asked first.
 */
#ifndef AKT_CRASH_H
#define AKT_CRASH_H

#include <akt/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes in the name of the directory, its NUL excluded. */
#define AKT_CRASH_DIR_MAX 1000

/* Have crash records written into dir, which is opened now and stays so. The calling thread gets an
 * alternate signal stack unless it has one; so does each thread that akt starts from now on: call
 * it before akt_system_start. Three descriptors are kept. Cannot be undone.
 * Threads: outside. Errors: INVALID (no name, or a longer one), EXISTS (records are on already), IO
 * (no directory that may be written to), NOMEM, SYSTEM (a handler could not be installed),
 * UNSUPPORTED (the processor: see SUPPORTED.md). */
AKT_API int akt_crash_enable(const char *dir);

#ifdef __cplusplus
}
#endif
#endif
