/* SPDX-License-Identifier: MIT */
#include "base/hash.h"
#include <string.h>

uint64_t akti_hash_bytes(const void *bytes, size_t size_bytes, uint64_t seed)
{
	const unsigned char *p = bytes;
	uint64_t hash = seed ^ akti_hash_u64(size_bytes);
	uint64_t word;

	while (size_bytes >= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		hash = akti_hash_mix(hash ^ word, 0xA0761D6478BD642Fu);
		p += sizeof(word);
		size_bytes -= sizeof(word);
	}
	word = 0;
	if (size_bytes > 0) /* of nothing, bytes may be NULL */
		memcpy(&word, p, size_bytes);
	return akti_hash_mix(hash ^ word, 0xE7037ED1A0B428DBu);
}
