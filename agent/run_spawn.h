/* A process that outlives the one that started it, knows nothing that it was not told, and may not do more than it
 * must. */
#ifndef EKSGATE_AGENT_RUN_SPAWN_H
#define EKSGATE_AGENT_RUN_SPAWN_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"

struct spawn {
    char *const *words;
    char *const *environment; /* all of it */
    const char *folder;       /* where it is begun */
    const char *errors;       /* file for what it says on stderr */
    int held;                 /* a descriptor that it and its children keep open */
    uid_t user;               /* who it is, where this process is root */
    gid_t group;
};

/* In a session of its own. The child's id stands in the file behind held, too. 0, or -1 with err. */
int spawn_start(const struct spawn *spawn, pid_t *pid, struct err *err);

/* The environment of this process as far as such a child may know it: what names AWS and its credentials, proxies and
 * certificates. NULL-terminated, with room for so many more. NULL without memory. */
char **spawn_environment(struct arena *arena, size_t more, size_t *count);

/* When a process was started, in ticks since the machine was; 0 when there is none of that id. */
int64_t spawn_started_at(pid_t pid);

#endif
