/*
 * The third seed's table writes the list of a namespaced kind as GET .../namespaces/{kind}, without the namespace. To
 * the cluster that is the namespace of that name; where there is none, the list of the kind is what was meant
 * (docs/decisions/020).
 */
#ifndef EKSGATE_HANDLERS_RAW_LIST_H
#define EKSGATE_HANDLERS_RAW_LIST_H

#include "fcgi/request.h"

/* Whether the request reads so, and its sender takes whatever comes: Kubernetes' own clients say what they take, and
 * when they ask for a namespace they mean one. Such a request waits for the cluster before it is relayed. */
bool raw_may_be_list(const struct request *request);

/* Asks the cluster for what the path names. *rest, which goes to the cluster, becomes the path of the list where there
 * is nothing. 0, or -1 with request->err: the caller may not read that list. */
int raw_find_list(struct request *request, struct str *rest);

#endif
