/*
 * The threads in which exchanges wait for Redis, AWS and name servers, so that no session waits for another one's.
 */
#ifndef EKSGATE_TUNNEL_JOBS_H
#define EKSGATE_TUNNEL_JOBS_H

#include "tunnel/reactor.h"

#define JOBS_WAITING_MAX 1024

struct jobs;

/* NULL when they can not be started. */
struct jobs *jobs_start(struct tunnel *tunnel, long threads);

/* Waits up to so long for what runs. 0, or -1 when some still does: then nothing they use may be freed. */
int jobs_stop(struct jobs *jobs, long within_ms);

/* The session's next step runs in one of the threads; then it goes back to its reactor. 0, or -1 when too many wait. */
int jobs_add(struct jobs *jobs, struct session *session);

#endif
