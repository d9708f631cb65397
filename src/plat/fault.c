/* SPDX-License-Identifier: MIT */
/*
 * Alternate signal stacks. A guard page lies below each, so that a handler that overflows ends the
 * process instead of writing over its neighbours. A thread that brought a stack of its own keeps it.
 */
#include "plat/plat.h"
#include <akt/error.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#define GUARD_BYTES ((size_t)4096)
/* Of handlers' own, and for so many frames that the kernel pushes: one fault inside another. */
#define HANDLER_BYTES ((size_t)32 * 1024)
#define NESTED_FRAMES 4u

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif

static _Atomic bool wanted;
static AKTI_TLS char *fault_stack; /* of this thread, its guard page first */

static size_t stack_bytes(void)
{
	size_t frame = getauxval(AT_MINSIGSTKSZ);

	return akti_round_up(HANDLER_BYTES + NESTED_FRAMES * (frame > 4096 ? frame : 4096), 4096);
}

void akti_plat_fault_stacks_want(void)
{
	atomic_store_explicit(&wanted, true, memory_order_release);
}

bool akti_plat_fault_stacks_wanted(void)
{
	return atomic_load_explicit(&wanted, memory_order_acquire);
}

int akti_plat_fault_stack_open(void)
{
	stack_t there;
	stack_t ours = { .ss_size = stack_bytes() };
	char *at;

	if (sigaltstack(NULL, &there) != 0 || !(there.ss_flags & SS_DISABLE))
		return 0;
	at = mmap(NULL, GUARD_BYTES + ours.ss_size, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (at == MAP_FAILED)
		return AKT_ERR_NOMEM;
	ours.ss_sp = at + GUARD_BYTES;
	if (mprotect(at, GUARD_BYTES, PROT_NONE) != 0 || sigaltstack(&ours, NULL) != 0) {
		(void)munmap(at, GUARD_BYTES + ours.ss_size);
		return AKT_ERR_NOMEM;
	}
	fault_stack = at;
	return 0;
}

void akti_plat_fault_stack_close(void)
{
	stack_t none = { .ss_flags = SS_DISABLE };
	stack_t there;

	if (fault_stack == NULL)
		return;
	if (sigaltstack(NULL, &there) == 0 && there.ss_sp == fault_stack + GUARD_BYTES)
		(void)sigaltstack(&none, NULL);
	(void)munmap(fault_stack, GUARD_BYTES + stack_bytes());
	fault_stack = NULL;
}
