/* SPDX-License-Identifier: MIT */
/*
 * A running system over HTTP. With an address it serves until it is interrupted:
 *
 *	17-live 127.0.0.1:6060
 *	curl http://127.0.0.1:6060/debug/akt/tree
 *	go tool pprof http://127.0.0.1:6060/debug/pprof/profile?seconds=5
 *
 * Without one it listens on a free port, asks itself one question, and ends.
 */
#include <akt/akt.h>
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

AKT_SIGNAL_DEFINE(grind, "mill.grind");

/* Busy some of the time, so that there is something to see. */
static int on_grind(akt_ctx *ctx, void *state, akt_msg *msg)
{
	uint64_t *ground = state;

	(void)msg;
	for (uint64_t i = 0; i < 1000000; i++)
		*ground = *ground * 6364136223846793005u + i;
	return akt_send_after(ctx, akt_self(ctx), AKT_NEW_SIGNAL(grind), AKT_MS(1), NULL);
}

static const akt_handler mill_handlers[] = { AKT_ON(grind, on_grind), AKT_END };
static const akt_type mill = {
	.name = "mill",
	.state_size = sizeof(uint64_t),
	.handlers = mill_handlers,
};

/* As `curl -s` does it, without the first line, which is different each time. */
static void get(int port, const char *path)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	char text[4096];
	const char *body;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	size_t at = 0;
	ssize_t n;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 &&
	    dprintf(fd, "GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n", path) > 0) {
		while ((n = read(fd, text + at, sizeof(text) - 1 - at)) > 0)
			at += (size_t)n;
	}
	close(fd);
	text[at] = '\0';
	body = strstr(text, "\r\n\r\n");
	if (body != NULL)
		body = strchr(body + 4, '\n');
	fputs(body != NULL ? body + 1 : "no answer\n", stdout);
}

static akt_system *sys;

static void on_interrupt(int signal)
{
	(void)signal;
	akt_system_request_stop(sys);
}

int main(int argc, char **argv)
{
	akt_options options = AKT_OPTIONS;
	akt_debug *debug;
	akt_ref ref;
	int r;

	options.name = "granary";
	options.workers = 1;
	options.observe = AKT_OBSERVE_ALL;
	if (akt_system_start(&sys, &options) < 0)
		return 1;
	r = akt_spawn_named(sys, &mill, "north mill", NULL, &ref);
	if (r == 0)
		r = akt_debug_listen(sys, argc > 1 ? argv[1] : "127.0.0.1:0", &debug);
	if (r < 0) {
		fprintf(stderr, "%s: %s\n", akt_strerror(r), akt_error_hint(r));
		return 1;
	}
	if (argc == 1) {
		get(akt_debug_port(debug), "/debug/akt/tree?max=1");
		return akt_system_stop(sys) < 0;
	}
	signal(SIGINT, on_interrupt);
	signal(SIGTERM, on_interrupt);
	printf("http://127.0.0.1:%d/debug/pprof/\n", akt_debug_port(debug));
	fflush(stdout);
	r = akt_post(sys, ref, AKT_NEW_SIGNAL(grind));
	return r < 0 || akt_system_run(sys, AKT_S(10), NULL) < 0;
}
