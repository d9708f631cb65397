/* SPDX-License-Identifier: MIT */
/* See events.h. */
#include "crash/events.h"
#include "plat/plat.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Atomic(struct crash_thread *) threads;
static AKTI_TLS struct crash_thread *crash_thread;

const struct crash_thread *akti_crash_threads(void)
{
	return akti_load_acq(&threads);
}

static void thread_ends(void *arg)
{
	struct crash_thread *thread = arg;

	crash_thread = NULL;
	akti_store_rel(&thread->label, NULL);
	akti_store_rel(&thread->taken, false);
}

/* A ring whose thread has ended, its events forgotten. */
static struct crash_thread *take_old(void)
{
	struct crash_thread *thread = akti_load_acq(&threads);

	for (; thread != NULL; thread = thread->next) {
		bool taken = false;

		if (!akti_load_rlx(&thread->taken) &&
		    akti_cas_acqrel(&thread->taken, &taken, true)) {
			for (unsigned i = 0; i < CRASH_EVENTS; i++)
				akti_store_rlx(&thread->slot[i].serial, 0);
			return thread;
		}
	}
	return NULL;
}

static struct crash_thread *make_new(void)
{
	struct crash_thread *thread = mmap(NULL, sizeof(*thread), PROT_READ | PROT_WRITE,
					   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct crash_thread *newest = akti_load_acq(&threads);

	if (thread == MAP_FAILED)
		return NULL;
	akti_store_rlx(&thread->taken, true);
	do {
		thread->next = newest;
	} while (!akti_cas_acqrel(&threads, &newest, thread));
	return thread;
}

static AKTI_COLD struct crash_thread *thread_here(void)
{
	struct crash_thread *thread = take_old();

	if (thread == NULL)
		thread = make_new();
	if (thread == NULL)
		return NULL;
	akti_store_rlx(&thread->tid, (uint32_t)syscall(SYS_gettid));
	akti_store_rel(&thread->label, &akti_prof_label);
	akti_plat_at_thread_exit(PLAT_EXIT_CRASH, thread_ends, thread);
	crash_thread = thread;
	return thread;
}

void akti_crash_note(const struct crash_event *event)
{
	struct crash_thread *thread = crash_thread;
	struct crash_slot *slot;

	if (akti_unlikely(thread == NULL)) {
		thread = thread_here();
		if (thread == NULL)
			return;
	}
	slot = &thread->slot[++thread->serial & (CRASH_EVENTS - 1)];
	akti_store_rlx(&slot->serial, 0);
	akti_store_rel(&slot->time_ns, akti_plat_now());
	akti_store_rlx(&slot->node, event->node);
	akti_store_rlx(&slot->actor, event->actor);
	akti_store_rlx(&slot->type, event->type);
	akti_store_rlx(&slot->msg, event->msg);
	akti_store_rlx(&slot->code, (uintptr_t)event->code);
	akti_store_rlx(&slot->kind, (uint32_t)event->kind);
	akti_store_rlx(&slot->error, event->error);
	akti_store_rel(&slot->serial, thread->serial); /* E1 */
}
