/* SPDX-License-Identifier: MIT */
/* See server.h. */
#include "debug/server.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Static_assert(AKT_DEBUG_THREADS <= IO_THREADS_MAX, "a pool has them");

/* --- for answers ---------------------------------------------------------------------------------- */

unsigned akti_debug_error(struct output *text, unsigned status, const char *fmt, ...)
{
	char line[256];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	akti_output_cut(text, 0);
	akti_output_print(text, "%s\n", line);
	return status;
}

bool akti_debug_query(const char *query, const char *key, char *value, size_t size)
{
	size_t length = strlen(key);

	while (*query != '\0') {
		size_t end = strcspn(query, "&");

		if (strncmp(query, key, length) == 0 && query[length] == '=') {
			(void)snprintf(value, size, "%.*s", (int)(end - length - 1),
				       query + length + 1);
			return true;
		}
		query += end;
		query += *query == '&';
	}
	return false;
}

bool akti_debug_number(const char *query, const char *key, uint64_t max, uint64_t given,
		       uint64_t *ret_number)
{
	uint64_t number = 0;
	char value[24];

	*ret_number = given;
	if (!akti_debug_query(query, key, value, sizeof(value)))
		return true;
	for (const char *c = value; *c != '\0'; c++) {
		if (*c < '0' || *c > '9')
			return false;
		number = number * 10 + (uint64_t)(*c - '0');
		if (number > max)
			return false;
	}
	*ret_number = number;
	return value[0] != '\0';
}

bool akti_debug_pause(struct request *request, int64_t for_ns)
{
	int64_t until = akti_plat_now() + for_ns;

	while (akti_load_sc(&request->cut) == REQUEST_GOES_ON) {
		if (!akti_plat_wait(&request->cut, REQUEST_GOES_ON, until))
			return true;
	}
	return false;
}

#ifdef AKTI_HAVE_HTTP

#define HTTP_TOO_LARGE 413u /* its name changes with the version */

/* --- requests ------------------------------------------------------------------------------------- */

static void free_request(struct request *request)
{
	akti_output_free(&request->body);
	akti_output_free(&request->answer);
	free(request->uri);
	free(request->host);
	free(request);
}

/* libmicrohttpd has read a request's line. */
static void *begin_request(void *arg, const char *uri, struct MHD_Connection *connection)
{
	struct akt_debug *debug = arg;
	struct request *request = calloc(1, sizeof(*request));
	char *query;

	if (request == NULL)
		return NULL;
	request->uri = strdup(uri);
	if (request->uri == NULL) {
		free(request);
		return NULL;
	}
	query = strchr(request->uri, '?');
	if (query != NULL)
		*query++ = '\0';
	request->query = query != NULL ? query : "";
	request->debug = debug;
	request->connection = connection;
	request->fd = -1;
	return request;
}

static void end_request(void *arg, struct MHD_Connection *connection, void **request,
			enum MHD_RequestTerminationCode why)
{
	struct akt_debug *debug = arg;
	struct request *ended = *request;

	(void)connection, (void)why;
	if (ended == NULL)
		return;
	debug->sending -= ended->is_sent;
	free_request(ended);
	*request = NULL;
}

static ssize_t no_bytes(void *arg, uint64_t position, char *bytes, size_t max)
{
	(void)arg, (void)position, (void)bytes, (void)max;
	return MHD_CONTENT_READER_END_OF_STREAM;
}

static struct MHD_Response *make_response(struct request *request)
{
	const struct http *http = &request->debug->http;
	struct output *text = &request->answer;
	struct MHD_Response *response;

	if (request->is_unmade)
		return http->MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 1, no_bytes, NULL,
							       NULL);
	if (text->bytes == NULL)
		return http->MHD_create_response_from_buffer(0, (char *)(uintptr_t) "",
							     MHD_RESPMEM_PERSISTENT);
	response = http->MHD_create_response_from_buffer(text->length, text->bytes,
							 MHD_RESPMEM_MUST_FREE);
	if (response != NULL)
		*text = (struct output){ NULL, 0, 0, false };
	return response;
}

