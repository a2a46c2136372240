/* Objects in, nodes and links out: each row is a small cluster and what is drawn of it. */
#include "tests/unit/rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "kube/graph.h"

/* A cluster to draw, and how. */
struct scene {
    enum graph_view view;
    const char *include;   /* NULL: all kinds of the view */
    const char *namespace; /* or NULL */
    const char *unread;    /* a kind that could not be read, or NULL */
    size_t limit;          /* 0: no matter */
};

static int flush(void *arg)
{
    (void)arg;
    return 0;
}

static void add_objects(struct graph *g, const struct scene *scene, const char *objects)
{
    const char *why;
    cJSON *list = json_tree(str_from(objects), 64, &why);
    const cJSON *object;
    const char *name;

    assert_non_null(list);
    for (unsigned kind = 0; kind < GRAPH_KIND__MAX; kind++)
        if (graph_needs(g) & GRAPH_BIT(kind))
            graph_set_reading(g, (enum graph_kind)kind, GRAPH_COMPLETE);
    cJSON_ArrayForEach(object, list)
    {
        for (unsigned kind = 0; kind < GRAPH_KIND__MAX; kind++) {
            name = json_find_text(object, "kind");
            if (!name || strcmp(name, graph_sources[kind].kind) != 0 || !(graph_needs(g) & GRAPH_BIT(kind)))
                continue;
            if (scene->unread && strcmp(name, scene->unread) == 0)
                graph_set_reading(g, (enum graph_kind)kind, GRAPH_UNREAD);
            else if (graph_add(g, (enum graph_kind)kind, object) < 0)
                graph_set_reading(g, (enum graph_kind)kind, GRAPH_PARTIAL);
        }
    }
    if (scene->view == GRAPH_AROUND)
        graph_set_reading(g, GRAPH_POD, GRAPH_PARTIAL);
    cJSON_Delete(list);
}

/* The answer as a tree, to be released. */
static cJSON *draw(const struct scene *scene, const char *objects, bool *truncated)
{
    struct graph_wanted wanted = {.view = scene->view,
                                  .kinds = graph_view_kinds(scene->view),
                                  .limit = scene->limit ? scene->limit : 100000,
                                  .cluster = STR("demo"),
                                  .namespace = scene->namespace ? str_from(scene->namespace) : STR("")};
    struct graph *g;
    struct buf out;
    struct json j;
    const char *why;
    cJSON *answer;

    if (scene->include)
        wanted.kinds &= graph_parse_kinds(str_from(scene->include));
    g = graph_new(&wanted);
    assert_non_null(g);
    add_objects(g, scene, objects);
    buf_init(&out, MIB(64));
    json_init(&j, &out);
    json_object_open(&j, NULL);
    assert_int_equal(graph_link(g), 0);
    if (scene->view == GRAPH_TOPOLOGY)
        assert_int_equal(graph_write_links(g, &j, flush, NULL), 0);
    else
        assert_int_equal(graph_write_trees(g, &j, flush, NULL), 0);
    json_object_close(&j);
    *truncated = graph_is_truncated(g);
    answer = json_tree(buf_str(&out), 64, &why);
    assert_non_null(answer);
    buf_free(&out);
    graph_free(g);
    return answer;
}

static const cJSON *find_by(const cJSON *list, const char *key, const char *value)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, list)
    {
        if (value && strcmp(json_find_text(item, key), value) == 0)
            return item;
    }
    return NULL;
}

/* "Pod/web", with ! for one that is missing and ? for one that is unread. */
static void tell(struct buf *out, const cJSON *item)
{
    const char *name = json_find_text(item, "container");

    assert_non_null(item); /* a link that dangles */
    buf_printf(out, "%s/%s%s%s", json_find_text(item, "kind"), name ? name : json_find_text(item, "name"),
               cJSON_IsTrue(json_find(item, "missing")) ? "!" : "", cJSON_IsTrue(json_find(item, "unread")) ? "?" : "");
}

/* "Pod/web owner ReplicaSet/web; ..." */
static void tell_links(struct buf *out, const cJSON *answer)
{
    const cJSON *nodes = json_find(answer, "nodes");
    const cJSON *link;
    const cJSON *path;

    cJSON_ArrayForEach(link, json_find(answer, "links"))
    {
        tell(out, find_by(nodes, "id", json_find_text(link, "source")));
        buf_printf(out, " %s ", json_find_text(link, "type"));
        tell(out, find_by(nodes, "id", json_find_text(link, "target")));
        cJSON_ArrayForEach(path, json_find(link, "paths"))
        {
            buf_printf(out, " %s%s", json_find_text(path, "host"), json_find_text(path, "path"));
        }
        buf_printf(out, cJSON_IsTrue(json_find(link, "optional")) ? " optional; " : "; ");
    }
}

