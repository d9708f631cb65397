/* SPDX-License-Identifier: MIT */
/*
 * Proves that a server answers each path, whom and what it refuses and with which status, that hostile
 * requests leave it as it was, that its limits hold, and that it ends, with requests under way too.
 * Not: real clients (tests/system/debug.sh), what profiles hold.
 */
#include "debug/server.h"
#include "fixture.h"
#include <arpa/inet.h>
#include <pthread.h>
#include <sys/time.h>
#include <unistd.h>
#include <zlib.h>

static char answer[1 << 20];

/* --- a client ---------------------------------------------------------------------------------------- */

static int connect_to(int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct timeval patience = { DEADLINE_NS / AKT_S(1), 0 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static void say(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t n = send(fd, bytes, size, MSG_NOSIGNAL);

		if (n <= 0)
			return; /* it was closed: what there is to read says why */
		bytes += n;
		size -= (size_t)n;
	}
}

/* Read to the end into text. Returns the status; 0: closed without one. */
static int hear(int fd, char *text, size_t size)
{
	size_t at = 0;
	ssize_t n;
	int status = 0;

	while (at < size - 1 && (n = recv(fd, text + at, size - 1 - at, 0)) > 0)
		at += (size_t)n;
	text[at] = '\0';
	(void)sscanf(text, "HTTP/1.%*d %d", &status);
	return status;
}

static int ask_raw(int port, const char *request)
{
	int fd = connect_to(port);
	int status;

	say(fd, request, strlen(request));
	status = hear(fd, answer, sizeof(answer));
	close(fd);
	return status;
}

static int ask(int port, const char *method, const char *path, const char *host)
{
	char request[512];

	snprintf(request, sizeof(request),
		 "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", method, path, host);
	return ask_raw(port, request);
}

static int get(int port, const char *path)
{
	return ask(port, "GET", path, "localhost");
}

/* --- a system ----------------------------------------------------------------------------------------- */

static akt_system *sys;
static akt_debug *debug;
static int port;

static void start_with(const akt_options *options, unsigned idle_s)
{
	ck_assert_int_eq(akt_system_start(&sys, options), 0);
	ck_assert_int_eq(akti_debug_listen(sys, "127.0.0.1:0", idle_s, &debug), 0);
	port = akt_debug_port(debug);
	ck_assert_int_gt(port, 0);
}

static void start(void)
{
	akt_options options = AKT_OPTIONS;

	options.workers = 1;
	options.name = "<shop>";
	options.observe = AKT_OBSERVE_ALL;
	options.observe_every = 1;
	start_with(&options, 10);
}

static void stop(void)
{
	ck_assert_int_eq(akt_system_stop(sys), 0);
}

static int on_nothing(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	return 0;
}
static const akt_handler deaf_handlers[] = { AKT_ON(poke, on_nothing), AKT_END };
static const akt_type deaf = { .name = "deaf", .handlers = deaf_handlers };

static int on_birth(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)state, (void)msg;
	return akt_spawn_child(ctx, &deaf, "chi ld", NULL, &(akt_ref){ 0 });
}
static const akt_handler parent_handlers[] = { AKT_ON(poke, on_birth), AKT_END };
static const akt_type parent = { .name = "par\"ent", .handlers = parent_handlers };

/* --- answers ------------------------------------------------------------------------------------------ */

#define SEES(words) ck_assert_msg(strstr(answer, words) != NULL, "no \"%s\" in:\n%s", words, answer)

