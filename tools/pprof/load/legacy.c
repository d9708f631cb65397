/* SPDX-License-Identifier: MIT */
#include "pprof/load/legacy.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Frames of the profilers themselves, and of allocators: not what is asked about. */
static const char cpu_drop[] =
	"ProfileData::Add|ProfileData::prof_handler|CpuProfiler::prof_handler|"
	"__pthread_sighandler|__restore";
static const char heap_drop[] =
	"calloc|cfree|malloc|free|memalign|do_memalign|(__)?posix_memalign|pvalloc|valloc|realloc|"
	"tcmalloc::.*|tc_(calloc|cfree|malloc|free|memalign|posix_memalign|pvalloc|valloc|realloc)|"
	"tc_(new|delete|newarray|deletearray|new_nothrow|newarray_nothrow)|"
	"(::)?do_malloc(_no_errno|_pages)?|DoSampledAllocation|BaseArena::.*|"
	"MallocedMemBlock::MallocedMemBlock|_M_allocate|__builtin_(vec_)?(delete|new)|"
	"__gnu_cxx::new_allocator::allocate|__libc_malloc|__malloc_alloc_template::allocate|"
	"allocate|cpp_alloc|operator new(\\[\\])?|simple_alloc::allocate|"
	"prof_backtrace_impl|je_prof_backtrace|je_malloc_default|je_(malloc|calloc|realloc|.*alloc."
	"*)";

static bool begins(const char *text, size_t size, const char *with)
{
	return size >= strlen(with) && memcmp(text, with, strlen(with)) == 0;
}

static bool is_cpu(const char *text, size_t size)
{
	/* 0, 3, 0 in words of 64 bits; a message of profile.proto cannot begin with 0. */
	static const char head[24] = { 0, 0, 0, 0, 0, 0, 0, 0, 3 };

	return size >= LEGACY_SNIFF_BYTES && memcmp(text, head, sizeof(head)) == 0;
}

bool legacy_is_one(const char *text, size_t size)
{
	return is_cpu(text, size) || begins(text, size, "heap profile:") ||
	       begins(text, size, "heap_v2/");
}

bool legacy_refuse(struct legacy *legacy, const char *at, const char *format, ...)
{
	char text[128];
	va_list args;

	if (legacy->error->size > 0)
		return false;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	buffer_printf(legacy->error, "%s at byte %zu", text, (size_t)(at - legacy->text));
	return false;
}

void legacy_add_type(struct legacy *legacy, const char *type, const char *unit)
{
	if (akti_profile_add_type(legacy->profile, type, unit) < 0)
		out_of_memory();
}

void legacy_add_heap_types(struct legacy *legacy, bool has_allocated)
{
	if (has_allocated) {
		legacy_add_type(legacy, "alloc_objects", "count");
		legacy_add_type(legacy, "alloc_space", "bytes");
	}
	legacy_add_type(legacy, has_allocated ? "inuse_objects" : "objects", "count");
	legacy_add_type(legacy, has_allocated ? "inuse_space" : "space", "bytes");
}

struct legacy_sample *legacy_add_sample(struct legacy *legacy)
{
	if (legacy->sample_count == legacy->sample_capacity) {
		legacy->sample_capacity = 2 * legacy->sample_capacity + 64;
		legacy->samples = take_more(legacy->samples, legacy->sample_capacity,
					    sizeof(*legacy->samples));
	}
	legacy->samples[legacy->sample_count] =
		(struct legacy_sample){ .first = legacy->address_count, .block_bytes = -1 };
	return &legacy->samples[legacy->sample_count++];
}

void legacy_add_address(struct legacy *legacy, uint64_t address)
{
	if (legacy->address_count == legacy->address_capacity) {
		legacy->address_capacity = 2 * legacy->address_capacity + 256;
		legacy->addresses = take_more(legacy->addresses, legacy->address_capacity,
					      sizeof(*legacy->addresses));
	}
	legacy->addresses[legacy->address_count++] = address;
	legacy->samples[legacy->sample_count - 1].count++;
}