/* "default: Deployment/web, ReplicaSet/web<web; other: ; " */
static void tell_trees(struct buf *out, const cJSON *answer)
{
    const cJSON *space;
    const cJSON *item;

    cJSON_ArrayForEach(space, answer)
    {
        buf_printf(out, "%s:", space->string);
        cJSON_ArrayForEach(item, space)
        {
            const char *owner = json_find_text(item, "owner");

            buf_printf(out, " ");
            tell(out, item);
            if (*owner)
                buf_printf(out, "<%s", json_find_text(find_by(space, "uid", owner), "name"));
            if (*json_find_text(item, "line"))
                buf_printf(out, "[%s]", json_find_text(item, "line"));
        }
        buf_printf(out, "; ");
    }
}

#define META(name) "\"metadata\":{\"name\":\"" name "\",\"namespace\":\"default\",\"uid\":\"u-" name "\""
#define OBJECT(kind, name, rest) "{\"kind\":\"" kind "\"," META(name) "}" rest "}"
#define OWNED(kind, name, version, owner_kind, owner)                                                                  \
    "{\"kind\":\"" kind "\"," META(name) ",\"ownerReferences\":[{\"apiVersion\":\"" version                            \
                                         "\",\"kind\":\"" owner_kind "\",\"name\":\"" owner "\",\"uid\":\"u-" owner    \
                                         "\",\"controller\":true}]}}"
#define POD(name, spec) OBJECT("Pod", name, ",\"spec\":{" spec "}")
#define LABELED(name, labels) "{\"kind\":\"Pod\"," META(name) ",\"labels\":{" labels "}},\"spec\":{}}"
#define NODE(name) "{\"kind\":\"Node\",\"metadata\":{\"name\":\"" name "\",\"uid\":\"u-" name "\"}}"
#define INGRESS(spec) OBJECT("Ingress", "in", ",\"spec\":{" spec "}")
#define RULE(host, path, service)                                                                                      \
    "{\"host\":\"" host "\",\"http\":{\"paths\":[{\"path\":\"" path "\",\"backend\":{\"service\":{\"name\":\"" service \
    "\"}}}]}}"
#define SLICE(name, service, pods)                                                                                     \
    "{\"kind\":\"EndpointSlice\",\"metadata\":{\"name\":\"" name "\",\"namespace\":\"default\",\"labels\":"            \
    "{\"kubernetes.io/service-name\":\"" service "\"}},\"endpoints\":[" pods "]}"
#define SCALER(name, target_kind, target)                                                                              \
    OBJECT("HorizontalPodAutoscaler", name,                                                                            \
           ",\"spec\":{\"scaleTargetRef\":{\"apiVersion\":\"apps/v1\",\"kind\":\"" target_kind "\",\"name\":\"" target \
           "\"}}")
#define TARGET(pod) "{\"targetRef\":{\"kind\":\"Pod\",\"name\":\"" pod "\",\"uid\":\"u-" pod "\"}}"

/* Everything but the cluster, which would be linked to every Node. */
#define NO_CLUSTER                                                                                                     \
    "Pod,Node,Deployment,DaemonSet,ReplicaSet,StatefulSet,Job,CronJob,HorizontalPodAutoscaler,Service,Endpoints,"      \
    "Ingress,NetworkPolicy,PersistentVolumeClaim,PersistentVolume,StorageClass,ConfigMap,Secret,ServiceAccount,Other"

