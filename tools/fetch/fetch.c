/* SPDX-License-Identifier: MIT */
#include "fetch/fetch.h"

#include <strings.h>

bool fetch_is_url(const char *text)
{
	return strncasecmp(text, "http://", 7) == 0 || strncasecmp(text, "https://", 8) == 0;
}

#if __has_include(<curl/curl.h>)
#define CURL_DISABLE_TYPECHECK 1
#include <curl/curl.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Of an error page, so much is told. */
#define REASON_BYTES_MAX 200u

#define CURL_FUNCTIONS(X)                                                                          \
	X(curl_global_init)                                                                        \
	X(curl_easy_init)                                                                          \
	X(curl_easy_setopt)                                                                        \
	X(curl_easy_getinfo)                                                                       \
	X(curl_easy_strerror)                                                                      \
	X(curl_easy_cleanup)                                                                       \
	X(curl_multi_init)                                                                         \
	X(curl_multi_add_handle)                                                                   \
	X(curl_multi_remove_handle)                                                                \
	X(curl_multi_perform)                                                                      \
	X(curl_multi_poll)                                                                         \
	X(curl_multi_info_read)                                                                    \
	X(curl_multi_cleanup)

/* The macros of curl.h check their arguments, and then call by name. */
#undef curl_easy_setopt
#undef curl_easy_getinfo

static struct {
#define CURL_POINTER(name) __typeof__(&name) name;
	CURL_FUNCTIONS(CURL_POINTER)
#undef CURL_POINTER
	bool is_open;
} curl;

static const char *const libraries[] = { "libcurl.so.4", "libcurl-gnutls.so.4" };

static bool open_curl(void)
{
	void *library = NULL;
	bool found = true;

	if (curl.is_open)
		return true;
	for (size_t i = 0; library == NULL && i < AKTI_COUNT_OF(libraries); i++)
		library = dlopen(libraries[i], RTLD_NOW | RTLD_LOCAL);
	if (library == NULL)
		return false;
#define CURL_FIND(name)                                                                            \
	*(void **)&curl.name = dlsym(library, #name);                                              \
	found = found && curl.name != NULL;
	CURL_FUNCTIONS(CURL_FIND)
#undef CURL_FIND
	curl.is_open = found && curl.curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
	return curl.is_open;
}

/* A return of less than what came ends the transfer. */
static size_t receive(char *bytes, size_t size, size_t count, void *arg)
{
	struct fetch *fetch = arg;

	if (fetch->body.size + size * count > FETCH_BYTES_MAX)
		return 0;
	buffer_add(&fetch->body, bytes, size * count);
	return size * count;
}

/* What is on this host is asked without a proxy; with $no_proxy the rest of it too. */
static void set_direct(CURL *easy)
{
	const char *direct = getenv("no_proxy");
	struct buffer hosts = { 0 };

	if (direct == NULL)
		direct = getenv("NO_PROXY");
	buffer_printf(&hosts, "localhost,127.0.0.1,::1%s%s", direct != NULL ? "," : "",
		      direct != NULL ? direct : "");
	(void)curl.curl_easy_setopt(easy, CURLOPT_NOPROXY,
				    direct != NULL && strcmp(direct, "*") == 0 ? direct : hosts.at);
	buffer_fini(&hosts);
}

static CURL *start(struct fetch *fetch)
{
	CURL *easy = curl.curl_easy_init();

	if (easy == NULL)
		out_of_memory();
	(void)curl.curl_easy_setopt(easy, CURLOPT_URL, fetch->url);
	(void)curl.curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl.curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
	(void)curl.curl_easy_setopt(easy, CURLOPT_MAXREDIRS, FETCH_REDIRECTS_MAX);
	(void)curl.curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	set_direct(easy);
	if (fetch->is_insecure) {
		(void)curl.curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		(void)curl.curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	(void)curl.curl_easy_setopt(easy, CURLOPT_USERAGENT, program_invocation_short_name);
	(void)curl.curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, FETCH_CONNECT_S_MAX);
	(void)curl.curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(fetch->timeout_s * 1e3));
	(void)curl.curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)FETCH_BYTES_MAX);
	(void)curl.curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive);
	(void)curl.curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
	(void)curl.curl_easy_setopt(easy, CURLOPT_PRIVATE, fetch);
	if (fetch->post != NULL)
		(void)curl.curl_easy_setopt(easy, CURLOPT_POSTFIELDS, fetch->post);
	return easy;
}

/* The first line of what the server says. */
static void add_reason(struct fetch *fetch)
{
	const char *text = buffer_string(&fetch->body);
	size_t length = text[0] == '<' ? 0 : strcspn(text, "\r\n"); /* a page for people */

	if (length > REASON_BYTES_MAX)
		length = REASON_BYTES_MAX;
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] < ' ')
			return;
	if (length > 0)
		buffer_printf(&fetch->error, ": %.*s", (int)length, text);
}

static void conclude(CURL *easy, CURLcode code)
{
	struct fetch *fetch = NULL;

	(void)curl.curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&fetch);
	(void)curl.curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &fetch->status);
	if (code == CURLE_WRITE_ERROR || code == CURLE_FILESIZE_EXCEEDED)
		buffer_printf(&fetch->error, "the answer is longer than %llu bytes",
			      (unsigned long long)FETCH_BYTES_MAX);
	else if (code != CURLE_OK)
		buffer_text(&fetch->error, curl.curl_easy_strerror(code));
	else if (fetch->status != 200) {
		buffer_printf(&fetch->error, "the server answers %ld", fetch->status);
		add_reason(fetch);
	}
}

static void run(CURLM *multi)
{
	int running = 1;

	while (running > 0) {
		CURLMsg *message;
		int left;

		if (curl.curl_multi_perform(multi, &running) != CURLM_OK)
			break;
		while ((message = curl.curl_multi_info_read(multi, &left)) != NULL) {
			CURL *easy = message->easy_handle;

			conclude(easy, message->data.result);
			(void)curl.curl_multi_remove_handle(multi, easy);
			curl.curl_easy_cleanup(easy);
		}
		if (running > 0)
			(void)curl.curl_multi_poll(multi, NULL, 0, 1000, NULL);
	}
}

bool fetch_all(struct fetch *fetches, size_t count)
{
	bool is_open = open_curl();
	CURLM *multi = is_open ? curl.curl_multi_init() : NULL;
	bool ok = true;

	for (size_t i = 0; i < count; i++) {
		if (!is_open)
			buffer_text(&fetches[i].error,
				    "libcurl is not installed (Debian: libcurl4)");
		else if (multi == NULL)
			out_of_memory();
		else
			(void)curl.curl_multi_add_handle(multi, start(&fetches[i]));
	}
	if (multi != NULL) {
		run(multi);
		(void)curl.curl_multi_cleanup(multi);
	}
	for (size_t i = 0; i < count; i++) {
		if (fetches[i].status == 0 && fetches[i].error.size == 0)
			buffer_text(&fetches[i].error, "the transfer was given up");
		ok = ok && fetches[i].error.size == 0;
	}
	return ok;
}
#else
bool fetch_all(struct fetch *fetches, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buffer_text(&fetches[i].error, "this akt was built without libcurl");
	return count == 0;
}
#endif
