/* SPDX-License-Identifier: MIT */
/* See recorder.h. */
#include "prof/recorder.h"
#include "plat/plat.h"
#include "queue/mpsc.h"

#include <pthread.h>

AKTI_TLS struct prof_recorder akti_prof_recorder;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* held from stop to go */
static struct prof_recorder *recorders;

static void unlink_here(void *arg)
{
	struct prof_recorder *mine = arg, **at = &recorders;

	(void)pthread_mutex_lock(&mutex);
	while (*at != mine)
		at = &(*at)->next;
	*at = mine->next;
	mine->linked = false;
	(void)pthread_mutex_unlock(&mutex);
}

void akti_prof_recorder_link(void)
{
	struct prof_recorder *mine = &akti_prof_recorder;

	biased_init(&mine->gate, !akti_plat_asymmetric());
	(void)pthread_mutex_lock(&mutex);
	mine->next = recorders;
	recorders = mine;
	mine->linked = true;
	(void)pthread_mutex_unlock(&mutex);
	akti_plat_at_thread_exit(PLAT_EXIT_RECORDER, unlink_here, mine);
}

void akti_prof_recorders_stop(void)
{
	(void)pthread_mutex_lock(&mutex);
	for (struct prof_recorder *at = recorders; at != NULL; at = at->next) {
		for (unsigned turn = 0; !biased_try_steal(&at->gate); turn++)
			akti_mpsc_wait_turn(turn);
	}
}

void akti_prof_recorders_go(void)
{
	for (struct prof_recorder *at = recorders; at != NULL; at = at->next)
		biased_leave_stolen(&at->gate);
	(void)pthread_mutex_unlock(&mutex);
}
