#include "tunnel/quotas.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/quota.h"

struct quotas {
    struct quota_bounds bounds;
    struct quota *all;
    struct quota *clusters;
    struct quota *callers;
};

struct quotas *quotas_new(struct quota_bounds bounds)
{
    struct quotas *quotas = calloc(1, sizeof(*quotas));

    if (!quotas)
        return NULL;
    *quotas = (struct quotas){bounds, quota_new(), quota_new(), quota_new()};
    if (quotas->all && quotas->clusters && quotas->callers)
        return quotas;
    quotas_free(quotas);
    return NULL;
}

void quotas_free(struct quotas *quotas)
{
    if (!quotas)
        return;
    quota_free(quotas->all);
    quota_free(quotas->clusters);
    quota_free(quotas->callers);
    free(quotas);
}

static int refuse(struct err *err, const char *whose, long limit)
{
    err_set(err, ERR_OVERLOADED, "eksgate: %ld connections are open %s: close some", limit, whose);
    err->retry_after = 1;
    return -1;
}

int quotas_take(struct quotas *quotas, struct str cluster, struct str caller, struct quota_use *use, struct err *err)
{
    const struct quota_bounds *bounds = &quotas->bounds;

    snprintf(use->cluster, sizeof(use->cluster), "%.*s", STR_FMT(cluster));
    snprintf(use->caller, sizeof(use->caller), "%.*s", STR_FMT(caller));
    if (quota_take(quotas->all, STR("all"), bounds->all) < 0)
        return refuse(err, "through this gateway", bounds->all);
    if (quota_take(quotas->clusters, str_from(use->cluster), bounds->per_cluster) < 0) {
        quota_give(quotas->all, STR("all"));
        return refuse(err, "to this cluster", bounds->per_cluster);
    }
    if (quota_take(quotas->callers, str_from(use->caller), bounds->per_caller) < 0) {
        quota_give(quotas->clusters, str_from(use->cluster));
        quota_give(quotas->all, STR("all"));
        return refuse(err, "by this caller", bounds->per_caller);
    }
    use->of = quotas;
    return 0;
}

void quotas_give(struct quota_use *use)
{
    struct quotas *quotas = use->of;

    if (!quotas)
        return;
    use->of = NULL;
    quota_give(quotas->callers, str_from(use->caller));
    quota_give(quotas->clusters, str_from(use->cluster));
    quota_give(quotas->all, STR("all"));
}
