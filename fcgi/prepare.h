/*
 * Between the router and the handler: everything the route table says a request needs is made true here, in
 * one order, or the request ends with the error that says why.
 */
#ifndef EKSGATE_FCGI_PREPARE_H
#define EKSGATE_FCGI_PREPARE_H

#include "fcgi/request.h"

/* Host, path and method: finds the route. 0, or -1 with request->err. */
int request_route(struct request *request, const struct route *routes, size_t route_count);

/* Who asks and whether he may, then query, body, connection, cluster: what the route needs. 0, or -1 with request->err.
 */
int request_prepare(struct request *request, struct caller_store *callers);

#endif
