/* SPDX-License-Identifier: MIT */
#include "io/poller.h"
#include "mem/mem.h"
#include <akt/error.h>
#include <akt/time.h>
#include <string.h>

#define FDS_ROOM_MIN 64u
#define FIRED_ANYWAY (PLAT_HANGUP | PLAT_ERROR)

void akti_io_poller_init(struct io_poller *poller, const struct io_poller_config *config)
{
	memset(poller, 0, sizeof(*poller));
	poller->config = *config;
	akti_plat_mutex_init(&poller->mutex, PLAT_RANK_IO);
}

/* --- the table: holds the mutex ----------------------------------------------------------------- */

static bool make_room(struct io_poller *poller, uint32_t fd)
{
	uint32_t room = poller->room != 0 ? poller->room : FDS_ROOM_MIN;
	struct io_fd *fds;

	if (fd < poller->room)
		return true;
	while (room <= fd)
		room *= 2;
	fds = akti_mem_alloc(room * sizeof(*fds), MEM_OTHER);
	if (fds == NULL)
		return false;
	memset(fds, 0, room * sizeof(*fds));
	if (poller->fds != NULL) {
		memcpy(fds, poller->fds, poller->room * sizeof(*fds));
		akti_mem_free(poller->fds, poller->room * sizeof(*fds));
	}
	poller->fds = fds;
	poller->room = room;
	return true;
}

static void put(struct io_fd *slot, uint32_t events, struct io_wait *wait)
{
	for (unsigned way = 0; way < 2; way++) {
		if (events & (1u << way))
			slot->waits[way] = wait;
	}
}

/* Out of the table, wherever it stands. */
static void take_out(struct io_poller *poller, struct io_fd *slot, const struct io_wait *wait)
{
	for (unsigned way = 0; way < 2; way++) {
		if (slot->waits[way] == wait)
			slot->waits[way] = NULL;
	}
	(void)akti_sub_sc(&poller->count, 1);
}

/* Tell the kernel what the descriptor's waits want together; there are some. */
static int wish(struct io_poller *poller, uint32_t fd)
{
	struct io_fd *slot = &poller->fds[fd];
	uint32_t events = 0;

	slot->wish = ++poller->wish;
	if (slot->waits[0] != NULL)
		events |= PLAT_READ;
	if (slot->waits[1] != NULL)
		events |= PLAT_WRITE;
	return akti_plat_poll_want(&poller->poll, (int)fd, events, (uint64_t)slot->wish << 32 | fd);
}

/* --- waiting ------------------------------------------------------------------------------------ */

static void thread_main(void *arg);

static int open_poller(struct io_poller *poller)
{
	int r = poller->open ? 0 : akti_plat_poll_open(&poller->poll, poller->config.alarm);

	if (r < 0)
		return r;
	poller->open = true;
	if (poller->config.thread && !poller->has_thread) {
		r = akti_plat_thread_start(&poller->thread, "akt-fd", thread_main, poller);
		poller->has_thread = r == 0;
	}
	return r;
}

int akti_io_poller_open(struct io_poller *poller)
{
	int r;

	akti_plat_lock(&poller->mutex);
	r = open_poller(poller);
	akti_plat_unlock(&poller->mutex);
	return r;
}

static int begin(struct io_poller *poller, struct io_wait *wait)
{
	uint32_t fd = (uint32_t)wait->fd;
	struct io_fd *slot;
	int r = open_poller(poller);

	if (r < 0)
		return r;
	/* The table is not made for a number that nobody has. */
	if (fd >= poller->room && !akti_plat_fd_is_open(wait->fd))
		return AKT_ERR_INVALID;
	if (akti_load_rlx(&poller->count) == poller->config.waits_max)
		return AKT_ERR_LIMIT;
	if (!make_room(poller, fd))
		return AKT_ERR_NOMEM;
	slot = &poller->fds[fd];
	if (((wait->events & PLAT_READ) && slot->waits[0] != NULL) ||
	    ((wait->events & PLAT_WRITE) && slot->waits[1] != NULL))
		return AKT_ERR_EXISTS;
	put(slot, wait->events, wait);
	r = wish(poller, fd);
	if (r < 0)
		put(slot, wait->events, NULL);
	return r;
}

