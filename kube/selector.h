/*
 * Label selectors, for what is not in a cluster any more and has to be selected here:
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#api
 */
#ifndef EKSGATE_KUBE_SELECTOR_H
#define EKSGATE_KUBE_SELECTOR_H

#include "base/json.h"

/* NULL for a selector that can be read, else what it must be (static text): for the check of a struct field. */
const char *selector_check(struct str selector);

/* Whether an object with these labels (NULL: none) is selected. selector has been checked; the empty one selects all.
 */
bool selector_matches(struct str selector, const cJSON *labels);

/* Appends the selector of a workload, {matchLabels, matchExpressions}, as it stands in a query: percent-encoded. 0, or
 * -1 when it selects nothing in particular, or can not be written. */
int selector_write(const cJSON *selector, struct buf *out);

#endif
