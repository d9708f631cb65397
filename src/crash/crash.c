/* SPDX-License-Identifier: MIT */
/* See crash.h. */
#include "crash/crash.h"
#include "crash/record.h"
#include "plat/plat.h"
#include "prof/env.h"
#include "prof/prof.h"

#include <akt/error.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NAME_BYTES 64u
/* How long a thread that crashes second leaves the process to the first. */
#define PATIENCE_NS AKT_S(10)

static const struct fault {
	int signal;
	const char *name;
} faults[] = {
	{ SIGSEGV, "SIGSEGV" }, { SIGBUS, "SIGBUS" },   { SIGFPE, "SIGFPE" },
	{ SIGILL, "SIGILL" },   { SIGABRT, "SIGABRT" },
};
#define FAULT_COUNT AKTI_COUNT_OF(faults)

enum crash_state { CRASH_OFF = 0, CRASH_ENABLING = 1, CRASH_ON = 2 };

static struct {
	_Atomic int state;
	int dir_fd;
	int spare_fd[2]; /* given up for the record and maps when descriptors are out */
	char dir[AKT_CRASH_DIR_MAX + 1];
	bool installed[FAULT_COUNT];
	struct sigaction before[FAULT_COUNT];
	/* Of the one recorder. */
	_Atomic uint32_t recorder; /* its tid */
	_Atomic bool recording;
	struct crash_cause cause;
	char name[NAME_BYTES];
} crash;

/* --- the handler -------------------------------------------------------------------------------- */

static size_t append(char *text, size_t length, const char *more)
{
	while (*more != '\0' && length < NAME_BYTES - 1)
		text[length++] = *more++;
	text[length] = '\0';
	return length;
}

static size_t append_number(char *text, size_t length, uint64_t number)
{
	char digits[21];
	char *p = digits + sizeof(digits) - 1;

	*p = '\0';
	do {
		*--p = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	return append(text, length, p);
}

static void say(const char *text)
{
	ssize_t written = write(STDERR_FILENO, text, strlen(text));

	(void)written;
}

static const char *name_of(int signal)
{
	for (size_t i = 0; i < FAULT_COUNT; i++)
		if (faults[i].signal == signal)
			return faults[i].name;
	return "a signal";
}

/* "program-pid-seconds.crash"; letters that are a nuisance in file names become '_'. */
static void make_name(void)
{
	struct timespec now = { 0, 0 };
	char path[256];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	const char *base = path;
	size_t length;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	path[n > 0 ? n : 0] = '\0';
	for (const char *p = path; *p != '\0'; p++)
		if (*p == '/')
			base = p + 1;
	path[base - path + 24 < (ptrdiff_t)sizeof(path) ? base - path + 24 : 255] = '\0';
	length = append(crash.name, 0, base[0] != '\0' ? base : "program");
	for (size_t i = 0; i < length; i++) {
		char c = crash.name[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '_' || c == '-' || (c == '.' && i > 0)))
			crash.name[i] = '_';
	}
	length = append(crash.name, length, "-");
	length = append_number(crash.name, length, (uint64_t)getpid());
	length = append(crash.name, length, "-");
	length = append_number(crash.name, length, (uint64_t)now.tv_sec);
	(void)append(crash.name, length, ".crash");
}

static void close_spares(void)
{
	for (size_t i = 0; i < AKTI_COUNT_OF(crash.spare_fd); i++)
		if (crash.spare_fd[i] >= 0)
			(void)close(crash.spare_fd[i]);
}

static int create_file(void)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
	int fd;

	make_name();
	fd = openat(crash.dir_fd, crash.name, flags, 0600);
	if (fd < 0 && (errno == EMFILE || errno == ENFILE)) {
		close_spares();
		fd = openat(crash.dir_fd, crash.name, flags, 0600);
	}
	return fd;
}

static void write_record(void)
{
	int fd = create_file();
	bool written = false;

	if (fd >= 0) {
		akti_store_rel(&crash.recording, true);
		written = akti_crash_record(fd, &crash.cause);
		akti_store_rel(&crash.recording, false);
	}
	say("akt: ");
	say(name_of(crash.cause.signal));
	say(fd < 0    ? ": no crash record could be made in "
	    : written ? ": crash record "
		      : ": crash record, cut short: ");
	say(crash.dir);
	say("/");
	say(fd < 0 ? "" : crash.name);
	say("\n");
}

/* Another thread writes the record: the process is its to end. Not for ever, for a handler of the
 * program's own may have kept it alive. */
static void leave_to_recorder(void)
{
	int64_t until = akti_plat_now() + PATIENCE_NS;
	_Atomic uint32_t nothing = 0;

	while (akti_plat_now() < until)
		(void)akti_plat_wait(&nothing, 0, until);
}

