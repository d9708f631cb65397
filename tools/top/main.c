/* SPDX-License-Identifier: MIT */
/*
 * akt top: what the actors of a running system are at, again and again. It asks the system's debug server
 * (akt/debug.h) and links no runtime.
 *
 * Exit status: 0; 1 if the server could not be asked, and only -n pages were wanted, or one of plain text
 * could not be written; 2 for wrong use.
 */
#include "top/args.h"
#include "top/plain.h"
#include "top/screen.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum exit_status { EXIT_UNREACHABLE = 1, EXIT_USAGE = 2 };

static void complain(const struct args *args, const struct page *page)
{
	(void)fflush(stdout);
	fprintf(stderr, "akt top: %s: %s", args->source.address, buffer_string(&page->error));
	if (args->pages == 0)
		fprintf(stderr, "; asked again in %u s", args->source.seconds);
	fputc('\n', stderr);
}

static bool print_page(const struct args *args, const struct page *page, bool is_first)
{
	struct rows rows;

	rows_make(&rows, page, &args->how);
	if (!is_first)
		putchar('\n');
	plain_print(&args->source, page, &rows);
	rows_fini(&rows);
	return !ferror(stdout);
}

/* The page that begins has no rates, so it is not shown. When the server goes, it is tried again at each
 * interval, but not if a script waits for so many pages. */
static int run_plain(struct args *args)
{
	struct page *page = source_first(&args->source);
	unsigned printed = 0;
	bool ok = true;

	while (ok && (args->pages == 0 || printed < args->pages)) {
		bool had_page = page->error.size == 0;

		if (!had_page) {
			complain(args, page);
			ok = args->pages == 0;
		}
		if (!ok)
			break;
		if (source_must_wait(&args->source, page))
			(void)sleep(args->source.seconds);
		page_destroy(page);
		page = had_page ? source_next(&args->source) : source_first(&args->source);
		if (had_page && page->error.size == 0)
			ok = print_page(args, page, printed++ == 0);
	}
	page_destroy(page);
	return ok ? 0 : EXIT_UNREACHABLE;
}

static bool is_terminal(void)
{
	const char *term = getenv("TERM");

	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && term != NULL && term[0] != '\0' &&
	       strcmp(term, "dumb") != 0;
}

int main(int argc, char **argv)
{
	struct args args;
	int status = 0;

	if (!args_read(&args, argc, argv)) {
		fputs("usage: akt top [options] [ADDRESS]; akt top -help says more\n", stderr);
		args_fini(&args);
		return EXIT_USAGE;
	}
	if (args.wants_help)
		args_usage(stdout);
	else if (args.is_plain || !is_terminal())
		status = run_plain(&args);
	else
		status = screen_run(&args);
	args_fini(&args);
	return status;
}
