/*
 * The first rows of a whole list in some order, in the memory of one page: rows come in any order, a heap keeps
 * the best so far. Together with the key of the page's last row, that pages through a sorted list of any length
 * without holding it.
 */
#ifndef EKSGATE_HANDLERS_TOP_H
#define EKSGATE_HANDLERS_TOP_H

#include "base/buf.h"
#include "handlers/rows.h"

/* A kept row: one piece of memory. */
struct top_row {
    struct sort_key key; /* its text lies in .texts, as the two below */
    const char *identity;
    const char *json;
    char texts[];
};

struct top {
    size_t limit;
    bool descending;
    struct top_row *after; /* rows up to and with this one are passed over; NULL: none */
    struct top_row **rows; /* a heap while rows come: the worst is first */
    size_t count;
    size_t seen; /* rows behind .after, kept or not */
};

int top_init(struct top *top, size_t limit, bool descending);
void top_free(struct top *top);

/* Parses what top_continue() wrote. 0, or -1 when it is not such a text. */
int top_begin_after(struct top *top, struct str text);

/* True when the row belongs to the page as far as is known; the caller then renders it and calls top_add(). */
bool top_wants(const struct top *top, const struct sort_key *key, const char *identity);

/* Counts a row as seen; with json, keeps it. 0, or -1 without memory. */
int top_add(struct top *top, const struct sort_key *key, const char *identity, struct str json);

/* Puts the kept rows in order. */
void top_sort(struct top *top);

/* The continue token behind the last kept row; empty when no row follows. */
int top_continue(const struct top *top, struct buf *out);

#endif
