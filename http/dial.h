/*
 * From a URL to a connection that is being made. The rules about addresses are http/reach.h's.
 */
#ifndef EKSGATE_HTTP_DIAL_H
#define EKSGATE_HTTP_DIAL_H

#include <sys/socket.h>

#include "http/client.h"

#define DIAL_ADDRESSES_MAX 8

struct dial_address {
    struct sockaddr_storage address;
    socklen_t len;
};

struct dial {
    bool plain;          /* http:// */
    char authority[304]; /* "host[:port]", as in the URL */
    char host[256];      /* without port and brackets */
    char port[8];
    struct dial_address addresses[DIAL_ADDRESSES_MAX];
    size_t count;
};

/* Takes a URL of http or https apart; a path behind it is ignored. 0, or -1 when it is none. */
int dial_split(const char *url, struct dial *out);

enum dial_how {
    DIAL_NUMBERS, /* an address is taken as it is, without waiting; a name is HTTP_UNRESOLVED */
    DIAL_NAMES    /* may wait */
};

/* Finds the addresses. HTTP_OK, HTTP_UNRESOLVED, or HTTP_FORBIDDEN when none of them may be reached; detail tells why,
 * for people. */
enum http_result dial_resolve(struct dial *dial, enum dial_how how, enum http_reach reach, char detail[256]);

/* Begins to connect without waiting. Returns the socket, or -1 with errno. */
int dial_start(const struct dial_address *address);

#endif
