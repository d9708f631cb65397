/* SPDX-License-Identifier: MIT */
/*
 * hash: a good non-cryptographic hash of bytes and of words.
 *
 * The mixer is the 128-bit multiply-and-fold of wyhash (Wang Yi, public domain); the seed keeps
 * outsiders from choosing names that collide when it is random.
 */
#ifndef AKTI_HASH_H
#define AKTI_HASH_H

#include "base/base.h"

AKTI_INLINE uint64_t akti_hash_mix(uint64_t a, uint64_t b)
{
	__extension__ typedef unsigned __int128 u128;
	u128 product = (u128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

AKTI_INLINE uint64_t akti_hash_u64(uint64_t value)
{
	return akti_hash_mix(value ^ 0x9E3779B97F4A7C15u, 0xD6E8FEB86659FD93u);
}

uint64_t akti_hash_bytes(const void *bytes, size_t size_bytes, uint64_t seed);

#endif
