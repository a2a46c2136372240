/*
 * One call in libcurl's terms, for client.c.
 */
#ifndef EKSGATE_HTTP_TRANSFER_H
#define EKSGATE_HTTP_TRANSFER_H

#include <curl/curl.h>

#include "http/client.h"

struct transfer {
    const struct http_call *call;
    struct http_reply *reply;
    struct arena *arena;        /* of the answer's head, and of a collected body */
    struct curl_slist *headers; /* of the request; they may hold a token */
    struct buf body;            /* a collected one */
    char detail[CURL_ERROR_SIZE];
    size_t header_bytes;
    int64_t asked_at_ms;  /* whether the caller is gone; at first, when the call began */
    unsigned connections; /* that a request was about to be sent on */
    bool head_told;
    bool stopped;
    bool source_waits; /* until its descriptor is readable */
    bool too_large;
    bool no_memory;
    bool address_refused;
};

/* Gives a fresh or reset handle all that the call says. 0, or -1 without memory. */
int transfer_begin(struct transfer *t, CURL *easy);

/* Fills the reply when libcurl is done, and frees what transfer_begin() made. */
void transfer_end(struct transfer *t, CURL *easy, CURLcode code);

#endif
