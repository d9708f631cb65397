/* What does it cost threads outside to send to one actor, until it has handled all, by payload and by
 * kind of mailbox?
 * SPDX-License-Identifier: MIT
 *
 * GoAkt's Tell, TellPayload, MailboxTell, and SendAsync, which looks the receiver up by its name each
 * time: as many sending threads as workers, one receiver; an op is one
 * message, sent and handled. Mailboxes have no limit, so each sender keeps at most a window of
 * messages on the way: memory stays bounded, and the slower side sets the pace. The receiver checks
 * the order of each sender's messages, or the first and last byte of the payload. */
#include "common.h"
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SENDERS_MAX AKT_WORKERS_MAX
#define WINDOW_MESSAGES 32768u
#define WINDOW_OF_KIND 4096u /* a ring for all senders stays within what the caches hold */
#define WINDOW_BYTES (16u * 1024 * 1024)
#define SINK_NAME "receiver"
#define PUBLISH_EVERY 32u /* the receiver says so often how far it is; a divisor of each window */

struct bench_tell {
	uint64_t sequence;
	uint32_t sender;
};
AKT_MESSAGE_DEFINE(bench_tell, "bench.tell", AKT_FIELD(1, bench_tell, sequence),
		   AKT_FIELD(2, bench_tell, sender));
AKT_SIGNAL_DEFINE(bench_bytes, "bench.bytes");

static unsigned char payload[65536]; /* the same for all, written before the senders start */

/* How far the receiver is with one sender's messages, or, for payloads, with all. */
struct progress {
	_Alignas(128) _Atomic uint64_t handled;
};

struct tell {
	akt_system *sys;
	akt_type type;
	akt_ref sink;
	struct bench_gate over;
	uint64_t total;
	uint64_t window; /* messages on the way per sender */
	size_t payload_bytes;
	unsigned senders;
	bool with_payload;
	bool by_name; /* the receiver is looked up for each message */
	_Atomic uint64_t out_of_order;
	struct progress progress[SENDERS_MAX];
};

struct sink {
	struct tell *tell;
	uint64_t handled;
	uint64_t handled_from[SENDERS_MAX];
};

struct sender {
	pthread_t thread;
	struct tell *tell;
	unsigned index;
	uint64_t count;
	int result;
};

static int on_start(akt_ctx *ctx, void *state, const void *arg)
{
	struct sink *self = state;

	(void)ctx;
	self->tell = *(struct tell *const *)arg;
	return 0;
}

/* Count one message, from one sender or, when its payload does not say, from any. */
static void note_handled(struct sink *self, unsigned sender)
{
	uint64_t handled = ++self->handled_from[sender];

	if (handled % PUBLISH_EVERY == 0)
		atomic_store_explicit(&self->tell->progress[sender].handled, handled,
				      memory_order_relaxed);
	if (++self->handled == self->tell->total)
		bench_gate_open(&self->tell->over);
}

static int on_tell(akt_ctx *ctx, void *state, akt_msg *msg)
{
	const struct bench_tell *told = akt_payload(msg, bench_tell);
	struct sink *self = state;

	(void)ctx;
	if (told->sequence != self->handled_from[told->sender])
		atomic_fetch_add(&self->tell->out_of_order, 1);
	note_handled(self, told->sender);
	return 0;
}

static int on_bytes(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct sink *self = state;
	size_t size = akt_msg_size(msg);
	const unsigned char *bytes = akt_msg_bytes(msg);

	(void)ctx;
	if (size != self->tell->payload_bytes ||
	    (size > 0 && (bytes[0] != 0xA5 || bytes[size - 1] != 0xA5)))
		atomic_fetch_add(&self->tell->out_of_order, 1);
	note_handled(self, 0);
	return 0;
}

static const akt_handler sink_handlers[] = { AKT_ON(bench_tell, on_tell),
					     AKT_ON(bench_bytes, on_bytes), AKT_END };
static const akt_type sink_type = {
	.name = "sink",
	.state_size = sizeof(struct sink),
	.handlers = sink_handlers,
	.start = on_start,
};

