/*
 * What the main thread of a serving process does while its other threads serve: it waits for the end, and until then
 * keeps the process's metrics up to date and hands them to who asks.
 */
#ifndef EKSGATE_BASE_ATTEND_H
#define EKSGATE_BASE_ATTEND_H

#include "base/metrics.h"

#define ATTEND_BEAT_MS 2000

/* Blocks SIGTERM and SIGINT, in this thread and those it starts from now on. */
void attend_block_signals(void);

/* Listens where attend_ask() of other processes finds it: folder/process.metrics, for this user and group only.
 * The descriptor, or -1 after having said why. */
int attend_listen(const char *folder, const char *process);

struct attend {
    int metrics_fd;          /* of attend_listen(), or -1 */
    int queue_fd;            /* a listening unix socket whose queue is counted, or -1 */
    void (*beat)(void *arg); /* called at the start and then every ATTEND_BEAT_MS; may be NULL */
    void *arg;
};

/* Returns after SIGTERM or SIGINT, which must be blocked. */
void attend(const struct attend *attend);

/* Copies the block of such a process. 0, or -1 when there is none, or one of another version. */
int attend_ask(const char *folder, const char *process, struct metrics_block *out);

#endif
