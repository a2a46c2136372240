/*
 * Every maximum of the gateway in one place. A value that is exceeded is an error that is told, never a
 * silent cut.
 */
#ifndef EKSGATE_BASE_LIMITS_H
#define EKSGATE_BASE_LIMITS_H

#define KIB(n) ((size_t)(n)*1024)
#define MIB(n) ((size_t)(n)*1024 * 1024)

/* Requests */
#define LIMIT_URI KIB(32)          /* as nginx: large_client_header_buffers 8 32k */
#define LIMIT_HEADERS 100          /* request headers passed on */
#define LIMIT_HEADER_BYTES KIB(32) /* all of them together */
#define LIMIT_BODY_RAW MIB(8)      /* nginx: client_max_body_size; the API server refuses 3 MiB itself */
#define LIMIT_BODY_REPLAY MIB(4)   /* sent once more where a token was refused; a longer one is not */
#define LIMIT_DRAIN KIB(64)        /* of an unread body; above it the FastCGI connection is closed */
#define LIMIT_JSON_DEPTH 64
#define LIMIT_JSON_VALUES 250000 /* in one body: each takes memory many times its text */
#define LIMIT_BODY_JOB KIB(1536) /* etcd takes no more */
#define LIMIT_QUERY_PARAMS 32
#define LIMIT_PATH_PARAMS 5
#define LIMIT_CLUSTER_ID 256

/* Memory */
#define LIMIT_REQUEST_ARENA MIB(16)   /* all that one request may allocate */
#define ARENA_CHUNK KIB(48)           /* kept between requests: a small one needs no more */
#define LIMIT_RESPONSE_BUFFER KIB(64) /* JSON answers are flushed in pieces of this size */

/* Answers of others */
#define LIMIT_REPLY_HEADERS KIB(64)
#define LIMIT_STS_REPLY MIB(1)
#define LIMIT_EKS_REPLY MIB(8)
#define LIMIT_KUBE_OBJECT MIB(4)     /* one item of a list, or one whole small answer */
#define LIMIT_KUBE_ENVELOPE KIB(256) /* what stands around the items of a list */
#define LIMIT_CA_PEM KIB(64)

/* Lists */
#define LIST_PAGE 500      /* asked of the API server at a time, as kubectl does */
#define LIST_PAGE_MAX 1000 /* what a caller may ask for */

/* Manifests: bodies of many objects */
#define LIMIT_MANIFESTS 1000        /* objects in one body */
#define LIMIT_MANIFEST_DEPTH 128    /* schemas of custom resources nest deeply */
#define LIMIT_MANIFEST_NODES 250000 /* values in one document, aliases expanded */
#define LIMIT_MANIFEST_TEXT MIB(16) /* of one document, aliases expanded; and of all objects as JSON */

/* Tokens: EKS refuses longer ones (aws-iam-authenticator, maxTokenLenBytes). */
#define LIMIT_EKS_TOKEN 4096

#endif
