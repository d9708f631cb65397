/* SPDX-License-Identifier: MIT */
/* Proves: a C++17 program defines messages, spawns, posts, asks from outside and stops. */
#include <akt/akt.h>
#include <cstdio>

struct add {
	int64_t value;
	char note[8];
};
AKT_MESSAGE_DEFINE(add, "cxx.add", AKT_FIELD(1, add, value), AKT_FIELD(2, add, note));
struct sum {
	int64_t value;
};
AKT_MESSAGE_DEFINE(sum, "cxx.sum", AKT_FIELD(1, sum, value));
AKT_SIGNAL_DEFINE(get, "cxx.get");

static int on_add(akt_ctx *, void *state, akt_msg *msg)
{
	static_cast<sum *>(state)->value += akt_payload(msg, add)->value;
	return 0;
}

static int on_get(akt_ctx *ctx, void *state, akt_msg *)
{
	return akt_reply(ctx, AKT_NEW_FROM(sum, *static_cast<sum *>(state)));
}

static const akt_handler handlers[] = { AKT_ON(add, on_add), AKT_ON(get, on_get), AKT_END };

int main()
{
	akt_type adder = {};
	adder.name = "adder";
	adder.state_size = sizeof(sum);
	adder.handlers = handlers;

	akt_options options = AKT_OPTIONS;
	options.workers = 1;
	akt_system *sys;
	akt_ref ref;
	if (akt_system_start(&sys, &options) < 0 || akt_spawn(sys, &adder, nullptr, &ref) < 0)
		return 1;
	for (int64_t i = 1; i <= 10; i++) {
		const add one = { i, "note" };
		if (akt_post(sys, ref, AKT_NEW_FROM(add, one)) < 0)
			return 2;
	}
	akt_msg *reply = nullptr;
	if (akt_call(sys, ref, AKT_NEW_SIGNAL(get), AKT_S(5), &reply) < 0)
		return 3;
	const bool right = akt_payload(reply, sum)->value == 55;
	akt_msg_free(reply);
	return akt_system_stop(sys) < 0 || !right;
}
