/* SPDX-License-Identifier: MIT */
#include "pprof/load/url.h"
#include "pprof/ground/options.h"
#include "pprof/ground/path.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define CPU_PROFILE "/debug/pprof/profile"
#define PARAMETERS_MAX 256

struct url {
	char *text;  /* the parts point into it */
	char *host;  /* with user and port; "" */
	char *path;  /* from its slash; "" */
	char *query; /* NULL: none */
	char *fragment;
	const char *scheme; /* "" */
};

struct parameter {
	char *name;
	char *value;
};

/* Bytes of "scheme:"; 0: none. */
static size_t scheme_size(const char *text)
{
	size_t size = 0;

	if (!isalpha((unsigned char)text[0]))
		return 0;
	while (isalnum((unsigned char)text[size]) || strchr("+-.", text[size]) != NULL)
		if (text[size++] == '\0')
			return 0;
	return text[size] == ':' ? size + 1 : 0;
}

bool url_is_absolute(const char *text)
{
	return scheme_size(text) > 0;
}

/* Cut at the first of a character; what is behind it, or NULL. */
static char *cut(char *text, char at)
{
	char *found = strchr(text, at);

	if (found != NULL)
		*found++ = '\0';
	return found;
}

/* Characters that hosts do not have, or a port that is no number, make it something else. */
static bool is_host(const char *host)
{
	const char *name = strrchr(host, '@');
	const char *bracket, *port;

	name = name != NULL ? name + 1 : host;
	bracket = strchr(name, ']');
	port = strrchr(bracket != NULL ? bracket : name, ':');
	return name[0] != '\0' && strpbrk(name, " <>\"\\%") == NULL &&
	       (port == NULL || strspn(port + 1, "0123456789") == strlen(port + 1));
}

/* False: not of the form scheme://host/path. */
static bool split(const char *text, struct url *url)
{
	char *at = take_text(text);
	size_t scheme = scheme_size(at);

	*url = (struct url){ .text = at, .scheme = "" };
	if (scheme > 0) {
		url->scheme = at;
		at[scheme - 1] = '\0';
		for (char *c = at; *c != '\0'; c++)
			*c = (char)tolower((unsigned char)*c);
		at += scheme;
	}
	if (strncmp(at, "//", 2) != 0) {
		free(url->text);
		return false;
	}
	url->host = at + 2;
	url->fragment = cut(url->host, '#');
	url->query = cut(url->host, '?');
	at = strchr(url->host, '/');
	url->path = at != NULL ? take_text(at) : take_text("");
	if (at != NULL)
		*at = '\0';
	if (is_host(url->host))
		return true;
	free(url->path);
	free(url->text);
	return false;
}

static void url_fini(struct url *url)
{
	free(url->path);
	free(url->text);
}

/* In a query a blank is a plus. */
static void escape_query(struct buffer *out, const char *text)
{
	size_t from = out->size;

	buffer_percent(out, text, "-_.~ ");
	for (; from < out->size; from++)
		if (out->at[from] == ' ')
			out->at[from] = '+';
}

/* Percent signs and pluses undone; false: damaged. */
static bool unescape(char *text)
{
	char *out = text;

	for (; *text != '\0'; text++) {
		char digits[3] = "";

		if (*text != '%') {
			*out++ = (char)(*text == '+' ? ' ' : *text);
			continue;
		}
		if (!isxdigit((unsigned char)text[1]) || !isxdigit((unsigned char)text[2]))
			return false;
		memcpy(digits, text + 1, 2);
		*out++ = (char)strtol(digits, NULL, 16);
		text += 2;
	}
	*out = '\0';
	return true;
}

static int by_name(const void *a, const void *b)
{
	const struct parameter *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	/* Those of one name stay as they came: they lie in one text. */
	return order != 0 ? order : (x->value > y->value) - (x->value < y->value);
}

static size_t split_query(char *query, struct parameter *parameters)
{
	size_t count = 0;

	while (query != NULL && count < PARAMETERS_MAX) {
		char *rest = cut(query, '&');
		char *value = cut(query, '=');

		if (value == NULL)
			value = query + strlen(query);
		if ((query[0] != '\0' || value[0] != '\0') && strchr(query, ';') == NULL &&
		    strchr(value, ';') == NULL && unescape(query) && unescape(value))
			parameters[count++] = (struct parameter){ query, value };
		query = rest;
	}
	qsort(parameters, count, sizeof(*parameters), by_name);
	return count;
}

