/* SPDX-License-Identifier: MIT */
/*
 * words: figures as people read them, in few characters: 12.3, 1.8k, 5.2ms, 10MB; what an actor is at;
 * the lines above the table. "-": not known.
 */
#ifndef TOP_WORDS_H
#define TOP_WORDS_H

#include "top/rows.h"

struct word {
	char text[32];
};

struct word word_count(double count);
struct word word_time(int64_t ns);
struct word word_bytes(int64_t bytes);
struct word word_percent(double percent);
/* 62 seconds as 1m02s, up to days. */
struct word word_uptime(int64_t ns);

/* "runs bank.pay 1.2s", "queued", "awaits 2 answers", "stopping"; of a type how many do what. */
void words_of_doing(struct buffer *out, const struct row *row);
/* Blanks, controls and '%' as %XX: one word, whatever a program calls its types. */
void words_put_safe(struct buffer *out, const char *text);

#define HEAD_LINES 3
/* The lines above the table. */
void words_head(struct buffer lines[HEAD_LINES], const struct source *source,
		const struct page *page);

#endif
