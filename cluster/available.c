#include "cluster/available.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "cluster/internal.h"
#include "cluster/parallel.h"

#define PACE_ABOVE 8 /* places */
#define PACE_MS 200  /* five calls a second: AWS publishes no limit, and has throttled scans at this order */

struct search {
    struct available *found;
    struct arena *arena; /* the request's: results are copied there under the lock */
    pthread_mutex_t lock;
};

/* An error is large, so only what failed holds one. */
static const struct err *keep_error(struct search *search, const struct err *err)
{
    struct err *copy = arena_alloc(search->arena, sizeof(*copy));

    if (copy)
        *copy = *err;
    return copy;
}

static const char *keep(struct search *search, const char *text)
{
    const char *copy = arena_strdup(search->arena, text);

    return copy ? copy : "";
}

static void list_place(struct aws_client *aws, void *arg, size_t index)
{
    struct search *search = arg;
    struct available *found = search->found;
    struct available_place *place = &found->places[index];
    struct err err = {0};
    const char **names;
    size_t count = 0;
    int rc;

    if (place->err || !place->credentials)
        return;
    rc = eks_clusters_list(aws, place->credentials, place->region, &names, &count, &err);
    pthread_mutex_lock(&search->lock);
    if (rc < 0)
        place->err = keep_error(search, &err);
    for (size_t i = 0; rc == 0 && i < count && found->cluster_count < AVAILABLE_CLUSTERS_MAX; i++)
        found->clusters[found->cluster_count++] =
            (struct available_cluster){.place = place, .cluster = {.name = keep(search, names[i])}};
    pthread_mutex_unlock(&search->lock);
}

static void describe_cluster(struct aws_client *aws, void *arg, size_t index)
{
    struct search *search = arg;
    struct available_cluster *c = &search->found->clusters[index];
    struct eks_cluster found;
    struct err err = {0};
    int rc = eks_cluster_describe(aws, c->place->credentials, c->place->region, str_from(c->cluster.name), false,
                                  &found, &err);

    pthread_mutex_lock(&search->lock);
    if (rc < 0) {
        c->err = keep_error(search, &err);
    } else {
        c->cluster.status = keep(search, found.status);
        c->cluster.version = keep(search, found.version);
        c->cluster.endpoint = keep(search, found.endpoint);
        c->cluster.created_at = found.created_at;
    }
    pthread_mutex_unlock(&search->lock);
}

/* The credentials of one role on top of the identity; NULL with err. */
static const struct aws_credentials *resolve_role(struct worker *worker, const struct aws_auth *auth,
                                                  const char *role_arn, struct err *err)
{
    struct aws_client aws = worker_aws(worker, auth);
    struct aws_credentials *credentials = cluster_credentials_new(worker, err);
    struct aws_auth with_role = *auth;
    int rc = -1;

    if (role_arn && aws_auth_add_role(&with_role, str_from(role_arn), "") < 0)
        err_field(err, "roles", CAUSE_INVALID, "at most %d roles can be assumed one after the other", AWS_ROLES_MAX);
    else if (credentials)
        rc = aws_credentials_resolve(&aws, &with_role, credentials, err);
    aws_auth_wipe(&with_role);
    return rc == 0 ? credentials : NULL;
}

static void add_places(struct available *found, const char *role_arn, const struct aws_credentials *credentials,
                       const struct err *err)
{
    for (size_t i = 0; i < found->region_count; i++)
        found->places[found->place_count++] = (struct available_place){
            .region = found->regions[i], .role_arn = role_arn, .credentials = credentials, .err = err};
}

/* Without a role the identity must be there; a role that can not be assumed fails its own places only. */
static int make_places(struct worker *worker, const struct aws_auth *auth, struct search *search, struct err *err)
{
    struct available *found = search->found;

    if (found->role_count == 0) {
        const struct aws_credentials *credentials = resolve_role(worker, auth, NULL, err);

        if (!credentials)
            return -1;
        add_places(found, NULL, credentials, NULL);
    }
    for (size_t i = 0; i < found->role_count; i++) {
        struct err role_err = {0};
        const struct aws_credentials *credentials = resolve_role(worker, auth, found->roles[i], &role_err);

        add_places(found, found->roles[i], credentials, credentials ? NULL : keep_error(search, &role_err));
    }
    return 0;
}

static bool any_answered(const struct available *found)
{
    for (size_t i = 0; i < found->place_count; i++)
        if (!found->places[i].err)
            return true;
    return false;
}

int clusters_find_available(struct worker *worker, const struct aws_auth *auth, struct available *out, struct err *err)
{
    size_t places = out->region_count * (out->role_count > 0 ? out->role_count : 1);
    struct search search = {.found = out, .arena = worker->arena};

    out->places = arena_alloc(worker->arena, places * sizeof(*out->places));
    out->clusters = arena_alloc(worker->arena, AVAILABLE_CLUSTERS_MAX * sizeof(*out->clusters));
    if (!out->places || !out->clusters)
        return err_set(err, ERR_INTERNAL, "there is no memory for the clusters");
    if (make_places(worker, auth, &search, err) < 0)
        return -1;
    pthread_mutex_init(&search.lock, NULL);
    parallel_run(&(struct parallel){.count = places,
                                    .pace_ms = places > PACE_ABOVE ? PACE_MS : 0,
                                    .profile = aws_auth_profile(auth),
                                    .call = list_place,
                                    .arg = &search});
    parallel_run(&(struct parallel){
        .count = out->cluster_count, .profile = aws_auth_profile(auth), .call = describe_cluster, .arg = &search});
    pthread_mutex_destroy(&search.lock);
    if (any_answered(out))
        return 0;
    *err = *out->places[0].err;
    return -1;
}
