/* SPDX-License-Identifier: MIT */
/* Function symbols of one ELF file, mapped and sorted by address. Damaged files give no names. */
#include "profile/symbolize.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct elf_symbols {
	const uint8_t *file;
	size_t size_bytes;
	struct elf_symbol *at;
	size_t count;
};

static const void *part(const struct elf_symbols *symbols, uint64_t offset, uint64_t size_bytes)
{
	if (offset > symbols->size_bytes || symbols->size_bytes - offset < size_bytes)
		return NULL;
	return symbols->file + offset;
}

static void add_table(struct elf_symbols *symbols, const ElfW(Shdr) * table,
		      const ElfW(Shdr) * texts)
{
	const uint8_t *entries = part(symbols, table->sh_offset, table->sh_size);
	const char *names = part(symbols, texts->sh_offset, texts->sh_size);
	size_t count = table->sh_size / sizeof(ElfW(Sym));
	struct elf_symbol *at;

	if (entries == NULL || names == NULL || texts->sh_size == 0 ||
	    names[texts->sh_size - 1] != '\0')
		return;
	at = reallocarray(symbols->at, symbols->count + count, sizeof(*at));
	if (at == NULL)
		return;
	symbols->at = at;
	for (size_t i = 0; i < count; i++) {
		ElfW(Sym) symbol;

		memcpy(&symbol, entries + i * sizeof(symbol), sizeof(symbol));
		if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_value == 0 ||
		    symbol.st_name >= texts->sh_size)
			continue;
		at[symbols->count++] = (struct elf_symbol){ symbol.st_value, symbol.st_size,
							    names + symbol.st_name };
	}
}