START_TEST(each_path_answers)
{
	akt_ref ref;
	akt_ref child;

	start();
	ck_assert_int_eq(akt_spawn(sys, &parent, NULL, &ref), 0);
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW_SIGNAL(poke)), 0);
	drain(sys);
	child = akt_find(sys, "chi ld");
	ck_assert(!akt_ref_is_null(child));
	ck_assert_int_eq(get(port, "/debug/pprof/"), 200);
	SEES("Content-Type: text/html");
	SEES("<h1>&#60;shop&#62;</h1>");
	ck_assert_int_eq(get(port, "/debug/pprof"), 302);
	SEES("Location: /debug/pprof/");
	ck_assert_int_eq(get(port, "/"), 302);
	ck_assert_int_eq(get(port, "/debug/akt/tree"), 200);
	SEES("\r\n\r\nsystem \"<shop>\" @");
	SEES("  #0.1 par\"ent: idle\n    #1.1 deaf \"chi ld\": idle\n");
	ck_assert_ptr_null(strstr(answer, "worker 0"));
	ck_assert_int_eq(get(port, "/debug/akt/tree?max=1"), 200);
	SEES("  #0.1 par\"ent: idle\n  and 1 more\n");
	ck_assert_int_eq(get(port, "/debug/akt/tree?format=json"), 200);
	SEES("Content-Type: application/json");
	SEES("{\"path\":\"/par\\\"ent#0.1/"
	     "chi%20ld\",\"ref\":\"#1.1\",\"parent\":\"#0.1\",\"level\":1,");
	ck_assert_int_eq(get(port, "/debug/akt/dump"), 200);
	SEES("worker 0: ");
	ck_assert_int_eq(get(port, "/metrics"), 200);
	SEES("akt_actors{system=\"<shop>\"} 2\n");
	SEES("akt_mailbox_actors{system=\"<shop>\",actor_type=\"par\\\"ent\"} 1\n");
	SEES("akt_message_wait_seconds_bucket{system=\"<shop>\",actor_type=\"par\\\"ent\","
	     "message=\"");
	SEES("le=\"+Inf\"} 1\n");
	SEES("\n# EOF\n");
	ck_assert_int_eq(get(port, "/debug/pprof/cmdline"), 200);
	SEES("test-server");
	stop();
}
END_TEST

START_TEST(of_many_actors_those_are_told_that_lead_and_those_asked_for)
{
	akt_ref refs[50];
	char name[8];

	start();
	for (int i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "d %d", i);
		ck_assert_int_eq(akt_spawn_named(sys, &deaf, i != 7 ? name : "7", NULL, &refs[i]),
				 0);
	}
	ck_assert_int_eq(akt_suspend(sys, refs[30]), 0);
	drain(sys);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(akt_post(sys, refs[30], AKT_NEW_SIGNAL(poke)), 0);
	drain(sys);
	ck_assert_int_eq(get(port, "/debug/akt/tree?format=json&top=1"
				   "&also=d%2040,@9.1,nobody,@7.2,@x,%ZZ,,@4294967295.1"),
			 200);
	SEES("{\"path\":\"/d%200\""); /* the first */
	SEES("{\"path\":\"/d%209\"");
	SEES("{\"path\":\"/d%2040\"");
	SEES("{\"path\":\"/d%2030\""); /* with most messages */
	SEES("\"mailbox\":5,");
	SEES("\"oldest_ns\":null}");
	SEES("],\n\"types\":[\n{\"type\":\"deaf\",\"actors\":50,\"running\":0,\"queued\":0,"
	     "\"mailbox\":5,\"memory\":320,\"failures\":0,\"restarts\":0}],\n\"actors_count\":50}");
	SEES("\"cpu_ns\":");
	SEES("\"uptime_ns\":");
	ck_assert_ptr_null(strstr(answer, "{\"path\":\"/d%201\""));
	ck_assert_ptr_null(strstr(answer, "{\"path\":\"/7\""));
	ck_assert_int_eq(get(port, "/debug/akt/tree?format=json&top=1000"), 200);
	for (int i = 0; i < 50; i++) {
		char path[40];

		snprintf(path, sizeof(path), "{\"path\":\"/%s%d\"", i != 7 ? "d%20" : "", i);
		ck_assert_ptr_nonnull(strstr(answer, path));
		ck_assert_ptr_null(strstr(strstr(answer, path) + 1, path));
	}
	ck_assert_int_eq(get(port, "/debug/akt/tree?format=json&top=1001"), 400);
	ck_assert_int_eq(get(port, "/debug/pprof/profile?names=2"), 400);
	stop();
}
END_TEST