/* The parameters in order, with the seconds put in or found in them. */
static void add_query(struct buffer *out, char *query, int64_t *seconds)
{
	struct parameter parameters[PARAMETERS_MAX + 1] = { { NULL, NULL } };
	size_t count = split_query(query, parameters);
	char *text = *seconds > 0 ? take_printf("%lld", (long long)*seconds) : NULL;
	char name[] = "seconds";
	bool is_set = text == NULL, is_found = false;
	char separator = '?';

	if (!is_set) {
		size_t kept = 0;

		for (size_t i = 0; i < count; i++)
			if (strcmp(parameters[i].name, name) != 0)
				parameters[kept++] = parameters[i];
		parameters[kept++] = (struct parameter){ name, text };
		count = kept;
		qsort(parameters, count, sizeof(*parameters), by_name);
	}
	for (size_t i = 0; i < count; i++, separator = '&') {
		int64_t number;

		if (is_set && !is_found && strcmp(parameters[i].name, name) == 0) {
			is_found = true;
			if (parse_number(parameters[i].value, &number) && number <= INT32_MAX)
				*seconds = number;
		}
		buffer_add(out, &separator, 1);
		escape_query(out, parameters[i].name);
		buffer_text(out, "=");
		escape_query(out, parameters[i].value);
	}
	free(text);
}

static void add_front(struct buffer *out, const struct url *url)
{
	if (url->scheme[0] != '\0')
		buffer_printf(out, "%s:", url->scheme);
	buffer_printf(out, "//%s", url->host);
}

char *url_of_source(const char *source, int64_t seconds, int64_t timeout, double *ret_timeout_s)
{
	char *with_scheme = take_printf("http://%s", source);
	bool is_rooted = strncmp(source, "//", 2) == 0;
	bool ok;
	struct url url;
	struct buffer out = { 0 };

	/* "host:port/path" looks like a scheme or like nothing; a plain name is a file's. */
	ok = split(source, &url) || (!is_rooted && strchr(source, ':') != NULL &&
				     strncmp(source, "file:", 5) != 0 && split(with_scheme, &url));
	free(with_scheme);
	if (!ok)
		return NULL;
	add_front(&out, &url);
	buffer_percent(&out,
		       url.path[0] == '\0' || strcmp(url.path, "/") == 0 ? CPU_PROFILE : url.path,
		       "-_.~$&+,/:;=@%!'()*[]");
	add_query(&out, url.query, &seconds);
	if (url.fragment != NULL)
		buffer_printf(&out, "#%s", url.fragment);
	if (timeout > 0)
		*ret_timeout_s = (double)timeout;
	else
		*ret_timeout_s = URL_PATIENCE_S +
				 (seconds > 0 ? (double)seconds * 1.5 : (double)URL_TIMEOUT_S);
	url_fini(&url);
	return out.at;
}

static bool ends_with(const char *text, const char *end)
{
	size_t size = strlen(text), end_size = strlen(end);

	return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

/* The servers of gperftools and those of Go call it symbol, others symbolz. */
static bool is_plain_symbol(const char *path)
{
	static const char *const ends[] = { "/pprof/heap", "/pprof/growth", "/pprof/profile",
					    "/pprof/pmuprofile", "/pprof/contention" };

	for (size_t i = 0; i < AKTI_COUNT_OF(ends); i++)
		if (ends_with(path, ends[i]))
			return true;
	return strstr(path, "/debug/pprof/") != NULL;
}

char *url_of_symbols(const char *url_text)
{
	struct buffer out = { 0 };
	struct url url;
	char *path, *beside;

	if (!split(url_text, &url))
		return NULL;
	beside =
		take_printf("%s/../%s", url.path, is_plain_symbol(url.path) ? "symbol" : "symbolz");
	path = path_clean(beside);
	add_front(&out, &url);
	buffer_printf(&out, "%s%s", path[0] == '/' ? "" : "/", path);
	free(beside);
	free(path);
	url_fini(&url);
	return out.at;
}
