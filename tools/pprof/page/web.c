/* SPDX-License-Identifier: MIT */
#include "pprof/page/web.h"
#include "pprof/ground/child.h"
#include "pprof/picture/flame.h"
#include "pprof/ground/json.h"
#include "pprof/page/page.h"

#include "http/address.h"
#include "http/http.h"

#include <akt/error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef AKTI_HAVE_HTTP

#define WEB_CONNECTIONS_MAX 32
#define WEB_HEAD_MAX 65536 /* bytes of a request's head: filters are in it */
#define WEB_IDLE_S 60

struct web {
	struct http http;
	const struct profile *profile;
	const struct options *options; /* those of the command line */
	bool is_local;
};

struct answer {
	unsigned status;
	const char *type;
	const char *location; /* of a redirection */
	const char *file;     /* the name under which it is kept */
	struct buffer body;
};

/* What each parameter of a page's address sets. */
static const char *const parameters[][2] = {
	{ "calltree", "call_tree" },
	{ "dropneg", "drop_negative" },
	{ "ef", "edgefraction" },
	{ "f", "focus" },
	{ "g", "granularity" },
	{ "h", "hide" },
	{ "i", "ignore" },
	{ "mean", "mean" },
	{ "n", "nodecount" },
	{ "nf", "nodefraction" },
	{ "noinlines", "noinlines" },
	{ "norm", "normalize" },
	{ "prunefrom", "prune_from" },
	{ "rel", "relative_percentages" },
	{ "s", "show" },
	{ "sf", "show_from" },
	{ "showcolumns", "showcolumns" },
	{ "si", "sample_index" },
	{ "sort", "sort" },
	{ "tagleaf", "tagleaf" },
	{ "tagroot", "tagroot" },
	{ "tf", "tagfocus" },
	{ "th", "taghide" },
	{ "ti", "tagignore" },
	{ "trim", "trim" },
	{ "ts", "tagshow" },
	{ "unit", "unit" },
};

/* --- views -------------------------------------------------------------------------------------- */

struct view {
	const char *path;
	const char *command; /* whose rules hold */
	bool is_about_names; /* its focus is its subject; without one a table is shown to choose from */
	bool (*add)(struct report *report, struct buffer *data, struct buffer *error);
};

static bool add_flame(struct report *report, struct buffer *data, struct buffer *error)
{
	(void)error;
	json_key(data, "flame");
	flame_add(report, false, data);
	return true;
}

static bool add_graph(struct report *report, struct buffer *data, struct buffer *error)
{
	struct buffer graph = { 0 }, svg = { 0 };
	bool ok = report_dot(report, &graph, error) && child_draw("svg", &graph, &svg, error);

	if (ok)
		page_add_text(data, "svg", &svg);
	buffer_fini(&graph);
	buffer_fini(&svg);
	return ok;
}

static bool add_top(struct report *report, struct buffer *data, struct buffer *error)
{
	(void)error;
	page_add_top(report, data);
	return true;
}

static bool add_peek(struct report *report, struct buffer *data, struct buffer *error)
{
	struct buffer text = { 0 };
	bool ok = report_tree(report, &text, error);

	if (ok)
		page_add_text(data, "text", &text);
	buffer_fini(&text);
	return ok;
}

static bool add_source(struct report *report, struct buffer *data, struct buffer *error)
{
	struct buffer text = { 0 };
	bool ok = report_list(report, &text, error);

	if (ok)
		page_add_text(data, "text", &text);
	buffer_fini(&text);
	return ok;
}

static const struct view views[] = {
	{ "/ui/flamegraph", "html", false, add_flame }, { "/ui/graph", "svg", false, add_graph },
	{ "/ui/top", "top", false, add_top },           { "/ui/peek", "peek", true, add_peek },
	{ "/ui/source", "list", true, add_source },
};

static const struct view *find_view(const char *path)
{
	for (size_t i = 0; i < AKTI_COUNT_OF(views); i++)
		if (strcmp(views[i].path, path) == 0)
			return &views[i];
	return NULL;
}

static struct profile *copy_profile(const struct web *web)
{
	struct profile *copy;

	if (akti_profile_copy(web->profile, &copy) < 0)
		out_of_memory();
	return copy;
}

static void answer_view(const struct web *web, const struct view *view,
			const struct options *options, struct buffer *error, struct answer *answer)
{
	struct report report = { .profile = copy_profile(web), .options = options };
	bool has_names = view->is_about_names && options->focus[0] != '\0';
	bool is_choice = view->is_about_names && !has_names;
	struct buffer data = { 0 };
	bool ok = error->size == 0 &&
		  command_prepare(&report, command_find(is_choice ? "top" : view->command),
				  has_names ? options->focus : NULL, error);

	page_begin(&report, web->options, strrchr(view->path, '/') + 1, &data);
	if (ok) {
		page_add_labels(&report, &data);
		ok = is_choice ? add_top(&report, &data, error) : view->add(&report, &data, error);
	}
	if (!ok) {
		answer->status = MHD_HTTP_BAD_REQUEST;
		json_key(&data, "error");
		json_text(&data, buffer_string(error));
	}
	if (report.profile->error != 0)
		out_of_memory();
	page_end(&data, false, &answer->body);
	buffer_fini(&data);
	akti_profile_destroy(report.profile);
	report_fini(&report);
}

