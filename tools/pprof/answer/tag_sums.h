/* SPDX-License-Identifier: MIT */
/* tag_sums: what each value of each label accounts for, in samples that have it. */
#ifndef PPROF_TAG_SUMS_H
#define PPROF_TAG_SUMS_H

#include "pprof/query/report.h"

struct tag_sum {
	uint32_t key;
	uint32_t value; /* text; numbers as written */
	bool is_num;
	int64_t sum;
};

/* By key; within one by weight and then by value. *ret_sums is the caller's to free. */
size_t tag_sums_create(struct report *report, struct tag_sum **ret_sums);

#endif
