/*
 * YAML as Kubernetes reads it, into JSON trees. libyaml tells the events; what they mean is decided as in
 * sigs.k8s.io/yaml, with three differences: a key that stands twice in a mapping is an error, and so are tags beyond
 * those of YAML 1.1, and text that holds a NUL.
 *
 * Everything is bounded before it is allocated: depth, the number of nodes of a document (those that aliases repeat
 * count each time), the bytes of its texts, its anchors.
 */
#ifndef EKSGATE_KUBE_YAML_H
#define EKSGATE_KUBE_YAML_H

#include "base/err.h"
#include "base/json.h"

/* Calls on_document with each document in turn (null for an empty one); its tree is freed afterwards. A number that a
 * double can not hold, or print shortly, has its digits in valuestring, as json_value() writes them. 0, or -1 with
 * ERR_BAD_REQUEST that names the document, its line and column; or with what on_document set. */
int kube_yaml_read(struct str text, int (*on_document)(void *arg, cJSON *document), void *arg, struct err *err);

/* Line and column (both from 1) of a byte in a text, for messages like the above. */
void kube_text_place(struct str text, size_t offset, size_t *line, size_t *column);

#endif