/* What a command writes, as a file. */
static void answer_file(const struct web *web, const char *name, const struct options *options,
			struct buffer *error, struct answer *answer)
{
	struct report report = { .profile = copy_profile(web), .options = options };
	bool is_page = strcmp(name, "html") == 0;
	bool ok = error->size == 0 && command_prepare(&report, command_find(name), NULL, error);

	if (ok)
		ok = is_page ? report_html(&report, &answer->body, error)
			     : report_proto(&report, &answer->body, error);
	answer->file = is_page ? "profile.html" : "profile.pb.gz";
	if (!is_page)
		answer->type = "application/vnd.google.protobuf+gzip";
	if (!ok) {
		answer->status = MHD_HTTP_BAD_REQUEST;
		answer->file = NULL;
		answer->type = "text/plain; charset=utf-8";
		buffer_clear(&answer->body);
		buffer_printf(&answer->body, "%s\n", buffer_string(error));
	}
	akti_profile_destroy(report.profile);
	report_fini(&report);
}

/* --- requests ------------------------------------------------------------------------------------ */

struct setting {
	struct options *options;
	struct buffer *error;
};

static enum MHD_Result set_parameter(void *arg, enum MHD_ValueKind kind, const char *key,
				     const char *value)
{
	struct setting *setting = arg;

	(void)kind;
	for (size_t i = 0; i < AKTI_COUNT_OF(parameters); i++) {
		const struct option *option = option_find(parameters[i][1]);

		/* Nothing clears a text, and says nothing of the others. */
		if (strcmp(parameters[i][0], key) != 0 || setting->error->size != 0 ||
		    (option->kind != OPTION_TEXT && (value == NULL || value[0] == '\0')))
			continue;
		option_set(setting->options, parameters[i][1], value != NULL ? value : "",
			   setting->error);
	}
	return MHD_YES;
}

static void answer_text(struct answer *answer, unsigned status, const char *text)
{
	answer->status = status;
	answer->type = "text/plain; charset=utf-8";
	buffer_printf(&answer->body, "%s\n", text);
}

static void answer_asset(struct answer *answer, const char *type, const unsigned char *bytes,
			 size_t size)
{
	answer->type = type;
	buffer_add(&answer->body, bytes, size);
}

static void answer_path(const struct web *web, struct MHD_Connection *connection, const char *path,
			struct answer *answer)
{
	const struct view *view = find_view(path);
	struct buffer error = { 0 };
	struct options options;
	struct setting setting = { &options, &error };

	if (strcmp(path, "/ui/page.css") == 0) {
		answer_asset(answer, "text/css; charset=utf-8", page_css, page_css_size);
		return;
	}
	if (strcmp(path, "/ui/page.js") == 0) {
		answer_asset(answer, "text/javascript; charset=utf-8", page_js, page_js_size);
		return;
	}
	options_copy(&options, web->options);
	options.compact_labels = true;
	if (strcmp(path, "/ui/top") == 0 && options.nodecount == -1)
		options.nodecount = PAGE_TOP_MAX;
	if (strcmp(path, "/ui/download") == 0) {
		/* All that was loaded, as pprof gives it. */
		options_fini(&options);
		options_init(&options);
		answer_file(web, "proto", &options, &error, answer);
	} else {
		web->http.MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND,
						    set_parameter, &setting);
		if (view != NULL) {
			answer_view(web, view, &options, &error, answer);
		} else if (strcmp(path, "/ui/html") == 0) {
			answer_file(web, "html", &options, &error, answer);
		} else if (strcmp(path, "/") == 0 || strcmp(path, "/ui") == 0 ||
			   strcmp(path, "/ui/") == 0) {
			answer_text(answer, MHD_HTTP_FOUND, "/ui/flamegraph");
			answer->location = "/ui/flamegraph";
		} else {
			answer_text(answer, MHD_HTTP_NOT_FOUND,
				    "nothing is here; what there is: /ui/");
		}
	}
	options_fini(&options);
	buffer_fini(&error);
}

/* Whether the client and what it has asked for are on this machine. */
static bool is_meant(const struct web *web, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		web->http.MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	const char *host =
		web->http.MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host");
	union address local = { 0 }, peer = { 0 };
	socklen_t local_size = sizeof(local), peer_size = sizeof(peer);

	return info != NULL && getsockname(info->connect_fd, &local.any, &local_size) == 0 &&
	       getpeername(info->connect_fd, &peer.any, &peer_size) == 0 &&
	       akti_address_is_loopback(&peer) && akti_address_is_host(host, &local);
}

static enum MHD_Result send_answer(const struct web *web, struct MHD_Connection *connection,
				   struct answer *answer)
{
	const struct http *http = &web->http;
	struct MHD_Response *response =
		http->MHD_create_response_from_buffer(answer->body.size, answer->body.at,
						      MHD_RESPMEM_MUST_FREE);
	enum MHD_Result sent;