/* Put the former handlers back and have cause delivered once more when this one returns. */
static void pass_on(int signal, siginfo_t *info)
{
	sigset_t these;

	for (size_t i = 0; i < FAULT_COUNT; i++)
		if (crash.installed[i])
			(void)sigaction(faults[i].signal, &crash.before[i], NULL);
	(void)sigemptyset(&these);
	(void)sigaddset(&these, signal);
	(void)pthread_sigmask(SIG_BLOCK, &these, NULL);
	if (syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), signal, info) != 0 &&
	    syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signal) != 0)
		_exit(128 + signal);
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
	uint32_t self = (uint32_t)syscall(SYS_gettid), recorder = 0;
	int saved_errno = errno;

	if (akti_cas_acqrel(&crash.recorder, &recorder, self)) {
		crash.cause =
			(struct crash_cause){ signal, *info, context, &akti_prof_label, self };
		write_record();
	} else if (recorder != self) {
		leave_to_recorder();
	} else if (akti_load_acq(&crash.recording)) {
		akti_crash_record_fault(signal);
	}
	pass_on(signal, info);
	errno = saved_errno;
}

/* --- enabling ----------------------------------------------------------------------------------- */

static int open_dir(const char *dir)
{
	size_t length = strlen(dir);

	if (length == 0 || length > AKT_CRASH_DIR_MAX)
		return AKT_ERR_INVALID;
	memcpy(crash.dir, dir, length + 1);
	crash.dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (crash.dir_fd < 0)
		return AKT_ERR_IO;
	for (size_t i = 0; i < AKTI_COUNT_OF(crash.spare_fd); i++)
		crash.spare_fd[i] = fcntl(crash.dir_fd, F_DUPFD_CLOEXEC, 0);
	if (faccessat(crash.dir_fd, ".", W_OK | X_OK, AT_EACCESS) == 0)
		return 0;
	close_spares();
	(void)close(crash.dir_fd);
	return AKT_ERR_IO;
}

static int install(void)
{
	struct sigaction ours = { .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };

	ours.sa_sigaction = on_fault;
	(void)sigfillset(&ours.sa_mask);
	for (size_t i = 0; i < FAULT_COUNT; i++)
		(void)sigdelset(&ours.sa_mask, faults[i].signal);
	for (size_t i = 0; i < FAULT_COUNT; i++) {
		if (sigaction(faults[i].signal, NULL, &crash.before[i]) != 0)
			return AKT_ERR_SYSTEM;
		if (!(crash.before[i].sa_flags & SA_SIGINFO) &&
		    crash.before[i].sa_handler == SIG_IGN)
			continue;
		if (sigaction(faults[i].signal, &ours, NULL) != 0)
			return AKT_ERR_SYSTEM;
		crash.installed[i] = true;
	}
	return 0;
}

static int enable(const char *dir)
{
	int r = open_dir(dir);

	if (r < 0)
		return r;
	akti_prof_unwind_refresh();
	r = akti_plat_fault_stack_open();
	if (r == 0)
		r = install();
	if (r == 0) {
		akti_plat_fault_stacks_want();
		(void)atomic_fetch_or_explicit(&akti_prof_on, PROF_WATCH_CRASH,
					       memory_order_release);
		akti_prof_divert();
		return 0;
	}
	for (size_t i = 0; i < FAULT_COUNT; i++) {
		if (crash.installed[i])
			(void)sigaction(faults[i].signal, &crash.before[i], NULL);
		crash.installed[i] = false;
	}
	close_spares();
	(void)close(crash.dir_fd);
	return r;
}

int akt_crash_enable(const char *dir)
{
	int off = CRASH_OFF;
	int r;

	if (dir == NULL)
		return AKT_ERR_INVALID;
#if !defined(__x86_64__) && !defined(__aarch64__)
	return AKT_ERR_UNSUPPORTED;
#endif
	if (!akti_cas_acqrel(&crash.state, &off, CRASH_ENABLING))
		return AKT_ERR_EXISTS;
	r = enable(dir);
	akti_store_rel(&crash.state, r == 0 ? CRASH_ON : CRASH_OFF);
	return r;
}

static void read_environment(void)
{
	const char *dir = getenv("AKT_CRASH_DIR");
	int r;

	if (dir == NULL || dir[0] == '\0')
		return;
	r = akt_crash_enable(dir);
	if (r == AKT_ERR_EXISTS)
		akti_prof_say("AKT_CRASH_DIR=%s: the program writes its crash records to %s", dir,
			      crash.dir);
	else if (r < 0)
		akti_prof_say("AKT_CRASH_DIR=%s: no crash records: %s", dir, akt_strerror(r));
}

void akti_crash_system_started(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, read_environment);
	if (akti_load_acq(&crash.state) == CRASH_ON)
		akti_prof_unwind_refresh();
}
