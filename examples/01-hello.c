/* SPDX-License-Identifier: MIT */
#include <akt/akt.h>
#include <stdio.h>

struct greet {
	char name[32];
};
AKT_MESSAGE_DEFINE(greet, "demo.greet", AKT_FIELD(1, greet, name));

static int on_greet(akt_ctx *ctx, void *state, akt_msg *msg)
{
	unsigned *greeted = state; /* zeroed at birth; only this actor's handlers touch it */

	printf("%s: hello, %s (%u so far)\n", akt_name(ctx), akt_payload(msg, greet)->name,
	       ++*greeted);
	return 0;
}

static const akt_handler handlers[] = { AKT_ON(greet, on_greet), AKT_END };
static const akt_type greeter = {
	.name = "greeter",
	.state_size = sizeof(unsigned),
	.handlers = handlers,
};

int main(void)
{
	akt_system *sys;
	akt_ref ref;

	if (akt_system_start(&sys, NULL) < 0)
		return 1;
	if (akt_spawn_named(sys, &greeter, "butler", NULL, &ref) == 0)
		akt_post(sys, ref, AKT_NEW(greet, .name = "Ada"));
	return akt_system_stop(sys) < 0; /* drains the mailboxes, then stops the actors */
}
