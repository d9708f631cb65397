/* SPDX-License-Identifier: MIT */
/* See address.h. */
#include "http/address.h"
#include <akt/debug.h>
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define BACKLOG 64

/* --- reading -------------------------------------------------------------------------------------- */

static bool read_port(const char *text, uint16_t *ret_port)
{
	uint32_t port = 0;

	if (text[0] == '\0')
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		port = port * 10 + (uint32_t)(*text - '0');
		if (port > UINT16_MAX)
			return false;
	}
	*ret_port = (uint16_t)port;
	return true;
}

/* host[:port] into host, without brackets, and what is behind its colon, NULL if there is none. */
static bool split(const char *text, char host[AKT_DEBUG_ADDRESS_MAX + 1], bool *ret_brackets,
		  const char **ret_port)
{
	const char *end;

	*ret_brackets = text[0] == '[';
	if (*ret_brackets) {
		text++;
		end = strchr(text, ']');
		if (end == NULL || (end[1] != ':' && end[1] != '\0'))
			return false;
		*ret_port = end[1] == ':' ? end + 2 : NULL;
	} else {
		end = strchr(text, ':');
		*ret_port = end != NULL ? end + 1 : NULL;
		if (end == NULL)
			end = text + strlen(text);
	}
	if ((size_t)(end - text) > AKT_DEBUG_ADDRESS_MAX)
		return false;
	memcpy(host, text, (size_t)(end - text));
	host[end - text] = '\0';
	return true;
}

static bool read_literal(const char *host, bool brackets, union address *ret_address)
{
	memset(ret_address, 0, sizeof(*ret_address));
	if (brackets) {
		ret_address->v6.sin6_family = AF_INET6;
		return inet_pton(AF_INET6, host, &ret_address->v6.sin6_addr) == 1;
	}
	ret_address->v4.sin_family = AF_INET;
	return inet_pton(AF_INET, host, &ret_address->v4.sin_addr) == 1;
}

int akti_address_read(const char *text, union address *ret_address)
{
	char host[AKT_DEBUG_ADDRESS_MAX + 1];
	const char *port_text;
	union address address;
	uint16_t port;
	bool brackets;

	if (strlen(text) > AKT_DEBUG_ADDRESS_MAX || !split(text, host, &brackets, &port_text) ||
	    port_text == NULL || !read_port(port_text, &port))
		return AKT_ERR_INVALID;
	if (!brackets && (host[0] == '\0' || strcasecmp(host, "localhost") == 0))
		(void)read_literal("127.0.0.1", false, &address);
	else if (!read_literal(host, brackets, &address))
		return AKT_ERR_INVALID;
	if (brackets)
		address.v6.sin6_port = htons(port);
	else
		address.v4.sin_port = htons(port);
	*ret_address = address;
	return 0;
}

/* --- listening ------------------------------------------------------------------------------------ */

static int bind_and_listen(int fd, const union address *address, uint16_t *ret_port)
{
	socklen_t length =
		address->any.sa_family == AF_INET6 ? sizeof(address->v6) : sizeof(address->v4);
	union address bound;
	int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	    bind(fd, &address->any, length) != 0 || listen(fd, BACKLOG) != 0)
		return -1;
	length = sizeof(bound);
	if (getsockname(fd, &bound.any, &length) != 0)
		return -1;
	*ret_port = ntohs(bound.any.sa_family == AF_INET6 ? bound.v6.sin6_port : bound.v4.sin_port);
	return 0;
}

int akti_address_listen(const union address *address, int *ret_fd, uint16_t *ret_port,
			int *ret_errno)
{
	int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0 && bind_and_listen(fd, address, ret_port) == 0) {
		*ret_fd = fd;
		return 0;
	}
	*ret_errno = errno;
	if (fd >= 0)
		(void)close(fd);
	return *ret_errno == EADDRINUSE ? AKT_ERR_EXISTS : AKT_ERR_SYSTEM;
}

/* --- whose request -------------------------------------------------------------------------------- */

/* The address in four bytes, which is in sixteen where a socket serves both families. */
static bool as_v4(const union address *address, struct in_addr *ret_v4)
{
	if (address->any.sa_family == AF_INET) {
		*ret_v4 = address->v4.sin_addr;
		return true;
	}
	if (address->any.sa_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&address->v6.sin6_addr))
		return false;
	memcpy(ret_v4, &address->v6.sin6_addr.s6_addr[12], sizeof(*ret_v4));
	return true;
}

static bool is_same(const union address *a, const union address *b)
{
	struct in_addr a4;
	struct in_addr b4;

	if (as_v4(a, &a4) && as_v4(b, &b4))
		return a4.s_addr == b4.s_addr;
	return a->any.sa_family == AF_INET6 && b->any.sa_family == AF_INET6 &&
	       memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof(a->v6.sin6_addr)) == 0;
}

bool akti_address_is_loopback(const union address *address)
{
	struct in_addr v4;

	if (as_v4(address, &v4))
		return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
	return address->any.sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr);
}

bool akti_address_is_host(const char *host, const union address *local)
{
	char name[AKT_DEBUG_ADDRESS_MAX + 1];
	const char *port_text;
	union address named;
	uint16_t port;
	bool brackets;

	if (host == NULL || !split(host, name, &brackets, &port_text) ||
	    (port_text != NULL && !read_port(port_text, &port)))
		return false;
	if (!brackets && strcasecmp(name, "localhost") == 0)
		return true;
	if (!read_literal(name, brackets, &named))
		return false;
	if (brackets ? IN6_IS_ADDR_LOOPBACK(&named.v6.sin6_addr)
		     : named.v4.sin_addr.s_addr == htonl(INADDR_LOOPBACK))
		return true;
	return is_same(&named, local);
}
