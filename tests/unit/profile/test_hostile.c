/* SPDX-License-Identifier: MIT */
/* Proves: files of the analyzer's corpus, cut at every byte or with any bit of a byte turned, are
 * read or refused with a text that names a place within them; what is read can be written and read
 * again; claims of sizes cost no memory. Not: what fuzz/profile_reader.c finds beyond that. */
#include "harness.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <zlib.h>

#include "profile/encode.h"
#include "profile/read.h"
#include <akt/error.h>

/* Small ones of every kind; the whole of their bytes is gone through. */
static const char *const files[] = { "addresses.prof", "inlines.prof", "no_mapping.prof",
				     "units.prof",     "empty.prof",   "names.prof" };

struct bytes {
	uint8_t at[1 << 16];
	size_t size;
};

static struct bytes packed, plain, written;

static void load(const char *name)
{
	char path[512];
	FILE *file;
	gzFile unpack;
	int n;

	snprintf(path, sizeof(path), "%s/%s", CORPUS, name);
	file = fopen(path, "rb");
	ck_assert_ptr_nonnull(file);
	packed.size = fread(packed.at, 1, sizeof(packed.at), file);
	fclose(file);
	unpack = gzopen(path, "rb");
	ck_assert_ptr_nonnull(unpack);
	n = gzread(unpack, plain.at, sizeof(plain.at));
	gzclose(unpack);
	ck_assert_int_gt(n, 0);
	plain.size = (size_t)n;
}

static int into_written(void *arg, const void *bytes, size_t size)
{
	(void)arg;
	ck_assert_uint_lt(written.size + size, sizeof(written.at));
	memcpy(written.at + written.size, bytes, size);
	written.size += size;
	return 0;
}

/* Read from memory of just this size, so that a byte too far is seen; true: it was a profile. */
static bool read_or_refuse(const uint8_t *at, size_t size, uint64_t offset_max)
{
	struct profile_read_error error = { "", UINT64_MAX };
	struct profile *profile = NULL, *again = NULL;
	uint8_t *exact = malloc(size + 1);
	char place[64];
	int r;

	memcpy(exact, at, size);
	r = akti_profile_parse(exact, size, &profile, &error);
	if (r < 0) {
		ck_assert_uint_le(error.offset_bytes, offset_max);
		snprintf(place, sizeof(place), "byte %llu", (unsigned long long)error.offset_bytes);
		ck_assert_msg(strstr(error.text, place) != NULL, "%s", error.text);
	} else {
		written.size = 0;
		ck_assert_int_eq(akti_profile_encode(profile, into_written, NULL), 0);
		ck_assert_int_eq(akti_profile_parse(written.at, written.size, &again, &error), 0);
		ck_assert_uint_eq(again->sample_count, profile->sample_count);
		ck_assert_uint_eq(again->location_count, profile->location_count);
		akti_profile_destroy(again);
		akti_profile_destroy(profile);
	}
	free(exact);
	return r == 0;
}

START_TEST(a_file_cut_at_any_byte_is_read_or_refused_with_its_place)
{
	load(files[_i]);
	ck_assert(read_or_refuse(plain.at, plain.size, plain.size));
	for (size_t size = 0; size < plain.size; size += SLOW)
		read_or_refuse(plain.at, size, size);
	/* The unpacked place of a damage is never behind the whole. */
	for (size_t size = 1; size < packed.size; size += SLOW)
		ck_assert(!read_or_refuse(packed.at, size, plain.size) || plain.size == size);
}
END_TEST

START_TEST(a_file_with_one_byte_turned_is_read_or_refused_with_its_place)
{
	static const uint8_t turns[] = { 0x01, 0x04, 0x80, 0xff };

	load(files[_i]);
	for (size_t i = 0; i < plain.size; i += SLOW)
		for (size_t t = 0; t < sizeof(turns); t++) {
			plain.at[i] ^= turns[t];
			read_or_refuse(plain.at, plain.size, plain.size);
			plain.at[i] ^= turns[t];
		}
	for (size_t i = 2; i < packed.size; i += SLOW) {
		packed.at[i] ^= 0xff;
		read_or_refuse(packed.at, packed.size, UINT64_MAX - 1);
		packed.at[i] ^= 0xff;
	}
}
END_TEST

static void expect(const void *bytes, size_t size, int wanted, const char *text)
{
	struct profile_read_error error = { "", 0 };
	struct profile *profile = NULL;
	int r = akti_profile_parse(bytes, size, &profile, &error);

	ck_assert_msg(r == wanted, "%d: %s", r, error.text);
	if (text != NULL)
		ck_assert_msg(strstr(error.text, text) != NULL, "%s", error.text);
	if (r == 0)
		akti_profile_destroy(profile);
}

