/* SPDX-License-Identifier: MIT */
/*
 * The flight recorder: what the last minute was like, when it is too late to ask for a profile.
 *
 * It is on in every system that has threads of its own (not seeded, not driven) unless options.flight_off or
 * AKT_FLIGHT=0 says otherwise, and costs next to nothing (docs/internals/performance.md): CPU samples of all
 * threads at 19 Hz, allocations at 512 KiB, failures, restarts, dead letters, overruns and overloads. Memory
 * is bounded; the newest takes the place of the oldest.
 *
 * Nothing is written unless somebody asks:
 *
 *	akt_flight_dump("/var/tmp", "slow");    /var/tmp/flight-slow.PID_cpu.prof, _mem.prof, _event.prof
 *
 * or by itself, where options.flight_dir or AKT_FLIGHT_DIR names a directory:
 *
 *	flight-watchdog.PID_*     a handler has overrun options.watchdog_ns
 *	flight-overload.PID_*     the memory budget has refused a message
 *	flight-signal.PID_*       options.flight_signal, or AKT_FLIGHT_SIGNAL=USR2, has come
 *
 * each at most once in AKT_FLIGHT_PAUSE_NS, but for the signal. A later file replaces the one before of the
 * same cause, whole. A crash record (akt/crash.h) holds the CPU samples and events as well; `akt crash`
 * shows them, and `akt crash -cpu` makes the profile.
 *
 * *_cpu.prof and *_mem.prof are profiles like those of a section: in use means allocated in the last minute
 * and not freed. In *_event.prof a sample is an event of an actor; `akt pprof -comments` prints the newest
 * AKT_FLIGHT_EVENTS_TOLD with their times.
 *
 * SIGPROF is used as by CPU profiles: not if the program has a handler for it, and calls that wait
 * (poll, nanosleep) may return EINTR on a thread that uses CPU time. Built for a sanitizer, the recorder is
 * off unless AKT_FLIGHT=1.
 */
#ifndef AKT_FLIGHT_H
#define AKT_FLIGHT_H

#include <akt/export.h>
#include <akt/time.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AKT_FLIGHT_NS AKT_S(60) /* kept */
#define AKT_FLIGHT_PAUSE_NS AKT_S(60)
#define AKT_FLIGHT_CAUSE_MAX 40u /* bytes, the NUL excluded */
#define AKT_FLIGHT_EVENTS_TOLD 200u

/* Write what is recorded, as files of cause in dir; NULL: AKT_PROFILE_DIR, or the working directory. cause:
 * letters, digits, '-', '_' and '.'. What cannot be written is said on stderr and by the result; the
 * other files are written all the same. The recorder goes on.
 * Threads: any thread; some 100 ms. Errors: INVALID (a name that is none or is too long), NOTFOUND (no
 * recorder runs), NOMEM, IO. */
AKT_API int akt_flight_dump(const char *dir, const char *cause);

#ifdef __cplusplus
}
#endif
#endif
