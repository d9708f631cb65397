/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"

size_t akti_utf8_length(const unsigned char *s)
{
	uint32_t value;
	size_t length;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] < 0xe0)
		length = 2;
	else if (s[0] >= 0xe0 && s[0] < 0xf0)
		length = 3;
	else if (s[0] >= 0xf0 && s[0] < 0xf5)
		length = 4;
	else
		return 0;
	value = s[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (s[i] & 0x3f);
	}
	if ((length == 3 && (value < 0x800 || (value >= 0xd800 && value < 0xe000))) ||
	    (length == 4 && (value < 0x10000 || value > 0x10ffff)))
		return 0;
	return length;
}
