/* SPDX-License-Identifier: MIT */
/* dot: the parts of a drawing that have files of their own. */
#ifndef PPROF_DOT_H
#define PPROF_DOT_H

#include "pprof/graph/graph.h"

/* The boxes for the labels of a node, at most four and four ranges of sizes; false: none. */
bool dot_add_nodelets(struct graph *graph, uint32_t node, struct buffer *out);

/* A function's name without what makes it long: the path of a Go package, Java's package and
 * parameters, the namespace of a C++ method. The caller's to free. */
char *dot_short_name(const char *name);

/* The picture that dot drew, to fill the window and to be moved and zoomed in a browser. */
void svg_make_movable(struct buffer *svg);

#endif
