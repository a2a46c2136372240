/*
 * What a plain YAML scalar means, as Kubernetes reads it (go.yaml.in/yaml/v2, resolve.go): YAML 1.1 with its yes, no,
 * on and off, octal and underscores, but without base 60.
 */
#ifndef EKSGATE_KUBE_SCALAR_H
#define EKSGATE_KUBE_SCALAR_H

#include <stdint.h>

#include "base/buf.h"

enum scalar_type { SCALAR_TEXT, SCALAR_NULL, SCALAR_BOOLEAN, SCALAR_INTEGER, SCALAR_FLOAT };

struct scalar {
    enum scalar_type type;
    bool boolean;
    bool negative;      /* SCALAR_INTEGER: -magnitude */
    uint64_t magnitude; /* up to 2^64 - 1, or 2^63 when negative */
    double number;      /* SCALAR_FLOAT; may be infinite or no number at all */
};

struct scalar scalar_resolve(struct str text);

/* Writes a number as JSON: integers exactly, floats in the fewest digits that read back. -1 for the floats that JSON
 * does not have. */
int scalar_print(const struct scalar *scalar, struct buf *out);

/* Writes what becomes of it as a key: "true" of yes, "8" of 010. -1 for null and for integers beyond 2^63. */
int scalar_print_key(const struct scalar *scalar, struct str text, struct buf *out);

#endif
