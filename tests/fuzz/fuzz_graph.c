/*
 * Objects of any shape, in any view, with any limit: the answer is JSON, no id is there twice, no link ends in the air,
 * and every tree is one. The first byte of the input chooses the view, the second what is not read; the rest is a list
 * of objects, each of the kind that it says.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "kube/graph.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int flush(void *arg)
{
    (void)arg;
    return 0;
}

static void add_object(struct graph *g, const cJSON *object, unsigned unread)
{
    const char *name = json_find_text(object, "kind");

    for (unsigned kind = 0; name && kind < GRAPH_KIND__MAX; kind++) {
        if (strcmp(name, graph_sources[kind].kind) != 0 || !(graph_needs(g) & GRAPH_BIT(kind)))
            continue;
        if (kind == unread)
            graph_set_reading(g, (enum graph_kind)kind, GRAPH_UNREAD);
        else if (graph_add(g, (enum graph_kind)kind, object) < 0)
            graph_set_reading(g, (enum graph_kind)kind, GRAPH_PARTIAL);
    }
}

/* The node or item of that id; there is at most one. */
static const cJSON *find_id(const cJSON *list, const char *key, const char *id)
{
    const cJSON *found = NULL;
    const cJSON *item;

    cJSON_ArrayForEach(item, list)
    {
        if (strcmp(json_find_text(item, key), id) != 0)
            continue;
        assert(!found);
        found = item;
    }
    return found;
}

static void check_links(const cJSON *answer)
{
    const cJSON *nodes = json_find(answer, "nodes");
    const cJSON *item;

    cJSON_ArrayForEach(item, nodes)
    {
        assert(find_id(nodes, "id", json_find_text(item, "id")) == item);
    }
    cJSON_ArrayForEach(item, json_find(answer, "links"))
    {
        assert(find_id(nodes, "id", json_find_text(item, "source")));
        assert(find_id(nodes, "id", json_find_text(item, "target")));
    }
}

/* From each item its owners lead to a root. An owner of another namespace stands in that one's list. */
static void check_tree(const cJSON *answer)
{
    const cJSON *space;
    const cJSON *item;

    cJSON_ArrayForEach(space, answer)
    {
        int count = cJSON_GetArraySize(space);

        cJSON_ArrayForEach(item, space)
        {
            const cJSON *at = item;
            int steps = 0;

            assert(find_id(space, "uid", json_find_text(item, "uid")) == item);
            while (at && *json_find_text(at, "owner")) {
                assert(steps++ < count);
                at = find_id(space, "uid", json_find_text(at, "owner"));
            }
        }
    }
}

static void draw(struct graph *g, enum graph_view view)
{
    struct buf out;
    struct json j;
    const char *why;
    cJSON *answer;

    buf_init(&out, MIB(64));
    json_init(&j, &out);
    json_object_open(&j, NULL);
    assert(graph_link(g) == 0);
    assert((view == GRAPH_TOPOLOGY ? graph_write_links(g, &j, flush, NULL) : graph_write_trees(g, &j, flush, NULL)) ==
           0);
    json_object_close(&j);
    assert(!out.failed);
    answer = json_tree(buf_str(&out), 64, &why);
    assert(answer);
    if (view == GRAPH_TOPOLOGY)
        check_links(answer);
    else
        check_tree(answer);
    cJSON_Delete(answer);
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum graph_view view = size > 0 ? (enum graph_view)(data[0] % GRAPH_VIEW__MAX) : GRAPH_TOPOLOGY;
    struct graph_wanted wanted = {.view = view, .kinds = graph_view_kinds(view), .cluster = STR("c")};
    const cJSON *object;
    const char *why;
    struct graph *g;
    cJSON *list;

    if (size < 2 || size > KIB(64))
        return 0;
    list = json_tree((struct str){(const char *)data + 2, size - 2}, LIMIT_JSON_DEPTH, &why);
    if (!list)
        return 0;
    wanted.namespace = data[0] & 4 ? STR("default") : STR("");
    wanted.limit = data[0] & 8 ? 1 + (data[0] >> 4) : 100000;
    g = graph_new(&wanted);
    assert(g);
    for (unsigned kind = 0; kind < GRAPH_KIND__MAX; kind++)
        graph_set_reading(g, (enum graph_kind)kind, GRAPH_COMPLETE);
    cJSON_ArrayForEach(object, list)
    {
        add_object(g, object, data[1]);
    }
    draw(g, view);
    graph_free(g);
    cJSON_Delete(list);
    return 0;
}
