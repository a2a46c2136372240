/* The tables of the routes in nodes.c. */
#ifndef EKSGATE_HANDLERS_NODES_H
#define EKSGATE_HANDLERS_NODES_H

#include "fcgi/route.h"

extern const struct answer nodes_answers[];

#endif
