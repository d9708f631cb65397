/* SPDX-License-Identifier: MIT */
/*
 * call: a thread outside asks and waits.
 *
 * A port is a cell without an actor. Replies reach it as they reach any asker; what is different is
 * who consumes: the thread that borrowed the port, which spins a little and then sleeps on the
 * port's word. Ports are lent from a list and kept; a reply to an earlier borrower carries another
 * question's number and is dropped as late.
 */
#ifndef AKTI_CALL_H
#define AKTI_CALL_H

#include "actor/cell.h"

struct actors;

/* A message has come to an idle port. Any thread. */
void akti_port_wake(struct cell *cell);

/* Free all ports; none is lent. */
void akti_ports_fini(struct actors *actors);

#endif
