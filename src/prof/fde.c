/* SPDX-License-Identifier: MIT */
/* The machine of .eh_frame programs; see fde.h. DWARF 5, section 6.4, and the LSB's additions. */
#include "prof/fde.h"

#include <string.h>
#include <sys/mman.h>

#define STATES_MAX 16u

#if defined(__aarch64__)
#define REG_OF_FP 29u
#define REG_OF_SP 31u
#else
#define REG_OF_FP 6u
#define REG_OF_SP 7u
#endif
#define DW_OP_BREG0 0x70
#define DW_OP_DEREF 0x06
#define DW_OP_LIT0 0x30

/* As in <dwarf.h>, which only libdw's development package brings. */
enum {
	DW_CFA_advance_loc = 0x40,
	DW_CFA_offset = 0x80,
	DW_CFA_restore = 0xc0,
	DW_CFA_nop = 0x00,
	DW_CFA_advance_loc1 = 0x02,
	DW_CFA_advance_loc2 = 0x03,
	DW_CFA_advance_loc4 = 0x04,
	DW_CFA_offset_extended = 0x05,
	DW_CFA_restore_extended = 0x06,
	DW_CFA_undefined = 0x07,
	DW_CFA_same_value = 0x08,
	DW_CFA_register = 0x09,
	DW_CFA_remember_state = 0x0a,
	DW_CFA_restore_state = 0x0b,
	DW_CFA_def_cfa = 0x0c,
	DW_CFA_def_cfa_register = 0x0d,
	DW_CFA_def_cfa_offset = 0x0e,
	DW_CFA_def_cfa_expression = 0x0f,
	DW_CFA_expression = 0x10,
	DW_CFA_offset_extended_sf = 0x11,
	DW_CFA_def_cfa_sf = 0x12,
	DW_CFA_def_cfa_offset_sf = 0x13,
	DW_CFA_val_offset = 0x14,
	DW_CFA_val_offset_sf = 0x15,
	DW_CFA_val_expression = 0x16,
	DW_CFA_AARCH64_negate_ra_state = 0x2d,
	DW_CFA_GNU_args_size = 0x2e,
};

struct cie {
	uint64_t code_align;
	int64_t data_align;
	uint64_t ra_reg;
	uint8_t pointer_encoding;
	bool augmented;
	struct bytes program;
};

struct machine {
	struct cfi_row row;   /* the rules now; row.pc unused */
	struct cfi_row first; /* after the CIE's program */
	struct cfi_row stack[STATES_MAX];
	uint32_t depth;
	uint64_t pc; /* from the module's start */
	const struct cie *cie;
};

static uint64_t take_fixed(struct bytes *in, size_t size_bytes)
{
	uint64_t value = 0;

	if ((size_t)(in->end - in->at) < size_bytes) {
		in->at = in->end;
		return 0;
	}
	memcpy(&value, in->at, size_bytes);
	in->at += size_bytes;
	return value;
}

static uint64_t take_uleb(struct bytes *in)
{
	uint64_t value = 0;

	for (unsigned shift = 0; in->at < in->end && shift < 64; shift += 7) {
		uint8_t byte = *in->at++;

		value |= (uint64_t)(byte & 0x7f) << shift;
		if ((byte & 0x80) == 0)
			break;
	}
	return value;
}

