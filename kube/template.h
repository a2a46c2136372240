/*
 * Job templates: a manifest whose texts hold placeholders, filled in with the values of parameters. It is done on the
 * JSON tree, so that no value, whatever it holds, can become more than the value it is.
 *
 *   "${name}"           alone in its text: the value with its own type, a number for an integer
 *   "a-${name}-b"       among other text: the value as text
 *   "${name:string}"    a text whatever the parameter's type, for fields such as env[].value
 *   "$${name}"          the text "${name}" itself; any other "${" is an error
 *
 * A parameter that has no value takes the member or list item whose text it is alone with it; among other text it
 * leaves nothing. Values are never searched for placeholders, and keys hold none.
 */
#ifndef EKSGATE_KUBE_TEMPLATE_H
#define EKSGATE_KUBE_TEMPLATE_H

#include "kube/parameters.h"

#define LIMIT_TEMPLATE_FILLED MIB(1) /* of texts; the API server itself takes 3 MiB */

/* Holds the manifest's placeholders against the parameters that are declared. 0, or -1 with all faults by their place
 * ("job_manifest.spec.template"). */
int template_check(const cJSON *manifest, const struct parameters *parameters, struct err *err);

/* The manifest with the parameters' values (parameters_take()): a tree that lives as long as the arena. NULL with err.
 */
cJSON *template_fill(struct arena *arena, const cJSON *manifest, const struct parameters *parameters, struct err *err);

#endif