START_TEST(addresses_get_their_names)
{
	char request[256];
	char words[128];

	start();
	snprintf(words, sizeof(words), "/debug/pprof/symbol?0+%p+0x1+nonsense",
		 (void *)akt_strerror);
	ck_assert_int_eq(get(port, words), 200);
	SEES("\r\n\r\nnum_symbols: 1\n");
	snprintf(words, sizeof(words), "%p akt_strerror\n", (void *)akt_strerror);
	SEES(words);
	ck_assert_ptr_null(strstr(answer, "0x1 "));
	snprintf(words, sizeof(words), "%p+%p", (void *)akt_strerror, (void *)akt_error_name);
	snprintf(request, sizeof(request),
		 "POST /debug/pprof/symbol HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
		 "Content-Length: %zu\r\n\r\n%s",
		 strlen(words), words);
	ck_assert_int_eq(ask_raw(port, request), 200);
	snprintf(words, sizeof(words), "%p akt_strerror\n%p akt_error_name\n", (void *)akt_strerror,
		 (void *)akt_error_name);
	SEES(words);
	stop();
}
END_TEST

START_TEST(wrong_requests_are_refused_by_name)
{
	start();
	ck_assert_int_eq(get(port, "/debug/nothing"), 404);
	SEES("Content-Type: text/plain");
	ck_assert_int_eq(get(port, "/debug/pprof/../akt/tree"), 404);
	ck_assert_int_eq(get(port, "/debug/akt/tree?max=x"), 400);
	ck_assert_int_eq(get(port, "/debug/akt/tree?busy=2"), 400);
	ck_assert_int_eq(get(port, "/debug/akt/tree?format=xml"), 400);
	ck_assert_int_eq(ask(port, "POST", "/metrics", "localhost"), 405);
	SEES("Allow: GET, HEAD\r\n");
	ck_assert_int_eq(ask(port, "DELETE", "/debug/pprof/symbol", "localhost"), 405);
	SEES("Allow: GET, HEAD, POST\r\n");
	ck_assert_int_eq(ask(port, "GET", "/metrics", "evil.example"), 403);
	SEES("Host");
	ck_assert_int_eq(ask(port, "GET", "/metrics", "10.1.2.3"), 403);
	ck_assert_int_eq(ask(port, "GET", "/metrics", "[::1]:80"), 200);
	ck_assert_int_eq(ask_raw(port, "GET /metrics HTTP/1.0\r\n\r\n"), 403);
	ck_assert_int_eq(ask(port, "HEAD", "/metrics", "localhost"), 200);
	ck_assert_ptr_null(strstr(answer, "akt_actors"));
	ck_assert_ptr_null(strstr(answer, "Content-Length: 0\r\n"));
	stop();
}
END_TEST

START_TEST(hostile_bytes_change_nothing)
{
	static const char *const hostile[] = {
		"\r\n\r\n",
		"GET\r\n\r\n",
		"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
		"\x16\x03\x01\x02 TLS it is",
		"GET /metrics HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\nConnection: "
		"close\r\n\r\n",
		"GET /%00%ff HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
		"POST /debug/pprof/symbol HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
		"-1\r\n\r\n",
		"POST /debug/pprof/symbol HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
		"99999999999999999999\r\n\r\n",
		"POST /debug/pprof/symbol HTTP/1.1\r\nHost: localhost\r\n"
		"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
		"GET /debug/pprof/symbol?+++++0x HTTP/1.0\r\nHost: localhost\r\n\r\n",
	};
	char junk[4096];
	uint64_t random = 88172645463325252u;

	start();
	for (size_t i = 0; i < AKTI_COUNT_OF(hostile); i++) {
		int fd = connect_to(port);

		say(fd, hostile[i], strlen(hostile[i]));
		close(fd);
	}
	for (int round = 0; round < 100; round++) {
		int fd = connect_to(port);

		for (size_t i = 0; i < sizeof(junk); i++)
			junk[i] = (char)draw(&random);
		if (round % 2 == 0)
			memcpy(junk, "GET /debug/pprof/symbol?", 24);
		say(fd, junk, 1 + draw(&random) % (sizeof(junk) - 1));
		close(fd);
	}
	ck_assert_int_eq(get(port, "/metrics"), 200);
	stop();
}
END_TEST

/* --- limits ------------------------------------------------------------------------------------------- */