	if (response == NULL) {
		buffer_fini(&answer->body);
		return MHD_NO;
	}
#define HEADER(name, value) (void)http->MHD_add_response_header(response, name, value)
	HEADER("Content-Type", answer->type);
	HEADER("Cache-Control", "no-store");
	HEADER("Content-Security-Policy",
	       "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
	       "form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
	HEADER("Cross-Origin-Opener-Policy", "same-origin");
	HEADER("Cross-Origin-Resource-Policy", "same-origin");
	HEADER("Referrer-Policy", "no-referrer");
	HEADER("X-Content-Type-Options", "nosniff");
	if (answer->location != NULL)
		HEADER("Location", answer->location);
	if (answer->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		HEADER("Allow", "GET, HEAD");
	if (answer->file != NULL) {
		char disposition[64];

		(void)snprintf(disposition, sizeof(disposition), "attachment; filename=\"%s\"",
			       answer->file);
		HEADER("Content-Disposition", disposition);
	}
#undef HEADER
	sent = http->MHD_queue_response(connection, answer->status, response);
	http->MHD_destroy_response(response);
	return sent;
}

/* libmicrohttpd calls when a head is read, and again when all of the request is. */
static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *path,
				  const char *method, const char *version, const char *body,
				  size_t *body_bytes, void **ret_seen)
{
	struct web *web = arg;
	struct answer answer = { .status = MHD_HTTP_OK, .type = "text/html; charset=utf-8" };

	(void)version, (void)body, (void)body_bytes;
	if (web->is_local && !is_meant(web, connection)) {
		answer_text(
			&answer, MHD_HTTP_FORBIDDEN,
			"the Host header must be localhost or the address listened on, in digits");
	} else if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 &&
		   strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
		answer_text(&answer, MHD_HTTP_METHOD_NOT_ALLOWED,
			    "only GET and HEAD are served here");
	} else if (*ret_seen == NULL) {
		*ret_seen = web;
		return MHD_YES;
	} else {
		answer_path(web, connection, path, &answer);
	}
	return send_answer(web, connection, &answer);
}

/* --- the server ---------------------------------------------------------------------------------- */

/* "host:" means any port. False with a text. */
static bool read_address(const char *text, union address *ret_address, struct buffer *error)
{
	size_t size = strlen(text);
	char *whole = take_printf("%s%s", text, size > 0 && text[size - 1] == ':' ? "0" : "");
	bool ok = akti_address_read(whole, ret_address) == 0;

	if (!ok)
		buffer_printf(error,
			      "-http wants host:port, with localhost or an address in digits, not "
			      "\"%s\"",
			      text);
	free(whole);
	return ok;
}

static bool start(struct web *web, int fd, bool is_v6)
{
	unsigned flags =
		MHD_USE_EPOLL | MHD_USE_INTERNAL_POLLING_THREAD | (is_v6 ? MHD_USE_IPv6 : 0u);

	return web->http.MHD_start_daemon(flags, 0, NULL, NULL, on_request, web,
					  MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
					  WEB_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
					  (size_t)WEB_HEAD_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
					  WEB_IDLE_S, MHD_OPTION_STRICT_FOR_CLIENT, 1,
					  MHD_OPTION_END) != NULL;
}

/* The address as a browser takes it. */
static char *url_of(const char *text, uint16_t port)
{
	size_t host_size = (size_t)(strrchr(text, ':') - text);

	return host_size == 0 ? take_printf("http://localhost:%u", port)
			      : take_printf("http://%.*s:%u", (int)host_size, text, port);
}

void web_serve(const struct profile *profile, const struct options *options, const char *address,
	       bool opens_browser, struct buffer *error)
{
	struct web web = { .profile = profile, .options = options };
	struct buffer problem = { 0 };
	union address where;
	uint16_t port;
	int fd, why = 0;
	char *url;

	if (!read_address(address, &where, error))
		return;
	if (!akti_http_open(&web.http)) {
		buffer_text(error,
			    "libmicrohttpd is needed for -http and is not here (apt-get "
			    "install libmicrohttpd12); -html writes the flame graph to a file");
		return;
	}
	web.is_local = akti_address_is_loopback(&where);
	if (akti_address_listen(&where, &fd, &port, &why) < 0) {
		buffer_printf(error, "cannot listen on %s: %s", address, strerror(why));
		return;
	}
	if (!start(&web, fd, where.any.sa_family == AF_INET6)) {
		close(fd);
		buffer_text(error, "the server does not start");
		return;
	}
	url = url_of(address, port);
	fprintf(stderr, "Serving web UI on %s\n", url);
	if (!web.is_local)
		fprintf(stderr,
			"Whoever reaches this address can read the profile and its sources\n");
	if (opens_browser && !child_browse(url, true, &problem))
		fprintf(stderr, "%s\n", buffer_string(&problem));
	for (;;)
		pause();
}
#else
void web_serve(const struct profile *profile, const struct options *options, const char *address,
	       bool opens_browser, struct buffer *error)
{
	(void)profile, (void)options, (void)address, (void)opens_browser;
	buffer_text(error, "this akt pprof was built without libmicrohttpd");
}
#endif
