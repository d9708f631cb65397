/* SPDX-License-Identifier: MIT */
/* utf8: texts that others wrote: which bytes are characters. */
#ifndef AKTI_BASE_UTF8_H
#define AKTI_BASE_UTF8_H

#include "base/base.h"

/* Bytes of the character at s, which ends in a NUL: 1 to 4; 0: it is not UTF-8. */
size_t akti_utf8_length(const unsigned char *s);

#endif
