/*
 * Names by Kubernetes' own rules, so that one that it would refuse is refused before anything is sent. Each function
 * returns NULL for a good name, else what it must be (static text): they are made for the check of a struct field.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
 */
#ifndef EKSGATE_KUBE_NAME_H
#define EKSGATE_KUBE_NAME_H

#include "base/str.h"

#define NAME_LABEL_MAX 63
#define NAME_SUBDOMAIN_MAX 253

/* RFC 1123: of a namespace. */
const char *name_check_label(struct str name);

/* Several of these with dots between: of most objects. */
const char *name_check_subdomain(struct str name);

/* A subdomain that is a label's value too, since a Job's name becomes one on its pods. */
const char *name_check_job(struct str name);

/* What a generateName may be: the beginning of a subdomain. */
const char *name_check_prefix(struct str name);

/* Of labels: "app", "example.com/app"; and what they may say, "" too. */
const char *name_check_label_key(struct str key);
const char *name_check_label_value(struct str value);

#endif
