/* SPDX-License-Identifier: MIT */
/* Numbers of a record in words. The record may be of another machine: nothing is asked of this one. */
#include "crash/report.h"

#include <elf.h>
#include <signal.h>

const char *signal_word(uint32_t signal)
{
	switch (signal) {
	case SIGSEGV:
		return "SIGSEGV";
	case SIGBUS:
		return "SIGBUS";
	case SIGFPE:
		return "SIGFPE";
	case SIGILL:
		return "SIGILL";
	case SIGABRT:
		return "SIGABRT";
	default:
		return "signal";
	}
}

const char *code_word(uint32_t signal, int32_t code)
{
	if (code <= 0)
		return code == SI_TKILL   ? "raised by the process"
		       : code == SI_USER  ? "sent by a process"
		       : code == SI_QUEUE ? "queued by a process"
					  : "sent";
	if (code == SI_KERNEL)
		return "a general protection fault";
	if (signal == SIGSEGV)
		return code == SEGV_MAPERR   ? "the address is not mapped"
		       : code == SEGV_ACCERR ? "the address may not be accessed so"
					     : "";
	if (signal == SIGBUS)
		return code == BUS_ADRALN   ? "the address is not aligned"
		       : code == BUS_ADRERR ? "there is no memory behind the address"
					    : "";
	if (signal == SIGFPE)
		return code == FPE_INTDIV   ? "integer division by zero"
		       : code == FPE_INTOVF ? "integer overflow"
		       : code == FPE_FLTDIV ? "floating-point division by zero"
					    : "";
	if (signal == SIGILL)
		return "illegal instruction";
	return "";
}

const char *event_word(uint32_t kind)
{
	static const char *const words[CRASH_EVENT_KINDS] = {
#define X(number, NAME, name) [CRASH_##NAME] = #name,
		CRASH_EVENT_TABLE(X)
#undef X
	};

	return kind < CRASH_EVENT_KINDS && words[kind] != NULL ? words[kind] : "unknown";
}

void put_span(FILE *out, struct span text)
{
	for (size_t i = 0; i < text.count; i++) {
		unsigned char c = (unsigned char)text.at[i];

		if (c >= 0x20 && c < 0x7f)
			fputc(c, out);
		else
			fprintf(out, "\\x%02x", c);
	}
}

const char *recorded_word(uint32_t kind)
{
	static const char *const words[] = { "fail", "restart", "dead", "overrun", "overload" };

	return kind < AKTI_COUNT_OF(words) ? words[kind] : "unknown";
}

const char *part_word(uint32_t part)
{
	static const char *const words[] = {
		"process", "actor",  "registers",       "assertion",   "names",          "frames",
		"modules", "events", "recorded events", "CPU samples", "memory samples",
	};

	return part < AKTI_COUNT_OF(words) ? words[part] : "unknown";
}

const char *register_word(uint32_t machine, size_t index)
{
	static const char *const x86[] = {
		"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8",
		"r9",  "r10", "r11", "r12", "r13", "r14", "r15", "rip", "eflags",
	};
	static const char *const arm[] = {
		"x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",     "x7",  "x8",
		"x9",  "x10", "x11", "x12", "x13", "x14", "x15",    "x16", "x17",
		"x18", "x19", "x20", "x21", "x22", "x23", "x24",    "x25", "x26",
		"x27", "x28", "x29", "x30", "sp",  "pc",  "pstate",
	};

	if (machine == EM_X86_64 && index < AKTI_COUNT_OF(x86))
		return x86[index];
	if (machine == EM_AARCH64 && index < AKTI_COUNT_OF(arm))
		return arm[index];
	return NULL;
}
