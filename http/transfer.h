/*
 * One call in libcurl's terms. For the files of this folder only: client.c runs a transfer alone, multi.c many beside
 * one another; the options and the reading of an answer are the same.
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

/* Overwrites and frees the request's headers; the handle must not need them any more. */
void transfer_forget_headers(struct transfer *t, CURL *easy);

/* The callback for CURLOPT_HEADERFUNCTION, with the transfer as its argument; transfer_begin() sets it. */
size_t transfer_read_header(char *data, size_t size, size_t count, void *arg);

/* Fills the reply when libcurl is done, and frees what transfer_begin() made. */
void transfer_end(struct transfer *t, CURL *easy, CURLcode code);

#endif
