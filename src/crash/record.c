/* SPDX-License-Identifier: MIT */
/*
 * See record.h and crash.h.
 *
 * A part is a function that is called with 0, 1, 2, ... until it returns false, and writes at most a
 * few whole chunks each time. What it keeps between calls is ahead of what it reads, so after a fault
 * the next call goes on behind the item that faulted.
 */
#include "crash/record.h"
#include "crash/events.h"
#include "crash/maps.h"
#include "plat/plat.h"
#include "prof/blackbox.h"
#include "prof/names.h"
#include "prof/unwind.h"

#include <akt/export.h>
#include <elf.h>
#include <errno.h>
#include <setjmp.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

/* Frames walked, for a stack that has overflowed has many, and frames written: both ends. */
#define FRAMES_MAX 65536u
#define FRAMES_WRITTEN 256u
/* A stack pointer may lie this far below its stack when that has overflowed: in the guard. */
#define OVERFLOW_BYTES ((uintptr_t)1024 * 1024)

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#define REGISTERS 18u
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#define REGISTERS 34u
#else
#define MACHINE EM_NONE
#define REGISTERS 0u
#endif

#define TEXT_OF(x) #x
#define VERSION_OF(a, b, c) TEXT_OF(a) "." TEXT_OF(b) "." TEXT_OF(c)
static const char version_text[] =
	VERSION_OF(AKT_VERSION_MAJOR, AKT_VERSION_MINOR, AKT_VERSION_PATCH);

static struct {
	int fd;
	bool failed;
	const struct crash_cause *cause;
	unsigned part; /* at work, and the call of it that comes next */
	uint32_t call;
	uint32_t faults;
	sigjmp_buf again;
	/* The chunk at work, its head included. */
	uint8_t bytes[CRASH_CHUNK_HEAD_BYTES + CRASH_CHUNK_BYTES_MAX];
	size_t count;
	/* What parts keep between calls. */
	struct crash_maps maps;
	struct crash_map map;
	struct crash_map head; /* the last mapping that a file begins with */
	const struct crash_thread *thread;
	struct blackbox_sample sample;
	struct blackbox_happened happened;
	int64_t since_ns; /* of the flight recorder: older ones are left out */
	uintptr_t pcs[FRAMES_MAX];
	char path[CRASH_TEXT_MAX + 1];
} record;

/* --- chunks ------------------------------------------------------------------------------------- */

static void write_all(const uint8_t *bytes, size_t count)
{
	while (count > 0 && !record.failed) {
		ssize_t n = write(record.fd, bytes, count);

		if (n < 0 && errno == EINTR)
			continue;
		record.failed = n <= 0;
		if (n > 0) {
			bytes += n;
			count -= (size_t)n;
		}
	}
}

AKTI_RAW static void put(const void *value, size_t count)
{
	const volatile uint8_t *from = value;

	if (count > sizeof(record.bytes) - record.count)
		return;
	for (size_t i = 0; i < count; i++)
		record.bytes[record.count++] = from[i];
}

static void put_u32(uint32_t value)
{
	put(&value, sizeof(value));
}

static void put_u64(uint64_t value)
{
	put(&value, sizeof(value));
}

static void put_bytes(const void *bytes, size_t count)
{
	uint16_t length = (uint16_t)(count < CRASH_TEXT_MAX ? count : CRASH_TEXT_MAX);

	put(&length, sizeof(length));
	put(bytes, length);
}

/* text may be NULL, or point anywhere: then it faults. */
AKTI_RAW static void put_text(const char *text)
{
	const volatile char *at;

	if (text == NULL)
		text = "";
	for (at = text; *at != '\0' && at - text < CRASH_TEXT_MAX; at++)
		;
	put_bytes(text, (size_t)(at - text));
}

static void begin_chunk(enum crash_chunk kind)
{
	record.count = 0;
	put_u32((uint32_t)kind);
	put_u32(0);
}

static void end_chunk(void)
{
	uint32_t size_bytes = (uint32_t)(record.count - CRASH_CHUNK_HEAD_BYTES);

	memcpy(record.bytes + 4, &size_bytes, sizeof(size_bytes));
	write_all(record.bytes, record.count);
}

/* --- parts -------------------------------------------------------------------------------------- */