START_TEST(a_claim_of_a_size_is_not_believed)
{
	struct rusage before, after;

	getrusage(RUSAGE_SELF, &before);
	/* A string of 2 GB, a field of 15 GB, a sample of 30 MB, in a few bytes. */
	expect("\x32\x80\x80\x80\x80\x08", 6, AKT_ERR_FORMAT,
	       "claims more than 67108864 bytes at byte 0");
	expect("\x52\x80\x80\x80\x80\x3c", 6, AKT_ERR_FORMAT, "at byte 0");
	expect("\x12\x80\x80\x80\x0f", 5, AKT_ERR_FORMAT, "cut short at byte 0");
	expect("\x32\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11, AKT_ERR_FORMAT, "at byte 0");
	getrusage(RUSAGE_SELF, &after);
	ck_assert_int_lt(after.ru_maxrss - before.ru_maxrss, 16 << 10);
}
END_TEST

/* So many equal pieces, compressed; the caller frees. */
static uint8_t *compress_pieces(const void *piece, size_t piece_size, size_t count,
				size_t *ret_size)
{
	z_stream gzip = { 0 };
	uint8_t *out = malloc(1 << 20);
	uint8_t *run = malloc(piece_size * 4096);

	for (size_t i = 0; i < 4096; i++)
		memcpy(run + i * piece_size, piece, piece_size);
	ck_assert_int_eq(deflateInit2(&gzip, 9, Z_DEFLATED, 15 + 16, 9, 0), Z_OK);
	gzip.next_out = out;
	gzip.avail_out = 1 << 20;
	for (size_t i = 0; i < count / 4096; i++) {
		gzip.next_in = run;
		gzip.avail_in = (uInt)(piece_size * 4096);
		ck_assert_int_eq(deflate(&gzip, Z_NO_FLUSH), Z_OK);
	}
	ck_assert_int_eq(deflate(&gzip, Z_FINISH), Z_STREAM_END);
	*ret_size = (size_t)(gzip.next_out - out);
	deflateEnd(&gzip);
	free(run);
	return out;
}

START_TEST(a_bomb_is_refused_before_it_fills_the_memory)
{
	size_t size;
	/* A field that readers skip, 40 bytes of zeros. */
	uint8_t zeros[43] = { 0xa2, 0x06, 40 };
	uint8_t *bomb = compress_pieces(zeros, 43, 5u << 20, &size);

	ck_assert_uint_lt(size, 1 << 20);
	expect(bomb, size, AKT_ERR_LIMIT, "200 times its size at");
	free(bomb);
	/* Well-compressed and small is no bomb: unknown fields only. */
	bomb = compress_pieces(zeros, 43, 1u << 20, &size);
	expect(bomb, size, 0, NULL);
	free(bomb);
}
END_TEST

START_TEST(several_gzip_members_are_one_stream_and_what_follows_is_refused)
{
	size_t size;
	uint8_t zeros[43] = { 0xa2, 0x06, 40 };
	uint8_t *one = compress_pieces(zeros, 43, 4096, &size);
	uint8_t *two = malloc(2 * size + 16);

	memcpy(two, one, size);
	memcpy(two + size, one, size);
	expect(two, 2 * size, 0, NULL);
	memcpy(two + 2 * size, "trailing garbage", 16);
	expect(two, 2 * size + 16, AKT_ERR_FORMAT, "the compressed data is damaged at");
	free(one);
	free(two);
}
END_TEST

START_TEST(what_others_write_differently_is_read)
{
	struct profile_read_error error = { "", 0 };
	struct profile *p = NULL;
	/* An id far from the others, no mapping, numbers not packed, types and texts last. */
	static const char sparse[] = "\x12\x0c\x08\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x10\x05"
				     "\x22\x0a\x08\xff\xff\xff\xff\xff\xff\xff\xff\x7f"
				     "\x0a\x00\x32\x00";

	ck_assert_int_eq(akti_profile_parse(sparse, sizeof(sparse) - 1, &p, &error), 0);
	ck_assert_uint_eq(p->locations[0].id, INT64_MAX);
	ck_assert_uint_eq(p->locations[0].mapping, PROFILE_NONE);
	akti_profile_destroy(p);
	/* What is named must be there, and function 0 never is. */
	expect("\x12\x04\x08\x03\x10\x05\x22\x06\x08\x03\x22\x02\x10\x09\x0a\x00\x32\x00", 18,
	       AKT_ERR_FORMAT, "there is no function 0 at the end, byte 18");
	expect("\x12\x04\x08\x04\x10\x05\x22\x02\x08\x03\x0a\x00\x32\x00", 14, AKT_ERR_FORMAT,
	       "there is no location 4 at the end, byte 14");
	/* A location or a mapping may not be number 0, nor a string stand first. */
	expect("\x22\x02\x18\x05", 4, AKT_ERR_FORMAT, "the reserved id 0 at byte 0");
	expect("\x1a\x02\x10\x05", 4, AKT_ERR_FORMAT, "the reserved id 0 at byte 0");
	expect("\x32\x01x", 3, AKT_ERR_FORMAT, "the first string is not empty at byte 0");
	expect("", 0, AKT_ERR_FORMAT, "the file is empty");
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("hostile");
	Suite *suite = suite_create("profile-hostile");
	int count = (int)(sizeof(files) / sizeof(files[0]));

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, a_file_cut_at_any_byte_is_read_or_refused_with_its_place, 0,
			    count);
	tcase_add_loop_test(tcase, a_file_with_one_byte_turned_is_read_or_refused_with_its_place, 0,
			    count);
	tcase_add_test(tcase, a_claim_of_a_size_is_not_believed);
	tcase_add_test(tcase, a_bomb_is_refused_before_it_fills_the_memory);
	tcase_add_test(tcase, several_gzip_members_are_one_stream_and_what_follows_is_refused);
	tcase_add_test(tcase, what_others_write_differently_is_read);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
