/* SPDX-License-Identifier: MIT */
/*
 * biased: a lock whose owner pays two plain stores, and which others can take in an emergency.
 *
 * The worker owns its hand (the run-next slot and a small batch) and touches it at every turn; a
 * locked instruction there would cost as much as a message. Another worker needs the hand only when
 * its owner is stuck behind a long handler, some hundred times a second at the very most.
 *
 *	owner: inside = 1 (rlx); light barrier; load wanted (acq)
 *	thief: wanted = 1 (CAS); heavy barrier; load inside (acq)
 *
 * Of these two at least one sees the other (Dekker, made asymmetric by membarrier(2)). The owner
 * that sees `wanted` steps back and waits; the thief that sees `inside` gives up. So the owner
 * always gets in, the thief sometimes, and never both. Where the barrier pair is missing, the
 * owner's store is an exchange; it learns so where it looks for a thief, so that the common case has one
 * question to ask.
 *
 * Edges: B1 owner leave: store inside (rel) <-> thief: load inside (acq)
 *        B2 thief leave: store wanted (rel) <-> owner: load wanted (acq)
 * Proved by: tests/model/biased.pml with store buffers (without the heavy barrier it fails).
 */
#ifndef AKTI_BIASED_H
#define AKTI_BIASED_H

#include "plat/plat.h"

struct biased {
	_Atomic uint32_t inside;
	_Atomic uint32_t
		wanted; /* enum biased_wanted: 0 is the one case that is in place everywhere */
};

enum biased_wanted {
	BIASED_THIEF = 1u << 0,
	BIASED_CAREFUL = 1u << 1, /* for ever: the owner exchanges */
};

/* careful: there are thieves and no barrier pair (akti_plat_asymmetric), or no short cuts are wanted. */
AKTI_INLINE void biased_init(struct biased *lock, bool careful)
{
	akti_store_rlx(&lock->inside, 0);
	akti_store_rlx(&lock->wanted, careful ? BIASED_CAREFUL : 0);
}

/* Enter where it is not as simple as in place: wait for a thief, or exchange. */
AKTI_COLD void akti_biased_enter(struct biased *lock);

/* Owner. */
AKTI_INLINE void biased_enter(struct biased *lock)
{
	akti_store_rlx(&lock->inside, 1);
	atomic_signal_fence(memory_order_seq_cst);            /* the light barrier */
	if (akti_unlikely(akti_load_acq(&lock->wanted) != 0)) /* B2 */
		akti_biased_enter(lock);
}

/* The same without waiting. False: it is not so simple, and the caller is not inside. Owner. */
AKTI_INLINE bool biased_try_enter(struct biased *lock)
{
	akti_store_rlx(&lock->inside, 1);
	atomic_signal_fence(memory_order_seq_cst);          /* the light barrier */
	if (akti_likely(akti_load_acq(&lock->wanted) == 0)) /* B2 */
		return true;
	akti_store_rel(&lock->inside, 0);
	return false;
}

/* Owner. */
AKTI_INLINE void biased_leave(struct biased *lock)
{
	akti_store_rel(&lock->inside, 0); /* B1 */
}

/* A thief that is inside. */
AKTI_INLINE void biased_leave_stolen(struct biased *lock)
{
	akti_store_rel(&lock->wanted, akti_load_rlx(&lock->wanted) & BIASED_CAREFUL); /* B2 */
}

/* Anybody but the owner. False: the owner is inside, or another thief. */
AKTI_INLINE bool biased_try_steal(struct biased *lock)
{
	uint32_t as_made = akti_load_rlx(&lock->wanted) & BIASED_CAREFUL;

	if (!akti_cas_sc(&lock->wanted, &as_made, as_made | BIASED_THIEF))
		return false;
	akti_plat_heavy_barrier();
	if (akti_load_sc(&lock->inside) == 0) /* B1 */
		return true;
	biased_leave_stolen(lock);
	return false;
}

#endif
