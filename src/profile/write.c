/* SPDX-License-Identifier: MIT */
/* A profile into a file that is always whole: written beside its place, then renamed over it. */
#include "profile/encode.h"

#include <akt/error.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static int write_all(void *arg, const void *bytes, size_t size_bytes)
{
	const char *at = bytes;
	const int *fd = arg;

	while (size_bytes > 0) {
		ssize_t n = write(*fd, at, size_bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return AKT_ERR_IO;
		at += n;
		size_bytes -= (size_t)n;
	}
	return 0;
}

int akti_profile_write(struct profile *profile, const char *path)
{
	char temp[PATH_MAX];
	int n, fd, r;

	if (profile->error != 0)
		return profile->error;
	n = snprintf(temp, sizeof(temp), "%s.%ld.tmp", path, (long)getpid());
	if (n < 0 || (size_t)n >= sizeof(temp))
		return AKT_ERR_INVALID;
	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return AKT_ERR_IO;
	r = akti_profile_encode(profile, write_all, &fd);
	if (close(fd) != 0 && r == 0)
		r = AKT_ERR_IO;
	if (r == 0 && rename(temp, path) != 0)
		r = AKT_ERR_IO;
	if (r != 0)
		unlink(temp);
	return r;
}