static enum MHD_Result send_answer(struct request *request)
{
	const struct http *http = &request->debug->http;
	struct output *text = &request->answer;
	bool is_error = request->status >= 400 || request->route == NULL;
	const char *type = "text/plain; charset=utf-8";
	struct MHD_Response *response;
	enum MHD_Result sent;

	if (text->failed) {
		akti_output_free(text);
		is_error = true;
		request->status =
			akti_debug_error(text, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory");
	}
	if (!is_error)
		type = request->type != NULL ? request->type : request->route->type;
	response = make_response(request);
	if (response == NULL)
		return MHD_NO;
#define HEADER(name, value) (void)http->MHD_add_response_header(response, name, value)
	HEADER("Content-Type", type);
	HEADER("Cache-Control", "no-store");
	HEADER("X-Content-Type-Options", "nosniff");
	HEADER("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
	if (is_error)
		HEADER("X-Go-Pprof", "1"); /* its clients show the text then */
	if (request->location != NULL)
		HEADER("Location", request->location);
	if (request->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		HEADER("Allow", request->route->posts ? "GET, HEAD, POST" : "GET, HEAD");
	if (request->status == MHD_HTTP_SERVICE_UNAVAILABLE)
		HEADER("Retry-After", "10");
	if (!is_error && request->route->file != NULL) {
		char disposition[64];

		(void)snprintf(disposition, sizeof(disposition), "attachment; filename=\"%s\"",
			       request->route->file);
		HEADER("Content-Disposition", disposition);
	}
#undef HEADER
	sent = http->MHD_queue_response(request->connection, request->status, response);
	request->is_sent = sent == MHD_YES;
	request->debug->sending += request->is_sent;
	http->MHD_destroy_response(response);
	return sent;
}

/* --- is it to be answered? ------------------------------------------------------------------------ */

static void local_address(int fd, union address *ret_address)
{
	socklen_t length = sizeof(*ret_address);

	memset(ret_address, 0, sizeof(*ret_address));
	(void)getsockname(fd, &ret_address->any, &length);
}

static int client_of(struct request *request)
{
	const union MHD_ConnectionInfo *info =
		request->debug->http.MHD_get_connection_info(request->connection,
							     MHD_CONNECTION_INFO_CONNECTION_FD);

	return info != NULL ? info->connect_fd : -1;
}

/* The status of a refusal, or 0. */
static unsigned refuse(struct request *request, const char *method)
{
	const char *host =
		request->debug->http.MHD_lookup_connection_value(request->connection,
								 MHD_HEADER_KIND, "Host");
	struct output *text = &request->answer;
	union address local;

	local_address(client_of(request), &local);
	if (!akti_address_is_host(host, &local))
		return akti_debug_error(text, MHD_HTTP_FORBIDDEN,
					"the Host header must be localhost or the address "
					"listened on, in digits");
	request->host = strdup(host);
	request->route = akti_debug_route(request->uri);
	if (request->route == NULL)
		return akti_debug_error(text, MHD_HTTP_NOT_FOUND,
					"nothing is here; what there is: /debug/pprof/");
	request->is_head = strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
	if (!request->is_head && strcmp(method, MHD_HTTP_METHOD_GET) != 0 &&
	    !(request->route->posts && strcmp(method, MHD_HTTP_METHOD_POST) == 0))
		return akti_debug_error(text, MHD_HTTP_METHOD_NOT_ALLOWED,
					"only GET and HEAD are served here");
	if (request->route->answer == NULL) {
		request->location = "/debug/pprof/";
		return MHD_HTTP_FOUND;
	}
	return request->host != NULL ? 0 : akti_debug_error(text, 500, "out of memory");
}

/* --- its answer ------------------------------------------------------------------------------------ */

static void run_request(struct io_job *job)
{
	struct request *request = (struct request *)job;
	struct akt_debug *debug = request->debug;

	request->status = request->route->answer(request, &request->answer);
	akti_plat_lock(&debug->mutex);
	request->next_done = debug->done;
	debug->done = request;
	akti_plat_unlock(&debug->mutex);
	akti_plat_poll_ring(&debug->poll);
}

/* Be told when the client of a long request goes. */
static void watch_client(struct request *request)
{
	int fd = client_of(request);

	if (request->is_timed && fd >= 0 &&
	    akti_plat_poll_want(&request->debug->poll, fd, PLAT_READ, (uintptr_t)request) == 0)
		request->fd = fd;
}

/* Its client has sent something, or has gone. */
static void client_stirs(struct request *request)
{
	char byte;

	if (recv(request->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0)
		return; /* its next request: it must wait, and is not looked for again */
	akti_store_sc(&request->cut, REQUEST_CLIENT_GONE);
	akti_plat_wake(&request->cut, 1);
}

/* Have the answer made. False: it was refused, and there is one. */
static bool submit(struct request *request)
{
	struct akt_debug *debug = request->debug;
	int r;

	request->is_timed = request->route->takes_time;
	if (request->is_timed && debug->timed == DEBUG_TIMED_MAX) {
		request->is_timed = false;
		request->status =
			akti_debug_error(&request->answer, MHD_HTTP_SERVICE_UNAVAILABLE,
					 "%u profiles are being taken, and no more can be",
					 DEBUG_TIMED_MAX);
		return false;
	}
	request->job.run = run_request;
	if (akti_load_sc(&debug->closing) != 0)
		akti_store_sc(&request->cut, REQUEST_CLOSING);
	r = akti_io_submit(&debug->pool, &request->job);
	if (r < 0) {
		request->status = akti_debug_error(&request->answer, MHD_HTTP_SERVICE_UNAVAILABLE,
						   "%s", akt_strerror(r));
		return false;
	}
	debug->timed += request->is_timed;
	request->next = debug->answering;
	debug->answering = request;
	debug->http.MHD_suspend_connection(request->connection);
	watch_client(request);
	return true;
}

static void resume(struct akt_debug *debug, struct request *request)
{
	struct request **at = &debug->answering;

	while (*at != request)
		at = &(*at)->next;
	*at = request->next;
	debug->timed -= request->is_timed;
	if (request->fd >= 0)
		akti_plat_poll_forget(&debug->poll, request->fd);
	debug->http.MHD_resume_connection(request->connection);
}

static void resume_done(struct akt_debug *debug)
{
	struct request *done;

	akti_plat_lock(&debug->mutex);
	done = debug->done;
	debug->done = NULL;
	akti_plat_unlock(&debug->mutex);
	while (done != NULL) {
		struct request *request = done;

		done = done->next_done;
		resume(debug, request);
	}
}

/* libmicrohttpd calls: once for the head, for each piece of the body, at the body's end, and when the
 * request was resumed. */
static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *body,
				  size_t *body_bytes, void **ret_request)
{
	struct request *request = *ret_request;

	(void)arg, (void)connection, (void)url, (void)version;
	if (request == NULL)
		return MHD_NO;
	if (!request->begun) {
		request->begun = true;
		request->status = refuse(request, method);
		return request->status != 0 ? send_answer(request) : MHD_YES;
	}
	if (*body_bytes > 0) {
		if (request->body.length + *body_bytes <= AKT_DEBUG_REQUEST_MAX)
			akti_output_add(&request->body, body, *body_bytes);
		else
			request->status = HTTP_TOO_LARGE;
		*body_bytes = 0;
		return MHD_YES;
	}
	if (request->status == HTTP_TOO_LARGE) {
		(void)akti_debug_error(&request->answer, request->status,
				       "a body has at most %u bytes", AKT_DEBUG_REQUEST_MAX);
	} else if (request->status == 0 && request->is_head && request->route->takes_time) {
		request->status = MHD_HTTP_OK;
		request->is_unmade = true;
	} else if (request->status == 0 && submit(request)) {
		return MHD_YES;
	}
	return send_answer(request);
}

/* --- its thread ------------------------------------------------------------------------------------ */

#define TAG_HTTP UINT64_C(1) /* no request has this address */

static void set_alarm(struct akt_debug *debug, int64_t latest_ns)
{
	MHD_UNSIGNED_LONG_LONG timeout_ms;
	int64_t until = latest_ns;

	if (debug->http.MHD_get_timeout(debug->daemon, &timeout_ms) == MHD_YES &&
	    timeout_ms < INT64_MAX / AKT_MS(2)) {
		int64_t at = akti_plat_now() + AKT_MS((int64_t)timeout_ms);

		until = at < until ? at : until;
	}
	akti_plat_poll_alarm(&debug->poll, until);
}

static unsigned connections(struct akt_debug *debug)
{
	const union MHD_DaemonInfo *info =
		debug->http.MHD_get_daemon_info(debug->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);

	return info->num_connections;
}

/* At its limit of connections libmicrohttpd stops to accept, and begins again at the first run that finds
 * one gone: not at the run in which it goes. */
static void run_http(struct akt_debug *debug)
{
	unsigned before;

	do {
		before = connections(debug);
		(void)debug->http.MHD_run(debug->daemon);
	} while (connections(debug) < before);
}

/* Sleep until there is something to do, and do it. */
static void step(struct akt_debug *debug, int64_t latest_ns)
{
	const union MHD_DaemonInfo *info =
		debug->http.MHD_get_daemon_info(debug->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	struct plat_ready ready[PLAT_POLL_BATCH];
	unsigned count;

	(void)akti_plat_poll_want(&debug->poll, info->epoll_fd, PLAT_READ, TAG_HTTP);
	set_alarm(debug, latest_ns);
	count = akti_plat_poll_take(&debug->poll, ready, true);
	for (unsigned i = 0; i < count; i++) {
		if (ready[i].tag != TAG_HTTP)
			client_stirs((struct request *)(uintptr_t)ready[i].tag);
	}
	resume_done(debug);
	run_http(debug);
}

static void cut_all(struct akt_debug *debug)
{
	for (struct request *request = debug->answering; request != NULL; request = request->next) {
		akti_store_sc(&request->cut, REQUEST_CLOSING);
		akti_plat_wake(&request->cut, 1);
	}
}

static void serve(void *arg)
{
	struct akt_debug *debug = arg;
	int64_t until;
	int fd;

	akti_thread_enter(&debug->sys->actors);
	while (akti_load_sc(&debug->closing) == 0)
		step(debug, AKT_FOREVER);
	fd = debug->http.MHD_quiesce_daemon(debug->daemon);
	if (fd != MHD_INVALID_SOCKET)
		(void)close(fd);
	cut_all(debug);
	/* Answers are made to their end; clients get some time to take them. */
	until = akti_plat_now() + AKT_DEBUG_CLOSE_NS;
	while (debug->answering != NULL || (debug->sending > 0 && akti_plat_now() < until))
		step(debug, debug->answering != NULL ? AKT_FOREVER : until);
	debug->http.MHD_stop_daemon(debug->daemon);
	akti_thread_leave(&debug->sys->actors);
}

/* --- its life --------------------------------------------------------------------------------------- */

static void destroy(struct akt_debug *debug)
{
	akti_io_pool_fini(&debug->pool);
	akti_plat_mutex_fini(&debug->mutex);
	akti_plat_poll_close(&debug->poll);
	akti_http_close(&debug->http);
	free(debug);
}

static void close_debug(struct companion *companion)
{
	struct akt_debug *debug = (struct akt_debug *)companion;

	akti_store_sc(&debug->closing, 1);
	akti_plat_poll_ring(&debug->poll);
	akti_plat_thread_join(&debug->thread);
	(void)akti_io_wait_quiet(&debug->pool, AKT_FOREVER);
	destroy(debug);
}

static int start_daemon(struct akt_debug *debug, int fd, bool is_v6, unsigned idle_s)
{
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (is_v6 ? MHD_USE_IPv6 : 0u);

	debug->daemon = debug->http.MHD_start_daemon(
		flags, 0, NULL, NULL, on_request, debug, MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_CONNECTION_LIMIT, AKT_DEBUG_CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)AKT_DEBUG_HEAD_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, idle_s, MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_URI_LOG_CALLBACK, begin_request, debug, MHD_OPTION_NOTIFY_COMPLETED,
		end_request, debug, MHD_OPTION_END);
	return debug->daemon != NULL ? 0 : AKT_ERR_SYSTEM;
}

/* Threads of it may be running when this fails. */
static int start(struct akt_debug *debug, const union address *address, unsigned idle_s)
{
	struct actors *actors = &debug->sys->actors;
	int why = 0;
	int fd;
	int r = akti_address_listen(address, &fd, &debug->port, &why);

	if (r < 0) {
		akti_log(actors, "debug: cannot listen on %s: %s", debug->address, strerror(why));
		return r;
	}
	r = start_daemon(debug, fd, address->any.sa_family == AF_INET6, idle_s);
	if (r < 0) {
		(void)close(fd);
		return r;
	}
	r = akti_plat_thread_start(&debug->thread, "akt-debug", serve, debug);
	if (r < 0)
		debug->http.MHD_stop_daemon(debug->daemon);
	return r;
}

static struct akt_debug *create(akt_system *sys, const char *text)
{
	struct io_config config = {
		.name = "akt-debug-",
		.threads_max = AKT_DEBUG_THREADS,
		.queue_max = AKT_DEBUG_CONNECTIONS_MAX,
		.arg = &sys->actors,
		.enter = akti_thread_enter,
		.leave = akti_thread_leave,
	};
	struct akt_debug *debug = calloc(1, sizeof(*debug));

	if (debug == NULL)
		return NULL;
	if (akti_plat_poll_open(&debug->poll, true) < 0) {
		free(debug);
		return NULL;
	}
	debug->sys = sys;
	debug->companion.close = close_debug;
	(void)snprintf(debug->address, sizeof(debug->address), "%s", text);
	akti_io_pool_init(&debug->pool, &config);
	akti_plat_mutex_init(&debug->mutex, PLAT_RANK_SYSTEM);
	return debug;
}

int akti_debug_listen(akt_system *sys, const char *address, unsigned idle_s, akt_debug **ret_debug)
{
	struct akt_debug *debug;
	union address where;
	int r;

	if (sys == NULL || address == NULL || akti_address_read(address, &where) < 0)
		return AKT_ERR_INVALID;
	if (sys->actors.options.seed != 0)
		return AKT_ERR_UNSUPPORTED;
	debug = create(sys, address);
	if (debug == NULL)
		return AKT_ERR_NOMEM;
	if (!akti_http_open(&debug->http)) {
		akti_log(&sys->actors, "debug: libmicrohttpd is not here: nothing is served");
		destroy(debug);
		return AKT_ERR_UNSUPPORTED;
	}
	r = start(debug, &where, idle_s);
	if (r < 0) {
		destroy(debug);
		return r;
	}
	/* Before it is the system's nobody else closes it. */
	r = akti_system_join(sys, &debug->companion);
	if (r < 0) {
		close_debug(&debug->companion);
		return r;
	}
	if (ret_debug != NULL)
		*ret_debug = debug;
	return 0;
}
#else
int akti_debug_listen(akt_system *sys, const char *address, unsigned idle_s, akt_debug **ret_debug)
{
	union address where;

	(void)idle_s, (void)ret_debug;
	if (sys == NULL || address == NULL || akti_address_read(address, &where) < 0)
		return AKT_ERR_INVALID;
	return AKT_ERR_UNSUPPORTED;
}
#endif

int akt_debug_listen(akt_system *sys, const char *address, akt_debug **ret_debug)
{
	return akti_debug_listen(sys, address, (unsigned)(AKT_DEBUG_IDLE_NS / AKT_S(1)), ret_debug);
}

int akt_debug_port(const akt_debug *debug)
{
	return debug != NULL ? debug->port : AKT_ERR_INVALID;
}

void akt_debug_close(akt_debug *debug)
{
	if (debug == NULL)
		return;
	akti_system_part(debug->sys, &debug->companion);
	debug->companion.close(&debug->companion);
}
