/* SPDX-License-Identifier: MIT */
/* deadline: see deadline.h. Proved by tests/system/bench_runner.sh. */
#include "deadline.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum { EXIT_TIMED_OUT = 2 };

static _Atomic(const char *) running;
static const char *timeout_text;
static bool write_json;

void bench_deadline_running(const char *name)
{
	atomic_store_explicit(&running, name, memory_order_relaxed);
}

/* Append to a line; what does not fit is cut. */
static void append(char *line, size_t line_bytes, const char *text)
{
	size_t at = strlen(line);
	size_t length = strlen(text);

	if (length > line_bytes - 1 - at)
		length = line_bytes - 1 - at;
	memcpy(line + at, text, length);
	line[at + length] = '\0';
}

static void on_deadline(int signal_number)
{
	const char *name = atomic_load_explicit(&running, memory_order_relaxed);
	char line[1024] = "";

	(void)signal_number;
	append(line, sizeof(line), "\npanic: benchmark timed out after ");
	append(line, sizeof(line), timeout_text);
	append(line, sizeof(line), "\n\trunning benchmark:\n\t\t");
	append(line, sizeof(line), name != NULL ? name : "(none)");
	append(line, sizeof(line), "\nFAIL\n");
	(void)!write(STDERR_FILENO, line, strlen(line));
	if (write_json) {
		static const char event[] = "{\"Action\":\"fail\"}\n";

		(void)!write(STDOUT_FILENO, event, sizeof(event) - 1);
	}
	_exit(EXIT_TIMED_OUT);
}

int bench_deadline_start(int64_t timeout_ns, const char *text, bool json)
{
	struct sigaction action = { .sa_handler = on_deadline, .sa_flags = SA_RESTART };
	struct itimerval timer = { .it_value = { .tv_sec = timeout_ns / 1000000000,
						 .tv_usec = timeout_ns % 1000000000 / 1000 + 1 } };

	if (timeout_ns == 0)
		return 0;
	if (timer.it_value.tv_usec > 999999)
		timer.it_value.tv_usec = 999999;
	timeout_text = text;
	write_json = json;
	(void)sigemptyset(&action.sa_mask);
	if (sigaction(SIGALRM, &action, NULL) != 0)
		return -1;
	return setitimer(ITIMER_REAL, &timer, NULL);
}
