/* SPDX-License-Identifier: MIT */
/* See http.h. */
#include "http/http.h"
#include <string.h>

#ifdef AKTI_HAVE_HTTP
#include <dlfcn.h>

/* The name that the library has had since 0.9.57, of 2017. */
#define LIBRARY "libmicrohttpd.so.12"

bool akti_http_open(struct http *http)
{
	bool found = true;

	memset(http, 0, sizeof(*http));
	http->library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (http->library == NULL)
		return false;
#define HTTP_FIND(name)                                                                            \
	*(void **)&http->name = dlsym(http->library, #name);                                       \
	found = found && http->name != NULL;
	HTTP_FUNCTIONS(HTTP_FIND)
#undef HTTP_FIND
	if (!found)
		akti_http_close(http);
	return found;
}

void akti_http_close(struct http *http)
{
	if (http->library != NULL)
		(void)dlclose(http->library);
	http->library = NULL;
}
#else
bool akti_http_open(struct http *http)
{
	http->library = NULL;
	return false;
}

void akti_http_close(struct http *http)
{
	(void)http;
}
#endif
