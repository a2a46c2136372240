/*
 * The API server's word for a manifest that it can not decode (fieldValidation=Strict), taken apart by field:
 * Job in version "v1" cannot be handled as a Job: strict decoding error: unknown field "spec.a", duplicate field "b"
 */
#ifndef EKSGATE_KUBE_STRICT_H
#define EKSGATE_KUBE_STRICT_H

#include "base/err.h"

/* Adds a field error for each that the message names, which makes err an ERR_INVALID. False, and err as it was, when
 * the message is of another kind. */
bool kube_strict_explain(struct str message, struct err *err);

#endif
