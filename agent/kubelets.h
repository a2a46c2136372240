/*
 * The usage of a cluster without a metrics API: each kubelet is asked for its summary through the API server, a few at
 * a time. Takes the right to get nodes/proxy.
 */
#ifndef EKSGATE_AGENT_KUBELETS_H
#define EKSGATE_AGENT_KUBELETS_H

struct kubelets;
struct scrape;

/* Begins, for a scrape whose cluster is open; it ends by scrape_end() or scrape_fail(). NULL without memory. */
struct kubelets *kubelets_start(struct scrape *scrape);

/* Drops what is on its way. */
void kubelets_free(struct kubelets *kubelets);

#endif
