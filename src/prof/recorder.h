/* SPDX-License-Identifier: MIT */
/*
 * recorder: who is recording right now, so that the stores can be emptied.
 *
 * Records point into the stores, and nothing in a store ever moves or goes: a long-lived server that
 * is profiled now and then would fill them with actors that ended long ago. They are emptied when no
 * section is open; but a thread may just be recording what began before. So each thread that records
 * outside of a signal handler does so inside a lock of its own, which costs it two plain stores
 * (queue/biased.h); who empties the stores takes all of these locks, as a thief.
 *
 *	thread    begin, look up and count, end          begin waits while somebody empties
 *	emptier   stop, empty, go                        under the collector's mutex
 *
 * Between begin and end a thread takes no lock but those of the table of live blocks. What it keeps
 * from one record to the next (cycles.c, memo.h) bears the store's generation.
 */
#ifndef AKTI_PROF_RECORDER_H
#define AKTI_PROF_RECORDER_H

#include "queue/biased.h"

struct prof_recorder {
	struct biased gate;
	struct prof_recorder *next;
	bool linked;
};
extern AKTI_TLS struct prof_recorder akti_prof_recorder;

/* The running thread's first record. */
AKTI_COLD void akti_prof_recorder_link(void);

/* Threads: any thread, not in a signal handler; not nested. */
AKTI_INLINE void akti_prof_record_begin(void)
{
	if (akti_unlikely(!akti_prof_recorder.linked))
		akti_prof_recorder_link();
	biased_enter(&akti_prof_recorder.gate);
}
AKTI_INLINE void akti_prof_record_end(void)
{
	biased_leave(&akti_prof_recorder.gate);
}

/* Nobody records between these two. Threads: outside, one at a time; not while recording. */
void akti_prof_recorders_stop(void);
void akti_prof_recorders_go(void);

#endif