static int by_address(const void *a, const void *b)
{
	const struct elf_symbol *x = a;
	const struct elf_symbol *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void add_tables(struct elf_symbols *symbols)
{
	const uint8_t *head_at = part(symbols, 0, sizeof(ElfW(Ehdr)));
	const uint8_t *sections_at;
	ElfW(Ehdr) head;

	if (head_at == NULL || memcmp(head_at, ELFMAG, SELFMAG) != 0)
		return;
	memcpy(&head, head_at, sizeof(head));
	if (head.e_shentsize != sizeof(ElfW(Shdr)))
		return;
	sections_at = part(symbols, head.e_shoff, (uint64_t)head.e_shnum * sizeof(ElfW(Shdr)));
	for (uint32_t i = 0; sections_at != NULL && i < head.e_shnum; i++) {
		ElfW(Shdr) table, texts;

		memcpy(&table, sections_at + i * sizeof(table), sizeof(table));
		if ((table.sh_type != SHT_SYMTAB && table.sh_type != SHT_DYNSYM) ||
		    table.sh_link >= head.e_shnum)
			continue;
		memcpy(&texts, sections_at + table.sh_link * sizeof(texts), sizeof(texts));
		add_table(symbols, &table, &texts);
	}
	if (symbols->count > 0)
		qsort(symbols->at, symbols->count, sizeof(*symbols->at), by_address);
}

struct elf_symbols *akti_elf_open(const char *path)
{
	struct elf_symbols *symbols = calloc(1, sizeof(*symbols));
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	void *file = MAP_FAILED;

	if (symbols != NULL && fd >= 0 && fstat(fd, &status) == 0 && status.st_size > 0)
		file = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (fd >= 0)
		close(fd);
	if (file == MAP_FAILED) {
		free(symbols);
		return NULL;
	}
	symbols->file = file;
	symbols->size_bytes = (size_t)status.st_size;
	add_tables(symbols);
	return symbols;
}

const char *akti_elf_name(const struct elf_symbols *symbols, uint64_t address)
{
	size_t low = 0, high = symbols->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (symbols->at[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	/* Several symbols may start at one place: any that covers the address will do. */
	while (low > 0) {
		const struct elf_symbol *symbol = &symbols->at[--low];

		if (address - symbol->address < symbol->size_bytes ||
		    (symbol->size_bytes == 0 && address == symbol->address))
			return symbol->name;
		if (low > 0 && symbols->at[low - 1].address != symbol->address)
			break;
	}
	return NULL;
}

static bool note_build_id(const uint8_t *note, uint64_t size_bytes, char *ret_hex, size_t room)
{
	static const char digits[] = "0123456789abcdef";

	while (size_bytes >= sizeof(ElfW(Nhdr))) {
		ElfW(Nhdr) head;
		uint64_t name_bytes, desc_bytes;

		memcpy(&head, note, sizeof(head));
		name_bytes = akti_round_up(head.n_namesz, 4);
		desc_bytes = akti_round_up(head.n_descsz, 4);
		note += sizeof(head);
		size_bytes -= sizeof(head);
		if (name_bytes > size_bytes || desc_bytes > size_bytes - name_bytes)
			return false;
		if (head.n_type == NT_GNU_BUILD_ID && head.n_namesz == 4 &&
		    memcmp(note, "GNU", 4) == 0) {
			if (2 * (size_t)head.n_descsz >= room)
				return false;
			for (uint32_t i = 0; i < head.n_descsz; i++) {
				ret_hex[2 * i] = digits[note[name_bytes + i] >> 4];
				ret_hex[2 * i + 1] = digits[note[name_bytes + i] & 15];
			}
			ret_hex[2 * head.n_descsz] = '\0';
			return true;
		}
		note += name_bytes + desc_bytes;
		size_bytes -= name_bytes + desc_bytes;
	}
	return false;
}

/* The program headers, one by one. */
static bool next_segment(const struct elf_symbols *symbols, uint32_t *at, ElfW(Phdr) * ret)
{
	const uint8_t *head_at = part(symbols, 0, sizeof(ElfW(Ehdr)));
	const uint8_t *parts_at;
	ElfW(Ehdr) head;

	if (head_at == NULL || memcmp(head_at, ELFMAG, SELFMAG) != 0)
		return false;
	memcpy(&head, head_at, sizeof(head));
	if (head.e_phentsize != sizeof(*ret) || *at >= head.e_phnum)
		return false;
	parts_at = part(symbols, head.e_phoff, (uint64_t)head.e_phnum * sizeof(*ret));
	if (parts_at == NULL)
		return false;
	memcpy(ret, parts_at + (*at)++ * sizeof(*ret), sizeof(*ret));
	return true;
}

bool akti_elf_build_id(const struct elf_symbols *symbols, char *ret_hex, size_t size_bytes)
{
	uint32_t at = 0;
	ElfW(Phdr) segment;

	while (next_segment(symbols, &at, &segment)) {
		const uint8_t *notes;

		if (segment.p_type != PT_NOTE)
			continue;
		notes = part(symbols, segment.p_offset, segment.p_filesz);
		if (notes != NULL && note_build_id(notes, segment.p_filesz, ret_hex, size_bytes))
			return true;
	}
	return false;
}

uint64_t akti_elf_address(const struct elf_symbols *symbols, const struct profile_mapping *mapping,
			  uint64_t address)
{
	uint64_t place = address - mapping->start + mapping->offset;
	uint64_t load = mapping->start;
	uint32_t at = 0;
	ElfW(Phdr) segment;

	if (mapping->start == 0)
		return address;
	while (next_segment(symbols, &at, &segment)) {
		if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0)
			continue;
		if (place >= segment.p_offset && place - segment.p_offset < segment.p_filesz)
			return place - segment.p_offset + segment.p_vaddr;
		if (load == mapping->start)
			load = segment.p_vaddr -
			       (segment.p_align != 0 ? segment.p_vaddr % segment.p_align : 0);
	}
	/* The offset is not to be believed: the mapping is then that of the first code. */
	return address - mapping->start + load;
}

bool akti_elf_symbol(const struct elf_symbols *symbols, size_t place, struct elf_symbol *ret_symbol)
{
	if (place >= symbols->count)
		return false;
	*ret_symbol = symbols->at[place];
	for (size_t next = place + 1; ret_symbol->size_bytes == 0 && next < symbols->count; next++)
		ret_symbol->size_bytes = symbols->at[next].address - ret_symbol->address;
	return true;
}

void akti_elf_close(struct elf_symbols *symbols)
{
	if (symbols == NULL)
		return;
	munmap((void *)(uintptr_t)symbols->file, symbols->size_bytes);
	free(symbols->at);
	free(symbols);
}
