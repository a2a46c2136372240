/*
 * The shape of the one table (handlers/routes.c) that is both the router and the API reference, and the
 * matcher over it.
 */
#ifndef EKSGATE_FCGI_ROUTE_H
#define EKSGATE_FCGI_ROUTE_H

#include "access/role.h"
#include "base/limits.h"
#include "fcgi/field.h"

struct request;

enum method {
    METHOD_GET = 1 << 0, /* HEAD too */
    METHOD_POST = 1 << 1,
    METHOD_PUT = 1 << 2,
    METHOD_PATCH = 1 << 3,
    METHOD_DELETE = 1 << 4,
    METHOD_OPTIONS = 1 << 5,
    METHOD_OTHER = 1 << 6,
    METHOD_ANY = (1 << 7) - 1,
};

enum needs {
    NEEDS_NOTHING = 0,
    NEEDS_JSON = 1 << 0,       /* a JSON body that fits the table in .body */
    NEEDS_CONNECTION = 1 << 1, /* the stored connection named by :cluster */
    NEEDS_CLUSTER = 1 << 2,    /* and that it can be called: credentials, endpoint, token */
    NEEDS_IDENTITY = 1 << 5,   /* or only its credentials, to ask AWS about it */
    NEEDS_DEFAULT = 1 << 3,    /* the cluster is the default one, not named in the path */
    NEEDS_BODY = 1 << 4,       /* the body's bytes, whatever they are */
    NEEDS_UNBOUND = 1 << 8,    /* a caller who may do it anywhere: no key that is bound to connections */
    TAKES_KEY = 1 << 9,        /* the same request with the same Idempotency-Key is done once */
    ONLY_RELAYS = 1 << 7,      /* the handler does not wait, and writes no answer: it makes a stream (fcgi/streams.h) */
};

/* Where an answer leads: another route, and what of the answer's body names the parts of its path:
 * "cluster=connection_id name=job_name". */
struct link {
    const char *name; /* NULL ends a table */
    enum method method;
    const char *path;
    const char *parts;
};

/*
 * One of the answers that a route gives. What follows from the rest of its row is added by itself: 401 and 403 from the
 * role, 400 and 422 from query and body, 404 from the path, 502 to 504 from the cluster. Several rows of one status are
 * alternatives.
 */
struct answer {
    int status; /* 0 ends a table */
    const char *help;
    const struct field *shape; /* of a JSON object, or of each event of an event-stream. NULL: a metav1.Status from 400
                                * on, any bytes of .type below */
    const char *type;          /* NULL: application/json */
    bool is_list;              /* an array of such objects */
    const struct link *links;  /* or NULL */
};

#define ANSWER_ANY 1 /* a status: whatever the cluster answers */

struct route {
    unsigned methods;
    const char *path;
    int (*handle)(struct request *request); /* 0, or -1 with request->err */
    unsigned needs;
    enum role role; /* what a caller must be; everyone is an admin while EKSGATE_AUTH=off */
    size_t max_body;
    const struct field *query; /* NULL: no parameter is known; ignored on routes that end in an asterisk */
    const struct field *body;
    const char *group; /* of the reference: "clusters", "jobs", ... */
    const char *summary;
    const struct answer *answers;
    void (*check_body)(const cJSON *body,
                       struct err *err); /* adds what does not fit together to the faults of fields */
    /* Whether the handler of ONLY_RELAYS waits for this request all the same; or NULL. */
    bool (*waits)(const struct request *request);
};

enum method method_parse(struct str name);

/* Writes "GET, HEAD, POST" for a mask. */
void method_list(unsigned methods, struct buf *out);

/* The header of routes with TAKES_KEY, for the reference. */
extern const struct field route_key;

/* NULL for a good one, and for an empty one, which is none; else what it must be. */
const char *route_check_key(struct str key);

struct route_match {
    const struct route *route;              /* NULL: none for this method */
    size_t row;                             /* its place in the table; SIZE_MAX: in none */
    struct str segments[LIMIT_PATH_PARAMS]; /* raw values of the named parts, in order */
    size_t segment_count;
    struct str rest;
    unsigned allowed; /* all methods of this path; 0: no such path */
};

void route_match(const struct route *routes, size_t count, enum method method, struct str path,
                 struct route_match *out);

/* The raw value of ":name" in a match, or the empty view. */
struct str route_segment(const struct route_match *match, const char *name);

#endif