bool legacy_add_stack(struct legacy *legacy, const char *at, const char *end)
{
	while (at < end) {
		uint64_t address = 0;
		size_t digits = 0;

		if (*at == ' ' || *at == '\t' || *at == '\r') {
			at++;
			continue;
		}
		if (end - at < 3 || at[0] != '0' || at[1] != 'x')
			return legacy_refuse(legacy, at, "this is no address");
		for (at += 2; at < end && strchr(" \t\r", *at) == NULL; at++, digits++) {
			const char *hex = "0123456789abcdef";
			const char *digit = *at != '\0' ? strchr(hex, *at | 0x20) : NULL;

			if (digit == NULL || digits == 16)
				return legacy_refuse(legacy, at, "this is no address");
			address = address << 4 | (uint64_t)(digit - hex);
		}
		legacy_add_address(legacy, address - 1);
	}
	return true;
}

void legacy_unsample(int64_t *count, int64_t *bytes, int64_t mean_bytes)
{
	double scale;

	if (*count == 0 || *bytes == 0) {
		*count = *bytes = 0;
		return;
	}
	if (mean_bytes <= 1)
		return;
	scale = 1 / (1 - exp(-((double)*bytes / (double)*count) / (double)mean_bytes));
	*count = number_from((double)*count * scale);
	*bytes = number_from((double)*bytes * scale);
}

const char *legacy_line_end(const struct legacy *legacy, const char *at)
{
	size_t left = legacy->size - (size_t)(at - legacy->text);
	const char *end = memchr(at, '\n', left);

	return end != NULL ? end : at + left;
}

static void skip_spaces(const char **at, const char *end)
{
	while (*at < end && (**at == ' ' || **at == '\t'))
		(*at)++;
}

bool legacy_take_number(const char **at, const char *end, int64_t *ret_number)
{
	const char *c = *at;
	bool is_negative;
	int64_t number = 0;

	skip_spaces(&c, end);
	is_negative = c < end && *c == '-';
	c += is_negative;
	if (c == end || *c < '0' || *c > '9')
		return false;
	for (; c < end && *c >= '0' && *c <= '9'; c++)
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, *c - '0', &number))
			return false;
	*ret_number = is_negative ? -number : number;
	*at = c;
	return true;
}

bool legacy_take_text(const char **at, const char *end, const char *text)
{
	const char *c = *at;

	skip_spaces(&c, end);
	if (!begins(c, (size_t)(end - c), text))
		return false;
	*at = c + strlen(text);
	return true;
}

bool legacy_is_maps_head(const char *at, const char *end)
{
	return memmem(at, (size_t)(end - at), "--- Memory map: ---", 19) != NULL ||
	       memmem(at, (size_t)(end - at), "MAPPED_LIBRARIES:", 17) != NULL;
}

struct profile *legacy_parse(const char *text, size_t size, struct buffer *error)
{
	struct legacy legacy = { .text = text, .size = size, .error = error };
	bool is_heap = !is_cpu(text, size), ok;

	if (size > LEGACY_BYTES_MAX) {
		legacy_refuse(&legacy, text + size, "the profile is too long");
		return NULL;
	}
	if (akti_profile_init_empty(&legacy.profile) < 0)
		out_of_memory();
	if (!is_heap)
		ok = legacy_parse_cpu(&legacy);
	else if (begins(text, size, "heap_v2/"))
		ok = legacy_parse_jemalloc(&legacy);
	else
		ok = legacy_parse_heap(&legacy);
	akti_profile_set_drop(legacy.profile, is_heap ? heap_drop : cpu_drop, NULL);
	free(legacy.samples);
	free(legacy.addresses);
	if (ok)
		return legacy.profile;
	akti_profile_destroy(legacy.profile);
	return NULL;
}
