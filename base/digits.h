/*
 * Numbers of JSON as they were written. cJSON keeps them as doubles, and takes more for a number than JSON does.
 */
#ifndef EKSGATE_BASE_DIGITS_H
#define EKSGATE_BASE_DIGITS_H

#include "base/json.h"

/* Gives those numbers of the tree that a double would not print as they were in the text their digits back, for
 * json_value(). False when one is none by RFC 8259, or there is no memory. */
bool json_keep_digits(cJSON *root, struct str text);

#endif
