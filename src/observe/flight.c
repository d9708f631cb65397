/* SPDX-License-Identifier: MIT */
/* See flight.h. */
#include "observe/flight.h"
#include "prof/blackbox.h"

#include <akt/error.h>
#include <akt/flight.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[BLACKBOX_CAUSES] = { "signal", "watchdog", "overload" };

/* --- its signal: one for the process, for all systems that want it -------------------------------- */

static struct {
	_Atomic bool held;
	unsigned users;
	int signal;
	struct sigaction before;
} door;

/* For two system calls, when a system starts or stops. */
static void hold_door(void)
{
	bool held = false;

	for (unsigned turn = 0; !akti_cas_acqrel(&door.held, &held, true); turn++) {
		held = false;
		akti_mpsc_wait_turn(turn);
	}
}

static void on_signal(int signal_number)
{
	int saved_errno = errno;

	(void)signal_number;
	akti_blackbox_ask(BLACKBOX_BY_SIGNAL);
	errno = saved_errno;
}

/* Errors: EXISTS (another one is in use), INVALID. */
static int open_door(int signal_number)
{
	struct sigaction ours = { .sa_flags = SA_RESTART | SA_ONSTACK };
	int r = 0;

	ours.sa_handler = on_signal;
	(void)sigfillset(&ours.sa_mask);
	hold_door();
	if (door.users > 0 && door.signal != signal_number)
		r = AKT_ERR_EXISTS;
	else if (door.users == 0 && sigaction(signal_number, &ours, &door.before) != 0)
		r = AKT_ERR_INVALID;
	if (r == 0) {
		door.signal = signal_number;
		door.users++;
	}
	akti_store_rel(&door.held, false);
	return r;
}

static void close_door(void)
{
	hold_door();
	if (--door.users == 0)
		(void)sigaction(door.signal, &door.before, NULL);
	akti_store_rel(&door.held, false);
}

/* The signal that AKT_FLIGHT_SIGNAL names, by number or as USR2 or SIGUSR2; 0: none. */
static int signal_of_env(struct actors *actors)
{
	const char *text = getenv("AKT_FLIGHT_SIGNAL");
	const char *name;
	char *end;
	long number;

	if (text == NULL || text[0] == '\0')
		return 0;
	number = strtol(text, &end, 10);
	if (*end == '\0' && number > 0 && number < NSIG)
		return (int)number;
	name = strncmp(text, "SIG", 3) == 0 ? text + 3 : text;
	for (int i = 1; i < NSIG; i++) {
		const char *is = sigabbrev_np(i);

		if (is != NULL && strcmp(is, name) == 0)
			return i;
	}
	akti_log(actors, "AKT_FLIGHT_SIGNAL=%s is no signal: none is used", text);
	return 0;
}

static int take_signal(struct flight_keeper *keeper)
{
	struct actors *actors = keeper->actors;
	int asked = actors->options.flight_signal, signal_number, r;

	signal_number = asked != 0 ? asked : signal_of_env(actors);
	if (signal_number == 0)
		return 0;
	r = open_door(signal_number);
	if (r == 0)
		keeper->signal = signal_number;
	else if (asked != 0 && r == AKT_ERR_INVALID)
		return r;
	else
		akti_log(actors, "flight recorder: signal %d is not used: %s", signal_number,
			 akt_strerror(r));
	return 0;
}

/* --- its thread ----------------------------------------------------------------------------------- */

static void write_for(struct flight_keeper *keeper, unsigned cause)
{
	int r = akt_flight_dump(keeper->dir, names[cause]);

	if (r < 0)
		akti_log(keeper->actors, "flight recorder: %s: %s", names[cause], akt_strerror(r));
	else
		akti_log(keeper->actors, "flight recorder: wrote %s/flight-%s.*.prof", keeper->dir,
			 names[cause]);
}

static void keep(void *arg)
{
	struct flight_keeper *keeper = arg;
	int64_t rest_until[BLACKBOX_CAUSES] = { 0 };

	while (akti_load_sc(&keeper->quit) == 0) {
		uint32_t asked = akti_load_sc(&akti_blackbox.asked);
		int64_t now = akti_plat_now(), next = AKT_FOREVER;

		for (unsigned i = 0; i < BLACKBOX_CAUSES; i++) {
			uint32_t bit = 1u << i;

			if (rest_until[i] != 0 && now >= rest_until[i]) {
				rest_until[i] = 0;
				(void)akti_and_sc(&akti_blackbox.resting, ~bit);
			}
			if ((asked & bit) && (akti_and_sc(&akti_blackbox.asked, ~bit) & bit)) {
				if (bit != BLACKBOX_BY_SIGNAL) {
					(void)akti_or_sc(&akti_blackbox.resting, bit);
					rest_until[i] = now + AKT_FLIGHT_PAUSE_NS;
				}
				write_for(keeper, i);
				asked = akti_load_sc(&akti_blackbox.asked);
			}
			if (rest_until[i] != 0 && rest_until[i] < next)
				next = rest_until[i];
		}
		if (asked % BLACKBOX_ENDED == 0 && akti_load_sc(&keeper->quit) == 0)
			(void)akti_plat_wait(&akti_blackbox.asked, asked, next);
	}
	for (unsigned i = 0; i < BLACKBOX_CAUSES; i++) {
		if (rest_until[i] != 0)
			(void)akti_and_sc(&akti_blackbox.resting, ~(1u << i));
	}
}

int akti_flight_keeper_start(struct flight_keeper *keeper, struct actors *actors)
{
	const char *dir = actors->options.flight_dir;
	int r;

	if (dir == NULL)
		dir = getenv("AKT_FLIGHT_DIR");
	if (dir == NULL || dir[0] == '\0' || !akti_blackbox_is_on())
		return 0;
	keeper->actors = actors;
	keeper->dir = dir;
	akti_store_sc(&keeper->quit, 0);
	r = take_signal(keeper);
	if (r == 0)
		r = akti_plat_thread_start(&keeper->thread, "akt-flight", keep, keeper);
	if (r < 0) {
		if (keeper->signal != 0)
			close_door();
		keeper->actors = NULL;
		keeper->signal = 0;
		return r;
	}
	(void)akti_add_sc(&akti_blackbox.listeners, 1);
	return 0;
}

void akti_flight_keeper_stop(struct flight_keeper *keeper)
{
	if (keeper->actors == NULL)
		return;
	(void)akti_sub_sc(&akti_blackbox.listeners, 1);
	akti_store_sc(&keeper->quit, 1);
	/* Who has looked at quit before now does not sleep: the word is another one. */
	(void)akti_add_sc(&akti_blackbox.asked, BLACKBOX_ENDED);
	akti_plat_wake(&akti_blackbox.asked, UINT32_MAX >> 1);
	akti_plat_thread_join(&keeper->thread);
	if (keeper->signal != 0)
		close_door();
	keeper->actors = NULL;
	keeper->signal = 0;
}