static void links(void **state)
{
    static const struct {
        int line;
        const char *sentence;
        const char *include;
        const char *unread;
        const char *objects;
        const char *expected;
        /* clang-format off */
    } rows[] = {
        {__LINE__, "an empty cluster", NULL, NULL, "[]", ""},
        {__LINE__, "a Node hangs on the cluster", NULL, NULL, "[" NODE("n1") "]", "Node/n1 owner Cluster/demo; "},
        {__LINE__, "a pod on its Node, its containers on it, the original's order", "Pod,Container,Node,Cluster", NULL,
         "[" POD("p", "\"nodeName\":\"n1\",\"containers\":[{\"name\":\"a\",\"image\":\"x\"}],\"initContainers\":[{\"name\":\"i\",\"image\":\"y\"}]")
         "," NODE("n1") "]",
         "Pod/p runs-on Node/n1; Container/a owner Pod/p; Container/i owner Pod/p; Node/n1 owner Cluster/demo; "},
        {__LINE__, "a Node that is not there", NULL, NULL, "[" POD("p", "\"nodeName\":\"gone\"") "]",
         "Pod/p runs-on Node/gone!; "},
        {__LINE__, "Nodes that may not be read", NULL, "Node", "[" POD("p", "\"nodeName\":\"n1\"") "," NODE("n1") "]",
         "Pod/p runs-on Node/n1?; "},
        {__LINE__, "a kind that is not wanted", "Pod", NULL, "[" POD("p", "\"nodeName\":\"n1\"") "]", ""},
        {__LINE__, "owners", NULL, NULL,
         "[" OWNED("Pod", "p", "apps/v1", "ReplicaSet", "r") "," OWNED("ReplicaSet", "r", "apps/v1", "Deployment", "d")
         "," OBJECT("Deployment", "d", "") "]",
         "Pod/p owner ReplicaSet/r; ReplicaSet/r owner Deployment/d; "},
        {__LINE__, "an owner by another version of its group", NULL, NULL,
         "[" OWNED("ReplicaSet", "r", "apps/v1beta2", "Deployment", "d") "," OBJECT("Deployment", "d", "") "]",
         "ReplicaSet/r owner Deployment/d; "},
        {__LINE__, "an owner that is gone", NULL, NULL, "[" OWNED("Pod", "p", "batch/v1", "Job", "j") "]",
         "Pod/p owner Job/j!; "},
        {__LINE__, "an owner of a foreign kind", NULL, NULL,
         "[" OWNED("Pod", "p", "argoproj.io/v1alpha1", "Rollout", "x") "]",
         "Pod/p owner Rollout/x?; "},
        {__LINE__, "the same kind of another group is foreign", NULL, NULL,
         "[" OWNED("Pod", "p", "batch.volcano.sh/v1alpha1", "Job", "j") "]",
         "Pod/p owner Job/j?; "},
        {__LINE__, "owners in a circle", NULL, NULL,
         "[" OWNED("ReplicaSet", "a", "apps/v1", "ReplicaSet", "b") "," OWNED("ReplicaSet", "b", "apps/v1", "ReplicaSet", "a") "]",
         "ReplicaSet/a owner ReplicaSet/b; ReplicaSet/b owner ReplicaSet/a; "},
        {__LINE__, "its own owner", NULL, NULL, "[" OWNED("Job", "j", "batch/v1", "Job", "j") "]",
         "Job/j owner Job/j; "},
        {__LINE__, "what a pod mounts, each once", NO_CLUSTER, NULL,
         "[" POD("p",
                 "\"volumes\":[{\"name\":\"v\",\"configMap\":{\"name\":\"c\"}},{\"secret\":{\"secretName\":\"s\"}},"
                 "{\"projected\":{\"sources\":[{\"configMap\":{\"name\":\"c\"}},{\"secret\":{\"name\":\"t\"}}]}},"
                 "{\"persistentVolumeClaim\":{\"claimName\":\"k\"}},{\"name\":\"e\",\"ephemeral\":{}}],"
                 "\"containers\":[{\"envFrom\":[{\"configMapRef\":{\"name\":\"d\"}},{\"secretRef\":{\"name\":\"u\"}}],"
                 "\"env\":[{\"valueFrom\":{\"secretKeyRef\":{\"name\":\"w\",\"optional\":true}}},"
                 "{\"valueFrom\":{\"configMapKeyRef\":{\"name\":\"f\"}}},{\"name\":\"PLAIN\",\"value\":\"x\"}]}],"
                 "\"imagePullSecrets\":[{\"name\":\"pull\"}]")
         "," OBJECT("ConfigMap", "c", "") "]",
         "Pod/p mounts ConfigMap/c; Pod/p mounts Secret/s!; Pod/p mounts Secret/t!; "
         "Pod/p mounts PersistentVolumeClaim/k!; Pod/p mounts PersistentVolumeClaim/p-e!; Pod/p mounts ConfigMap/d!; "
         "Pod/p mounts Secret/u!; Pod/p mounts Secret/w! optional; Pod/p mounts ConfigMap/f!; "
         "Pod/p mounts Secret/pull!; "},
        {__LINE__, "needed once it is not optional any more", NULL, NULL,
         "[" POD("p", "\"containers\":[{\"envFrom\":[{\"secretRef\":{\"name\":\"s\",\"optional\":true}},{\"secretRef\":{\"name\":\"s\"}}]}]") "]",
         "Pod/p mounts Secret/s!; "},
        {__LINE__, "a service account", NULL, NULL,
         "[" POD("p", "\"serviceAccountName\":\"bot\"") "," OBJECT("ServiceAccount", "bot", "") "]",
         "Pod/p uses ServiceAccount/bot; "},
        {__LINE__, "a claim to its volume to its class", NULL, NULL,
         "[" OBJECT("PersistentVolumeClaim", "k", ",\"spec\":{\"volumeName\":\"v\",\"storageClassName\":\"gp3\"}")
         ",{\"kind\":\"PersistentVolume\",\"metadata\":{\"name\":\"v\"},\"spec\":{\"storageClassName\":\"gp3\"}},"
         "{\"kind\":\"StorageClass\",\"metadata\":{\"name\":\"gp3\"}}]",
         "PersistentVolumeClaim/k binds PersistentVolume/v; PersistentVolume/v binds StorageClass/gp3 optional; "},
        {__LINE__, "a claim that waits for a class that is not there", NULL, NULL,
         "[" OBJECT("PersistentVolumeClaim", "k", ",\"spec\":{\"storageClassName\":\"fast\"}") "]",
         "PersistentVolumeClaim/k binds StorageClass/fast!; "},
        {__LINE__, "an autoscaler", NULL, NULL,
         "[" SCALER("h", "Deployment", "d") "," OBJECT("Deployment", "d", "") "]",
         "HorizontalPodAutoscaler/h scales Deployment/d; "},
        {__LINE__, "a Service by its slices, each pod once, whatever its selector", NULL, NULL,
         "[" OBJECT("Service", "s", ",\"spec\":{\"selector\":{\"app\":\"b\"}}") "," LABELED("a", "\"app\":\"a\"")
         "," LABELED("b", "\"app\":\"b\"") "," SLICE("s-1", "s", TARGET("a")) "," SLICE("s-2", "s", TARGET("a")) "]",
         "Service/s selects Pod/a; "},
        {__LINE__, "a pod of a slice that is gone", NULL, NULL,
         "[" OBJECT("Service", "s", "") "," SLICE("s-1", "s", TARGET("a")) "]", "Service/s selects Pod/a!; "},
        {__LINE__, "a Service by its selector where slices can not be read", NULL, "EndpointSlice",
         "[" OBJECT("Service", "s", ",\"spec\":{\"selector\":{\"app\":\"b\",\"tier\":\"x\"}}") "," LABELED("a", "\"app\":\"b\"")
         "," LABELED("b", "\"tier\":\"x\",\"app\":\"b\"") "," SLICE("s-1", "s", TARGET("a")) "]",
         "Service/s selects Pod/b; "},
        {__LINE__, "a Service without a selector selects nothing", NULL, NULL,
         "[" OBJECT("Service", "s", ",\"spec\":{\"selector\":{}}") "," LABELED("a", "\"app\":\"b\"") "]", ""},
        {__LINE__, "an Endpoints with its Service, and one without", NULL, NULL,
         "[" OBJECT("Service", "s", "") ",{\"kind\":\"Endpoints\",\"metadata\":{\"name\":\"s\",\"namespace\":\"default\",\"uid\":\"e\"}}"
         "," OBJECT("Endpoints", "lock", "") "]",
         "Endpoints/s owner Service/s optional; "},
        {__LINE__, "a policy without rules selects all of its namespace", NULL, NULL,
         "[" OBJECT("NetworkPolicy", "n", ",\"spec\":{\"podSelector\":{}}") "," LABELED("a", "\"app\":\"a\"")
         ",{\"kind\":\"Pod\",\"metadata\":{\"name\":\"b\",\"namespace\":\"other\",\"uid\":\"u-b\"}}]",
         "NetworkPolicy/n selects Pod/a; "},
        {__LINE__, "a policy's expressions must all hold", NULL, NULL,
         "[" OBJECT("NetworkPolicy", "n",
                    ",\"spec\":{\"podSelector\":{\"matchLabels\":{\"app\":\"a\"},\"matchExpressions\":["
                    "{\"key\":\"t\",\"operator\":\"In\",\"values\":[\"x\",\"y\"]},"
                    "{\"key\":\"z\",\"operator\":\"NotIn\",\"values\":[\"1\"]},"
                    "{\"key\":\"app\",\"operator\":\"Exists\"},{\"key\":\"q\",\"operator\":\"DoesNotExist\"}]}}")
         "," LABELED("a", "\"app\":\"a\",\"t\":\"y\"") "," LABELED("b", "\"app\":\"a\",\"t\":\"z\"")
         "," LABELED("c", "\"app\":\"a\",\"t\":\"x\",\"z\":\"1\"") "," LABELED("d", "\"app\":\"a\",\"t\":\"x\",\"q\":\"\"")
         "," LABELED("e", "\"t\":\"x\"") "," LABELED("f", "\"app\":\"a\",\"t\":\"x\",\"z\":\"2\"") "]",
         "NetworkPolicy/n selects Pod/a; NetworkPolicy/n selects Pod/f; "},
        {__LINE__, "an Ingress's rules, its default, one without http and one to a resource", NULL, NULL,
         "[" INGRESS("\"defaultBackend\":{\"service\":{\"name\":\"s\"}},\"rules\":[" RULE("a.example", "/", "s")
                     "," RULE("b.example", "/x", "gone") ",{\"host\":\"c.example\"},{\"http\":{\"paths\":[{\"path\":\"/r\","
                     "\"backend\":{\"resource\":{\"kind\":\"Bucket\",\"name\":\"b\"}}}]}}]")
         "," OBJECT("Service", "s", "") "]",
         "Ingress/in routes Service/s  a.example/; Ingress/in routes Service/gone! b.example/x; "},
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct scene scene = {.include = rows[i].include, .unread = rows[i].unread};
        bool truncated;
        cJSON *answer = draw(&scene, rows[i].objects, &truncated);
        struct buf told;

        buf_init(&told, MIB(1));
        buf_printf(&told, "%s", "");
        tell_links(&told, answer);
        row_text(rows[i].line, told.ptr, rows[i].expected);
        row_true(rows[i].line, rows[i].sentence, !truncated);
        buf_free(&told);
        cJSON_Delete(answer);
    }
}

