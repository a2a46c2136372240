/*
 * Scalars of YAML as libyaml tells them: quotes and tags decide with the text what they mean. Of tags only those of
 * YAML 1.1 are known.
 */
#ifndef EKSGATE_KUBE_TAGGED_H
#define EKSGATE_KUBE_TAGGED_H

#include <yaml.h>

#include "base/json.h"
#include "kube/scalar.h"

/* True for no tag, and for those of YAML itself whose short names stand in the list ("str int"). */
bool tag_is_one_of(const yaml_char_t *tag, const char *names);

/* True for that one. */
bool tag_is(const yaml_char_t *tag, const char *name);

/* What a scalar event means; NULL, or why it can not be read. */
const char *tagged_resolve(const yaml_event_t *event, struct scalar *out);

/* The same as JSON; NULL with why, which is NULL too when there is no memory. */
cJSON *tagged_value(const yaml_event_t *event, const char **why);

#endif
