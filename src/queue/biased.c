/* SPDX-License-Identifier: MIT */
/* biased: the owner meets a thief, or must exchange; see biased.h. */
#include "queue/biased.h"

void akti_biased_enter(struct biased *lock)
{
	do {
		akti_store_rel(&lock->inside, 0);
		while (akti_load_acq(&lock->wanted) & BIASED_THIEF) /* B2 */
			akti_pause();
		/* A locked instruction here: the thief may pass its heavy barrier at any time. */
		(void)akti_xchg_sc(&lock->inside, 1);
	} while (akti_load_sc(&lock->wanted) & BIASED_THIEF);
}