/* Wait until at most the window is on the way. A nap is much shorter than the receiver needs for a
 * window, and leaves it the processor. */
static void wait_for_room(const struct sender *sender, uint64_t sent)
{
	const struct timespec nap = { .tv_nsec = AKT_US(20) };
	struct tell *tell = sender->tell;
	/* Payloads are counted together, so their room is that of all senders. */
	unsigned slot = tell->with_payload ? 0 : sender->index;
	uint64_t on_way = tell->with_payload ? sent * tell->senders : sent;
	uint64_t window = tell->with_payload ? tell->window * tell->senders : tell->window;

	while (on_way >
	       window + atomic_load_explicit(&tell->progress[slot].handled, memory_order_relaxed))
		(void)nanosleep(&nap, NULL);
}

static akt_msg *make_message(const struct sender *sender, uint64_t sequence)
{
	const struct tell *tell = sender->tell;
	akt_msg *msg;

	if (!tell->with_payload)
		return AKT_NEW(bench_tell, .sequence = sequence, .sender = sender->index);
	msg = akt_msg_new_bytes(AKT_TYPE_OF(bench_bytes), tell->payload_bytes);
	if (msg != NULL && tell->payload_bytes > 0)
		memcpy(akt_msg_bytes(msg), payload, tell->payload_bytes);
	return msg;
}

static akt_ref sink_of(const struct tell *tell)
{
	return tell->by_name ? akt_find(tell->sys, SINK_NAME) : tell->sink;
}

static void *send_all(void *arg)
{
	struct sender *sender = arg;

	for (uint64_t i = 0; i < sender->count && sender->result >= 0; i++) {
		if (i % PUBLISH_EVERY == 0)
			wait_for_room(sender, i);
		sender->result =
			akt_post(sender->tell->sys, sink_of(sender->tell), make_message(sender, i));
	}
	return NULL;
}

static bool send_from_threads(akt_bench *b, struct tell *tell)
{
	struct sender *senders = calloc(tell->senders, sizeof(*senders));
	unsigned started = 0;
	bool ok = senders != NULL;

	for (; ok && started < tell->senders; started++) {
		senders[started].tell = tell;
		senders[started].index = started;
		senders[started].count = tell->total / tell->senders +
					 (started < tell->total % tell->senders ? 1 : 0);
		if (pthread_create(&senders[started].thread, NULL, send_all, &senders[started]))
			break;
	}
	if (started < tell->senders) {
		akt_bench_fail(b, "cannot start a sender");
		ok = false;
	}
	for (unsigned i = 0; i < started; i++) {
		(void)pthread_join(senders[i].thread, NULL);
		ok = bench_ok(b, senders[i].result, "akt_post") && ok;
	}
	free(senders);
	return ok;
}

static void run_tell(akt_bench *b, struct tell *tell)
{
	int64_t begin_ns;

	tell->total = akt_bench_n(b);
	tell->senders = akt_bench_workers(b);
	tell->sys = bench_start(b);
	if (tell->sys == NULL)
		return;
	bench_gate_init(&tell->over);
	if (bench_ok(b, akt_spawn_named(tell->sys, &tell->type, SINK_NAME, &tell, &tell->sink),
		     "akt_spawn_named") &&
	    bench_ok(b, akt_system_drain(tell->sys, BENCH_PATIENCE_NS), "akt_system_drain")) {
		akt_bench_reset_timer(b);
		begin_ns = bench_now();
		if (send_from_threads(b, tell))
			(void)bench_gate_wait(b, &tell->over);
		akt_bench_stop_timer(b);
		if (tell->by_name)
			bench_report_rate(b, begin_ns);
	}
	if (bench_stop(b, tell->sys))
		(void)bench_equal(b, atomic_load(&tell->out_of_order), 0,
				  "out of order or damaged");
	bench_gate_fini(&tell->over);
}