START_TEST(a_request_is_so_large_and_no_larger)
{
	static char request[AKT_DEBUG_REQUEST_MAX + 1024];
	int head;

	start();
	for (size_t more = 0; more < 2; more++) {
		memset(request, '+', sizeof(request));
		head = snprintf(
			request, 256,
			"POST /debug/pprof/symbol HTTP/1.1\r\nHost: localhost\r\nConnection: "
			"close\r\nContent-Length: %zu\r\n\r\n",
			AKT_DEBUG_REQUEST_MAX + more);
		request[head] = '+';
		request[(size_t)head + AKT_DEBUG_REQUEST_MAX + more] = '\0';
		ck_assert_int_eq(ask_raw(port, request), more == 0 ? 200 : 413);
	}
	memset(request, 'x', AKT_DEBUG_HEAD_MAX + 100);
	memcpy(request, "GET /", 5);
	request[AKT_DEBUG_HEAD_MAX + 100] = '\0';
	ck_assert_int_eq(ask_raw(port, request) / 100, 4);
	ck_assert_int_eq(get(port, "/metrics"), 200);
	stop();
}
END_TEST

START_TEST(so_many_connections_and_the_next_one_waits)
{
	int fds[AKT_DEBUG_CONNECTIONS_MAX];
	const char *request = "GET /debug/pprof/ HTTP/1.0\r\nHost: localhost\r\n\r\n";
	const char *kept = "GET /debug/pprof/ HTTP/1.1\r\nHost: localhost\r\n\r\n";
	int last;

	start();
	for (unsigned i = 0; i < AKT_DEBUG_CONNECTIONS_MAX; i++) {
		fds[i] = connect_to(port);
		say(fds[i], kept, strlen(kept));
		ck_assert_int_gt(recv(fds[i], answer, 1, 0), 0); /* it has a place */
	}
	last = connect_to(port);
	say(last, request, strlen(request));
	ck_assert_int_eq(recv(last, answer, 1, MSG_DONTWAIT), -1);
	close(fds[7]);
	ck_assert_int_eq(hear(last, answer, sizeof(answer)), 200);
	close(last);
	for (unsigned i = 0; i < AKT_DEBUG_CONNECTIONS_MAX; i++) {
		if (i != 7)
			close(fds[i]);
	}
	stop();
}
END_TEST

START_TEST(who_says_nothing_is_closed)
{
	akt_options options = AKT_OPTIONS;
	const char *half = "GET /metrics HTTP/1.1\r\nHo";
	int silent;
	int slow;

	start_with(&options, 1);
	silent = connect_to(port);
	slow = connect_to(port);
	say(slow, half, strlen(half));
	(void)hear(silent, answer, sizeof(answer)); /* returns: it was closed */
	(void)hear(slow, answer, sizeof(answer));
	close(silent);
	close(slow);
	ck_assert_int_eq(get(port, "/metrics"), 200);
	stop();
}
END_TEST

#define CLIENTS 16
#define ASKED (50 / SLOW)

static void *ask_often(void *arg)
{
	static const char *const paths[] = { "/metrics", "/debug/akt/tree?format=json",
					     "/debug/akt/dump", "/debug/pprof/" };
	char *text = malloc(65536);
	intptr_t good = 0;

	for (unsigned i = 0; i < ASKED; i++) {
		char request[256];
		int fd = connect_to(port);

		snprintf(request, sizeof(request), "GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n",
			 paths[((uintptr_t)arg + i) % AKTI_COUNT_OF(paths)]);
		say(fd, request, strlen(request));
		good += hear(fd, text, 65536) == 200;
		close(fd);
	}
	free(text);
	return (void *)good;
}

START_TEST(many_may_ask_at_once_while_actors_come_and_go)
{
	pthread_t threads[CLIENTS];
	void *good;

	start();
	for (uintptr_t i = 0; i < CLIENTS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, ask_often, (void *)i), 0);
	for (int i = 0; i < 2000 / (int)SLOW; i++) {
		akt_ref ref;

		ck_assert_int_eq(akt_spawn(sys, &parent, NULL, &ref), 0);
		ck_assert_int_eq(akt_stop(sys, ref), 0);
	}
	for (int i = 0; i < CLIENTS; i++) {
		ck_assert_int_eq(pthread_join(threads[i], &good), 0);
		ck_assert_int_eq((intptr_t)good, ASKED);
	}
	stop();
}
END_TEST

/* --- life ---------------------------------------------------------------------------------------------- */

