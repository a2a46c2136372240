/* The query of GET .../kubeconfig, for the route table. */
#ifndef EKSGATE_HANDLERS_KUBECONFIG_H
#define EKSGATE_HANDLERS_KUBECONFIG_H

#include "fcgi/route.h"

extern const struct field kubeconfig_fields[];
extern const struct answer kubeconfig_answers[];

#endif
