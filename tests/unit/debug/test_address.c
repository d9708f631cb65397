/* SPDX-License-Identifier: MIT */
/*
 * Proves which addresses a server takes and which Host headers it believes; how strings are quoted; how
 * queries are read. Not: that a socket listens there (test_server.c).
 */
#include "debug/server.h"
#include "fixture.h"
#include <arpa/inet.h>

/* What was read, in words. */
static const char *read_as(const char *text)
{
	static char words[80];
	char host[64] = "?";
	union address address;

	if (akti_address_read(text, &address) < 0)
		return "no";
	if (address.any.sa_family == AF_INET6)
		inet_ntop(AF_INET6, &address.v6.sin6_addr, host, sizeof(host));
	else
		inet_ntop(AF_INET, &address.v4.sin_addr, host, sizeof(host));
	snprintf(words, sizeof(words), "%s %d", host,
		 ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port
							 : address.v4.sin_port));
	return words;
}

START_TEST(addresses_are_read)
{
	static const char *const good[][2] = {
		{ "127.0.0.1:6060", "127.0.0.1 6060" }, { "127.0.0.1:0", "127.0.0.1 0" },
		{ ":6060", "127.0.0.1 6060" },          { "localhost:1", "127.0.0.1 1" },
		{ "LocalHost:1", "127.0.0.1 1" },       { "0.0.0.0:65535", "0.0.0.0 65535" },
		{ "[::1]:6060", "::1 6060" },           { "[::]:1", ":: 1" },
		{ "[fe80::1]:80", "fe80::1 80" },
	};
	static const char *const bad[] = {
		"",
		":",
		"6060",
		"127.0.0.1",
		"127.0.0.1:",
		"127.0.0.1:65536",
		"127.0.0.1:-1",
		"127.0.0.1:1 ",
		"127.0.0.1:0x10",
		"127.1:80",
		"localhost",
		"host:80",
		"::1:80",
		"[::1]",
		"[::1]80",
		"[::1:80",
		"[]:80",
		"[127.0.0.1]:80",
		"*:80",
		"[localhost]:80",
		"1.2.3.4:5:6",
		" :80",
	};

	for (size_t i = 0; i < AKTI_COUNT_OF(good); i++)
		ck_assert_str_eq(read_as(good[i][0]), good[i][1]);
	for (size_t i = 0; i < AKTI_COUNT_OF(bad); i++)
		ck_assert_msg(strcmp(read_as(bad[i]), "no") == 0, "%s is taken", bad[i]);
}
END_TEST

START_TEST(an_address_is_so_long_and_no_longer)
{
	char text[AKT_DEBUG_ADDRESS_MAX + 2];
	size_t zeros = AKT_DEBUG_ADDRESS_MAX - strlen("127.0.0.1:");

	snprintf(text, sizeof(text), "127.0.0.1:%0*d", (int)zeros, 80);
	ck_assert_uint_eq(strlen(text), AKT_DEBUG_ADDRESS_MAX);
	ck_assert_str_eq(read_as(text), "127.0.0.1 80");
	snprintf(text, sizeof(text), "127.0.0.1:%0*d", (int)zeros + 1, 80);
	ck_assert_str_eq(read_as(text), "no");
}
END_TEST

START_TEST(a_host_is_this_machine_or_refused)
{
	static const char *const always[] = { "localhost", "localhost:80",   "LOCALHOST:6060",
					      "127.0.0.1", "127.0.0.1:8080", "[::1]",
					      "[::1]:1" };
	static const char *const never[] = {
		"",
		"evil.example",
		"evil.example:6060",
		"localhost.evil.example",
		"127.0.0.1.evil.example",
		"localhost:",
		"localhost:99999",
		"10.0.0.8",
		"::1",
		"[::1",
		"[::2]:80",
		"127.0.0.1:80:80",
		"localhost@evil",
		"0x7f000001",
		"2130706433",
		"[::ffff:10.0.0.8]",
	};
	union address local;
	union address mapped;

	ck_assert_int_eq(akti_address_read("10.0.0.7:80", &local), 0);
	ck_assert_int_eq(akti_address_read("[::ffff:10.0.0.7]:80", &mapped), 0);
	for (size_t i = 0; i < AKTI_COUNT_OF(always); i++)
		ck_assert_msg(akti_address_is_host(always[i], &local), "%s", always[i]);
	for (size_t i = 0; i < AKTI_COUNT_OF(never); i++) {
		ck_assert_msg(!akti_address_is_host(never[i], &local), "%s", never[i]);
		ck_assert_msg(!akti_address_is_host(never[i], &mapped), "%s", never[i]);
	}
	ck_assert(!akti_address_is_host(NULL, &local));
	ck_assert(akti_address_is_host("10.0.0.7:6060", &local));
	ck_assert(akti_address_is_host("10.0.0.7:6060", &mapped));
	ck_assert(akti_address_is_host("[::ffff:10.0.0.7]", &local));
}
END_TEST

