/* SPDX-License-Identifier: MIT */
/*
 * Dies on purpose, for crash.sh and gdb.sh:
 *
 *	crash MODE           run the mode; how it ends is the test
 *	crash status MODE    run it in a child and print "signal 11" or "exit 0"
 *
 * Records are on by AKT_CRASH_DIR only.
 */
#include <akt/akt.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

struct poke {
	int how;
};
AKT_MESSAGE_DEFINE(poke, "crash.poke", AKT_FIELD(1, poke, how));
struct idle {
	int number;
};
AKT_MESSAGE_DEFINE(idle, "crash.idle", AKT_FIELD(1, idle, number));

typedef void (*deed_fn)(void);
static _Atomic int busy, together;
static volatile int zero;
static int *volatile nothing;

static __attribute__((noinline)) void read_nothing(void)
{
	*nothing = 1;
}

static __attribute__((noinline)) int sink(volatile char *at, int depth)
{
	volatile char more[256];

	more[0] = at[0];
	return sink(more, depth + 1) + more[zero];
}

static void overflow(void)
{
	volatile char first[1] = { 0 };

	zero = sink(first, 0);
}

static void divide(void)
{
	zero = 1000 / zero;
}

static void call_nothing(void)
{
	deed_fn volatile fn = NULL;

	fn();
}

static void trap(void)
{
	__builtin_trap();
}

/* The allocator finds its heap damaged and aborts with its lock held. */
static void in_malloc(void)
{
	char *volatile block = malloc(5000);
	void *volatile next;

	block = malloc(5000);
	memset(block + malloc_usable_size(block), 0, sizeof(size_t));
	next = malloc(100000);
	free(next);
}

static void both(void)
{
	atomic_fetch_add(&together, 1);
	while (atomic_load(&together) < 2)
		;
	read_nothing();
}

/* A type whose name is no text: the recorder faults on it. */
static akt_type broken_type;

static void *on_thread(void *arg)
{
	(void)arg;
	while (atomic_load(&busy) == 0)
		;
	read_nothing();
	return NULL;
}

static const struct deed {
	const char *name;
	deed_fn run;
} deeds[] = {
	{ "null", read_nothing }, { "overflow", overflow },   { "abort", abort },
	{ "divide", divide },     { "call", call_nothing },   { "trap", trap },
	{ "malloc", in_malloc },  { "both", both },           { "none", NULL },
	{ "busy", read_nothing }, { "broken", read_nothing }, { "start", read_nothing },
	{ "fds", read_nothing },  { "chain", read_nothing },  { "foreign", NULL },
	{ "pile", NULL },         { "sent", NULL },           { "core", read_nothing },
	{ "ignored", NULL },
};

static int on_poke(akt_ctx *ctx, void *state, akt_msg *msg)
{
	deed_fn run = deeds[akt_payload(msg, poke)->how].run;

	(void)ctx;
	(void)state;
	if (run != NULL)
		run();
	return 0;
}

static int on_idle(akt_ctx *ctx, void *state, akt_msg *msg)
{
	int *seen = state;

	(void)ctx;
	(void)msg;
	++*seen;
	return 0;
}

static const akt_handler victim_handlers[] = { AKT_ON(idle, on_idle), AKT_ON(poke, on_poke),
					       AKT_END };
static const akt_type victim = { .name = "victim",
				 .state_size = sizeof(int),
				 .handlers = victim_handlers };

static int start_and_die(akt_ctx *ctx, void *state, const void *arg)
{
	(void)ctx;
	(void)state;
	(void)arg;
	read_nothing();
	return 0;
}
static const akt_type stillborn = { .name = "stillborn", .start = start_and_die };

/* Holds its worker until the process ends. */
static int on_busy(akt_ctx *ctx, void *state, akt_msg *msg)
{
	(void)ctx;
	(void)state;
	(void)msg;
	atomic_store(&busy, 1);
	for (;;)
		;
	return 0;
}
static const akt_handler spinner_handlers[] = { AKT_ON(idle, on_busy), AKT_END };
static const akt_type spinner = { .name = "spinner", .handlers = spinner_handlers };

static int mother_start(akt_ctx *ctx, void *state, const void *arg)
{
	(void)state;
	(void)arg;
	return akt_spawn_child(ctx, &victim, "daughter", NULL, NULL);
}
static const akt_type mother = { .name = "mother", .start = mother_start };

static volatile akt_ref pile_ref;
static akt_system *volatile pile_system;
static volatile akt_ref nobody;

/* Where gdb.sh stops: three messages wait behind the one that a worker is at. */
static __attribute__((noinline)) void stop_here(void)
{
	__asm__ volatile("" ::: "memory");
	fprintf(stderr, "slot %u\n", pile_ref.slot);
}