static bool put_process(uint32_t call)
{
	const struct crash_cause *cause = record.cause;
	struct timespec now = { 0, 0 };
	char name[16] = "";
	ssize_t n;

	if (call > 0)
		return false;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)prctl(PR_GET_NAME, name, 0, 0, 0);
	n = readlink("/proc/self/exe", record.path, sizeof(record.path) - 1);
	record.path[n > 0 ? n : 0] = '\0';
	begin_chunk(CRASH_CHUNK_PROCESS);
	put_u64((uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec);
	put_u32((uint32_t)getpid());
	put_u32(cause->tid);
	put_u32((uint32_t)cause->signal);
	put_u32((uint32_t)cause->info.si_code);
	/* Sent by somebody: the field holds who, and not where. */
	put_u64(cause->info.si_code > 0 ? (uint64_t)(uintptr_t)cause->info.si_addr : 0);
	put_text(version_text);
	put_text(record.path);
	put_text(name);
	end_chunk();
	return true;
}

static bool put_actor(uint32_t call)
{
	const struct prof_label *label = record.cause->label;

	if (call > 0 || akti_load_rlx(&label->actor) == 0)
		return false;
	begin_chunk(CRASH_CHUNK_ACTOR);
	put_u64(akti_load_rlx(&label->actor));
	put_u64(akti_load_rlx(&label->node));
	put_u64(akti_load_rlx(&label->code));
	end_chunk();
	return true;
}

static bool put_registers(uint32_t call)
{
#if defined(__x86_64__)
	static const uint8_t order[REGISTERS] = {
		REG_RAX, REG_RBX, REG_RCX, REG_RDX, REG_RSI, REG_RDI, REG_RBP, REG_RSP, REG_R8,
		REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP, REG_EFL,
	};
#endif
	const mcontext_t *machine = &record.cause->context->uc_mcontext;

	if (call > 0 || REGISTERS == 0)
		return false;
	begin_chunk(CRASH_CHUNK_REGISTERS);
#if defined(__x86_64__)
	for (unsigned i = 0; i < REGISTERS; i++)
		put_u64((uint64_t)machine->gregs[order[i]]);
#elif defined(__aarch64__)
	for (unsigned i = 0; i < 31; i++)
		put_u64(machine->regs[i]);
	put_u64(machine->sp);
	put_u64(machine->pc);
	put_u64(machine->pstate);
#else
	(void)machine;
#endif
	end_chunk();
	return true;
}

static bool put_assert(uint32_t call)
{
	if (call > 0 || akti_assert_site.condition == NULL)
		return false;
	begin_chunk(CRASH_CHUNK_ASSERT);
	put_u32((uint32_t)akti_assert_site.line);
	put_text(akti_assert_site.condition);
	put_text(akti_assert_site.file);
	put_text(akti_assert_site.function);
	end_chunk();
	return true;
}

AKTI_RAW static const char *type_name(const akt_type *type)
{
	return type == NULL ? NULL : type->name;
}

AKTI_RAW static const char *msg_name(const akt_msg_type *type)
{
	return type == NULL ? NULL : type->name;
}

static bool put_names(uint32_t call)
{
	const struct prof_label *label = record.cause->label;
	const char *text = NULL;

	if (call > 2 || akti_load_rlx(&label->actor) == 0)
		return false;
	if (call == 0)
		text = akti_load_rlx(&label->name);
	else if (call == 1)
		text = type_name(akti_load_rlx(&label->type));
	else
		text = msg_name(akti_load_rlx(&label->msg));
	if (text == NULL)
		return true;
	begin_chunk(call == 0   ? CRASH_CHUNK_NAME
		    : call == 1 ? CRASH_CHUNK_TYPE
				: CRASH_CHUNK_MESSAGE);
	put_text(text);
	end_chunk();
	return true;
}

/* Up to where the stack of sp may be read; sp may be in the guard below it. 0: no stack is there. */
static uintptr_t stack_end(uintptr_t sp)
{
	uintptr_t end = 0;

	if (!akti_crash_maps_open(&record.maps))
		return 0;
	while (akti_crash_maps_next(&record.maps, &record.map)) {
		const struct crash_map *map = &record.map;

		if (end == 0 && map->end > sp && map->rights[0] == 'r' && map->rights[1] == 'w' &&
		    (map->start <= sp || map->start - sp < OVERFLOW_BYTES))
			end = map->end;
	}
	return end;
}

