/*
 * What went wrong, once, in the shape that every caller reads: a function returns -1 and fills a struct
 * err; one place (fcgi/response.c) turns it into a metav1.Status.
 *
 * Reasons are those of Kubernetes' API machinery where it has one:
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
 */
#ifndef EKSGATE_BASE_ERR_H
#define EKSGATE_BASE_ERR_H

#include "base/str.h"

enum err_kind {
    ERR_NONE,
    ERR_BAD_REQUEST,
    ERR_UNAUTHORIZED,
    ERR_FORBIDDEN,
    ERR_NOT_FOUND,
    ERR_NOT_CONNECTED,
    ERR_METHOD_NOT_ALLOWED,
    ERR_CONFLICT,
    ERR_TOO_LARGE,
    ERR_MEDIA_TYPE,
    ERR_MISDIRECTED,
    ERR_LOCKED,
    ERR_INVALID,
    ERR_OVERLOADED,
    ERR_INTERNAL,
    ERR_UPSTREAM_REFUSED, /* the cluster does not accept the identity */
    ERR_UPSTREAM_BROKEN,
    ERR_UPSTREAM_TLS,
    ERR_UPSTREAM_UNREACHABLE,
    ERR_UPSTREAM_TIMEOUT,
    ERR_STORE_UNAVAILABLE,
    ERR_NOT_CONFIGURED, /* the operator has to set something first */
    ERR_NO_CREDENTIALS,
    ERR_CREDENTIALS_EXPIRED,
    ERR_AWS, /* an answer of AWS: its own HTTP status, code and message */
    ERR_CLIENT_GONE,
    ERR__MAX
};

#define ERR_CAUSES_MAX 16

struct err_cause {
    char field[160];    /* Kubernetes' own paths are long */
    const char *reason; /* FieldValueRequired, FieldValueInvalid, ... (static) */
    char message[192];
};

struct err {
    enum err_kind kind;
    int code;             /* HTTP status */
    unsigned retry_after; /* seconds, 0 for none; only where the request can not have run */
    char message[512];
    char object[648];        /* details.name: what the error is about, or "" */
    const char *object_kind; /* details.kind: what that is, static text, or NULL */
    char aws_code[96];       /* details.awsCode, or "" */
    char aws_request_id[80];
    const struct cJSON *about; /* more members of details, of an object that lives as long as the request; or NULL */
    size_t cause_count;
    size_t fault_count;                      /* of fields, those without room in causes too */
    struct str upstream_status;              /* a cluster's own Status body, relayed byte for byte */
    struct str upstream_type;                /* and its Content-Type */
    struct err_cause causes[ERR_CAUSES_MAX]; /* last, and beyond cause_count never written: they are most of it */
};

/* Sets the error and returns -1, so that "return err_set(...)" reads well. */
int err_set(struct err *err, enum err_kind kind, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Adds a field error and makes the whole an ERR_INVALID. Those beyond the maximum are counted in the message
 * only. Returns -1. */
int err_field(struct err *err, const char *field, const char *reason, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

void err_clear(struct err *err);

int err_http_status(enum err_kind kind);
const char *err_reason(const struct err *err); /* metav1 StatusReason */
const char *err_slug(enum err_kind kind);      /* X-Eksgate-Error */

#define CAUSE_REQUIRED "FieldValueRequired"
#define CAUSE_INVALID "FieldValueInvalid"
#define CAUSE_UNKNOWN "FieldValueForbidden"
#define CAUSE_NOT_SUPPORTED "FieldValueNotSupported"
#define CAUSE_TYPE "FieldValueTypeInvalid"
#define CAUSE_TOO_LONG "FieldValueTooLong"
#define CAUSE_DUPLICATE "FieldValueDuplicate"

#endif