static void pile_up(akt_system *sys)
{
	akt_ref ref;

	pile_system = sys;
	akt_spawn_named(sys, &mother, "mother", NULL, NULL);
	akt_system_drain(sys, AKT_S(10));
	akt_spawn_named(sys, &spinner, "carousel", NULL, &ref);
	pile_ref = ref;
	nobody = (akt_ref){ 0, 0, 0 };
	for (int i = 0; i < 4; i++)
		akt_post(sys, ref, AKT_NEW(idle, .number = i));
	while (atomic_load(&busy) == 0)
		;
	stop_here();
	_exit(0);
}

static void former_handler(int number, siginfo_t *info, void *context)
{
	static const char said[] = "former handler\n";

	(void)context;
	if (write(STDOUT_FILENO, said, sizeof(said) - 1) < 0 || info->si_addr != NULL)
		_exit(3);
	signal(number, SIG_DFL); /* and the fault happens again */
}

static void install_former(void)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO };

	action.sa_sigaction = former_handler;
	sigaction(SIGSEGV, &action, NULL);
}

static void use_up_descriptors(void)
{
	struct rlimit limit = { 64, 64 };

	setrlimit(RLIMIT_NOFILE, &limit);
	while (open("/dev/null", O_RDONLY) >= 0)
		;
}

/* A core file if it is what the mode is about. */
static void limit_core(bool wanted)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_CORE, &limit) != 0)
		return;
	limit.rlim_cur = wanted ? limit.rlim_max : 0;
	setrlimit(RLIMIT_CORE, &limit);
}

static int find_deed(const char *name)
{
	for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++)
		if (strcmp(deeds[i].name, name) == 0)
			return (int)i;
	fprintf(stderr, "crash: no such mode: %s\n", name);
	exit(2);
}

static void poke_all(akt_system *sys, const char *name, int how)
{
	const akt_type *type = strcmp(name, "broken") == 0 ? &broken_type : &victim;
	akt_ref ref, other;
	pthread_t thread;

	if (strcmp(name, "busy") == 0 || strcmp(name, "foreign") == 0) {
		akt_spawn_named(sys, &spinner, "carousel", NULL, &other);
		akt_post(sys, other, AKT_NEW(idle, .number = 0));
		while (atomic_load(&busy) == 0)
			;
	}
	akt_spawn_named(sys, type, "patient", NULL, &ref);
	akt_spawn_named(sys, type, "second", NULL, &other);
	for (int i = 0; i < 5; i++)
		akt_post(sys, ref, AKT_NEW(idle, .number = i));
	akt_post(sys, ref, AKT_NEW(poke, .how = how));
	if (strcmp(name, "both") == 0)
		akt_post(sys, other, AKT_NEW(poke, .how = how));
	if (strcmp(name, "foreign") == 0 && pthread_create(&thread, NULL, on_thread, NULL) == 0)
		pthread_join(thread, NULL);
}

static int run(const char *name)
{
	int how = find_deed(name);
	akt_options options = AKT_OPTIONS;
	akt_system *sys;

	options.workers = 2;
	limit_core(strcmp(name, "core") == 0);
	broken_type = victim;
	broken_type.name = (const char *)8;
	if (strcmp(name, "chain") == 0)
		install_former();
	if (strcmp(name, "ignored") == 0)
		signal(SIGABRT, SIG_IGN);
	if (akt_system_start(&sys, &options) < 0)
		return 1;
	if (strcmp(name, "pile") == 0)
		pile_up(sys);
	if (strcmp(name, "fds") == 0)
		use_up_descriptors();
	if (strcmp(name, "start") == 0)
		akt_spawn_named(sys, &stillborn, "late", NULL, NULL);
	while (strcmp(name, "start") == 0)
		pause(); /* it alone dies */
	if (strcmp(name, "sent") == 0)
		raise(SIGBUS);
	if (strcmp(name, "ignored") == 0)
		raise(SIGABRT);
	poke_all(sys, name, how);
	return akt_system_stop(sys) < 0;
}

static int status_of(const char *name)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		_exit(run(name));
	if (child < 0 || waitpid(child, &status, 0) != child)
		return 1;
	if (WIFSIGNALED(status))
		printf("signal %d%s\n", WTERMSIG(status), WCOREDUMP(status) ? " core" : "");
	else
		printf("exit %d\n", WEXITSTATUS(status));
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "sanitized") == 0)
		return SANITIZED ? 0 : 1;
	if (argc == 3 && strcmp(argv[1], "status") == 0)
		return status_of(argv[2]);
	if (argc == 2)
		return run(argv[1]);
	fprintf(stderr, "usage: crash [status] MODE\n");
	return 2;
}
