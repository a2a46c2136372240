/* Between the files of what AWS offers. */
#ifndef EKSGATE_TERRAFORM_OFFERS_INTERNAL_H
#define EKSGATE_TERRAFORM_OFFERS_INTERNAL_H

#include "terraform/offers.h"

/* A list that AWS can be asked for. */
struct offers_kind {
    const char *name;
    struct str about; /* what the list is about beside the region; or empty */
    int (*write)(struct worker *worker, const struct offers_kind *kind, struct str region,
                 const struct aws_credentials *credentials, struct json *j, struct err *err);
    int (*compare)(const void *a, const void *b); /* of two cJSON * */
};

/* The list as it is kept, else as AWS has it, which is then kept. */
void offers_look_up(struct worker *worker, const struct offers_kind *kind, struct str region,
                    const struct offers_identity *identity, struct offers *out);

/* Only as it is kept: false when it is not. */
bool offers_find_kept(struct worker *worker, const struct offers_kind *kind, struct str region, struct offers *out);

struct aws_client offers_client(const struct worker *worker);

/* A compare function: by the member "name". */
int offers_by_name(const void *a, const void *b);

#endif
