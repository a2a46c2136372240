/* Tickets for terminals, for the route table. */
#ifndef EKSGATE_HANDLERS_TERMINAL_H
#define EKSGATE_HANDLERS_TERMINAL_H

#include "fcgi/route.h"

extern const struct answer ticket_answers[];

#endif
