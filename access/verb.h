/*
 * The role that a raw Kubernetes request needs, read from it as the API server reads it (k8s.io/apiserver,
 * pkg/endpoints/request/requestinfo.go): the path decoded once, then cut at every "/".
 *
 * - viewer: GET, HEAD and OPTIONS; the reviews of one's own rights, which are POSTs that change nothing
 * - editor: every other change; secrets, which Kubernetes' own role "view" does not read either, because they hold
 *   the tokens of others; exec, attach, portforward, proxy and token whatever their method; every upgrade but that
 *   of a watch and a log
 * - admin: changes of what decides about rights or is obeyed by the API server itself (RBAC, admission, API services,
 *   CRDs, certificates, EKS's mapping of IAM to users, which aws-auth in kube-system is too); nodes/proxy, which is
 *   the kubelet's own API, behind every check of the API server; what is not understood
 *
 * An editor may create pods in every namespace and so borrow any service account: inside one cluster editor and admin
 * keep mistakes apart, not enemies. docs/access.md says so to operators.
 */
#ifndef EKSGATE_ACCESS_VERB_H
#define EKSGATE_ACCESS_VERB_H

#include <stdbool.h>

#include "access/role.h"

/* path: the Kubernetes path as it came, still encoded ("" and "/" are the cluster's root, where several documents are
 * applied: each of them is asked about on its own); query: behind the "?", or empty; upgrade: the client asks for
 * another protocol. Header fields do not matter: the API server takes the method from the request line only. */
enum role verb_role(const char *method, struct str path, struct str query, bool upgrade);

#endif
