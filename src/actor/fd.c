/* SPDX-License-Identifier: MIT */
#include "actor/fd.h"
#include "actor/ask.h"
#include <akt/fd.h>

_Static_assert((unsigned)AKT_FD_READ == (unsigned)PLAT_READ, "one set of bits");
_Static_assert((unsigned)AKT_FD_WRITE == (unsigned)PLAT_WRITE, "one set of bits");
_Static_assert((unsigned)AKT_FD_HANGUP == (unsigned)PLAT_HANGUP, "one set of bits");
_Static_assert((unsigned)AKT_FD_ERROR == (unsigned)PLAT_ERROR, "one set of bits");
_Static_assert(offsetof(struct akt_fd_ready, fd) == offsetof(struct io_wait, fd) &&
		       offsetof(struct akt_fd_ready, events) == offsetof(struct io_wait, events),
	       "what is fired is the payload");
_Static_assert(sizeof(struct io_wait) <= MSG_LINE_PAYLOAD, "the answer is one line");

const akt_msg_type akt_message_akt_fd_ready = { "akt.fd_ready", sizeof(struct akt_fd_ready), 0,
						NULL, NULL };

static akt_msg *msg_of_wait(struct io_wait *wait)
{
	return (akt_msg *)(void *)((char *)wait - offsetof(struct akt_msg, payload));
}

/* The poller has fired: who waits is told. */
static void ready(void *arg, struct io_wait *wait)
{
	struct actors *actors = arg;
	akt_msg *msg = msg_of_wait(wait);
	uint64_t to = msg->from;

	msg->from = 0;
	msg->to = MSG_REPLY;
	(void)akti_deliver(actors, akti_ctx_here(actors), to, msg);
}

void akti_fd_withdraw(akt_ctx *ctx, const struct ask *ask)
{
	struct io_wait *wait = akti_io_withdraw(&ctx->actors->poller, (int)ask->to, ask->serial);

	if (wait != NULL)
		akt_msg_free(msg_of_wait(wait));
}

bool akti_fd_look(void *arg)
{
	struct actors *actors = arg;

	if (!actors->options.driven && akti_load_rlx(&actors->poller.count) == 0)
		return false;
	return akti_io_poll(&actors->poller) > 0;
}

/* --- the verb ----------------------------------------------------------------------------------- */

/* The answer to ask, and in it the wait. NULL: memory is out. */
static struct io_wait *new_wait(const struct ask *ask, int fd, uint32_t events)
{
	const akt_msg_type *type = AKT_TYPE_OF(akt_fd_ready);
	akt_msg *msg = akti_msg_new_signal(type, type->size);
	struct io_wait *wait;

	if (msg == NULL)
		return NULL;
	msg->from = ask->asker;
	msg->ask = (uint32_t)ask->id;
	wait = (struct io_wait *)(void *)msg->payload;
	wait->fd = fd;
	wait->events = events;
	return wait;
}

int akt_fd_wait(akt_ctx *ctx, int fd, uint32_t events, int64_t timeout_ns, akt_handler_fn then,
		uint64_t tag, akt_pending *ret_pending)
{
	struct io_wait *wait;
	struct ask *ask;
	int r = AKT_ERR_NOMEM;

	if (fd < 0 || events == 0 || (events & ~(uint32_t)(AKT_FD_READ | AKT_FD_WRITE)) != 0 ||
	    timeout_ns <= 0 || then == NULL)
		return AKT_ERR_INVALID;
	ask = akti_ask_new(ctx, ASK_FD, then, tag);
	if (ask == NULL)
		return AKT_ERR_NOMEM;
	ask->to = (uint64_t)fd;
	wait = new_wait(ask, fd, events);
	if (wait != NULL)
		r = akti_io_wait(&ctx->actors->poller, wait, &ask->serial);
	if (r < 0) {
		if (wait != NULL)
			akt_msg_free(msg_of_wait(wait));
		akti_ask_drop(ctx, ask);
		return r;
	}
	ctx->cell->rare->fds_count++;
	akti_ask_arm(ctx, ask, timeout_ns);
	if (ret_pending != NULL)
		*ret_pending = akti_ask_handle(ask);
	return 0;
}

/* --- the poller of a system ---------------------------------------------------------------------- */

int akti_fd_init(struct actors *actors)
{
	bool driven = actors->options.driven;
	struct io_poller_config config = {
		.waits_max = AKT_FD_WAITS_MAX,
		.thread = actors->options.seed == 0 && !driven,
		.alarm = driven,
		.arg = actors,
		.ready = ready,
		.enter = akti_thread_enter,
		.leave = akti_thread_leave,
	};

	akti_io_poller_init(&actors->poller, &config);
	return driven ? akti_io_poller_open(&actors->poller) : 0;
}

void akti_fd_fini(struct actors *actors)
{
	akti_io_poller_fini(&actors->poller);
}
