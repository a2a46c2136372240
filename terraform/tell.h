/* What heal and sweep tell of what they do: lines of JSON in the output of the run. */
#ifndef EKSGATE_TERRAFORM_TELL_H
#define EKSGATE_TERRAFORM_TELL_H

#include "base/buf.h"
#include "base/err.h"

struct tell {
    int (*take)(void *arg, struct buf *line, struct err *err); /* a line without its end. 0, or -1 with err */
    void *arg;
};

struct tell_member {
    const char *name;
    const char *value; /* NULL: the member stays out */
};

/* {"type":TYPE,...}. 0, or -1 with err. */
int tell_line(const struct tell *tell, const char *type, const struct tell_member *members, size_t count,
              struct err *err);

#endif