START_TEST(loopback_is_what_nobody_else_reaches)
{
	static const struct {
		const char *text;
		bool is_loopback;
	} cases[] = {
		{ "127.0.0.1:1", true },  { ":1", true },
		{ "127.8.9.1:1", true },  { "[::1]:1", true },
		{ "0.0.0.0:1", false },   { "[::]:1", false },
		{ "126.0.0.1:1", false }, { "[::ffff:127.0.0.1]:1", true },
		{ "10.0.0.7:1", false },  { "[::ffff:10.0.0.7]:1", false },
	};
	union address address;

	for (size_t i = 0; i < AKTI_COUNT_OF(cases); i++) {
		ck_assert_int_eq(akti_address_read(cases[i].text, &address), 0);
		ck_assert_msg(akti_address_is_loopback(&address) == cases[i].is_loopback, "%s",
			      cases[i].text);
	}
}
END_TEST

START_TEST(strings_are_quoted)
{
	struct output text = { NULL, 0, 0, false };

	akti_output_json(&text, "a\"\\\n\x7f\xc3\xa4\xff\xed\xa0\x80<");
	ck_assert_str_eq(text.bytes, "\"a\\\"\\\\\\u000a\\u007f\xc3\xa4\xef\xbf\xbd\xef\xbf\xbd\xef"
				     "\xbf\xbd\xef\xbf\xbd<\"");
	akti_output_cut(&text, 0);
	akti_output_json(&text, NULL);
	akti_output_label(&text, "a\"b\\c\nd");
	akti_output_html(&text, "<a href='\"&\">");
	ck_assert_str_eq(text.bytes,
			 "null\"a\\\"b\\\\c\\nd\"&#60;a href=&#39;&#34;&#38;&#34;&#62;");
	akti_output_cut(&text, 0);
	akti_output_html(&text, "\xf0\x9f\x90\x99\xf4\x90\x80\x80");
	ck_assert_str_eq(text.bytes, "\xf0\x9f\x90\x99\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf"
				     "\xbd");
	akti_output_free(&text);
	for (int i = 0; i < 10000; i++)
		akti_output_print(&text, "%0600d", i);
	ck_assert_uint_eq(text.length, 6000000);
	ck_assert(!text.failed);
	akti_output_free(&text);
}
END_TEST

START_TEST(queries_are_read)
{
	const char *query = "a=1&bb=&cc=22&d=x1&e=99999999999999999999999&a=7";
	uint64_t number;
	char value[4];

	ck_assert(akti_debug_query(query, "cc", value, sizeof(value)));
	ck_assert_str_eq(value, "22");
	ck_assert(akti_debug_query(query, "e", value, sizeof(value)));
	ck_assert_str_eq(value, "999");
	ck_assert(!akti_debug_query(query, "c", value, sizeof(value)));
	ck_assert(!akti_debug_query("", "c", value, sizeof(value)));
	ck_assert(akti_debug_number(query, "a", 5, 3, &number) && number == 1);
	ck_assert(akti_debug_number(query, "zz", 5, 3, &number) && number == 3);
	ck_assert(akti_debug_number(query, "cc", 22, 3, &number) && number == 22);
	ck_assert(!akti_debug_number(query, "cc", 21, 3, &number));
	ck_assert(!akti_debug_number(query, "bb", 5, 3, &number));
	ck_assert(!akti_debug_number(query, "d", 5, 3, &number));
	ck_assert(!akti_debug_number(query, "e", UINT64_MAX / 16, 3, &number));
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("address");

	tcase_add_test(tests, addresses_are_read);
	tcase_add_test(tests, an_address_is_so_long_and_no_longer);
	tcase_add_test(tests, a_host_is_this_machine_or_refused);
	tcase_add_test(tests, loopback_is_what_nobody_else_reaches);
	tcase_add_test(tests, strings_are_quoted);
	tcase_add_test(tests, queries_are_read);
	return run_case("debug-address", tests, 30);
}
