/*
 * What AWS offers in a region: EKS's versions and add-ons, EC2's instance types. Asked of AWS at most every six hours
 * by all processes together; where it can not be asked, versions are those that this program knows.
 */
#ifndef EKSGATE_TERRAFORM_OFFERS_H
#define EKSGATE_TERRAFORM_OFFERS_H

#include "base/json.h"
#include "base/limits.h"
#include "cluster/worker.h"

/* A list, in the worker's arena. */
struct offers {
    const cJSON *items; /* NULL: there is none */
    bool is_from_aws;   /* false: the built-in one, or none */
    struct err why;     /* where it is not from AWS */
};

/* Whose eyes look: the gateway's own identity, or a role that it assumes. */
struct offers_identity {
    const char *role_arn;    /* or NULL */
    const char *external_id; /* or NULL */
};

/* Items {"version","default","support","standard_until","extended_until","days_left","released"}, the newest first. 0,
 * or -1 with err without memory. */
int offers_versions(struct worker *worker, struct str region, const struct offers_identity *identity,
                    struct offers *out, struct err *err);

/* Items {"name","type","owner","default","versions":[{"version","default","architectures"}]}, by name, and each one's
 * versions as AWS has them, the newest first: those that go with that version of Kubernetes. */
void offers_addons(struct worker *worker, struct str region, const struct offers_identity *identity,
                   struct str kubernetes, struct offers *out);

/* Items {"name","architecture","vcpus","memory_mib","gpus","neurons","max_pods","ipv6","ami_type","warning"}, by
 * name. */
void offers_types(struct worker *worker, struct str region, const struct offers_identity *identity, struct offers *out);

/* The item with that name; NULL: it is not offered. */
const cJSON *offers_find(const struct offers *offers, const char *member, const char *value);

/* The same of one instance type, without the whole list where that is not kept: out->items has it, or is an empty
 * list when it is not offered. */
void offers_type(struct worker *worker, struct str region, const struct offers_identity *identity, const char *type,
                 struct offers *out);

/* 0 with how many zones have it, or -1 with err. */
int offers_type_zones(struct worker *worker, struct str region, const struct offers_identity *identity,
                      const char *type, size_t *zones, struct err *err);

/* The credentials of that identity, wiped with the arena; NULL with err. */
const struct aws_credentials *offers_credentials(struct worker *worker, struct str region,
                                                 const struct offers_identity *identity, struct err *err);

#endif
