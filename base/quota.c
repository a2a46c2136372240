#include "base/quota.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 1024u

/* There is none for a key of which nothing is in use. */
struct count {
    struct count *next;
    long in_use;
    size_t len;
    char key[];
};

struct quota {
    pthread_mutex_t lock;
    struct count *buckets[BUCKETS];
};

struct quota *quota_new(void)
{
    struct quota *quota = calloc(1, sizeof(*quota));

    if (quota)
        pthread_mutex_init(&quota->lock, NULL);
    return quota;
}

void quota_free(struct quota *quota)
{
    if (!quota)
        return;
    for (size_t i = 0; i < BUCKETS; i++) {
        while (quota->buckets[i]) {
            struct count *next = quota->buckets[i]->next;

            free(quota->buckets[i]);
            quota->buckets[i] = next;
        }
    }
    pthread_mutex_destroy(&quota->lock);
    free(quota);
}

/* Where the pointer to that key's count is, or would be. */
static struct count **find(struct quota *quota, struct str key)
{
    struct count **at = &quota->buckets[str_hash(key, 0) % BUCKETS];

    while (*at && !str_equal((struct str){(*at)->key, (*at)->len}, key))
        at = &(*at)->next;
    return at;
}

static struct count *count_new(struct str key)
{
    struct count *count = calloc(1, sizeof(*count) + key.len);

    if (!count)
        return NULL;
    count->len = key.len;
    if (key.len > 0)
        memcpy(count->key, key.ptr, key.len);
    return count;
}

static int take(struct quota *quota, struct str key, long limit)
{
    struct count **at = find(quota, key);
    struct count *count = *at;

    if (!count) {
        count = count_new(key);
        if (!count)
            return -1;
        *at = count;
    }
    if (count->in_use >= limit)
        return -1;
    count->in_use++;
    return 0;
}

int quota_take(struct quota *quota, struct str key, long limit)
{
    int rc = -1;

    pthread_mutex_lock(&quota->lock);
    if (limit > 0)
        rc = take(quota, key, limit);
    pthread_mutex_unlock(&quota->lock);
    return rc;
}

void quota_give(struct quota *quota, struct str key)
{
    struct count **at;

    pthread_mutex_lock(&quota->lock);
    at = find(quota, key);
    if (*at && --(*at)->in_use == 0) {
        struct count *next = (*at)->next;

        free(*at);
        *at = next;
    }
    pthread_mutex_unlock(&quota->lock);
}
