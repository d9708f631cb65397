/* SPDX-License-Identifier: MIT */
/* See maps.h. */
#include "crash/maps.h"
#include "prof/unwind.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

bool akti_crash_maps_open(struct crash_maps *maps)
{
	maps->at = 0;
	maps->count = 0;
	maps->fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	return maps->fd >= 0;
}

/* The next byte; -1: the end. */
static int next_byte(struct crash_maps *maps)
{
	if (maps->at == maps->count) {
		ssize_t n;

		do {
			n = read(maps->fd, maps->bytes, sizeof(maps->bytes));
		} while (n < 0 && errno == EINTR);
		if (n <= 0)
			return -1;
		maps->count = (size_t)n;
		maps->at = 0;
	}
	return (unsigned char)maps->bytes[maps->at++];
}

/* A number in hexadecimal and the byte behind it. */
static uint64_t take_hex(struct crash_maps *maps, int *ret_after)
{
	uint64_t value = 0;
	int c;

	for (;;) {
		c = next_byte(maps);
		if (c >= '0' && c <= '9')
			value = value << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value << 4 | (uint64_t)(c - 'a' + 10);
		else
			break;
	}
	*ret_after = c;
	return value;
}

/* "start-end rights offset device inode      path" */
bool akti_crash_maps_next(struct crash_maps *maps, struct crash_map *ret_map)
{
	size_t length = 0;
	int c;

	ret_map->start = take_hex(maps, &c);
	ret_map->end = c == '-' ? take_hex(maps, &c) : 0;
	for (unsigned i = 0; i < 4 && c != '\n' && c >= 0; i++) {
		c = next_byte(maps);
		ret_map->rights[i] = (char)c;
	}
	ret_map->rights[4] = '\0';
	if (c >= 0 && c != '\n')
		c = next_byte(maps);
	ret_map->offset = c == ' ' ? take_hex(maps, &c) : 0;
	/* device and inode, then spaces */
	for (unsigned field = 0; field < 2 && c == ' '; field++) {
		do {
			c = next_byte(maps);
		} while (c != ' ' && c != '\n' && c >= 0);
	}
	while (c == ' ')
		c = next_byte(maps);
	while (c != '\n' && c >= 0) {
		if (length < sizeof(ret_map->path) - 1)
			ret_map->path[length++] = (char)c;
		c = next_byte(maps);
	}
	ret_map->path[length] = '\0';
	if (c >= 0)
		return true;
	(void)close(maps->fd);
	return false;
}

/* The build id among notes; they lie within the mapping. */
AKTI_RAW static void find_build_id(const uint8_t *note, size_t size_bytes,
				   struct crash_module *module)
{
	while (size_bytes >= sizeof(ElfW(Nhdr))) {
		const ElfW(Nhdr) *head = (const void *)note;
		size_t name_bytes = akti_round_up(head->n_namesz, 4);
		size_t desc_bytes = akti_round_up(head->n_descsz, 4);

		note += sizeof(*head);
		size_bytes -= sizeof(*head);
		if (name_bytes > size_bytes || desc_bytes > size_bytes - name_bytes)
			return;
		if (head->n_type == NT_GNU_BUILD_ID && head->n_namesz == 4 && note[0] == 'G' &&
		    head->n_descsz <= 64) {
			module->build_id = note + name_bytes;
			module->build_id_bytes = head->n_descsz;
			return;
		}
		note += name_bytes + desc_bytes;
		size_bytes -= name_bytes + desc_bytes;
	}
}

AKTI_RAW void akti_crash_module_of(const struct crash_map *head, const struct crash_map *code,
				   struct crash_module *ret_module)
{
	const ElfW(Ehdr) *file = (const void *)head->start;
	const size_t mapped = head->end - head->start;
	const ElfW(Phdr) * parts;
	bool based = false;

	*ret_module = (struct crash_module){ .start = code->start,
					     .end = code->end,
					     .bias = code->start - code->offset };
	if (mapped < sizeof(*file) || file->e_ident[0] != ELFMAG0 || file->e_ident[1] != 'E' ||
	    file->e_ident[2] != 'L' || file->e_ident[3] != 'F' ||
	    file->e_phentsize != sizeof(*parts) || file->e_phoff > mapped ||
	    file->e_phnum > (mapped - file->e_phoff) / sizeof(*parts))
		return;
	parts = (const void *)(head->start + file->e_phoff);
	for (unsigned i = 0; i < file->e_phnum; i++) {
		if (parts[i].p_type == PT_LOAD && !based) {
			ret_module->bias = head->start - (parts[i].p_vaddr & ~(uint64_t)4095);
			based = true;
		}
	}
	for (unsigned i = 0; i < file->e_phnum && ret_module->build_id == NULL; i++) {
		uint64_t from_start = ret_module->bias + parts[i].p_vaddr - head->start;

		if (parts[i].p_type == PT_NOTE && from_start <= mapped &&
		    parts[i].p_memsz <= mapped - from_start)
			find_build_id((const uint8_t *)head->start + from_start, parts[i].p_memsz,
				      ret_module);
	}
}
