/* The query of GET .../kubeconfig, for the route table. */
#ifndef EKSGATE_HANDLERS_KUBECONFIG_H
#define EKSGATE_HANDLERS_KUBECONFIG_H

#include "fcgi/field.h"

extern const struct field kubeconfig_fields[];

#endif
