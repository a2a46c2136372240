/*
 * Which versions of Kubernetes EKS has, until when it supports them, and what an upgrade may be: as this program was
 * told when it was made. EKS's own list is asked first, wherever that can be (terraform/offers.h); this one stands in
 * for it. https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html, as of August 2026
 */
#ifndef EKSGATE_TERRAFORM_VERSIONS_H
#define EKSGATE_TERRAFORM_VERSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum support {
    SUPPORT_UNKNOWN,  /* a version that is newer than this program, or none */
    SUPPORT_STANDARD, /* at the usual price */
    SUPPORT_EXTENDED, /* at six times that of the control plane */
    SUPPORT_ENDED,
};

struct version {
    const char *name;
    int64_t released; /* Unix seconds, UTC */
    int64_t standard_until;
    int64_t extended_until;
};

/* The newest first. */
extern const struct version versions[];
extern const size_t version_count;

/* NULL for one that is not known. */
const struct version *versions_find(const char *name);

/* Where a version with these ends stands at that time. */
enum support version_support_at(int64_t standard_until, int64_t extended_until, int64_t now);

/* By the table, now. */
enum support versions_support(const char *name);

/* Whether standard support of it has ended, so that it costs more, if it can be had at all. */
bool versions_is_late(const char *name);

/* "standard", "extended", "unsupported", "unknown" */
const char *support_name(enum support support);

/* Whole days that are left of what it has now, standard or extended support; 0 when both have ended. */
long support_days_left(int64_t standard_until, int64_t extended_until, int64_t now);

/* 0, or -1 with the fault of the field kubernetes_version: a cluster goes up, by one minor version at a time. The
 * message names the way. */
int version_check_upgrade(const char *from, const char *to, struct err *err);

/* The minor version of "1.33": 33; -1 for anything else. */
int version_minor(const char *version);

#endif