static void tell_plainly(akt_bench *b, bool by_name)
{
	struct tell *tell = aligned_alloc(128, sizeof(*tell));

	if (tell == NULL) {
		akt_bench_fail(b, "out of memory");
		return;
	}
	memset(tell, 0, sizeof(*tell));
	tell->type = sink_type;
	tell->window = WINDOW_MESSAGES;
	tell->by_name = by_name;
	run_tell(b, tell);
	free(tell);
}

void bench_tell_parallel(akt_bench *b)
{
	tell_plainly(b, false);
}

void bench_send_async(akt_bench *b)
{
	tell_plainly(b, true);
}

static void tell_payload(akt_bench *b, void *arg)
{
	size_t size = *(const size_t *)arg;
	struct tell *tell = aligned_alloc(128, sizeof(*tell));
	uint64_t window = WINDOW_BYTES / (size + 64);

	if (tell == NULL) {
		akt_bench_fail(b, "out of memory");
		return;
	}
	memset(tell, 0, sizeof(*tell));
	tell->type = sink_type;
	window = window / akt_bench_workers(b);
	window = window < WINDOW_MESSAGES ? window : WINDOW_MESSAGES;
	tell->window = window > 2 * PUBLISH_EVERY ? window : 2 * PUBLISH_EVERY;
	tell->with_payload = true;
	tell->payload_bytes = size;
	akt_bench_set_bytes(b, size);
	run_tell(b, tell);
	free(tell);
}

void bench_tell_payload(akt_bench *b)
{
	static size_t sizes[] = { 0, 64, 1024, 8192, 65536 };

	memset(payload, 0xA5, sizeof(payload));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "size=%zu", sizes[i]);
		akt_bench_run(b, name, tell_payload, &sizes[i]);
	}
}

/* --- kinds of mailbox ----------------------------------------------------------------------------- */

struct kind {
	const char *name;
	enum akt_mailbox mailbox;
	enum akt_overflow overflow;
	bool in_messages;
	bool in_bytes;
};

/* All alike, so that each sender's order can be checked: a heap of equals is as deep as any. */
static int64_t no_priority(const akt_msg *msg)
{
	(void)msg;
	return 0;
}

/* Limits that the windows never reach: what is measured is their price, not their effect. */
static void tell_mailbox(akt_bench *b, void *arg)
{
	const struct kind *kind = arg;
	struct tell *tell = aligned_alloc(128, sizeof(*tell));
	uint32_t most = (WINDOW_OF_KIND + 2 * PUBLISH_EVERY) * akt_bench_workers(b);

	if (tell == NULL) {
		akt_bench_fail(b, "out of memory");
		return;
	}
	memset(tell, 0, sizeof(*tell));
	tell->window = WINDOW_OF_KIND;
	tell->type = sink_type;
	tell->type.mailbox = kind->mailbox;
	tell->type.overflow = kind->overflow;
	tell->type.mailbox_messages_max = kind->in_messages ? most : 0;
	tell->type.mailbox_bytes_max = kind->in_bytes ? (uint64_t)most * 64 : 0;
	tell->type.priority = kind->mailbox == AKT_MAILBOX_PRIORITY ? no_priority : NULL;
	run_tell(b, tell);
	free(tell);
}

void bench_mailbox_tell(akt_bench *b)
{
	static struct kind kinds[] = {
		{ .name = "Unbounded" },
		{ .name = "Bounded", .in_messages = true },
		{ .name = "BoundedBytes", .in_bytes = true },
		{ .name = "BoundedDropOldest",
		  .in_messages = true,
		  .overflow = AKT_OVERFLOW_DROP_OLDEST },
		{ .name = "BoundedRing", .in_messages = true, .mailbox = AKT_MAILBOX_RING },
		{ .name = "UnboundedPriority", .mailbox = AKT_MAILBOX_PRIORITY },
		{ .name = "BoundedPriority", .in_messages = true, .mailbox = AKT_MAILBOX_PRIORITY },
		{ .name = "UnboundedFair", .mailbox = AKT_MAILBOX_FAIR },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		akt_bench_run(b, kinds[i].name, tell_mailbox, &kinds[i]);
}
