/* SPDX-License-Identifier: MIT */
/* Sockets. A listener has a child for each connection, which sends back what it reads. Nobody blocks:
 * who has nothing to do waits for its descriptor. Given an argument, it serves until SIGTERM. */
#include <akt/akt.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

struct session {
	int fd;
	size_t from, to; /* what has been read and not been sent back */
	char bytes[4096];
};

static int on_ready(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct session *self = state;
	ssize_t n = -1;

	if (akt_msg_error(msg) < 0)
		return akt_fail(ctx, AKT_ERR_TIMEOUT, "a minute of silence");
	if (self->from == self->to) {
		n = read(self->fd, self->bytes, sizeof(self->bytes));
		self->from = 0;
		self->to = n > 0 ? (size_t)n : 0;
	}
	if (self->from < self->to) {
		n = send(self->fd, self->bytes + self->from, self->to - self->from, MSG_NOSIGNAL);
		self->from += n > 0 ? (size_t)n : 0;
	}
	if (n == 0 || (n < 0 && errno != EAGAIN))
		return akt_stop(akt_system_of(ctx), akt_self(ctx));
	return akt_fd_wait(ctx, self->fd, self->from < self->to ? AKT_FD_WRITE : AKT_FD_READ,
			   AKT_S(60), on_ready, 0, NULL);
}

static void close_fd(void *fd)
{
	close((int)(intptr_t)fd);
}
static int session_start(akt_ctx *ctx, void *state, const void *arg)
{
	int fd = ((struct session *)state)->fd = (int)(intptr_t)arg;

	akt_at_end(ctx, close_fd, (void *)(intptr_t)fd); /* by then nobody waits for it */
	return akt_fd_wait(ctx, fd, AKT_FD_READ, AKT_S(60), on_ready, 0, NULL);
}
static const akt_type session = { .name = "session",
				  .state_size = sizeof(struct session),
				  .start = session_start };

static int listening;
static int on_connection(akt_ctx *ctx, void *state, akt_msg *msg)
{
	int fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)state, (void)msg;
	if (fd >= 0 && akt_spawn_child(ctx, &session, NULL, (void *)(intptr_t)fd, NULL) < 0)
		close(fd);
	return akt_fd_wait(ctx, listening, AKT_FD_READ, AKT_FOREVER, on_connection, 0, NULL);
}
static int listener_start(akt_ctx *ctx, void *state, const void *arg)
{
	return (void)arg, on_connection(ctx, state, NULL);
}
static const akt_type listener = { .name = "listener", .start = listener_start };

static akt_system *sys;
static void on_term(int signal)
{
	akt_system_request_stop(signal == SIGTERM ? sys : NULL);
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t at_bytes = sizeof(at);
	char back[6] = "";
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (bind(listening, (struct sockaddr *)&at, at_bytes) < 0 || listen(listening, 64) < 0 ||
	    getsockname(listening, (struct sockaddr *)&at, &at_bytes) < 0 ||
	    akt_system_start(&sys, NULL) < 0 || akt_spawn(sys, &listener, NULL, NULL) < 0)
		return 1;
	signal(SIGTERM, on_term);
	if (argc > 1 && argv[1] != NULL) {
		printf("port %u\n", ntohs(at.sin_port));
		return fflush(stdout) != 0 || akt_system_run(sys, AKT_S(10), NULL) < 0;
	}
	if (connect(fd, (struct sockaddr *)&at, at_bytes) < 0 || write(fd, "hello", 5) != 5 ||
	    recv(fd, back, 5, MSG_WAITALL) != 5)
		return 1;
	printf("%s came back\n", back);
	return akt_system_stop(sys) < 0;
}