START_TEST(a_port_is_listened_on_once)
{
	char address[32];
	akt_debug *second = NULL;
	akt_system *other;

	start();
	snprintf(address, sizeof(address), "127.0.0.1:%d", port);
	ck_assert_int_eq(akt_debug_listen(sys, address, &second), AKT_ERR_EXISTS);
	ck_assert_ptr_null(second);
	ck_assert_int_eq(akt_debug_listen(sys, "192.0.2.1:6060", &second), AKT_ERR_SYSTEM);
	ck_assert_int_eq(akt_debug_listen(sys, "example.com:6060", &second), AKT_ERR_INVALID);
	/* Another port, and another system. */
	ck_assert_int_eq(akt_debug_listen(sys, ":0", &second), 0);
	ck_assert_int_ne(akt_debug_port(second), port);
	ck_assert_int_eq(akt_system_start(&other, NULL), 0);
	ck_assert_int_eq(akt_debug_listen(other, "localhost:0", NULL), 0);
	ck_assert_int_eq(get(akt_debug_port(second), "/metrics"), 200);
	ck_assert_int_eq(akt_system_stop(other), 0);
	/* Who closes gives its port back. */
	akt_debug_close(debug);
	ck_assert_int_eq(akt_debug_listen(sys, address, &debug), 0);
	ck_assert_int_eq(get(port, "/metrics"), 200);
	stop();
	start();
	ck_assert_int_eq(akt_debug_listen(sys, address, NULL), 0);
	ck_assert_int_eq(akt_debug_listen(sys, address, NULL), AKT_ERR_EXISTS);
	stop();
}
END_TEST

START_TEST(six_is_served_as_four)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	const char *request = "GET /metrics HTTP/1.0\r\nHost: [::1]:1\r\n\r\n";
	int r;
	int fd;

	start();
	akt_debug_close(debug);
	r = akt_debug_listen(sys, "[::1]:0", &debug);
	if (r == AKT_ERR_SYSTEM) {
		printf("this machine has no ::1\n");
		stop();
		return;
	}
	ck_assert_int_eq(r, 0);
	to.sin6_port = htons((uint16_t)akt_debug_port(debug));
	fd = socket(AF_INET6, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	say(fd, request, strlen(request));
	ck_assert_int_eq(hear(fd, answer, sizeof(answer)), 200);
	close(fd);
	stop();
}
END_TEST

static _Atomic uint32_t inside;
static _Atomic uint32_t released;

static int on_block(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx, (void)state, (void)msg;
	raise_word(&inside);
	while (akti_load_sc(&released) == 0)
		(void)akti_plat_wait(&released, 0, AKT_FOREVER);
	return 0;
}
static const akt_handler stuck_handlers[] = { AKT_ON(poke, on_block), AKT_END };
static const akt_type stuck = { .name = "stuck", .handlers = stuck_handlers };

START_TEST(a_stuck_system_is_seen_also_while_it_stops)
{
	akt_ref ref;

	start();
	ck_assert_int_eq(akt_spawn(sys, &stuck, NULL, &ref), 0);
	ck_assert_int_eq(akt_post(sys, ref, AKT_NEW_SIGNAL(poke)), 0);
	ck_assert(reached(&inside, 1));
	ck_assert_int_eq(get(port, "/debug/akt/tree?busy=1"), 200);
	SEES("  #0.1 stuck: runs ");
	ck_assert_int_eq(get(port, "/debug/akt/tree?format=json&busy=1"), 200);
	SEES("\"state\":\"running\"");
	SEES("{\"worker\":0,\"state\":\"runs\",\"ref\":\"#0.1\"");
	ck_assert_int_eq(akt_system_stop_within(sys, AKT_MS(1), NULL), AKT_ERR_TIMEOUT);
	ck_assert_int_eq(get(port, "/debug/akt/tree"), 200);
	SEES("#0.1 stuck: runs ");
	ck_assert_int_eq(akt_debug_listen(sys, ":0", NULL), AKT_ERR_STOPPED);
	raise_word(&released);
	stop();
}
END_TEST

START_TEST(driven_systems_are_served_and_seeded_ones_are_not)
{
	akt_options options = AKT_OPTIONS;

	options.driven = true;
	start_with(&options, 10);
	ck_assert_int_eq(get(port, "/debug/akt/tree"), 200);
	stop();
	options.driven = false;
	options.seed = 1;
	ck_assert_int_eq(akt_system_start(&sys, &options), 0);
	ck_assert_int_eq(akt_debug_listen(sys, ":0", NULL), AKT_ERR_UNSUPPORTED);
	stop();
}
END_TEST