static void trees(void **state)
{
    static const struct {
        int line;
        enum graph_view view;
        const char *namespace;
        const char *objects;
        const char *expected;
        /* clang-format off */
    } rows[] = {
        /* Namespaces without anything in them are there too, sorted. */
        {__LINE__, GRAPH_WORKLOADS, NULL,
         "[{\"kind\":\"Namespace\",\"metadata\":{\"name\":\"empty\"}},{\"kind\":\"Namespace\",\"metadata\":{\"name\":\"default\"}}"
         "," OWNED("Pod", "p", "apps/v1", "ReplicaSet", "r") "," OWNED("ReplicaSet", "r", "apps/v1", "Deployment", "d")
         "," OBJECT("Deployment", "d", "") "]",
         "default: Deployment/d ReplicaSet/r<d Pod/p<r; empty:; "},
        {__LINE__, GRAPH_WORKLOADS, "default", "[]", "default:; "},
        /* Jobs, autoscalers, owners that are gone or foreign. */
        {__LINE__, GRAPH_WORKLOADS, "default",
         "[" OWNED("Pod", "p", "batch/v1", "Job", "j") "," OWNED("Job", "j", "batch/v1", "CronJob", "c")
         "," OBJECT("CronJob", "c", "") "," OWNED("Pod", "q", "apps/v1", "StatefulSet", "gone")
         "," OWNED("Pod", "r", "example.com/v1", "Thing", "t") "," OBJECT("StatefulSet", "s", "")
         "," SCALER("h", "StatefulSet", "s") "]",
         "default: Pod/p<j Pod/q<gone Pod/r<t StatefulSet/s Job/j<c CronJob/c HorizontalPodAutoscaler/h<s "
         "StatefulSet/gone! Thing/t?; "},
        /* A circle of owners is cut, so that it is a tree. */
        {__LINE__, GRAPH_WORKLOADS, "default",
         "[" OWNED("ReplicaSet", "a", "apps/v1", "ReplicaSet", "b") "," OWNED("ReplicaSet", "b", "apps/v1", "ReplicaSet", "a")
         "," OWNED("Pod", "p", "apps/v1", "ReplicaSet", "b") "]",
         "default: ReplicaSet/a ReplicaSet/b<a Pod/p<b; "},
        {__LINE__, GRAPH_WORKLOADS, "default", "[" OWNED("Job", "j", "batch/v1", "Job", "j") "]", "default: Job/j; "},
        /* A Service goes behind the last Ingress that routes to it; a pod of two Services is there once. */
        {__LINE__, GRAPH_NETWORK, "default",
         "[" OBJECT("Service", "s", "") "," OBJECT("Service", "t", "")
         ",{\"kind\":\"Pod\"," META("p") "},\"status\":{\"podIP\":\"10.0.0.7\"}}," LABELED("loose", "")
         "," SLICE("s-1", "s", TARGET("p")) "," SLICE("t-1", "t", TARGET("p"))
         "," INGRESS("\"rules\":[" RULE("a.example", "/x", "s") "," RULE("", "/", "t") "]") "]",
         "default: Pod/p<s[10.0.0.7] Ingress/in Service/s<in[a.example (/x) ] Service/t<in[-]; "},
        {__LINE__, GRAPH_NETWORK, "default", "[" INGRESS("\"rules\":[" RULE("a.example", "", "gone") "]") "]",
         "default: Ingress/in Service/gone!<in[a.example]; "},
        /* Outwards from a pod. */
        {__LINE__, GRAPH_AROUND, "default",
         "[{\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\",\"namespace\":\"default\",\"uid\":\"u-p\",\"ownerReferences\":["
         "{\"apiVersion\":\"apps/v1\",\"kind\":\"ReplicaSet\",\"name\":\"r\",\"uid\":\"u-r\"}]},\"spec\":{\"nodeName\":\"n1\","
         "\"serviceAccountName\":\"bot\",\"volumes\":[{\"persistentVolumeClaim\":{\"claimName\":\"k\"}}]}}"
         "," OWNED("ReplicaSet", "r", "apps/v1", "Deployment", "d") "," OBJECT("Deployment", "d", "") "," NODE("n1")
         "," OBJECT("Service", "s", "") "," SLICE("s-1", "s", TARGET("p") "," TARGET("other"))
         "," INGRESS("\"rules\":[" RULE("a.example", "/", "s") "]")
         "," OBJECT("PersistentVolumeClaim", "k", ",\"spec\":{\"volumeName\":\"v\"}") "," SCALER("h", "Deployment", "d") "]",
         "default: Pod/p ReplicaSet/r<p Deployment/d<r HorizontalPodAutoscaler/h<d ServiceAccount/bot!<p Service/s<p "
         "Ingress/in<s[a.example] PersistentVolumeClaim/k<p PersistentVolume/v!<k Node/n1<p; "},
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct scene scene = {.view = rows[i].view, .namespace = rows[i].namespace};
        bool truncated;
        cJSON *answer = draw(&scene, rows[i].objects, &truncated);
        struct buf told;

        buf_init(&told, MIB(1));
        tell_trees(&told, answer);
        row_text(rows[i].line, told.ptr, rows[i].expected);
        buf_free(&told);
        cJSON_Delete(answer);
    }
}

