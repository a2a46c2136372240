/* The regions that exist, by partition: https://docs.aws.amazon.com/general/latest/gr/eks.html, read in
 * November 2025. A region that is missing here can still be named by its user. */
#ifndef EKSGATE_AWS_REGION_LIST_H
#define EKSGATE_AWS_REGION_LIST_H

#include <stddef.h>

#include "base/str.h"

/* The regions of the partition that the given region belongs to. */
const char *const *aws_regions_beside(struct str region, size_t *count);

#endif
