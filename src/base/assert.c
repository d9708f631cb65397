/* SPDX-License-Identifier: MIT */
/* The last words of a broken invariant: no allocation, no lock, no stdio. */
#include "base/base.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct assert_site akti_assert_site;

static void say(const char *text)
{
	ssize_t written = write(STDERR_FILENO, text, strlen(text));

	(void)written;
}

_Noreturn void akti_assert_failed(const char *condition, const char *file, int line,
				  const char *function)
{
	struct assert_site site = { condition, file, function, line };
	char digits[12];
	char *p = digits + sizeof(digits) - 1;

	akti_assert_site = site;
	*p = '\0';
	do {
		*--p = (char)('0' + line % 10);
		line /= 10;
	} while (line > 0 && p > digits);
	say("akt: broken invariant at ");
	say(file);
	say(":");
	say(p);
	say(" in ");
	say(function);
	say(": ");
	say(condition);
	say("\n");
	abort();
}
