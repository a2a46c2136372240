/*
 * Amounts as Kubernetes writes them: "250m", "1.5", "128Mi", "2e3".
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 *
 * Both round any fraction up, as Kubernetes does, away from zero. What is more than an int64_t holds becomes the most
 * that it holds. Digits behind the nineteenth that is not a leading zero do nothing but round up.
 */
#ifndef EKSGATE_KUBE_QUANTITY_H
#define EKSGATE_KUBE_QUANTITY_H

#include <stdint.h>

#include "base/err.h"

/* Of CPUs: "250m" is 250, "2" is 2000, "1n" is 1. 0, or -1 with ERR_UPSTREAM_BROKEN when the text is none. */
int kube_quantity_millicores(struct str text, int64_t *out, struct err *err);

/* Of memory and storage, and of whatever is counted: "128Mi" is 134217728, "110" is 110. As above. */
int kube_quantity_bytes(struct str text, int64_t *out, struct err *err);

#endif
