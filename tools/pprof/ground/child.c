/* SPDX-License-Identifier: MIT */
/*
 * Programs are started with posix_spawn and found by PATH. While one reads its input it already
 * writes, so both pipes are served at once.
 */
#include "pprof/ground/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGUMENTS_MAX 16
#define OUTPUT_BYTES_MAX (UINT64_C(256) << 20)

struct pipes {
	int to_child[2];
	int from_child[2];
};

static void close_both(int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}

static bool open_pipes(struct pipes *p)
{
	if (pipe2(p->to_child, O_CLOEXEC) != 0)
		return false;
	if (pipe2(p->from_child, O_CLOEXEC) != 0) {
		close_both(p->to_child);
		return false;
	}
	return true;
}

static int spawn_piped(char *const arguments[], const struct pipes *p, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	int r = posix_spawn_file_actions_init(&actions);

	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, p->to_child[0], 0);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, p->from_child[1], 1);
	if (r == 0)
		r = posix_spawnp(ret_pid, arguments[0], &actions, NULL, arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	return r;
}

/* Feed the input and collect the output until the child closes it or says too much. */
static void converse(const struct pipes *p, const struct buffer *input, struct buffer *output)
{
	struct pollfd fds[2] = { { .fd = p->from_child[0], .events = POLLIN },
				 { .fd = p->to_child[1], .events = POLLOUT } };
	size_t sent = 0;
	char chunk[16384];

	fcntl(p->to_child[1], F_SETFL, O_NONBLOCK);
	for (;;) {
		ssize_t n;

		if (fds[1].fd >= 0 && sent == input->size) {
			close(fds[1].fd);
			fds[1].fd = -1;
		}
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			break;
		if (fds[1].fd >= 0 && fds[1].revents != 0) {
			n = write(fds[1].fd, input->at + sent, input->size - sent);
			if (n > 0)
				sent += (size_t)n;
			else if (n < 0 && errno != EAGAIN && errno != EINTR)
				sent = input->size;
		}
		if (fds[0].revents != 0) {
			n = read(fds[0].fd, chunk, sizeof(chunk));
			if (n > 0 && output->size < OUTPUT_BYTES_MAX)
				buffer_add(output, chunk, (size_t)n);
			else if (n >= 0 || errno != EINTR)
				break;
		}
	}
	if (fds[1].fd >= 0)
		close(fds[1].fd);
}

static bool wait_for(pid_t pid, int *ret_status)
{
	while (waitpid(pid, ret_status, 0) < 0)
		if (errno != EINTR)
			return false;
	return true;
}

int child_run(char *const arguments[], const struct buffer *input, struct buffer *output,
	      bool *ret_ok)
{
	struct pipes p;
	pid_t pid;
	int r, status = 0;

	if (!open_pipes(&p))
		return errno;
	signal(SIGPIPE, SIG_IGN);
	r = spawn_piped(arguments, &p, &pid);
	close(p.to_child[0]);
	close(p.from_child[1]);
	if (r != 0) {
		close(p.to_child[1]);
		close(p.from_child[0]);
		return r;
	}
	converse(&p, input, output);
	close(p.from_child[0]);
	*ret_ok = wait_for(pid, &status) && WIFEXITED(status) && WEXITSTATUS(status) == 0;
	return 0;
}

bool child_draw(const char *kind, const struct buffer *graph, struct buffer *picture,
		struct buffer *error)
{
	char *format = take_printf("-T%s", kind);
	char name[] = "dot";
	char *arguments[] = { name, format, NULL };
	bool ok = false;
	int r = child_run(arguments, graph, picture, &ok);

	free(format);
	if (r != 0)
		buffer_printf(error,
			      "dot of Graphviz is needed to draw and does not start: %s "
			      "(apt-get install graphviz)",
			      strerror(r));
	else if (!ok)
		buffer_printf(error, "dot -T%s failed", kind);
	return r == 0 && ok;
}

/* "name argument argument" and the file. */
static int spawn_viewer(const char *program, const char *path, pid_t *ret_pid)
{
	char *words = take_text(program), *last = take_text(path), *state = NULL;
	char *arguments[ARGUMENTS_MAX + 2];
	int count = 0, r = ENOENT;

	for (char *word = strtok_r(words, " ", &state); word != NULL && count < ARGUMENTS_MAX;
	     word = strtok_r(NULL, " ", &state))
		arguments[count++] = word;
	arguments[count] = last;
	arguments[count + 1] = NULL;
	if (count > 0)
		r = posix_spawnp(ret_pid, arguments[0], NULL, NULL, arguments, environ);
	free(words);
	free(last);
	return r;
}

bool child_show(const char *path, const char *const *programs, bool in_background,
		struct buffer *error)
{
	int r = ENOENT, status;
	pid_t pid;

	for (; *programs != NULL; programs++) {
		r = spawn_viewer(*programs, path, &pid);
		if (r != 0)
			continue;
		if (!in_background)
			wait_for(pid, &status);
		return true;
	}
	buffer_printf(error, "no program to show %s: %s", path, strerror(r));
	return false;
}

bool child_browse(const char *what, bool in_background, struct buffer *error)
{
	const char *browser = getenv("BROWSER");
	const char *desktop = getenv("DISPLAY");
	const char *programs[8] = { NULL };
	size_t count = 0;

	if (browser != NULL && browser[0] != '\0')
		programs[count++] = browser;
	programs[count++] = "chrome";
	programs[count++] = "google-chrome";
	programs[count++] = "chromium";
	programs[count++] = "firefox";
	programs[count++] = "sensible-browser";
	programs[count] = desktop != NULL && desktop[0] != '\0' ? "xdg-open" : NULL;
	return child_show(what, programs, in_background, error);
}
