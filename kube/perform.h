/*
 * One request to one cluster's API server, and what its failures mean (the failure table of the raw proxy).
 */
#ifndef EKSGATE_KUBE_PERFORM_H
#define EKSGATE_KUBE_PERFORM_H

#include "base/arena.h"
#include "base/err.h"
#include "http/client.h"

/* A cluster that can be talked to. */
struct kube_target {
    const char *cluster_id; /* for messages */
    const char *endpoint;   /* "https://host[:port]", no path */
    struct str ca_pem;
    const char *token; /* the bearer token; wiped by its owner. "": none is sent */
    struct http_identity identity;
    bool endpoint_named; /* the operator named this address: any network may be reached */
};

struct kube_request {
    const char *method;
    struct str path;            /* path and query as they go on the wire */
    const char *const *headers; /* NULL-terminated lines, without Authorization; or NULL */
    struct str body;
    bool has_body;
    const struct http_source *source; /* instead of body: it comes while it is sent, once */
    long timeout_ms;
    size_t max_body;              /* of a collected answer */
    const struct http_sink *sink; /* NULL: collected in reply->body */
    bool relay;                   /* the sink gets answers of every status; else 2xx only, the rest is an error */
    bool hold_unauthorized;       /* a 401 is not relayed: the caller will try again with another token */
    struct arena *arena;          /* of what belongs to this one call, its answer too; NULL: the worker's */
};

/* 0 when an answer came that the caller wants (2xx, or any with relay). -1 with err otherwise: a cluster's
 * own error keeps its status and its Status body (err->upstream_status). reply->head.status is set whenever a
 * head came. */
int kube_perform(struct http_client *http, struct arena *arena, const struct kube_target *target,
                 const struct kube_request *request, struct http_reply *reply, struct err *err);

/* The pieces of the above for who performs the call himself.
 * The call as HTTP, without a sink; its texts lie in the arena or are the request's. 0, or -1 with err. */
int kube_prepare_call(struct arena *arena, const struct kube_target *target, const struct kube_request *request,
                      struct http_call *out, struct err *err);

/* What a result other than HTTP_OK means. Returns -1. */
int kube_transport_error(const struct kube_target *target, const struct http_reply *reply, struct err *err);

/* For the metrics, by who performs the call himself: the head of an answer has come, asked for at that time; or none
 * came. */
void kube_count_answer(int status, int64_t asked_us);
void kube_count_failure(enum http_result result);

/* Whether a request that was closed without an answer may be sent a second time. */
bool kube_may_repeat(const struct kube_request *request);

/* Whether one whose token was refused may: what came while it was sent is gone, and a long body is not worth keeping.
 */
bool kube_may_replay(const struct kube_request *request);

/* Header lines for the gateway's own calls: our User-Agent (so that the API server answers in compact JSON),
 * Accept, and the audit id. NULL without memory. */
const char *const *kube_own_headers(struct arena *arena, const char *accept, const char *audit_id);

#define KUBE_ACCEPT_JSON "application/json"
#define KUBE_ACCEPT_TABLE "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"

#endif
