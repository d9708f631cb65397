/* SPDX-License-Identifier: MIT */
/* crew: see crew.h. */
#include "crew.h"

AKT_SIGNAL_DEFINE(crew_found, "crew.found");
AKT_SIGNAL_DEFINE(crew_done, "crew.done");

struct master {
	struct crew *crew;
};

static int on_master_start(akt_ctx *ctx, void *state, const void *arg)
{
	int r = savina_keep_arg(ctx, state, arg);
	struct crew *crew = ((struct master *)state)->crew;

	for (size_t i = 0; i < CREW_WORKERS && r >= 0; i++)
		r = akt_spawn_child(ctx, crew->worker, NULL, crew->arg, &crew->workers[i]);
	return r;
}

static int on_work(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct crew *crew = ((struct master *)state)->crew;
	uint64_t number = crew->deal != NULL ? crew->deal(crew->arg, msg) : crew->dealt;

	crew->dealt++;
	return akt_forward(ctx, crew->workers[number % CREW_WORKERS]);
}

static int on_found(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx;
	(void)msg;
	((struct master *)state)->crew->found++;
	return 0;
}

static int on_done(akt_ctx *ctx, void *state, akt_msg *msg)
{
	struct crew *crew = ((struct master *)state)->crew;

	(void)ctx;
	(void)msg;
	return ++crew->done == crew->dealt ? savina_over(crew->run) : 0;
}

static const akt_handler master_handlers[] = { AKT_ON(crew_done, on_done),
					       AKT_ON(crew_found, on_found), AKT_ON_ANY(on_work),
					       AKT_END };
static const akt_type master_type = {
	.name = "master",
	.state_size = sizeof(struct master),
	.handlers = master_handlers,
	.start = on_master_start,
};

bool crew_start(struct crew *crew, akt_msg *work)
{
	akt_ref master;

	if (!savina_spawn(crew->run, &master_type, crew, &master)) {
		akt_msg_free(work);
		return false;
	}
	return savina_post(crew->run, master, work);
}

int crew_add(akt_ctx *ctx, akt_msg *work)
{
	return akt_send(ctx, akt_parent(ctx), work);
}

int crew_found(akt_ctx *ctx)
{
	return akt_send(ctx, akt_parent(ctx), AKT_NEW_SIGNAL(crew_found));
}

int crew_done(akt_ctx *ctx)
{
	return akt_send(ctx, akt_parent(ctx), AKT_NEW_SIGNAL(crew_done));
}
