/* SPDX-License-Identifier: MIT */
/*
 * The lock of a hand, src/queue/biased.h, with store buffers.
 *
 * Each process has a buffer of one entry per location; entries reach memory in any order, except
 * that a release store waits in it for the entries before (weaker than x86, where they leave in
 * order). The light barrier is none to the processor. The heavy one, and a read-modify-write for its
 * own process, empty the buffers.
 *
 * In it: an owner that enters twice, two thieves that try twice each; what the lock guards is a
 * counter that each of them reads and writes in two steps. Not in it: the exchange variant without
 * membarrier (every step of it is sequentially consistent).
 *
 * holds:
 * fails: -DPLANT_NO_HEAVY
 * fails: -DPLANT_WANTED_LATE
 * fails: -DPLANT_LEAVE_RELAXED
 */

#define OWNER 0

byte inside = 0, wanted = 0, hand = 0; /* in memory */
byte changes = 0;                      /* ghost: how often hand was counted up */
byte in = 0;                           /* ghost: who is in */

/* The owner's buffer. Those of thieves matter only for hand and wanted, which they write before
 * a release and with a CAS: their hand is written through. */
bool inside_waits = false, hand_waits = false;
byte inside_value, hand_value;

inline empty_buffer() {
	atomic {
		if :: hand_waits -> hand = hand_value; hand_waits = false :: else fi;
		if :: inside_waits -> inside = inside_value; inside_waits = false :: else fi
	}
}

/* Entries leave when they like; release: only behind what was written before it. */
bool release_waits = false;
active proctype memory()
{
end:	do
	:: atomic { hand_waits -> hand = hand_value; hand_waits = false }
	:: atomic { inside_waits && !(release_waits && hand_waits) ->
		inside = inside_value; inside_waits = false; release_waits = false }
	od
}

/* A newer store to the same location takes the older one's place, or comes after it. */
inline store_inside(value, release) {
	atomic { !inside_waits -> inside_value = value; inside_waits = true; release_waits = release }
}

#ifdef PLANT_LEAVE_RELAXED
#define LEAVE false
#else
#define LEAVE true
#endif

inline biased_enter() {
	do
	:: true ->
		store_inside(1, false);
		/* the light barrier */
		if
		:: wanted == 0 -> break
		:: wanted != 0 ->
			store_inside(0, true);
			wanted == 0
		fi
	od
}

active proctype owner()
{
	byte i = 0, seen;

	do
	:: i < 2 ->
		biased_enter();
		in++;
		assert(in == 1);
		seen = (hand_waits -> hand_value : hand);
		atomic { !hand_waits -> hand_value = seen + 1; hand_waits = true; changes++ };
		in--;
		store_inside(0, LEAVE); /* biased_leave, B1 */
		i++
	:: else -> break
	od
}

inline biased_try_steal() { /* -> got */
#ifdef PLANT_WANTED_LATE
	empty_buffer();
	got = (inside == 0);
	atomic { if :: got && wanted == 0 -> wanted = 1 :: else -> got = false fi };
#else
	atomic { if :: wanted == 0 -> wanted = 1; got = true :: else -> got = false fi };
	if
	:: got ->
#ifndef PLANT_NO_HEAVY
		empty_buffer(); /* akti_plat_heavy_barrier */
#endif
		if
		:: inside == 0
		:: else -> wanted = 0; got = false
		fi
	:: else
	fi
#endif
}

active [2] proctype thief()
{
	byte i = 0, seen;
	bool got;

	do
	:: i < 2 ->
		biased_try_steal();
		if
		:: got ->
			in++;
			assert(in == 1);
			seen = hand;
			hand = seen + 1;
			changes++;
			in--;
			wanted = 0 /* biased_leave_stolen, B2 */
		:: else
		fi;
		i++
	:: else -> break
	od
}

/* Nothing was lost, and the owner, who waits for nothing but thieves inside, got in twice. */
active proctype monitor()
{
	timeout;
	assert(wanted == 0 && inside == 0 && !inside_waits && !hand_waits);
	assert(hand == changes && changes >= 2)
}
