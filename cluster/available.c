#include "cluster/available.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/limits.h"
#include "cluster/internal.h"

#define PARALLEL 8

/* One list of jobs that a few threads take from, each with an HTTP client and an arena of its own. */
struct jobs {
    atomic_size_t next;
    size_t count;
    void (*run)(struct aws_client *aws, void *arg, size_t index);
    void *arg;
};

static void *run_jobs(void *arg)
{
    struct jobs *jobs = arg;
    struct aws_client aws = {.http = http_client_new(), .arena = arena_new(LIMIT_REQUEST_ARENA)};
    size_t i;

    while (aws.http && aws.arena && (i = atomic_fetch_add(&jobs->next, 1)) < jobs->count) {
        jobs->run(&aws, jobs->arg, i);
        arena_reset(aws.arena);
    }
    http_client_free(aws.http);
    arena_free(aws.arena);
    return NULL;
}

static void run_parallel(struct jobs *jobs)
{
    pthread_t threads[PARALLEL];
    size_t started = 0;

    while (started < PARALLEL && started < jobs->count && pthread_create(&threads[started], NULL, run_jobs, jobs) == 0)
        started++;
    if (started == 0)
        run_jobs(jobs);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}

struct search {
    struct available *found;
    const struct aws_credentials *credentials;
    struct arena *arena; /* the request's: results are copied there under the lock */
    pthread_mutex_t lock;
};

static void add_clusters(struct search *search, struct str region, const char **names, size_t count)
{
    struct available *found = search->found;

    pthread_mutex_lock(&search->lock);
    for (size_t i = 0; i < count && found->cluster_count < AVAILABLE_CLUSTERS_MAX; i++) {
        const char *name = arena_strdup(search->arena, names[i]);

        if (name)
            found->clusters[found->cluster_count++] =
                (struct available_cluster){.region = region, .cluster = {.name = name}};
    }
    pthread_mutex_unlock(&search->lock);
}

static void list_region(struct aws_client *aws, void *arg, size_t index)
{
    struct search *search = arg;
    struct available_region *region = &search->found->regions[index];
    const char **names;
    size_t count;

    region->failed = eks_clusters_list(aws, search->credentials, region->region, &names, &count, &region->err) < 0;
    if (!region->failed)
        add_clusters(search, region->region, names, count);
}

static const char *keep(struct search *search, const char *text)
{
    const char *copy = arena_strdup(search->arena, text);

    return copy ? copy : "";
}

/* An error is large, so only what failed holds one. */
static void keep_error(struct search *search, struct available_cluster *c, const struct err *err)
{
    struct err *copy = arena_alloc(search->arena, sizeof(*copy));

    if (copy)
        *copy = *err;
    c->err = copy;
}

static void describe_cluster(struct aws_client *aws, void *arg, size_t index)
{
    struct search *search = arg;
    struct available_cluster *c = &search->found->clusters[index];
    struct eks_cluster found;
    struct err err = {0};
    int rc = eks_cluster_describe(aws, search->credentials, c->region, str_from(c->cluster.name), &found, &err);

    pthread_mutex_lock(&search->lock);
    if (rc < 0) {
        keep_error(search, c, &err);
    } else {
        c->cluster.status = keep(search, found.status);
        c->cluster.version = keep(search, found.version);
        c->cluster.endpoint = keep(search, found.endpoint);
        c->cluster.created_at = found.created_at;
    }
    pthread_mutex_unlock(&search->lock);
}

static bool all_failed(const struct available *found)
{
    for (size_t i = 0; i < found->region_count; i++)
        if (!found->regions[i].failed)
            return false;
    return true;
}

int clusters_find_available(struct worker *worker, const struct aws_auth *auth, struct available *out, struct err *err)
{
    struct aws_client aws = worker_aws(worker);
    struct aws_credentials *credentials = cluster_credentials_new(worker, err);
    struct search search = {.found = out, .credentials = credentials, .arena = worker->arena};
    struct jobs lists = {.count = out->region_count, .run = list_region, .arg = &search};
    struct jobs descriptions = {.run = describe_cluster, .arg = &search};

    out->clusters = arena_alloc(worker->arena, AVAILABLE_CLUSTERS_MAX * sizeof(*out->clusters));
    if (!credentials || !out->clusters)
        return err_set(err, ERR_INTERNAL, "there is no memory for the clusters");
    if (aws_credentials_resolve(&aws, auth, credentials, err) < 0)
        return -1;
    pthread_mutex_init(&search.lock, NULL);
    run_parallel(&lists);
    if (!all_failed(out)) {
        descriptions.count = out->cluster_count;
        run_parallel(&descriptions);
    }
    pthread_mutex_destroy(&search.lock);
    if (!all_failed(out))
        return 0;
    *err = out->regions[0].err;
    return -1;
}
