/*
 * What a caller may do. Each role has the rights of those before it.
 */
#ifndef EKSGATE_ACCESS_ROLE_H
#define EKSGATE_ACCESS_ROLE_H

#include "base/str.h"

enum role {
    ROLE_NONE,    /* anybody, also without a key */
    ROLE_VIEWER,  /* reads, but for what gives power by being read: secrets, exec, proxies */
    ROLE_EDITOR,  /* and changes */
    ROLE_ADMIN,   /* and decides who may do what */
    ROLE_BY_VERB, /* of a route: as verb_role() says of the request */
    ROLE_SCRAPER, /* of a route: a viewer, or without a key who asks from EKSGATE_METRICS_ALLOW */
};

const char *role_name(enum role role);

/* "viewer", "editor" or "admin". 0, or -1. */
int role_parse(struct str name, enum role *out);

#endif