/* --- profiles ------------------------------------------------------------------------------------------ */

static unsigned sections(void)
{
	struct prof_counts counts;

	akti_prof_counts(&counts);
	return counts.sections;
}

/* Wait until so many sections are open. */
static void await_sections(unsigned count)
{
	int64_t until = akti_plat_now() + DEADLINE_NS;
	_Atomic uint32_t nothing = 0;

	while (sections() != count) {
		ck_assert_int_lt(akti_plat_now(), until);
		(void)akti_plat_wait(&nothing, 0, akti_plat_now() + AKT_MS(1));
	}
}

static int begin_long(const char *path)
{
	char request[256];
	int fd = connect_to(port);

	snprintf(request, sizeof(request), "GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n", path);
	say(fd, request, strlen(request));
	return fd;
}

/* The answer on fd is a profile; whether words are in it. */
static bool is_in_profile(int fd, const char *words)
{
	static char raw[1 << 20];
	z_stream stream = { 0 };
	size_t at = 0;
	const char *body;
	ssize_t n;

	while (at < sizeof(answer) - 1 &&
	       (n = recv(fd, answer + at, sizeof(answer) - 1 - at, 0)) > 0)
		at += (size_t)n;
	close(fd);
	answer[at] = '\0';
	SEES("HTTP/1.1 200");
	SEES("Content-Type: application/octet-stream");
	SEES("Content-Disposition: attachment");
	body = strstr(answer, "\r\n\r\n") + 4;
	ck_assert_int_eq(inflateInit2(&stream, 31), Z_OK);
	stream.next_in = (Bytef *)(uintptr_t)body;
	stream.avail_in = (uInt)(answer + at - body);
	stream.next_out = (Bytef *)raw;
	stream.avail_out = sizeof(raw);
	ck_assert_int_eq(inflate(&stream, Z_FINISH), Z_STREAM_END);
	inflateEnd(&stream);
	return memmem(raw, stream.total_out, words, strlen(words)) != NULL;
}

START_TEST(a_stop_ends_profiles_at_once_and_they_are_whole)
{
	int cpu;
	int heap;
	int messages;

	start();
	cpu = begin_long("/debug/pprof/profile?seconds=3600&hz=1000");
	heap = begin_long("/debug/pprof/heap?seconds=3600&rate=1");
	messages = begin_long("/debug/pprof/messages?seconds=3600&every=7");
	await_sections(3);
	stop();
	ck_assert(is_in_profile(cpu, "phase=profile hz=1000 "));
	ck_assert(is_in_profile(heap, "phase=heap rate=1 "));
	ck_assert(is_in_profile(messages, "phase=messages "));
	ck_assert_uint_eq(sections(), 0);
}
END_TEST

START_TEST(who_leaves_is_not_waited_for)
{
	int fd;

	start();
	fd = begin_long("/debug/pprof/profile?seconds=3600");
	await_sections(1);
	close(fd);
	await_sections(0);
	ck_assert_int_eq(get(port, "/metrics"), 200);
	stop();
}
END_TEST

START_TEST(so_many_profiles_at_a_time_and_a_place_for_others)
{
	int fds[DEBUG_TIMED_MAX];

	start();
	for (unsigned i = 0; i < DEBUG_TIMED_MAX; i++)
		fds[i] = begin_long("/debug/pprof/allocs?seconds=3600");
	await_sections(DEBUG_TIMED_MAX);
	ck_assert_int_eq(get(port, "/debug/pprof/profile?seconds=1"), 503);
	SEES("Retry-After: ");
	SEES("X-Go-Pprof: 1");
	ck_assert_int_eq(get(port, "/metrics"), 200);
	SEES("akt_profile_sections{system=\"<shop>\"} 3\n");
	ck_assert_int_eq(ask(port, "HEAD", "/debug/pprof/profile", "localhost"), 200);
	close(fds[0]);
	await_sections(DEBUG_TIMED_MAX - 1);
	stop();
	for (unsigned i = 1; i < DEBUG_TIMED_MAX; i++)
		ck_assert(is_in_profile(fds[i], "phase=allocs "));
}
END_TEST

