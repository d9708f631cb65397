/* SPDX-License-Identifier: MIT */
/* Proves: a C++17 program defines messages, enums in them too, spawns, posts, asks from outside and stops. */
#include <akt/akt.h>
#include <cstdio>

enum colour { RED, GREEN };
enum class level : int8_t { LOW = -1, HIGH = 1 };
struct add {
	int64_t value;
	char note[8];
	colour paint;
	level loudness;
	void *nothing;
};
AKT_MESSAGE_DEFINE(add, "cxx.add", AKT_FIELD(1, add, value), AKT_FIELD(2, add, note),
		   AKT_FIELD(3, add, paint), AKT_FIELD(4, add, loudness));
static_assert(AKT_KIND_OF(add, paint) == AKT_KIND_UINT, "as in C");
static_assert(AKT_KIND_OF(add, loudness) == AKT_KIND_INT, "its underlying type");
static_assert(AKT_KIND_OF(add, nothing) == AKT_KIND_OPAQUE, "pointers stay here");
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
		const add one = { i, "note", GREEN, level::LOW, nullptr };
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