#define STATUS(status) ",\"status\":{" status "}"
#define WAITING(reason) "\"containerStatuses\":[{\"name\":\"a\",\"state\":{\"waiting\":{\"reason\":\"" reason "\"}}}]"
#define ENDED(code, reason)                                                                                            \
    "[{\"name\":\"a\",\"state\":{\"terminated\":{\"exitCode\":" code ",\"reason\":\"" reason "\"}}}]"
#define IS(type, value) "\"conditions\":[{\"type\":\"" type "\",\"status\":\"" value "\"}]"

static void states(void **state)
{
    static const struct {
        int line;
        const char *object;
        const char *status;
        const char *health;
    } rows[] = {
        {__LINE__, OBJECT("Pod", "p", STATUS("\"phase\":\"Running\"")), "Running", "ok"},
        {__LINE__, OBJECT("Pod", "p", STATUS("\"phase\":\"Running\"," IS("Ready", "False"))), "Running", "progressing"},
        {__LINE__, OBJECT("Pod", "p", STATUS("\"phase\":\"Running\"," WAITING("CrashLoopBackOff"))), "CrashLoopBackOff",
         "bad"},
        {__LINE__, OBJECT("Pod", "p", STATUS("\"phase\":\"Pending\"," WAITING("ContainerCreating"))),
         "ContainerCreating", "progressing"},
        {__LINE__, OBJECT("Pod", "p", STATUS("\"phase\":\"Failed\",\"reason\":\"Evicted\"")), "Evicted", "bad"},
        {__LINE__, OBJECT("Pod", "p", STATUS("\"phase\":\"Pending\"")), "Pending", "progressing"},
        {__LINE__,
         OBJECT("Pod", "p",
                STATUS("\"phase\":\"Pending\",\"conditions\":[{\"type\":\"PodScheduled\",\"status\":\"False\","
                       "\"reason\":\"Unschedulable\"}]")),
         "Pending", "bad"},
        {__LINE__, OBJECT("Pod", "p", STATUS("\"phase\":\"Succeeded\",\"containerStatuses\":" ENDED("0", "Completed"))),
         "Completed", "ok"},
        {__LINE__, OBJECT("Pod", "p", STATUS("\"phase\":\"Running\",\"containerStatuses\":" ENDED("137", "OOMKilled"))),
         "OOMKilled", "bad"},
        {__LINE__, OBJECT("Pod", "p", STATUS("\"phase\":\"Failed\",\"containerStatuses\":" ENDED("3", ""))),
         "ExitCode:3", "bad"},
        {__LINE__,
         OBJECT("Pod", "p",
                ",\"spec\":{\"initContainers\":[{},{}]}" STATUS(
                    "\"phase\":\"Pending\",\"initContainerStatuses\":[{\"state\":{\"waiting\":{}}}]")),
         "Init:0/2", "progressing"},
        {__LINE__, OBJECT("Pod", "p", STATUS("\"phase\":\"Pending\",\"initContainerStatuses\":" ENDED("1", "Error"))),
         "Init:Error", "bad"},
        {__LINE__, "{\"kind\":\"Pod\"," META("p") ",\"deletionTimestamp\":\"x\"},\"status\":{\"phase\":\"Running\"}}",
         "Terminating", "progressing"},
        {__LINE__, OBJECT("Pod", "p", ""), NULL, "unknown"},
        {__LINE__, OBJECT("Deployment", "d", ",\"spec\":{\"replicas\":2}" STATUS("\"readyReplicas\":2")), "2/2", "ok"},
        {__LINE__, OBJECT("Deployment", "d", ""), "0/1", "progressing"},
        {__LINE__, OBJECT("Deployment", "d", ",\"spec\":{\"replicas\":0}"), "0/0", "ok"},
        {__LINE__, OBJECT("Deployment", "d", STATUS(IS("Progressing", "False"))), "0/1", "bad"},
        {__LINE__, OBJECT("DaemonSet", "d", STATUS("\"numberReady\":1,\"desiredNumberScheduled\":3")), "1/3",
         "progressing"},
        {__LINE__, OBJECT("Node", "n", STATUS(IS("Ready", "True"))), "Ready", "ok"},
        {__LINE__, OBJECT("Node", "n", STATUS(IS("Ready", "Unknown"))), "NotReady", "bad"},
        {__LINE__, OBJECT("Node", "n", ",\"spec\":{\"unschedulable\":true}" STATUS(IS("Ready", "True"))),
         "Ready,SchedulingDisabled", "progressing"},
        {__LINE__, OBJECT("Node", "n", ""), "Unknown", "unknown"},
        {__LINE__, OBJECT("Job", "j", ",\"spec\":{}" STATUS(IS("Failed", "True"))), "failed", "bad"},
        {__LINE__, OBJECT("PersistentVolumeClaim", "k", STATUS("\"phase\":\"Lost\"")), "Lost", "bad"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct scene scene = {.include = NO_CLUSTER};
        struct buf list;
        bool truncated;
        const char *told;
        cJSON *answer;

        buf_init(&list, MIB(1));
        buf_printf(&list, "[%s]", rows[i].object);
        answer = draw(&scene, list.ptr, &truncated);
        told = json_find_text(json_find(answer, "nodes")->child, "status");
        row_true(rows[i].line, rows[i].object, (told != NULL) == (rows[i].status != NULL));
        if (told)
            row_text(rows[i].line, told, rows[i].status);
        row_text(rows[i].line, json_find_text(json_find(answer, "nodes")->child, "health"), rows[i].health);
        buf_free(&list);
        cJSON_Delete(answer);
    }
}

/* The members of the original stand first and in its order. */
static void writes_the_fields_of_the_original(void **state)
{
    static const char objects[] =
        "[" POD("p", "\"nodeName\":\"n1\",\"containers\":[{\"name\":\"a\",\"image\":\"x\"}]") "," NODE("n1") "]";
    static const char *const node[] = {"id", "name", "kind", "namespace", "group", "labels"};
    static const char *const link[] = {"source", "target", "hidden", "kind", "type"};
    const struct scene scene = {.include = "Pod,Container,Cluster,Node"};
    bool truncated;
    cJSON *answer = draw(&scene, objects, &truncated);
    const cJSON *member = json_find(answer, "nodes")->child->child;

    (void)state;
    for (size_t i = 0; i < COUNT(node); i++, member = member->next)
        assert_string_equal(member->string, node[i]);
    member = json_find(answer, "links")->child->child;
    for (size_t i = 0; i < COUNT(link); i++, member = member->next)
        assert_string_equal(member->string, link[i]);
    assert_non_null(find_by(json_find(answer, "nodes"), "id", "u-p/a"));
    assert_non_null(find_by(json_find(answer, "nodes"), "id", "cluster-demo"));
    assert_non_null(find_by(json_find(answer, "nodes"), "id", "n1"));
    assert_string_equal(json_find_text(find_by(json_find(answer, "nodes"), "id", "u-p/a"), "name"), "x");
    cJSON_Delete(answer);
}

/* A Node may be called as the cluster's id is, or as a pod's uid. */
static void gives_no_id_twice(void **state)
{
    static const char objects[] = "[" POD("p", "\"nodeName\":\"u-p\"") "," NODE("u-p") "," NODE(
        "cluster-demo") ","
                        "{\"kind\":\"Node\",\"metadata\":{\"name\":\"u-p\"}}]";
    const struct scene scene = {.include = "Pod,Cluster,Node"};
    bool truncated;
    cJSON *answer = draw(&scene, objects, &truncated);
    const cJSON *node;

    (void)state;
    assert_int_equal(cJSON_GetArraySize(json_find(answer, "nodes")), 5);
    cJSON_ArrayForEach(node, json_find(answer, "nodes"))
    {
        assert_ptr_equal(find_by(json_find(answer, "nodes"), "id", json_find_text(node, "id")), node);
    }
    assert_string_equal(json_find_text(json_find(answer, "links")->child, "target"), "Node//u-p");
    cJSON_Delete(answer);
}

static void draws_a_pod_of_a_thousand_containers(void **state)
{
    const struct scene scene = {.include = "Pod,Container,Secret"};
    struct buf objects;
    bool truncated;
    cJSON *answer;

    (void)state;
    buf_init(&objects, MIB(1));
    buf_printf(&objects, "[{\"kind\":\"Pod\"," META("p") "},\"spec\":{\"containers\":[");
    for (int i = 0; i < 1000; i++)
        buf_printf(&objects, "%s{\"name\":\"c%d\",\"envFrom\":[{\"secretRef\":{\"name\":\"s\"}}]}", i ? "," : "", i);
    buf_printf(&objects, "]}}]");
    answer = draw(&scene, objects.ptr, &truncated);
    assert_int_equal(cJSON_GetArraySize(json_find(answer, "nodes")), 1002);
    assert_int_equal(cJSON_GetArraySize(json_find(answer, "links")), 1001);
    buf_free(&objects);
    cJSON_Delete(answer);
}

static void stops_at_its_limit_and_says_so(void **state)
{
    static const char objects[] =
        "[" POD("a", "\"nodeName\":\"n1\"") "," POD("b", "\"nodeName\":\"n1\"") "," NODE("n1") "]";
    static const struct {
        size_t limit;
        int nodes;
        int links;
        bool truncated;
    } rows[] = {{1, 1, 0, true}, {2, 2, 0, true}, {3, 3, 2, false}, {4, 3, 2, false}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct scene scene = {.include = "Pod,Node", .limit = rows[i].limit};
        bool truncated;
        cJSON *answer = draw(&scene, objects, &truncated);

        assert_int_equal(cJSON_GetArraySize(json_find(answer, "nodes")), rows[i].nodes);
        assert_int_equal(cJSON_GetArraySize(json_find(answer, "links")), rows[i].links);
        assert_int_equal(truncated, rows[i].truncated);
        cJSON_Delete(answer);
    }
}

/* Those of all the cluster are no matter to one namespace, unless it uses them. */
static void keeps_foreign_volumes_out_of_a_namespace(void **state)
{
    static const char objects[] = "[" OBJECT(
        "PersistentVolumeClaim", "k",
        ",\"spec\":{\"volumeName\":\"mine\"}") ",{\"kind\":\"PersistentVolume\",\"metadata\":{\"name\":\"mine\"},"
                                               "\"spec\":{\"storageClassName\":\"gp3\"}},"
                                               "{\"kind\":\"PersistentVolume\",\"metadata\":{\"name\":\"other\"},"
                                               "\"spec\":{\"storageClassName\":\"gp2\"}},"
                                               "{\"kind\":\"StorageClass\",\"metadata\":{\"name\":\"gp3\"}},"
                                               "{\"kind\":\"StorageClass\",\"metadata\":{\"name\":\"gp2\"}}," NODE(
                                                   "n1") "]";
    const struct scene scene = {.namespace = "default", .include = NO_CLUSTER};
    bool truncated;
    cJSON *answer = draw(&scene, objects, &truncated);
    const cJSON *nodes = json_find(answer, "nodes");

    (void)state;
    assert_int_equal(cJSON_GetArraySize(nodes), 4);
    assert_non_null(find_by(nodes, "name", "mine"));
    assert_non_null(find_by(nodes, "name", "gp3"));
    assert_non_null(find_by(nodes, "name", "n1"));
    assert_false(truncated);
    cJSON_Delete(answer);
}

static void knows_the_names_of_kinds(void **state)
{
    (void)state;
    assert_null(graph_check_kinds(STR("Pod")));
    assert_null(graph_check_kinds(STR("pod,SERVICE,PersistentVolumeClaim")));
    assert_non_null(graph_check_kinds(STR("Pod,")));
    assert_non_null(graph_check_kinds(STR("pods")));
    assert_non_null(graph_check_kinds(STR("{OP}")));
    assert_non_null(graph_check_kinds(STR("EndpointSlice")));
    assert_int_equal(graph_parse_kinds(STR("Pod,Node")), GRAPH_BIT(GRAPH_POD) | GRAPH_BIT(GRAPH_NODE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links),
        cmocka_unit_test(trees),
        cmocka_unit_test(states),
        cmocka_unit_test(writes_the_fields_of_the_original),
        cmocka_unit_test(gives_no_id_twice),
        cmocka_unit_test(draws_a_pod_of_a_thousand_containers),
        cmocka_unit_test(stops_at_its_limit_and_says_so),
        cmocka_unit_test(keeps_foreign_volumes_out_of_a_namespace),
        cmocka_unit_test(knows_the_names_of_kinds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
