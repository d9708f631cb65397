/* SPDX-License-Identifier: MIT */
/* What tests/system/wire.sh compares with protoc:
 *	peer proto         the .proto text of `everything`
 *	peer random SEED   a random one on stdout, encoded
 *	peer echo          one from stdin, decoded and encoded again */
#include "types.h"

EVERYTHING_DEFINE;

static int write_out(const akt_msg *msg)
{
	unsigned char bytes[EVERYTHING_MAX_BYTES];
	int size = akt_wire_encode(msg, bytes, sizeof(bytes), NULL);

	if (size < 0)
		return 1;
	return fwrite(bytes, 1, (size_t)size, stdout) != (size_t)size || fflush(stdout) != 0;
}

static int print_proto(void)
{
	char text[4096];

	if (akt_wire_proto(AKT_TYPE_OF(everything), text, sizeof(text), NULL) < 0)
		return 1;
	return fputs(text, stdout) < 0;
}

static int write_random(uint64_t seed)
{
	uint64_t random = seed * UINT64_C(0x9e3779b97f4a7c15);
	struct everything m = draw_everything(&random);
	akt_msg *msg = AKT_NEW_FROM(everything, m);
	int r = write_out(msg);

	akt_msg_free(msg);
	return r;
}

static int echo(void)
{
	unsigned char bytes[EVERYTHING_MAX_BYTES];
	size_t size = fread(bytes, 1, sizeof(bytes), stdin);
	akt_wire_fault fault;
	akt_msg *msg;
	int r = akt_wire_decode(AKT_TYPE_OF(everything), bytes, size, &msg, &fault);

	if (r < 0) {
		fprintf(stderr, "peer: %s: %s\n", akt_strerror(r), fault.text);
		return 1;
	}
	r = write_out(msg);
	akt_msg_free(msg);
	return r;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "proto") == 0)
		return print_proto();
	if (argc == 3 && strcmp(argv[1], "random") == 0)
		return write_random(strtoull(argv[2], NULL, 10));
	if (argc == 2 && strcmp(argv[1], "echo") == 0)
		return echo();
	return 2;
}
