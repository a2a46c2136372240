/*
 * An error as clients read it: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
 */
#ifndef EKSGATE_BASE_STATUS_H
#define EKSGATE_BASE_STATUS_H

#include "base/buf.h"
#include "base/err.h"

/* Appends the metav1.Status and a line end. */
void status_write(struct buf *body, const struct err *err);

/* "Not Found" for 404. */
const char *http_reason(int status);

#endif
