#include "handlers/rows.h"

#include <string.h>
#include <strings.h>

enum source {
    FROM_OBJECT, /* a path in the object */
    FROM_TEXT,   /* the same; absent means "" */
    FROM_NUMBER, /* the same; absent means 0 */
    FROM_LABEL,
    FROM_CELL,       /* a column of the API server's own Table */
    FROM_CELL_LIST,  /* "a,b" as a list; "<none>" as an empty one */
    FROM_CONTAINERS, /* names of the containers */
    FROM_PORTS,
};

struct item_field {
    const char *name;
    enum source source;
    const char *path;
};

#define COMMON_NAME                                                                                                    \
    {                                                                                                                  \
        "name", FROM_OBJECT, "metadata.name"                                                                           \
    }
#define COMMON_NAMESPACE                                                                                               \
    {                                                                                                                  \
        "namespace", FROM_OBJECT, "metadata.namespace"                                                                 \
    }
#define COMMON_TIME                                                                                                    \
    {                                                                                                                  \
        "creation_time", FROM_OBJECT, "metadata.creationTimestamp"                                                     \
    }

/* The status of pods and nodes is the API server's own word for it, as kubectl prints it. */
static const struct item_field pods[] = {
    COMMON_NAME,
    COMMON_NAMESPACE,
    {"status", FROM_CELL, "Status"},
    {"containers", FROM_CONTAINERS, "spec.containers"},
    {"node", FROM_OBJECT, "spec.nodeName"},
    COMMON_TIME,
    {NULL, 0, NULL},
};

static const struct item_field deployments[] = {
    COMMON_NAME,
    COMMON_NAMESPACE,
    {"replicas", FROM_NUMBER, "spec.replicas"},
    {"available_replicas", FROM_NUMBER, "status.availableReplicas"},
    COMMON_TIME,
    {NULL, 0, NULL},
};

static const struct item_field services[] = {
    COMMON_NAME,
    COMMON_NAMESPACE,
    {"type", FROM_OBJECT, "spec.type"},
    {"cluster_ip", FROM_TEXT, "spec.clusterIP"},
    {"ports", FROM_PORTS, "spec.ports"},
    COMMON_TIME,
    {NULL, 0, NULL},
};

static const struct item_field nodes[] = {
    COMMON_NAME,
    {"status", FROM_CELL, "Status"},
    {"roles", FROM_CELL_LIST, "Roles"},
    {"instance_type", FROM_LABEL, "node.kubernetes.io/instance-type"},
    {"zone", FROM_LABEL, "topology.kubernetes.io/zone"},
    {"kubelet_version", FROM_OBJECT, "status.nodeInfo.kubeletVersion"},
    COMMON_TIME,
    {NULL, 0, NULL},
};

