/* SPDX-License-Identifier: MIT */
/* A program with a loop of its own. The loop polls what it always has polled, here a pipe, and one more
 * descriptor; when that is readable it lets the actors run, on this very thread. So handlers may touch
 * what belongs to the loop: no other thread does. */
#include <akt/akt.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

struct number {
	uint64_t value;
};
AKT_MESSAGE_DEFINE(number, "loop.number", AKT_FIELD(1, number, value));

static int rounds_left = 3; /* the loop's: an ordinary variable */

static int on_number(akt_ctx *ctx, void *state, akt_msg *msg)
{
	uint64_t value = akt_payload(msg, number)->value;

	(void)state;
	if (akt_sender(ctx).gen != 0) { /* from itself, a moment later */
		printf("%" PRIu64 " squared is %" PRIu64 "\n", value, value * value);
		rounds_left--;
		return 0;
	}
	return akt_send_after(ctx, akt_self(ctx), AKT_NEW(number, .value = value),
			      AKT_MS(10 * value), NULL);
}
static const akt_handler squarer_handlers[] = { AKT_ON(number, on_number), AKT_END };
static const akt_type squarer = { .name = "squarer", .handlers = squarer_handlers };

int main(void)
{
	akt_options options = AKT_OPTIONS;
	struct pollfd fds[2] = { { .events = POLLIN }, { .events = POLLIN } };
	unsigned char bytes[3] = { 2, 3, 4 };
	akt_system *sys;
	akt_ref ref;
	int ends[2];

	options.driven = true;
	if (akt_system_start(&sys, &options) < 0 || akt_spawn(sys, &squarer, NULL, &ref) < 0 ||
	    pipe(ends) < 0 || write(ends[1], bytes, sizeof(bytes)) != sizeof(bytes))
		return 1;
	fds[0].fd = akt_system_fd(sys);
	fds[1].fd = ends[0];
	while (rounds_left > 0 && poll(fds, 2, -1) > 0) {
		if (fds[0].revents != 0 && akt_system_drive(sys, AKT_MS(1)) < 0)
			return 1;
		if (fds[1].revents != 0 && read(ends[0], bytes, 1) == 1 &&
		    akt_post(sys, ref, AKT_NEW(number, .value = bytes[0])) < 0)
			return 1;
	}
	return akt_system_stop(sys) < 0; /* it drives until all have ended */
}
