/* SPDX-License-Identifier: MIT */
/*
 * flame: the stacks of a report as one tree, for the page's flame graph. The heaviest stacks come
 * first: when the tree is full, the others end where they leave it, in a node "[frames left out]".
 *
 *	{"names":[...],"files":[...],      texts
 *	 "file":[...],                     of each name, into files
 *	 "parent":[...],"source":[...],    of each node: its distance to the parent, which comes before
 *	                                   it (0: none); 2 * name, plus 1 where the call was inlined
 *	 "more":[...],"less":[...],        what ends there: the sum of what is positive, of what is negative
 *	                                   (left out where there is none)
 *	 "cut":[stacks,value],             those with frames left out
 *	 "unlabelled":[samples,value],     those that lost their labels
 *	 with labels: "texts":[...],"sets":[[key,value,...],...] into texts,
 *	 "rows":[node,set,value,...]}      what of the node's value has these labels
 */
#ifndef PPROF_FLAME_H
#define PPROF_FLAME_H

#include "pprof/query/report.h"

#define FLAME_NODES_MAX 200000u /* beside those for frames left out, at most one each */
#define FLAME_ROWS_MAX 200000u  /* nodes with a set of labels; others lose theirs, and it is told */

/* The report is filtered and merged. */
void flame_add(struct report *report, bool with_labels, struct buffer *out);

#endif