START_TEST(seconds_are_so_many_and_no_more)
{
	char path[64];
	int fd;

	start();
	snprintf(path, sizeof(path), "/debug/pprof/heap?seconds=%u", AKT_DEBUG_SECONDS_MAX + 1);
	ck_assert_int_eq(get(port, path), 400);
	ck_assert_int_eq(get(port, "/debug/pprof/profile?seconds=-1"), 400);
	ck_assert_int_eq(get(port, "/debug/pprof/profile?seconds=1&hz=1001"), 400);
	ck_assert_int_eq(get(port, "/debug/pprof/heap?rate=x"), 400);
	ck_assert_int_eq(get(port, "/debug/pprof/messages?every=-1"), 400);
	snprintf(path, sizeof(path), "/debug/pprof/heap?seconds=%u", AKT_DEBUG_SECONDS_MAX);
	fd = begin_long(path);
	await_sections(1);
	stop();
	ck_assert(is_in_profile(fd, "phase=heap "));
}
END_TEST

START_TEST(memory_that_is_recorded_already_is_shown_at_once)
{
	akt_profile *profile;
	akt_ref ref;
	void *bytes;
	size_t size;

	start();
	ck_assert_int_eq(akt_profile_begin(&profile, "mine", AKT_PROFILE_MEMORY, NULL), 0);
	ck_assert_int_eq(akt_spawn(sys, &parent, NULL, &ref), 0);
	drain(sys);
	ck_assert(is_in_profile(begin_long("/debug/pprof/heap"), "phase=mine "));
	ck_assert(is_in_profile(begin_long("/debug/pprof/allocs"), "phase=mine "));
	ck_assert_uint_eq(sections(), 1);
	ck_assert_int_eq(akti_profile_end_to(profile, AKT_PROFILE_MEMORY, &bytes, &size), 0);
	free(bytes);
	ck_assert_uint_eq(sections(), 0);
	stop();
}
END_TEST

/* Clients in each state of a request: the server ends all the same. */
START_TEST(closing_waits_for_nobody_who_says_nothing)
{
	const char *half = "POST /debug/pprof/symbol HTTP/1.1\r\nHost: localhost\r\n"
			   "Content-Length: 100\r\n\r\n0x1+";
	const char *kept = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
	int silent;
	int slow;
	int deaf_one;

	start();
	silent = connect_to(port);
	slow = connect_to(port);
	deaf_one = connect_to(port);
	say(slow, half, strlen(half));
	say(deaf_one, kept, strlen(kept));
	ck_assert_int_gt(recv(deaf_one, answer, 1, 0), 0);
	ck_assert_int_eq(get(port, "/metrics"), 200);
	akt_debug_close(debug);
	(void)hear(silent, answer, sizeof(answer));
	close(silent);
	close(slow);
	close(deaf_one);
	stop();
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("server");
	struct http http;

	if (!akti_http_open(&http)) {
		printf("debug-server: libmicrohttpd is not here: nothing is proved\n");
		return 77;
	}
	akti_http_close(&http);
	tcase_add_test(tests, each_path_answers);
	tcase_add_test(tests, of_many_actors_those_are_told_that_lead_and_those_asked_for);
	tcase_add_test(tests, addresses_get_their_names);
	tcase_add_test(tests, wrong_requests_are_refused_by_name);
	tcase_add_test(tests, hostile_bytes_change_nothing);
	tcase_add_test(tests, a_request_is_so_large_and_no_larger);
	tcase_add_test(tests, so_many_connections_and_the_next_one_waits);
	tcase_add_test(tests, who_says_nothing_is_closed);
	tcase_add_test(tests, many_may_ask_at_once_while_actors_come_and_go);
	tcase_add_test(tests, a_port_is_listened_on_once);
	tcase_add_test(tests, six_is_served_as_four);
	tcase_add_test(tests, a_stuck_system_is_seen_also_while_it_stops);
	tcase_add_test(tests, driven_systems_are_served_and_seeded_ones_are_not);
	tcase_add_test(tests, a_stop_ends_profiles_at_once_and_they_are_whole);
	tcase_add_test(tests, who_leaves_is_not_waited_for);
	tcase_add_test(tests, so_many_profiles_at_a_time_and_a_place_for_others);
	tcase_add_test(tests, seconds_are_so_many_and_no_more);
	tcase_add_test(tests, memory_that_is_recorded_already_is_shown_at_once);
	tcase_add_test(tests, closing_waits_for_nobody_who_says_nothing);
	return run_case("debug-server", tests, 60);
}
