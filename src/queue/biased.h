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
 * owner's store is an exchange.
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
	_Atomic uint32_t wanted;
	enum biased_kind { BIASED_ASYMMETRIC, BIASED_EXCHANGE, BIASED_ALONE } kind; /* constant */
};

/* alone: there is nobody who could steal. */
AKTI_INLINE void biased_init(struct biased *lock, bool alone)
{
	akti_store_rlx(&lock->inside, 0);
	akti_store_rlx(&lock->wanted, 0);
	lock->kind = akti_plat_asymmetric() ? BIASED_ASYMMETRIC : BIASED_EXCHANGE;
	if (alone)
		lock->kind = BIASED_ALONE;
}

/* A thief wants the lock: let it have it, and come back when it is done. */
AKTI_COLD void akti_biased_give_way(struct biased *lock);

/* Owner of a lock that is known to be BIASED_ASYMMETRIC. */
AKTI_INLINE void biased_enter_asymmetric(struct biased *lock)
{
	akti_store_rlx(&lock->inside, 1);
	atomic_signal_fence(memory_order_seq_cst);            /* the light barrier */
	if (akti_unlikely(akti_load_acq(&lock->wanted) != 0)) /* B2 */
		akti_biased_give_way(lock);
}

/* The same without waiting. False: a thief wants it, and the caller is not inside. */
AKTI_INLINE bool biased_try_enter_asymmetric(struct biased *lock)
{
	akti_store_rlx(&lock->inside, 1);
	atomic_signal_fence(memory_order_seq_cst);          /* the light barrier */
	if (akti_likely(akti_load_acq(&lock->wanted) == 0)) /* B2 */
		return true;
	akti_store_rel(&lock->inside, 0);
	return false;
}

AKTI_INLINE void biased_leave_asymmetric(struct biased *lock)
{
	akti_store_rel(&lock->inside, 0); /* B1 */
}

/* Owner. */
AKTI_INLINE void biased_enter(struct biased *lock)
{
	if (lock->kind == BIASED_ALONE)
		return;
	if (akti_likely(lock->kind == BIASED_ASYMMETRIC)) {
		biased_enter_asymmetric(lock);
		return;
	}
	(void)akti_xchg_sc(&lock->inside, 1);
	if (akti_unlikely(akti_load_sc(&lock->wanted) != 0))
		akti_biased_give_way(lock);
}

/* Owner. */
AKTI_INLINE void biased_leave(struct biased *lock)
{
	if (lock->kind != BIASED_ALONE)
		akti_store_rel(&lock->inside, 0); /* B1 */
}

/* Anybody but the owner. False: the owner is inside, or another thief. */
AKTI_INLINE bool biased_try_steal(struct biased *lock)
{
	uint32_t no = 0;

	if (!akti_cas_sc(&lock->wanted, &no, 1))
		return false;
	akti_plat_heavy_barrier();
	if (akti_load_sc(&lock->inside) == 0) /* B1 */
		return true;
	akti_store_rel(&lock->wanted, 0);
	return false;
}

AKTI_INLINE void biased_leave_stolen(struct biased *lock)
{
	akti_store_rel(&lock->wanted, 0); /* B2 */
}

#endif
