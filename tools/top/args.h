/* SPDX-License-Identifier: MIT */
/* args: the command line. */
#ifndef TOP_ARGS_H
#define TOP_ARGS_H

#include "top/rows.h"

#include <stdio.h>

#define ARGS_ADDRESS "127.0.0.1:6060"
#define ARGS_SECONDS 2
#define ARGS_ROWS 200

struct args {
	struct source source;
	struct rows_how how;
	struct regex *filter; /* how.filter, owned */
	unsigned pages;       /* 0: without end */
	bool is_plain;
	bool is_default_address;
	bool wants_help;
	char *address; /* owned */
};

/* False: wrong use, and why was said. */
bool args_read(struct args *args, int argc, char **argv);
void args_usage(FILE *out);
void args_fini(struct args *args);

#endif
