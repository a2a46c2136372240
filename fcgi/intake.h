/*
 * A FastCGI request that lies in one piece, as nginx sends all but long ones: begin, parameters, body, one after the
 * other and of one id. What is anything else is left to who reads a connection record by record.
 */
#ifndef EKSGATE_FCGI_INTAKE_H
#define EKSGATE_FCGI_INTAKE_H

#include "base/arena.h"

#define INTAKE_MAX 16384 /* bytes of it */
#define INTAKE_PARAMS_MAX 128

struct intake {
    int request_id;
    bool keep;     /* nginx will use the connection again */
    char **params; /* "NAME=value", NULL-terminated */
    struct str body;
};

/* 0 when the bytes are one such request and nothing else. What comes out lies in the arena. */
int intake_parse(struct arena *arena, struct str bytes, struct intake *out);

#endif
