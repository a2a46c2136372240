/* What EKS says and who may come in, in the route table. */
#ifndef EKSGATE_HANDLERS_EKS_H
#define EKSGATE_HANDLERS_EKS_H

#include "fcgi/route.h"

extern const struct field access_fields[];
extern const struct answer eks_answers[];
extern const struct answer eks_part_answers[];
extern const struct answer explain_answers[];
extern const struct answer grant_answers[];

#endif
