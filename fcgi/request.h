/*
 * One request, from the FastCGI parameters to what a handler may rely on. Everything lives in the worker's
 * arena until the answer is finished.
 */
#ifndef EKSGATE_FCGI_REQUEST_H
#define EKSGATE_FCGI_REQUEST_H

#include <fcgiapp.h>

#include "base/limits.h"

#include "access/caller.h"
#include "access/limits.h"
#include "cluster/cluster.h"
#include "fcgi/route.h"

struct streams;
struct stream;

struct response {
    struct buf out; /* the head, then what is held back of the body */
    int status;     /* 0 until response_begin() */
    bool head_ended;
    bool sent;       /* some of it: it can not be taken back any more */
    bool truncated;  /* the body ended in the middle: the client must see that */
    bool gone;       /* nobody reads any more */
    bool handed_off; /* to who lasts longer (fcgi/lasting.h): the connection to nginx is theirs */
};

struct request {
    struct worker *worker;
    struct streams *streams; /* fcgi/streams.h; NULL: there are none */
    struct stream *stream;   /* what streams_take() made of it: it goes on there */
    struct arena *arena;
    FCGX_Request *fcgx; /* NULL: the whole request has been read, and its params and body are here */
    char **params;      /* "NAME=value", NULL-terminated; in the arena */

    const char *method_name;
    enum method method;
    struct str path;     /* raw, before the "?" */
    struct str query;    /* raw, behind the "?"; NULL pointer without one */
    struct str page;     /* the origin of another site's page that may ask here (fcgi/cors.h), or empty */
    const char *id;      /* X-Request-Id */
    struct str audit_id; /* under which the cluster's audit log has it, where that is not the id: the client gave one */
    const char *remote_address;

    struct route_match match;
    struct caller_store *callers;                /* what the process knows of those who may ask */
    struct credentials shown;                    /* secrets */
    struct limit_state limit;                    /* of the caller, for this kind of request */
    struct str query_values[LIMIT_QUERY_PARAMS]; /* in the order of match.route->query */
    struct str repeat_key;                       /* Idempotency-Key, where the route takes one; or empty */
    struct str body;
    cJSON *json;
    struct cluster *cluster;

    struct upload *upload; /* fcgi/upload.h; NULL: the input is read as usual */

    struct response response;

    struct caller caller; /* from here on most is beyond what is used, and not touched where it need not be */
    struct err err;
};

/* Reads method, address and id from the parameters, which libfcgi has read; they are copied. 0, or -1 with
 * request->err. */
int request_init(struct request *request, struct worker *worker, FCGX_Request *fcgx);

struct intake;

/* The same from a request that lies in one piece, in the worker's arena. */
int request_init_whole(struct request *request, struct worker *worker, const struct intake *intake);

/* A FastCGI parameter, or the empty view. */
struct str request_param(const struct request *request, const char *name);

/* A query parameter by name, or an empty view with a NULL pointer. */
struct str request_query(const struct request *request, const char *name);

/* The decoded path part ":name"; NULL pointer with request->err when it can not be decoded. */
struct str request_segment(struct request *request, const char *name);

/* The same, held against a rule (kube/name.h): ERR_BAD_REQUEST with the cause otherwise. */
struct str request_name(struct request *request, const char *name, const char *(*check)(struct str value));

/* Reads the whole body into request->body. -1 with ERR_TOO_LARGE above max, ERR_BAD_REQUEST when it is not as
 * long as announced. */
int request_read_body(struct request *request, size_t max);

/* Held against the type that it was sent as: YAML or JSON. what: it is, for the message. 0, or -1 with request->err. */
int request_check_document(struct request *request, const char *what);

/* True when the client has sent all there is: nothing of it can come in between any more. */
bool request_is_read(const struct request *request);

/* True when the client or nginx has closed the connection. */
bool request_is_gone(const struct request *request);

#endif
