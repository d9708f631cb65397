/* SPDX-License-Identifier: MIT */
/* All of akt for a program that writes actors. Start reading at actor.h. */
#ifndef AKT_AKT_H
#define AKT_AKT_H

#include <akt/actor.h>
#include <akt/block.h>
#include <akt/crash.h>
#include <akt/debug.h>
#include <akt/error.h>
#include <akt/event.h>
#include <akt/fd.h>
#include <akt/flight.h>
#include <akt/message.h>
#include <akt/object.h>
#include <akt/observe.h>
#include <akt/profile.h>
#include <akt/record.h>
#include <akt/ref.h>
#include <akt/system.h>
#include <akt/time.h>
#include <akt/timer.h>
#include <akt/wire.h>

#endif
