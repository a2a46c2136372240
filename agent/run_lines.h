/* What a run prints, cut into lines while it arrives; read again from the first byte, what is known is passed over. */
#ifndef EKSGATE_AGENT_RUN_LINES_H
#define EKSGATE_AGENT_RUN_LINES_H

#include "agent/run_work.h"

struct run_lines {
    struct buf unread;
    int64_t seen; /* lines that were taken */
    int64_t at;   /* lines that this reading has met */
};

void run_lines_init(struct run_lines *lines);
void run_lines_free(struct run_lines *lines);

/* It is read again from its first byte. */
void run_lines_rewind(struct run_lines *lines);

/* Room for what is read next; NULL without memory. What was written there is taken by run_lines_take(). */
char *run_lines_reserve(struct run_lines *lines, size_t len);

/* len bytes more have come. is_end: what has no end yet is a line, too. 0, or -1 when the work must stop. */
int run_lines_take(struct run_work *work, struct run_lines *lines, size_t len, bool is_end);

#endif