int akti_io_wait(struct io_poller *poller, struct io_wait *wait, uint64_t *ret_serial)
{
	int r;

	if (wait->fd < 0)
		return AKT_ERR_INVALID;
	akti_plat_lock(&poller->mutex);
	r = begin(poller, wait);
	if (r == 0) {
		(void)akti_add_sc(&poller->count, 1);
		wait->serial = ++poller->serial;
		*ret_serial = wait->serial;
	}
	akti_plat_unlock(&poller->mutex);
	return r;
}

struct io_wait *akti_io_withdraw(struct io_poller *poller, int fd, uint64_t serial)
{
	struct io_wait *found = NULL;
	struct io_fd *slot;

	akti_plat_lock(&poller->mutex);
	slot = &poller->fds[fd];
	for (unsigned way = 0; way < 2; way++) {
		if (slot->waits[way] != NULL && slot->waits[way]->serial == serial)
			found = slot->waits[way];
	}
	if (found != NULL) {
		take_out(poller, slot, found);
		if (slot->waits[0] == NULL && slot->waits[1] == NULL)
			akti_plat_poll_forget(&poller->poll, fd);
		else
			(void)wish(poller, (uint32_t)fd);
	}
	akti_plat_unlock(&poller->mutex);
	return found;
}

/* --- firing ------------------------------------------------------------------------------------- */

/* Fired waits, in order. */
struct fired {
	struct io_wait *first;
	struct io_wait **end;
	unsigned count;
};

/* Fire those of the descriptor's waits that such events concern. Holds the mutex. */
static void fire(struct io_poller *poller, struct io_fd *slot, uint32_t events, struct fired *fired)
{
	for (unsigned way = 0; way < 2; way++) {
		struct io_wait *wait = slot->waits[way];
		uint32_t ready;

		if (wait == NULL)
			continue;
		ready = events & FIRED_ANYWAY ? wait->events : wait->events & events;
		if (ready == 0)
			continue;
		take_out(poller, slot, wait);
		wait->events = ready | (events & FIRED_ANYWAY);
		wait->next = NULL;
		*fired->end = wait;
		fired->end = &wait->next;
		fired->count++;
	}
}

/* What the kernel says. Holds the mutex. */
static void reported(struct io_poller *poller, const struct plat_ready *ready, struct fired *fired)
{
	uint32_t fd = (uint32_t)ready->tag;
	struct io_fd *slot = &poller->fds[fd];

	if (slot->wish != (uint32_t)(ready->tag >> 32))
		return;
	fire(poller, slot, ready->events, fired);
	/* Who still waits is told when the kernel will not look any more: nobody waits for nothing. */
	if ((slot->waits[0] != NULL || slot->waits[1] != NULL) && wish(poller, fd) < 0)
		fire(poller, slot, PLAT_ERROR, fired);
}

unsigned akti_io_report(struct io_poller *poller, const struct plat_ready *ready, unsigned n)
{
	struct fired fired = { NULL, &fired.first, 0 };

	akti_plat_lock(&poller->mutex);
	for (unsigned i = 0; i < n; i++)
		reported(poller, &ready[i], &fired);
	akti_plat_unlock(&poller->mutex);
	while (fired.first != NULL) {
		struct io_wait *next = fired.first->next;

		poller->config.ready(poller->config.arg, fired.first);
		fired.first = next;
	}
	return fired.count;
}

static unsigned poll_once(struct io_poller *poller, bool wait)
{
	struct plat_ready ready[PLAT_POLL_BATCH];
	unsigned n = akti_plat_poll_take(&poller->poll, ready, wait);

	return n > 0 ? akti_io_report(poller, ready, n) : 0;
}

unsigned akti_io_poll(struct io_poller *poller)
{
	return poller->open ? poll_once(poller, false) : 0;
}

static void thread_main(void *arg)
{
	struct io_poller *poller = arg;

	poller->config.enter(poller->config.arg);
	while (akti_load_sc(&poller->quitting) == 0)
		(void)poll_once(poller, true);
	poller->config.leave(poller->config.arg);
}

void akti_io_poller_fini(struct io_poller *poller)
{
	AKT_ASSERT(akti_load_sc(&poller->count) == 0);
	akti_store_sc(&poller->quitting, 1);
	if (poller->has_thread) {
		akti_plat_poll_ring(&poller->poll);
		akti_plat_thread_join(&poller->thread);
	}
	if (poller->open)
		akti_plat_poll_close(&poller->poll);
	if (poller->fds != NULL)
		akti_mem_free(poller->fds, poller->room * sizeof(*poller->fds));
	akti_plat_mutex_fini(&poller->mutex);
}
