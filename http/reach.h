/*
 * Which addresses may be connected to. Asked after name resolution, so a name that resolves to a forbidden address is
 * refused too, and what was checked is what is connected to.
 */
#ifndef EKSGATE_HTTP_REACH_H
#define EKSGATE_HTTP_REACH_H

#include <stdbool.h>
#include <sys/socket.h>

enum http_reach {
    HTTP_REACH_PUBLIC,   /* no loopback, link-local, multicast or unspecified address */
    HTTP_REACH_INTERNET, /* nor a private one, nor one in which another may hide: for URLs that users give */
    HTTP_REACH_ANY       /* addresses that the operator named himself */
};

bool http_reach_allows(enum http_reach reach, const struct sockaddr *address);

#endif
