/* SPDX-License-Identifier: MIT */
/* Messages and actors as bytes. A deposit becomes Protocol Buffers and a message again; its .proto
 * is printed for those who write other languages. Then an account: its record says all that its birth
 * needs, to any system that knows the type by its name. */
#include <akt/akt.h>
#include <inttypes.h>
#include <stdio.h>

struct deposit {
	int64_t cents;
	char note[16];
};
AKT_MESSAGE_DEFINE(deposit, "bank.deposit", AKT_FIELD(1, deposit, cents),
		   AKT_FIELD(2, deposit, note));
struct opening {
	char owner[16];
	int64_t cents;
};
AKT_MESSAGE_DEFINE(opening, "bank.opening", AKT_FIELD(1, opening, owner),
		   AKT_FIELD(2, opening, cents));

static int account_start(akt_ctx *ctx, void *state, const void *arg)
{
	const struct opening *opening = arg; /* the actor's own copy: the type has an arg_type */

	*(int64_t *)state = opening->cents;
	printf("%s of %s opens with %" PRId64 "\n", akt_name(ctx), opening->owner, opening->cents);
	return 0;
}

static int account_on_deposit(akt_ctx *ctx, void *state, akt_msg *msg)
{
	*(int64_t *)state += akt_payload(msg, deposit)->cents;
	return akt_reply(ctx, AKT_NEW(deposit, .cents = *(int64_t *)state, .note = "balance"));
}

static const akt_handler account_handlers[] = { AKT_ON(deposit, account_on_deposit), AKT_END };
static const akt_type account = { .name = "bank.account",
				  .state_size = sizeof(int64_t),
				  .handlers = account_handlers,
				  .start = account_start,
				  .arg_type = AKT_TYPE_OF(opening) };

/* To bytes and back: a new message, equal to the old one. */
static akt_msg *there_and_back(akt_msg *msg)
{
	unsigned char bytes[64];
	akt_wire_fault fault;
	akt_msg *copy = NULL;
	int size = akt_wire_encode(msg, bytes, sizeof(bytes), &fault);

	akt_msg_free(msg);
	for (int i = 0; i < size; i++)
		printf("%02x%s", bytes[i], i + 1 < size ? " " : "\n");
	if (size < 0 ||
	    akt_wire_decode(AKT_TYPE_OF(deposit), bytes, (size_t)size, &copy, &fault) < 0)
		fprintf(stderr, "%s at byte %zu\n", fault.text, fault.offset_bytes);
	return copy; /* NULL too is a message that a send takes */
}

int main(void)
{
	const struct opening opening = { .owner = "Ada", .cents = 500 };
	unsigned char record[256];
	char proto[512];
	akt_system *sys;
	akt_msg *rent, *reply;
	akt_ref ref;
	int size, r = akt_wire_proto(AKT_TYPE_OF(deposit), proto, sizeof(proto), NULL);

	if (r < 0 || akt_system_start(&sys, NULL) < 0)
		return 1;
	printf("%s", proto);
	rent = there_and_back(AKT_NEW(deposit, .cents = 250, .note = "rent"));
	size = akt_record_encode(&account, "savings", &opening, record, sizeof(record), NULL);
	r = size < 0 ? size : akt_introduce(sys, &account);
	if (r == 0)
		r = akt_spawn_record(sys, record, (size_t)size, &ref, NULL);
	if (r == 0)
		r = akt_call(sys, ref, rent, AKT_S(30), &reply);
	else
		akt_msg_free(rent);
	if (r == 0) {
		printf("%s %" PRId64 "\n", akt_payload(reply, deposit)->note,
		       akt_payload(reply, deposit)->cents);
		akt_msg_free(reply);
	}
	return akt_system_stop(sys) < 0 || r < 0;
}