const struct item_field *item_fields_find(struct str type)
{
    static const struct {
        struct str type;
        const struct item_field *fields;
    } kinds[] = {
        {STR("pods"), pods},
        {STR("deployments"), deployments},
        {STR("deployments.apps"), deployments},
        {STR("services"), services},
        {STR("nodes"), nodes},
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (str_equal(kinds[i].type, type))
            return kinds[i].fields;
    return NULL;
}

/* An API without Tables gets the two columns that every object can fill. */
static cJSON *plain_columns(void)
{
    return cJSON_Parse("[{\"name\":\"Name\",\"type\":\"string\",\"format\":\"name\",\"priority\":0,"
                       "\"description\":\"\"},{\"name\":\"Created At\",\"type\":\"date\",\"format\":\"\","
                       "\"priority\":0,\"description\":\"\"}]");
}

int row_format_begin(struct row_format *format, const cJSON *head)
{
    const char *kind = json_find_text(head, "kind");
    const cJSON *rows = json_find(head, "rows"); /* not those of an array: they came by themselves */
    const cJSON *columns;

    if (format->columns)
        return 0;
    format->plain = !kind || strcmp(kind, "Table") != 0;
    if (!format->plain && rows && !cJSON_IsNull(rows) && !cJSON_IsArray(rows))
        return -1;
    columns = json_find(head, "columnDefinitions");
    /* An aggregated API that has nothing to list may name no columns either. */
    format->columns = format->plain || !cJSON_IsArray(columns) ? plain_columns() : cJSON_Duplicate(columns, true);
    return cJSON_IsArray(format->columns) ? 0 : -1;
}

void row_format_free(struct row_format *format)
{
    cJSON_Delete(format->columns);
    format->columns = NULL;
}

void row_format_write_columns(const struct row_format *format, struct json *j)
{
    static const char *const members[] = {"name", "type", "format", "priority", "description"};
    const cJSON *column;

    json_array_open(j, "columns");
    cJSON_ArrayForEach(column, format->columns)
    {
        json_object_open(j, NULL);
        for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
            json_value(j, members[i], json_find(column, members[i]));
        json_object_close(j);
    }
    json_array_close(j);
}

static const cJSON *object_of(const struct row_format *format, const cJSON *element)
{
    return format->plain ? element : json_find(element, "object");
}

static int column_index(const struct row_format *format, struct str name)
{
    const cJSON *column;
    int i = 0;

    cJSON_ArrayForEach(column, format->columns)
    {
        if (str_equal_ignore_case(str_from(json_find_text(column, "name")), name))
            return i;
        i++;
    }
    return -1;
}

static const cJSON *cell_of(const struct row_format *format, const cJSON *element, struct str column)
{
    int i = column_index(format, column);

    if (i < 0)
        return NULL;
    if (format->plain)
        return json_find(element, i == 0 ? "metadata.name" : "metadata.creationTimestamp");
    return cJSON_GetArrayItem(json_find(element, "cells"), i);
}

static void write_cell_list(struct json *j, const char *key, const cJSON *cell)
{
    struct str rest = str_from(cJSON_GetStringValue(cell));

    json_array_open(j, key);
    while (rest.ptr && rest.len > 0) {
        struct str part = str_cut(&rest, ',');

        if (!str_equal(part, STR("<none>")))
            json_str(j, NULL, part);
    }
    json_array_close(j);
}

static void write_containers(struct json *j, const char *key, const cJSON *containers)
{
    const cJSON *container;

    json_array_open(j, key);
    cJSON_ArrayForEach(container, containers) json_text(j, NULL, json_find_text(container, "name"));
    json_array_close(j);
}

static void write_ports(struct json *j, const char *key, const cJSON *ports)
{
    const cJSON *port;

    json_array_open(j, key);
    cJSON_ArrayForEach(port, ports)
    {
        json_object_open(j, NULL);
        json_value(j, "name", json_find(port, "name"));
        json_value(j, "port", json_find(port, "port"));
        json_value(j, "target_port", json_find(port, "targetPort"));
        json_value(j, "protocol", json_find(port, "protocol"));
        json_value(j, "node_port", json_find(port, "nodePort"));
        json_object_close(j);
    }
    json_array_close(j);
}

static const cJSON *field_node(const struct row_format *format, const struct item_field *f, const cJSON *element)
{
    const cJSON *object = object_of(format, element);

    switch (f->source) {
    case FROM_CELL:
    case FROM_CELL_LIST:
        return cell_of(format, element, str_from(f->path));
    case FROM_LABEL:
        return cJSON_GetObjectItemCaseSensitive(json_find(object, "metadata.labels"), f->path);
    default:
        return json_find(object, f->path);
    }
}

static void write_field(const struct row_format *format, const struct item_field *f, const cJSON *element,
                        struct json *j)
{
    const cJSON *node = field_node(format, f, element);

    switch (f->source) {
    case FROM_CELL_LIST:
        write_cell_list(j, f->name, node);
        break;
    case FROM_CONTAINERS:
        write_containers(j, f->name, node);
        break;
    case FROM_PORTS:
        write_ports(j, f->name, node);
        break;
    case FROM_TEXT:
        json_str(j, f->name, str_from(cJSON_GetStringValue(node)));
        break;
    case FROM_NUMBER:
        json_int(j, f->name, node && cJSON_IsNumber(node) ? (int64_t)node->valuedouble : 0);
        break;
    default:
        json_value(j, f->name, node);
        break;
    }
}

static void write_table_row(const struct row_format *format, const cJSON *element, struct json *j)
{
    const cJSON *metadata = json_find(object_of(format, element), "metadata");

    if (format->plain) {
        json_array_open(j, "cells");
        json_value(j, NULL, json_find(metadata, "name"));
        json_value(j, NULL, json_find(metadata, "creationTimestamp"));
        json_array_close(j);
    } else {
        json_value(j, "cells", json_find(element, "cells"));
    }
    json_value(j, "name", json_find(metadata, "name"));
    json_value(j, "namespace", json_find(metadata, "namespace"));
    json_value(j, "uid", json_find(metadata, "uid"));
    json_value(j, "creation_time", json_find(metadata, "creationTimestamp"));
}

void row_write(const struct row_format *format, const cJSON *element, struct json *j)
{
    json_object_open(j, NULL);
    if (!format->fields)
        write_table_row(format, element, j);
    for (const struct item_field *f = format->fields; f && f->name; f++)
        write_field(format, f, element, j);
    json_object_close(j);
}

static const char *metadata_path(struct str name)
{
    if (str_equal(name, STR("name")))
        return "metadata.name";
    if (str_equal(name, STR("namespace")))
        return "metadata.namespace";
    /* The Age column holds "3d", which does not sort; the time behind it does. */
    if (str_equal(name, STR("creation_time")) || str_equal(name, STR("age")))
        return "metadata.creationTimestamp";
    return NULL;
}

static const struct item_field *find_field(const struct row_format *format, struct str name)
{
    for (const struct item_field *f = format->fields; f && f->name; f++)
        if (str_equal(str_from(f->name), name))
            return f;
    return NULL;
}

bool row_can_sort(const struct row_format *format, struct str name)
{
    return metadata_path(name) || find_field(format, name) || column_index(format, name) >= 0;
}

struct sort_key row_sort_key(const struct row_format *format, const cJSON *element, struct str name)
{
    const char *path = metadata_path(name);
    const struct item_field *f = find_field(format, name);
    const cJSON *node = path ? json_find(object_of(format, element), path)
                        : f  ? field_node(format, f, element)
                             : cell_of(format, element, name);

    if ((node && cJSON_IsNumber(node)) || (f && f->source == FROM_NUMBER))
        return (struct sort_key){.is_number = true, .number = node ? node->valuedouble : 0, .text = ""};
    return (struct sort_key){.text = node && cJSON_IsString(node) ? node->valuestring : ""};
}

void row_identity(const struct row_format *format, const cJSON *element, struct buf *out)
{
    const cJSON *object = object_of(format, element);
    const char *space = json_find_text(object, "metadata.namespace");
    const char *name = json_find_text(object, "metadata.name");

    buf_printf(out, "%s/%s", space ? space : "", name ? name : "");
}
