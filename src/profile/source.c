/* SPDX-License-Identifier: MIT */
/* Reading and inflating into the window. */
#include "profile/source.h"

#include <akt/error.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WINDOW_BYTES (256u << 10)
#define PACKED_BYTES (64u << 10)

static void refuse(struct source *source, int error, const char *text)
{
	source->ended = true;
	source->error = error;
	source->error_text = text;
}

/* The next packed bytes from the file; 0 at its end. */
static size_t read_some(struct source *source, uint8_t *to, size_t room)
{
	ssize_t n;

	do
		n = read(source->fd, to, room);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		refuse(source, AKT_ERR_IO, strerror(errno));
	return n > 0 ? (size_t)n : 0;
}

static void refill_input(struct source *source)
{
	if (source->input_size > 0 || source->fd < 0)
		return;
	source->input = source->packed;
	source->input_size = read_some(source, source->packed, PACKED_BYTES);
}

static size_t inflate_some(struct source *source, uint8_t *to, size_t room)
{
	z_stream *gzip = &source->gzip;
	int r;

	gzip->next_out = to;
	gzip->avail_out = room < UINT32_MAX ? (uInt)room : UINT32_MAX;
	while (gzip->next_out == to && source->error == 0) {
		refill_input(source);
		if (source->input_size == 0) {
			if (!source->member_ended)
				refuse(source, AKT_ERR_FORMAT, "the compressed data is cut short");
			return 0;
		}
		if (source->member_ended) {
			inflateReset(gzip);
			source->member_ended = false;
		}
		gzip->next_in = (uint8_t *)(uintptr_t)source->input;
		gzip->avail_in = (uInt)akti_min_u64(source->input_size, UINT32_MAX);
		r = inflate(gzip, Z_NO_FLUSH);
		source->input_size -= (size_t)(gzip->next_in - source->input);
		source->unpacked += (size_t)(gzip->next_in - source->input);
		source->input = gzip->next_in;
		if (r == Z_STREAM_END)
			source->member_ended = true;
		else if (r != Z_OK && r != Z_BUF_ERROR)
			refuse(source, AKT_ERR_FORMAT, "the compressed data is damaged");
	}
	return (size_t)(gzip->next_out - to);
}

static size_t copy_some(struct source *source, uint8_t *to, size_t room)
{
	size_t n;

	refill_input(source);
	n = source->input_size < room ? source->input_size : room;
	if (n > 0)
		memcpy(to, source->input, n);
	source->input += n;
	source->input_size -= n;
	return n;
}

int akti_source_open(struct source *source, int fd, const void *bytes, size_t size_bytes)
{
	*source = (struct source){ .fd = fd, .input = bytes, .input_size = size_bytes };
	source->window = malloc(WINDOW_BYTES);
	source->capacity = WINDOW_BYTES;
	source->at = source->window;
	if (fd >= 0)
		source->packed = malloc(PACKED_BYTES);
	if (source->window == NULL || (fd >= 0 && source->packed == NULL)) {
		akti_source_close(source);
		return AKT_ERR_NOMEM;
	}
	refill_input(source);
	if (source->error != 0)
		return source->error;
	source->is_gzip =
		source->input_size >= 2 && source->input[0] == 0x1f && source->input[1] == 0x8b;
	if (source->is_gzip && inflateInit2(&source->gzip, 15 + 16) != Z_OK) {
		source->is_gzip = false;
		akti_source_close(source);
		return AKT_ERR_NOMEM;
	}
	return 0;
}

void akti_source_close(struct source *source)
{
	if (source->is_gzip)
		inflateEnd(&source->gzip);
	free(source->window);
	free(source->packed);
	source->window = source->packed = NULL;
	source->is_gzip = false;
}

/* Room behind the available bytes: move them to the front, or double the window. */
static bool make_room(struct source *source)
{
	if (source->available > 0)
		memmove(source->window, source->at, source->available);
	source->at = source->window;
	if (source->available > source->capacity / 2) {
		uint8_t *window = realloc(source->window, 2 * source->capacity);

		if (window == NULL) {
			refuse(source, AKT_ERR_NOMEM, "out of memory");
			return false;
		}
		source->window = window;
		source->at = window;
		source->capacity *= 2;
	}
	return true;
}

static bool is_bomb(const struct source *source)
{
	uint64_t size_bytes = source->offset + source->available;

	return source->is_gzip && size_bytes > SOURCE_UNPACKED_BYTES_FREE &&
	       size_bytes / SOURCE_UNPACKED_RATIO_MAX > source->unpacked;
}

bool akti_source_need(struct source *source, uint64_t size_bytes)
{
	while (source->available < size_bytes && !source->ended) {
		size_t begin = (size_t)(source->at - source->window) + source->available;
		size_t n;

		if (source->capacity - begin < source->capacity / 4) {
			if (!make_room(source))
				return false;
			begin = source->available;
		}
		if (source->offset + source->available > SOURCE_BYTES_MAX) {
			refuse(source, AKT_ERR_LIMIT, "the profile is larger than 16 GB");
			return false;
		}
		if (is_bomb(source)) {
			refuse(source, AKT_ERR_LIMIT,
			       "the compressed data unpacks to more than 200 times its size");
			return false;
		}
		n = source->is_gzip
			    ? inflate_some(source, source->window + begin, source->capacity - begin)
			    : copy_some(source, source->window + begin, source->capacity - begin);
		source->available += n;
		if (n == 0)
			source->ended = true;
	}
	return source->available >= size_bytes;
}
