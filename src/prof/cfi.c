/* SPDX-License-Identifier: MIT */
/*
 * The tables of unwind rows of the loaded modules; see unwind.h.
 *
 * FDEs are found through .eh_frame_hdr, whose table is sorted, so the rows come out sorted; the
 * loader's own mapping is read and no file is opened. libdw was the other way: ten times as slow,
 * and it must be installed where the program runs.
 *
 * Tables are never freed, because a handler may be in one; a module that comes back to its old
 * place gets its old rows.
 */
#include "prof/fde.h"
#include "base/atomic.h"

#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>

#define MODULES_MAX 512u
#define ROWS_FIRST 4096u

/* .eh_frame_hdr as every linker writes it. */
struct frame_header {
	uint8_t version;
	uint8_t frame_encoding;
	uint8_t count_encoding;
	uint8_t table_encoding;
};
struct frame_entry {
	int32_t pc;  /* from the header */
	int32_t fde; /* from the header */
};

struct refresh {
	const struct cfi_table *old;
	struct cfi_table *table;
};

/* Loads and unloads there were when the tables were last made. */
static unsigned long long loads_seen;
static unsigned modules_with_rows;

static void *map_bytes(size_t size_bytes)
{
	void *at =
		mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

static void read_rows(struct cfi_module *module, const uint8_t *limit)
{
	const uint8_t *header_at = module->header;
	struct frame_header header;
	struct rows rows = { .capacity = ROWS_FIRST };
	struct bytes in = { header_at + sizeof(header), limit };
	uint64_t count;

	memcpy(&header, header_at, sizeof(header));
	if (header.version != 1 || header.table_encoding != (PE_DATAREL | PE_SDATA4))
		return;
	(void)akti_prof_fde_pointer(&in, header.frame_encoding, (uintptr_t)header_at);
	count = akti_prof_fde_pointer(&in, header.count_encoding, (uintptr_t)header_at);
	if (count > (uint64_t)(in.end - in.at) / sizeof(struct frame_entry))
		return;
	rows.at = map_bytes(ROWS_FIRST * sizeof(struct cfi_row));
	if (rows.at == NULL)
		return;
	for (uint64_t i = 0; i < count; i++) {
		struct frame_entry entry;

		memcpy(&entry, in.at + i * sizeof(entry), sizeof(entry));
		akti_prof_fde_rows(header_at + entry.fde, limit, module->start, &rows);
	}
	module->rows = rows.at;
	module->count = rows.count;
}

/* Keep what is known; false when the module is new. */
static bool find_old(const struct cfi_table *old, struct cfi_module *module)
{
	for (uint32_t i = 0; old != NULL && i < old->count; i++) {
		const struct cfi_module *known = &old->modules[i];

		if (known->start == module->start && known->end == module->end &&
		    known->header == module->header) {
			*module = *known;
			return true;
		}
	}
	return false;
}

static int add_module(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct refresh *refresh = arg;
	struct cfi_module module = { .start = UINTPTR_MAX };
	const uint8_t *limit = NULL;
	uintptr_t header = 0;
	uint32_t at = refresh->table->count;

	(void)size;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + part->p_vaddr;

		if (part->p_type == PT_LOAD && (part->p_flags & PF_X) != 0) {
			module.start = start < module.start ? start : module.start;
			module.end = start + part->p_memsz;
		} else if (part->p_type == PT_GNU_EH_FRAME) {
			header = start;
		}
	}
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + part->p_vaddr;

		if (part->p_type == PT_LOAD && header >= start && header < start + part->p_memsz)
			limit = (const uint8_t *)start + part->p_memsz;
	}
	if (limit == NULL || module.end == 0 || at == MODULES_MAX)
		return 0;
	module.header = (const void *)header;
	if (!find_old(refresh->old, &module))
		read_rows(&module, limit);
	for (; at > 0 && refresh->table->modules[at - 1].start > module.start; at--)
		refresh->table->modules[at] = refresh->table->modules[at - 1];
	refresh->table->modules[at] = module;
	refresh->table->count++;
	return 0;
}

static int count_loads(struct dl_phdr_info *info, size_t size, void *arg)
{
	unsigned long long *ret_loads = arg;

	(void)size;
	*ret_loads = info->dlpi_adds + info->dlpi_subs;
	return 1;
}

unsigned akti_prof_cfi_refresh(void)
{
	const size_t size_bytes =
		sizeof(struct cfi_table) + MODULES_MAX * sizeof(struct cfi_module);
	struct refresh refresh = {
		.old = atomic_load_explicit(&akti_prof_cfi, memory_order_acquire),
	};
	unsigned long long loads = 0;

	(void)dl_iterate_phdr(count_loads, &loads);
	if (refresh.old != NULL && loads == loads_seen)
		return modules_with_rows;
	refresh.table = map_bytes(size_bytes);
	if (refresh.table == NULL)
		return 0;
	loads_seen = loads;
	modules_with_rows = 0;
	(void)dl_iterate_phdr(add_module, &refresh);
	for (uint32_t i = 0; i < refresh.table->count; i++)
		modules_with_rows += refresh.table->modules[i].count > 0;
	atomic_store_explicit(&akti_prof_cfi, refresh.table, memory_order_release);
	return modules_with_rows;
}
