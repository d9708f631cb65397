/* SPDX-License-Identifier: MIT */
/*
 * address: where a server listens, and whether a request was meant for it. Pure but for listen.
 * Proved by tests/unit/debug/test_address.c.
 */
#ifndef AKTI_HTTP_ADDRESS_H
#define AKTI_HTTP_ADDRESS_H

#include "base/base.h"
#include <netinet/in.h>
#include <sys/socket.h>

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_storage room;
};

/* "127.0.0.1:6060", "[::1]:0", "localhost:1", ":6060". Errors: INVALID. */
int akti_address_read(const char *text, union address *ret_address);

/* A socket that listens there. *ret_errno says why not.
 * Errors: EXISTS (the port is taken), SYSTEM. */
int akti_address_listen(const union address *address, int *ret_fd, uint16_t *ret_port,
			int *ret_errno);

/* Whether nobody but this machine reaches it. */
bool akti_address_is_loopback(const union address *address);

/* Whether a Host header names this machine without the help of any name server: localhost, 127.0.0.1,
 * [::1], or, in digits, local, the address that the request has come to. The port does not matter: it
 * is another one behind a tunnel. NULL: there is no header. */
bool akti_address_is_host(const char *host, const union address *local);

#endif
