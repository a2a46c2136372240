/*
 * Whom an answer that lasts is for: his end of the connection, why he has to go, and what the log says when he has
 * gone. For fcgi/lasting.c and fcgi/viewer.c, each in the thread that makes the answer.
 */
#ifndef EKSGATE_FCGI_RECIPIENT_H
#define EKSGATE_FCGI_RECIPIENT_H

#include <pthread.h>

#include "access/hold.h"
#include "base/loop.h"
#include "fcgi/peer.h"
#include "fcgi/request.h"

struct recipient {
    struct peer peer; /* fd: -1 while the connection is the worker's */
    struct loop *loop;
    void (*on_room)(void *arg); /* what waited for him has gone out. Or NULL */
    void *arg;
    uint32_t watched;
    struct caller_store *callers;
    struct caller_hold *hold; /* of the caller's key, or NULL */

    char method[16];
    char path[512];
    char request_id[65];
    char remote_address[64];
    char caller[64];
    int64_t started_ms;
    int status; /* 0 until the head has gone out */
    uint64_t bytes;
    bool ended;
    bool gone; /* he; nothing goes out to him any more */
    const char *fault;
};

/* What has to be known of the request, which stays the worker's. loop, on_room and arg are set afterwards. */
void recipient_init(struct recipient *recipient, const struct request *request);

/* The connection to nginx is not the worker's any more, and request->response says so; or is again. */
void recipient_take(struct recipient *recipient, struct request *request);
void recipient_give_back(struct recipient *recipient, struct request *request);

/* Waits for his end, and for room while he has none. */
void recipient_watch(struct recipient *recipient);

void recipient_write(struct recipient *recipient, struct str data); /* not while something waits */
bool recipient_is_full(const struct recipient *recipient);

/* Nobody wants the answer any more, or may not have it: ->fault, or he is gone. */
bool recipient_must_end(struct recipient *recipient, bool stopping, int64_t now_ms);

/* The end of a whole answer; without whole it is broken off. */
void recipient_end(struct recipient *recipient, bool whole);

/* He goes, with his line in the log. An answer that has not ended is ended, or broken off, as recipient_end() does. */
void recipient_leave(struct recipient *recipient, bool whole);

/* So many may be answered in the process at a time. */
struct places {
    pthread_mutex_t lock;
    pthread_cond_t given;
    struct quota *quota;
    long count;
};

#define PLACES_NEW                                                                                                     \
    {                                                                                                                  \
        .lock = PTHREAD_MUTEX_INITIALIZER, .given = PTHREAD_COND_INITIALIZER                                           \
    }

/* 0, or -1: there are as many as may be of all, or of one caller. */
int places_take(struct places *places, struct str caller, long all, long each);
void places_give(struct places *places, struct str caller);

/* Waits until all are given back: 0, or -1 after so many milliseconds. */
int places_wait(struct places *places, long milliseconds);

#endif
