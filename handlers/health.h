/* The answers of /health, for the route table. */
#ifndef EKSGATE_HANDLERS_HEALTH_H
#define EKSGATE_HANDLERS_HEALTH_H

#include "fcgi/route.h"

extern const struct answer health_answers[];
extern const struct answer health_word_answers[];

#endif
