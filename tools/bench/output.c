/* SPDX-License-Identifier: MIT */
/* output: see output.h. Proved by tests/system/bench_runner.sh, with benchstat and jq. */
#include "output.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096u

static int64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

size_t bench_output_escape(const char *text, char *ret_text, size_t text_bytes)
{
	size_t at = 0;

	for (; *text != '\0' && at + 7 < text_bytes; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte == '"' || byte == '\\') {
			ret_text[at++] = '\\';
			ret_text[at++] = (char)byte;
		} else if (byte == '\n' || byte == '\t') {
			ret_text[at++] = '\\';
			ret_text[at++] = byte == '\n' ? 'n' : 't';
		} else if (byte < ' ') {
			at += (size_t)snprintf(ret_text + at, text_bytes - at, "\\u%04x", byte);
		} else {
			ret_text[at++] = (char)byte;
		}
	}
	ret_text[at] = '\0';
	return at;
}

/* "2026-11-22T10:25:47.853165775Z" */
static void timestamp(char text[64])
{
	struct timespec now;
	struct tm utc;
	size_t at;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)gmtime_r(&now.tv_sec, &utc);
	at = strftime(text, 64, "%Y-%m-%dT%H:%M:%S", &utc);
	(void)snprintf(text + at, 64 - at, ".%09ldZ", now.tv_nsec);
}

static void clear_progress(struct bench_output *output)
{
	if (output->progress_shown)
		fputs("\r\033[K", stderr);
	output->progress_shown = false;
}

/* One event of go test -json. test and text may be NULL; elapsed_ns below 0 is left out. */
static void event(struct bench_output *output, const char *action, const char *test,
		  const char *text, int64_t elapsed_ns)
{
	char when[64];
	char escaped[2 * LINE_MAX_BYTES];

	timestamp(when);
	(void)bench_output_escape(output->package, escaped, sizeof(escaped));
	printf("{\"Time\":\"%s\",\"Action\":\"%s\",\"Package\":\"%s\"", when, action, escaped);
	if (test != NULL) {
		(void)bench_output_escape(test, escaped, sizeof(escaped));
		printf(",\"Test\":\"%s\"", escaped);
	}
	if (text != NULL) {
		(void)bench_output_escape(text, escaped, sizeof(escaped));
		printf(",\"Output\":\"%s\"", escaped);
	}
	if (elapsed_ns >= 0)
		printf(",\"Elapsed\":%.3f", (double)elapsed_ns / 1e9);
	puts("}");
	fflush(stdout);
}

/* A line of output, which belongs to test unless that is NULL. */
static void line(struct bench_output *output, const char *test, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void line(struct bench_output *output, const char *test, const char *format, ...)
{
	char text[LINE_MAX_BYTES] = "";
	int length;
	va_list args;

	clear_progress(output);
	va_start(args, format);
	length = vsnprintf(text, sizeof(text) - 1, format, args);
	va_end(args);
	if (length < 0 || (size_t)length > sizeof(text) - 2)
		length = (int)strlen(text);
	memcpy(text + length, "\n", 2);
	if (output->json) {
		event(output, "output", test, text, -1);
		return;
	}
	if (output->line_open)
		putchar('\n');
	output->line_open = false;
	fputs(text, stdout);
	fflush(stdout);
}

void bench_output_init(struct bench_output *output, bool json, bool verbose)
{
	*output = (struct bench_output){
		.package = "", .json = json, .verbose = verbose, .progress = isatty(2) == 1
	};
}

void bench_output_begin(struct bench_output *output, const char *package)
{
	output->package = package;
	output->started_ns = now_ns();
	if (output->json)
		event(output, "start", NULL, NULL, -1);
}

/* The processor's name as the kernel gives it; "" when it gives none. */
static void cpu_name(char text[128])
{
	char row[512];
	FILE *file = fopen("/proc/cpuinfo", "re");

	text[0] = '\0';
	while (file != NULL && fgets(row, sizeof(row), file) != NULL) {
		char *colon = strchr(row, ':');

		if (strncmp(row, "model name", 10) != 0 || colon == NULL)
			continue;
		colon[strcspn(colon, "\n")] = '\0';
		(void)snprintf(text, 128, "%s", colon + 1 + strspn(colon + 1, " "));
		break;
	}
	if (file != NULL)
		(void)fclose(file);
}

/* The machine as Go names it. */
static const char *go_machine(const char *machine)
{
	if (strcmp(machine, "x86_64") == 0)
		return "amd64";
	if (strcmp(machine, "aarch64") == 0)
		return "arm64";
	return machine;
}

void bench_output_environment(struct bench_output *output)
{
	struct utsname host;
	char cpu[128];

	(void)uname(&host);
	line(output, NULL, "goos: linux");
	line(output, NULL, "goarch: %s", go_machine(host.machine));
	line(output, NULL, "pkg: %s", output->package);
	cpu_name(cpu);
	if (cpu[0] != '\0')
		line(output, NULL, "cpu: %s", cpu);
}

void bench_output_end(struct bench_output *output, enum bench_ending ending)
{
	int64_t elapsed_ns = now_ns() - output->started_ns;
	bool failed = ending == BENCH_ENDING_FAILED;

	if (failed || ending == BENCH_ENDING_PASSED)
		line(output, NULL, "%s", failed ? "FAIL" : "PASS");
	line(output, NULL, "%s\t%s\t%.3fs%s", failed ? "FAIL" : "ok  ", output->package,
	     (double)elapsed_ns / 1e9,
	     ending == BENCH_ENDING_NOTHING ? " [no benchmarks to run]" : "");
	if (output->json)
		event(output, failed ? "fail" : "pass", NULL, NULL, elapsed_ns);
}

void bench_output_run(struct bench_output *output, const char *name)
{
	if (output->json) {
		event(output, "run", name, NULL, -1);
		line(output, name, "=== RUN   %s", name);
	}
	if (output->json || output->verbose)
		line(output, name, "%s", name);
}

void bench_output_name(struct bench_output *output, const char *name, int width)
{
	/* Text already carries the name in verbose output; a terminal has it as progress. */
	if (output->json || output->verbose || output->progress)
		return;
	printf("%-*s\t", width, name);
	fflush(stdout);
	output->line_open = true;
}

void bench_output_result(struct bench_output *output, const char *test, const char *name, int width,
			 const char *result)
{
	if (!output->line_open) {
		line(output, test, "%-*s\t%s", width, name, result);
		return;
	}
	output->line_open = false;
	line(output, test, "%s", result);
}

void bench_output_verdict(struct bench_output *output, const char *test, const char *name,
			  bool failed, const char *reason)
{
	line(output, test, "--- %s: %s", failed ? "FAIL" : "SKIP", name);
	if (reason[0] != '\0')
		line(output, test, "    %s", reason);
	if (output->json)
		event(output, failed ? "fail" : "skip", test, NULL, -1);
}

void bench_output_listed(struct bench_output *output, const char *name)
{
	line(output, NULL, "%s", name);
}

void bench_output_progress(struct bench_output *output, const char *name, uint64_t n)
{
	if (!output->progress)
		return;
	fprintf(stderr, "\r\033[K%s  %llu ...", name, (unsigned long long)n);
	fflush(stderr);
	output->progress_shown = true;
}