static int64_t take_sleb(struct bytes *in)
{
	uint64_t value = 0;
	unsigned shift = 0;
	uint8_t byte = 0;

	do {
		if (in->at >= in->end)
			return 0;
		byte = *in->at++;
		value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while ((byte & 0x80) != 0 && shift < 64);
	if (shift < 64 && (byte & 0x40) != 0)
		value |= ~(uint64_t)0 << shift;
	return (int64_t)value;
}

uint64_t akti_prof_fde_pointer(struct bytes *in, uint8_t encoding, uint64_t data_base)
{
	uint64_t here = (uint64_t)(uintptr_t)in->at, value;

	switch (encoding & 0x0f) {
	case PE_UDATA4:
		value = take_fixed(in, 4);
		break;
	case PE_SDATA4:
		value = (uint64_t)(int64_t)(int32_t)take_fixed(in, 4);
		break;
	case PE_ABSPTR:
	case PE_UDATA8:
	case PE_SDATA8:
		value = take_fixed(in, 8);
		break;
	default:
		in->at = in->end;
		return 0;
	}
	if ((encoding & 0x70) == PE_PCREL)
		value += here;
	else if ((encoding & 0x70) == PE_DATAREL)
		value += data_base;
	return value;
}

static void emit(struct rows *rows, const struct machine *machine)
{
	struct cfi_row row = machine->row;
	struct cfi_row *last = rows->count > 0 ? &rows->at[rows->count - 1] : NULL;

	row.pc = (uint32_t)machine->pc;
	if (last != NULL && last->pc == row.pc) {
		*last = row;
		return;
	}
	if (last != NULL && last->cfa == row.cfa && last->cfa_off == row.cfa_off &&
	    last->fp == row.fp && last->fp_off == row.fp_off && last->ra == row.ra &&
	    last->ra_off == row.ra_off)
		return;
	if (rows->count == rows->capacity) {
		size_t old_bytes = (size_t)rows->capacity * sizeof(row);
		void *grown = mremap(rows->at, old_bytes, 2 * old_bytes, MREMAP_MAYMOVE);

		if (grown == MAP_FAILED)
			return;
		rows->at = grown;
		rows->capacity *= 2;
	}
	rows->at[rows->count++] = row;
}

static void set_cfa(struct machine *machine, uint64_t reg, int64_t offset)
{
	machine->row.cfa = (uint8_t)(reg == REG_OF_SP   ? CFI_SP
				     : reg == REG_OF_FP ? CFI_FP
							: CFI_NONE);
	machine->row.cfa_off = (int32_t)offset;
}

static void set_register(struct machine *machine, uint64_t reg, enum cfi_saved saved,
			 int64_t offset)
{
	if (reg == REG_OF_FP) {
		machine->row.fp = (uint8_t)(saved == CFI_UNDEFINED ? CFI_SAME : saved);
		machine->row.fp_off = (int32_t)offset;
	} else if (reg == machine->cie->ra_reg) {
		machine->row.ra = (uint8_t)saved;
		machine->row.ra_off = (int32_t)offset;
	}
}

static void restore_register(struct machine *machine, uint64_t reg)
{
	if (reg == REG_OF_FP) {
		machine->row.fp = machine->first.fp;
		machine->row.fp_off = machine->first.fp_off;
	} else if (reg == machine->cie->ra_reg) {
		machine->row.ra = machine->first.ra;
		machine->row.ra_off = machine->first.ra_off;
	}
}

static struct bytes take_block(struct bytes *in)
{
	uint64_t size_bytes = take_uleb(in);
	struct bytes block = { in->at, in->at };

	if (size_bytes <= (uint64_t)(in->end - in->at))
		block.end = in->at += size_bytes;
	else
		in->at = in->end;
	return block;
}

/* The CFA by a DW_OP program: "*(fp + n)" of realigned stacks, and the one of the lazy PLT. */
static void set_cfa_expression(struct machine *machine, struct bytes program)
{
	static const uint8_t plt[] = { 0x77, 0x08, 0x80, 0x00, 0x3f, 0x1a,
				       0x3b, 0x2a, 0x33, 0x24, 0x22 };
	const size_t size_bytes = (size_t)(program.end - program.at);

	machine->row.cfa = CFI_NONE;
	if (size_bytes == sizeof(plt) && memcmp(program.at, plt, 6) == 0 &&
	    memcmp(program.at + 7, plt + 7, 4) == 0) {
		machine->row.cfa = CFI_PLT;
		machine->row.cfa_off = program.at[6] - DW_OP_LIT0;
	} else if (size_bytes >= 3 && program.at[0] == DW_OP_BREG0 + REG_OF_FP) {
		program.at++;
		machine->row.cfa_off = (int32_t)take_sleb(&program);
		if (program.end - program.at == 1 && program.at[0] == DW_OP_DEREF)
			machine->row.cfa = CFI_FP_DEREF;
	}
}

/* A register saved where a DW_OP program says: only "fp + n" is understood. */
static void set_register_expression(struct machine *machine, uint64_t reg, struct bytes program)
{
	int64_t offset;

	if (program.end - program.at < 2 || program.at[0] != DW_OP_BREG0 + REG_OF_FP) {
		if (reg == machine->cie->ra_reg)
			machine->row.cfa = CFI_NONE;
		return;
	}
	program.at++;
	offset = take_sleb(&program);
	if (reg == REG_OF_FP && program.at == program.end)
		set_register(machine, reg, CFI_AT_FP, offset);
}

/* The rows up to here stand; a CIE's program has no rows. */
static void advance(struct machine *machine, struct rows *rows, uint64_t delta)
{
	if (rows != NULL)
		emit(rows, machine);
	machine->pc += delta * machine->cie->code_align;
}

/* Operations whose first operand is no register. False: op is none of them. */
static bool run_frame_op(struct machine *machine, struct bytes *in, uint8_t op, struct rows *rows)
{
	switch (op) {
	case DW_CFA_nop:
	case DW_CFA_AARCH64_negate_ra_state:
		break;
	case DW_CFA_advance_loc1:
		advance(machine, rows, take_fixed(in, 1));
		break;
	case DW_CFA_advance_loc2:
		advance(machine, rows, take_fixed(in, 2));
		break;
	case DW_CFA_advance_loc4:
		advance(machine, rows, take_fixed(in, 4));
		break;
	case DW_CFA_remember_state:
		if (machine->depth < STATES_MAX)
			machine->stack[machine->depth] = machine->row;
		machine->depth++;
		break;
	case DW_CFA_restore_state:
		if (machine->depth > 0 && --machine->depth < STATES_MAX)
			machine->row = machine->stack[machine->depth];
		break;
	case DW_CFA_def_cfa_offset:
		machine->row.cfa_off = (int32_t)take_uleb(in);
		break;
	case DW_CFA_def_cfa_offset_sf:
		machine->row.cfa_off = (int32_t)(take_sleb(in) * machine->cie->data_align);
		break;
	case DW_CFA_def_cfa_register:
		set_cfa(machine, take_uleb(in), machine->row.cfa_off);
		break;
	case DW_CFA_def_cfa_expression:
		set_cfa_expression(machine, take_block(in));
		break;
	case DW_CFA_GNU_args_size:
		(void)take_uleb(in);
		break;
	default:
		return false;
	}
	return true;
}

/* Operations whose first operand is a register. False: op is none of them. */
static bool run_register_op(struct machine *machine, struct bytes *in, uint8_t op)
{
	const int64_t align = machine->cie->data_align;
	uint64_t reg = take_uleb(in);

	switch (op) {
	case DW_CFA_def_cfa:
		set_cfa(machine, reg, (int64_t)take_uleb(in));
		break;
	case DW_CFA_def_cfa_sf:
		set_cfa(machine, reg, take_sleb(in) * align);
		break;
	case DW_CFA_offset_extended:
		set_register(machine, reg, CFI_AT_CFA, (int64_t)take_uleb(in) * align);
		break;
	case DW_CFA_offset_extended_sf:
		set_register(machine, reg, CFI_AT_CFA, take_sleb(in) * align);
		break;
	case DW_CFA_restore_extended:
		restore_register(machine, reg);
		break;
	case DW_CFA_undefined:
		set_register(machine, reg, CFI_UNDEFINED, 0);
		break;
	case DW_CFA_same_value:
		set_register(machine, reg, CFI_SAME, 0);
		break;
	case DW_CFA_register:
	case DW_CFA_val_offset:
		(void)take_uleb(in);
		break;
	case DW_CFA_val_offset_sf:
		(void)take_sleb(in);
		break;
	case DW_CFA_expression:
	case DW_CFA_val_expression:
		set_register_expression(machine, reg, take_block(in));
		break;
	default:
		return false;
	}
	return true;
}

static void run(struct machine *machine, struct bytes in, struct rows *rows)
{
	while (in.at < in.end) {
		uint8_t op = *in.at++, low = op & 0x3f;

		switch (op & 0xc0) {
		case DW_CFA_advance_loc:
			advance(machine, rows, low);
			break;
		case DW_CFA_offset:
			set_register(machine, low, CFI_AT_CFA,
				     (int64_t)take_uleb(&in) * machine->cie->data_align);
			break;
		case DW_CFA_restore:
			restore_register(machine, low);
			break;
		default:
			if (run_frame_op(machine, &in, op, rows) ||
			    run_register_op(machine, &in, op))
				break;
			machine->row.cfa = CFI_NONE; /* unknown: what follows is no longer sure */
			return;
		}
	}
}

/* The length word of an entry and the bytes that it covers; empty when they do not fit. */
static struct bytes take_entry(const uint8_t *entry, const uint8_t *limit)
{
	struct bytes in = { entry, limit };
	uint64_t size_bytes = take_fixed(&in, 4);

	if (size_bytes == UINT32_MAX)
		size_bytes = take_fixed(&in, 8);
	if (size_bytes > (uint64_t)(in.end - in.at))
		size_bytes = 0;
	in.end = in.at + size_bytes;
	return in;
}

static bool read_cie(const uint8_t *entry, const uint8_t *limit, struct cie *cie)
{
	struct bytes in = take_entry(entry, limit);
	const char *augmentation;
	uint8_t version;

	if (take_fixed(&in, 4) != 0)
		return false;
	version = (uint8_t)take_fixed(&in, 1);
	augmentation = (const char *)in.at;
	while (in.at < in.end && *in.at++ != 0)
		;
	if ((version != 1 && version != 3) || in.at >= in.end)
		return false;
	cie->code_align = take_uleb(&in);
	cie->data_align = take_sleb(&in);
	cie->ra_reg = version == 1 ? take_fixed(&in, 1) : take_uleb(&in);
	cie->pointer_encoding = PE_ABSPTR;
	cie->augmented = augmentation[0] == 'z';
	if (cie->augmented) {
		struct bytes data = take_block(&in);

		for (const char *c = augmentation + 1; *c != 0 && data.at < data.end; c++) {
			uint8_t encoding = (*c == 'R' || *c == 'L' || *c == 'P') ? *data.at++ : 0;

			if (*c == 'R')
				cie->pointer_encoding = encoding;
			else if (*c == 'P')
				(void)akti_prof_fde_pointer(&data, encoding, 0);
		}
	}
	cie->program = in;
	return true;
}

void akti_prof_fde_rows(const uint8_t *fde, const uint8_t *limit, uintptr_t start,
			struct rows *rows)
{
	struct bytes in = take_entry(fde, limit);
	const uint8_t *id_at = in.at;
	uint64_t id = take_fixed(&in, 4), first, size_bytes;
	struct machine machine = { 0 };
	struct cie cie;

	if (id == 0 || id > (uint64_t)(uintptr_t)id_at || !read_cie(id_at - id, limit, &cie))
		return;
	first = akti_prof_fde_pointer(&in, cie.pointer_encoding, 0);
	size_bytes = akti_prof_fde_pointer(&in, cie.pointer_encoding & 0x0f, 0);
	if (cie.augmented)
		(void)take_block(&in);
	if (first < start || first - start + size_bytes > UINT32_MAX || size_bytes == 0)
		return;

	machine.cie = &cie;
	machine.pc = first - start;
	run(&machine, cie.program, NULL);
	machine.first = machine.row;
	run(&machine, in, rows);
	emit(rows, &machine);
	machine.pc = first - start + size_bytes;
	machine.row = (struct cfi_row){ .ra = CFI_SAME };
	emit(rows, &machine);
}
