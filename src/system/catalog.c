/* SPDX-License-Identifier: MIT */
#include "system/catalog.h"
#include "base/atomic.h"
#include "system/system.h"
#include <string.h>

void akti_catalog_init(struct catalog *catalog)
{
	akti_plat_mutex_init(&catalog->mutex, PLAT_RANK_SYSTEM);
}

void akti_catalog_fini(struct catalog *catalog)
{
	for (uint32_t i = 0; i < catalog->count; i++) {
		struct variant *next;

		for (struct variant *v = catalog->introduced[i].variants; v != NULL; v = next) {
			next = v->next;
			akti_mem_free(v, sizeof(*v));
		}
	}
	if (catalog->room > 0)
		akti_mem_free(catalog->introduced, catalog->room * sizeof(struct introduced));
	akti_plat_mutex_fini(&catalog->mutex);
}

/* --- types -------------------------------------------------------------------------------------- */

static struct introduced *find(struct catalog *catalog, const char *name)
{
	for (uint32_t i = 0; i < catalog->count; i++)
		if (strcmp(catalog->introduced[i].type->name, name) == 0)
			return &catalog->introduced[i];
	return NULL;
}

static int append(struct catalog *catalog, const akt_type *type)
{
	if (catalog->count == AKT_INTRODUCED_MAX)
		return AKT_ERR_LIMIT;
	if (catalog->count == catalog->room) {
		uint32_t room = catalog->room == 0 ? 16 : 2 * catalog->room;
		struct introduced *more = akti_mem_alloc(room * sizeof(*more), MEM_OTHER);

		if (more == NULL)
			return AKT_ERR_NOMEM;
		if (catalog->room > 0) {
			memcpy(more, catalog->introduced, catalog->count * sizeof(*more));
			akti_mem_free(catalog->introduced, catalog->room * sizeof(*more));
		}
		catalog->introduced = more;
		catalog->room = room;
	}
	catalog->introduced[catalog->count++] = (struct introduced){ type, NULL, 0 };
	return 0;
}

int akt_introduce(akt_system *system, const akt_type *type)
{
	struct catalog *catalog;
	const struct introduced *known;
	int r = 0;

	if (system == NULL || !akti_type_valid(type) || type->name[0] == '\0' ||
	    strlen(type->name) > AKT_NAME_MAX)
		return AKT_ERR_INVALID;
	catalog = &((struct akt_system *)system)->catalog;
	if (type->arg_type != NULL)
		r = akt_wire_check(type->arg_type, NULL);
	if (r < 0)
		return r;
	akti_plat_lock(&catalog->mutex);
	known = find(catalog, type->name);
	if (known == NULL)
		r = append(catalog, type);
	else if (known->type != type)
		r = AKT_ERR_EXISTS;
	akti_plat_unlock(&catalog->mutex);
	return r;
}

const akt_type *akt_introduced(akt_system *system, const char *name)
{
	struct catalog *catalog;
	const struct introduced *known;
	const akt_type *type;

	if (system == NULL || name == NULL)
		return NULL;
	catalog = &((struct akt_system *)system)->catalog;
	akti_plat_lock(&catalog->mutex);
	known = find(catalog, name);
	type = known != NULL ? known->type : NULL;
	akti_plat_unlock(&catalog->mutex);
	return type;
}

static bool same_numbers(const akt_type *a, const akt_type *b)
{
#define SAME(member, kind, number) &&a->member == b->member
	return true CATALOG_NUMBERS(SAME);
#undef SAME
}

static int make_variant(struct introduced *known, const akt_type *numbers,
			const akt_type **ret_type)
{
	struct variant *variant;

	for (variant = known->variants; variant != NULL; variant = variant->next)
		if (same_numbers(&variant->type, numbers)) {
			*ret_type = &variant->type;
			return 0;
		}
	if (known->variant_count == AKT_VARIANTS_MAX)
		return AKT_ERR_LIMIT;
	variant = akti_mem_alloc(sizeof(*variant), MEM_OTHER);
	if (variant == NULL)
		return AKT_ERR_NOMEM;
	variant->type = *numbers;
	if (variant->type.variant_of == NULL)
		variant->type.variant_of = known->type;
	variant->next = known->variants;
	known->variants = variant;
	known->variant_count++;
	*ret_type = &variant->type;
	return 0;
}

int akti_catalog_variant(struct catalog *catalog, const akt_type *type, const akt_type *numbers,
			 const akt_type **ret_type)
{
	int r;

	*ret_type = type;
	if (same_numbers(type, numbers))
		return 0;
	akti_plat_lock(&catalog->mutex);
	r = make_variant(find(catalog, type->name), numbers, ret_type);
	akti_plat_unlock(&catalog->mutex);
	return r;
}

/* --- extensions --------------------------------------------------------------------------------- */

static struct extension *find_extension(struct catalog *catalog, const char *id)
{
	uint32_t count = akti_load_acq(&catalog->extension_count);

	for (uint32_t i = 0; i < count; i++)
		if (strcmp(catalog->extensions[i].id, id) == 0)
			return &catalog->extensions[i];
	return NULL;
}

int akt_extend(akt_system *system, const char *id, void *object)
{
	struct catalog *catalog;
	uint32_t count;
	int r = 0;

	if (system == NULL || id == NULL || id[0] == '\0' || strlen(id) > AKT_NAME_MAX ||
	    object == NULL)
		return AKT_ERR_INVALID;
	catalog = &((struct akt_system *)system)->catalog;
	akti_plat_lock(&catalog->mutex);
	count = akti_load_rlx(&catalog->extension_count);
	if (find_extension(catalog, id) != NULL) {
		r = AKT_ERR_EXISTS;
	} else if (count == AKT_EXTENSIONS_MAX) {
		r = AKT_ERR_LIMIT;
	} else {
		catalog->extensions[count] = (struct extension){ id, object };
		akti_store_rel(&catalog->extension_count, count + 1);
	}
	akti_plat_unlock(&catalog->mutex);
	return r;
}

void *akt_extension(akt_system *system, const char *id)
{
	const struct extension *found;

	if (system == NULL || id == NULL)
		return NULL;
	found = find_extension(&((struct akt_system *)system)->catalog, id);
	return found != NULL ? found->object : NULL;
}
