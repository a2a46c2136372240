/*
 * Lists of a cluster, page by page and element by element, so that their length does not matter to the memory of who
 * reads them.
 */
#ifndef EKSGATE_CLUSTER_LIST_H
#define EKSGATE_CLUSTER_LIST_H

#include "base/json.h"
#include "cluster/cluster.h"

struct list {
    const char *path;        /* with a query, if only "?"; limit and continue are added to it */
    const char *accept;      /* KUBE_ACCEPT_JSON or the like */
    const char *array;       /* "items", or "rows" of a Table */
    const char *other_array; /* a second name that will do, or NULL */
    long timeout_ms;         /* of the next page; 0: a little more than the API server takes at most */

    /* Each returns 0, or -1 after having set the err of cluster_list_page(). on_head: what stands before the elements,
     * with each page; may be NULL. is_gone: nobody wants the list any more; may be NULL. */
    int (*on_head)(void *arg, const cJSON *head);
    int (*on_item)(void *arg, const cJSON *item);
    bool (*is_gone)(void *arg);
    void *arg;

    /* Of the page that was read last; the texts live in the worker's arena. */
    const char *token;   /* where the next begins, "" behind the last; set it to begin there */
    const char *version; /* where a watch goes on from what was read */
    int64_t remaining;   /* elements behind the page; -1: the cluster does not say */
    int status;          /* of the answer; 0: none came */
};

/* Reads the page that list->token says. 0, or -1 with err. */
int cluster_list_page(struct worker *worker, struct cluster *cluster, struct list *list, long limit, struct err *err);

/* Reads all pages from there, in so many milliseconds. 0, or -1 with err. */
int cluster_list_all(struct worker *worker, struct cluster *cluster, struct list *list, long within_ms,
                     struct err *err);

#endif