static void read_registers(const ucontext_t *context, struct prof_regs *regs)
{
	memset(regs, 0, sizeof(*regs));
#if defined(__x86_64__)
	regs->pc = (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
	regs->sp = (uintptr_t)context->uc_mcontext.gregs[REG_RSP];
	regs->fp = (uintptr_t)context->uc_mcontext.gregs[REG_RBP];
#elif defined(__aarch64__)
	regs->pc = (uintptr_t)context->uc_mcontext.pc;
	regs->sp = (uintptr_t)context->uc_mcontext.sp;
	regs->fp = (uintptr_t)context->uc_mcontext.regs[29];
	regs->lr = (uintptr_t)context->uc_mcontext.regs[30];
#else
	(void)context;
#endif
}

/* The processor could not fetch at pc: a call through a bad pointer. Go back to the caller. */
AKTI_RAW static void leave_bad_code(struct prof_regs *regs, uintptr_t end)
{
#if defined(__x86_64__)
	if ((regs->sp & 7) == 0 && regs->sp + 8 <= end) {
		regs->pc = *(const volatile uintptr_t *)regs->sp;
		regs->sp += 8;
	}
#else
	(void)end;
	regs->pc = regs->lr;
	regs->lr = 0;
#endif
}

static bool put_frames(uint32_t call)
{
	const siginfo_t *info = &record.cause->info;
	struct prof_regs regs;
	uint32_t count = 0;
	bool truncated = true;
	uintptr_t end;

	if (call > 0)
		return false;
	read_registers(record.cause->context, &regs);
	end = stack_end(regs.sp);
	record.pcs[0] = regs.pc;
	if (info->si_code > 0 && (uintptr_t)info->si_addr == regs.pc &&
	    (record.cause->signal == SIGSEGV || record.cause->signal == SIGBUS) && end != 0) {
		count = 1;
		leave_bad_code(&regs, end);
	}
	if (end != 0)
		count += akti_prof_walk(regs, end, record.pcs + count, FRAMES_MAX - count, NULL,
					&truncated);
	else
		count = 1;
	begin_chunk(CRASH_CHUNK_FRAMES);
	put_u32(truncated);
	put_u32(count > FRAMES_WRITTEN ? count - FRAMES_WRITTEN : 0);
	for (uint32_t i = 0; i < count; i++)
		if (count <= FRAMES_WRITTEN || i < FRAMES_WRITTEN / 2 ||
		    i >= count - FRAMES_WRITTEN / 2)
			put_u64(record.pcs[i]);
	end_chunk();
	return true;
}

static void put_module(const struct crash_map *code)
{
	struct crash_module module;

	akti_crash_module_of(&record.head, code, &module);
	begin_chunk(CRASH_CHUNK_MODULE);
	put_u64(module.start);
	put_u64(module.end);
	put_u64(module.bias);
	put_bytes(module.build_id, module.build_id_bytes);
	put_text(code->path);
	end_chunk();
}

static bool put_modules(uint32_t call)
{
	struct crash_map *map = &record.map;

	if (call == 0)
		return akti_crash_maps_open(&record.maps);
	if (!akti_crash_maps_next(&record.maps, map))
		return false;
	if (map->path[0] != '/' && strncmp(map->path, "[vdso]", 6) != 0)
		return true;
	if (map->offset == 0 && map->rights[0] == 'r')
		record.head = *map;
	if (map->rights[2] == 'x' && strcmp(map->path, record.head.path) == 0)
		put_module(map);
	return true;
}

/* The rings, each in CRASH_EVENTS + 2 calls: choose it, what its thread does now, its events. */
static bool put_now(const struct crash_thread *thread)
{
	const struct prof_label *label = akti_load_acq(&thread->label);

	if (label == NULL)
		return false;
	begin_chunk(CRASH_CHUNK_THREAD);
	put_u32(akti_load_rlx(&thread->tid));
	put_u32(label == record.cause->label);
	put_u64(akti_load_rlx(&label->actor));
	put_u64(akti_load_rlx(&label->node));
	put_u64(akti_load_rlx(&label->code));
	put_text(type_name(akti_load_rlx(&label->type)));
	put_text(msg_name(akti_load_rlx(&label->msg)));
	end_chunk();
	return true;
}

static void put_event(const struct crash_thread *thread, const struct crash_slot *slot)
{
	uint64_t serial = akti_load_acq(&slot->serial); /* E1 */

	if (serial == 0)
		return;
	begin_chunk(CRASH_CHUNK_EVENT);
	put_u32(akti_load_rlx(&thread->tid));
	put_u32(akti_load_rlx(&slot->kind));
	put_u32((uint32_t)akti_load_rlx(&slot->error));
	put_u32(0);
	put_u64(serial);
	put_u64((uint64_t)akti_load_rlx(&slot->time_ns));
	put_u64(akti_load_rlx(&slot->actor));
	put_u64(akti_load_rlx(&slot->node));
	put_u64(akti_load_rlx(&slot->code));
	put_text(type_name(akti_load_rlx(&slot->type)));
	put_text(msg_name(akti_load_rlx(&slot->msg)));
	if (akti_load_acq(&slot->serial) == serial)
		end_chunk();
}

static bool put_events(uint32_t call)
{
	uint32_t at = call % (CRASH_EVENTS + 2);

	if (call == 0)
		record.thread = akti_crash_threads();
	else if (at == 0)
		record.thread = record.thread->next;
	if (record.thread == NULL)
		return false;
	if (at == 1)
		(void)put_now(record.thread);
	else if (at > 1)
		put_event(record.thread, &record.thread->slot[at - 2]);
	return true;
}

/* The name of an actor as the flight recorder keeps it. */
static const char *name_of(uint64_t actor)
{
	return actor != PROF_ACTOR_OTHER && (actor & PROF_ACTOR_NAMED) ? akti_prof_name_text(actor)
								       : "";
}

static void begin_flight(uint32_t call)
{
	if (call == 0)
		record.since_ns = akti_plat_now() - AKT_FLIGHT_NS;
}

/* The newest first, so that what is cut off is what is old. */
static bool put_samples(enum blackbox_ring ring, uint32_t call)
{
	const struct blackbox_sample *sample = &record.sample;
	bool whole = false;

	begin_flight(call);
	if (!akti_blackbox_is_on() || !akti_blackbox_sample(ring, call + 1, &record.sample, &whole))
		return false;
	if (!whole)
		return true;
	if (sample->time_ns < record.since_ns)
		return false;
	begin_chunk(CRASH_CHUNK_SAMPLE);
	put_u64((uint64_t)sample->time_ns);
	put_u64((uint64_t)sample->values[0]);
	put_u64((uint64_t)sample->values[1]);
	put_u64(sample->key.actor & PROF_ACTOR_NAMED ? 0 : sample->key.actor);
	put_u32(sample->key.what);
	put_u32((sample->truncated ? CRASH_SAMPLE_TRUNCATED : 0) |
		(sample->key.what >= PROF_HEAP && sample->alive ? CRASH_SAMPLE_ALIVE : 0));
	put_text(name_of(sample->key.actor));
	put_text(type_name(sample->key.type));
	put_text(msg_name(sample->key.msg));
	for (uint32_t i = 0; i < sample->count; i++)
		put_u64(sample->pcs[i]);
	end_chunk();
	return true;
}

static bool put_cpu(uint32_t call)
{
	return put_samples(BLACKBOX_CPU, call);
}

static bool put_memory(uint32_t call)
{
	return put_samples(BLACKBOX_HEAP, call);
}

static bool put_recorded(uint32_t call)
{
	const struct blackbox_happened *happened = &record.happened;
	bool whole = false;

	begin_flight(call);
	if (!akti_blackbox_is_on() || !akti_blackbox_happened(call + 1, &record.happened, &whole))
		return false;
	if (!whole)
		return true;
	if (happened->time_ns < record.since_ns)
		return false;
	begin_chunk(CRASH_CHUNK_RECORDED);
	put_u64((uint64_t)happened->time_ns);
	put_u64(happened->actor & PROF_ACTOR_NAMED ? 0 : happened->actor);
	put_u32((uint32_t)happened->kind);
	put_u32((uint32_t)happened->code);
	put_text(name_of(happened->actor));
	put_text(type_name(happened->type));
	put_text(msg_name(happened->msg));
	end_chunk();
	return true;
}

/* In this order; their places are the numbers in CRASH_CHUNK_LOST. */
static bool (*const parts[])(uint32_t call) = {
	put_process, put_actor,  put_registers, put_assert, put_names,  put_frames,
	put_modules, put_events, put_recorded,  put_cpu,    put_memory,
};

static void run_parts(void)
{
	while (record.part < AKTI_COUNT_OF(parts)) {
		if (!parts[record.part](record.call++)) {
			record.part++;
			record.call = 0;
		}
	}
	begin_chunk(CRASH_CHUNK_END);
	end_chunk();
}

static void note_fault(int signal)
{
	begin_chunk(CRASH_CHUNK_LOST);
	put_u32(record.part);
	put_u32((uint32_t)signal);
	end_chunk();
}

bool akti_crash_record(int fd, const struct crash_cause *cause)
{
	const uint32_t head[2] = { CRASH_VERSION, MACHINE };
	int signal;

	record.fd = fd;
	record.cause = cause;
	write_all((const uint8_t *)CRASH_MAGIC, 8);
	write_all((const uint8_t *)head, sizeof(head));
	signal = sigsetjmp(record.again, 0); /* the mask is the same in both handlers */
	if (signal != 0)
		note_fault(signal);
	run_parts();
	return !record.failed;
}

void akti_crash_record_fault(int signal)
{
	if (++record.faults >= CRASH_FAULTS_MAX) {
		record.failed = true;
		record.part = AKTI_COUNT_OF(parts);
	}
	siglongjmp(record.again, signal);
}
