#include "terraform/plan.h"

#include <string.h>

#include "base/limits.h"

#define DEPTH_MAX 64
#define CHILDREN_MAX 5000
#define RESOURCES_MAX 1000
#define BLOCKED_MAX 64
#define HEADROOM KIB(8) /* what one resource may still take behind the last check */

/* Members are looked for one after the other. */
static bool is_wide(const cJSON *value)
{
    const cJSON *child;
    size_t children = 0;

    cJSON_ArrayForEach(child, value)
    {
        if (++children > CHILDREN_MAX || is_wide(child))
            return true;
    }
    return false;
}

cJSON *plan_parse(struct str text, struct err *err)
{
    const char *why = NULL;
    cJSON *root;

    if (text.len > PLAN_TEXT_MAX) {
        err_set(err, ERR_TOO_LARGE, "the plan is longer than %zu MiB", PLAN_TEXT_MAX / MIB(1));
        return NULL;
    }
    root = json_tree(text, DEPTH_MAX, &why);
    if (!root) {
        err_set(err, ERR_BAD_REQUEST, "the plan is no JSON: %s", why);
        return NULL;
    }
    if (str_starts_with(str_from(json_find_text(root, "format_version")), STR("1.")) && !is_wide(root))
        return root;
    err_set(err, ERR_BAD_REQUEST, "this is no plan of terraform's JSON format 1, or a list in it is too long");
    cJSON_Delete(root);
    return NULL;
}

struct str plan_variable(const cJSON *plan, const char *name)
{
    const cJSON *variable = cJSON_GetObjectItemCaseSensitive(json_find(plan, "variables"), name);

    return str_from(json_find_text(variable, "value"));
}

static bool has_action(const cJSON *change, const char *action)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, json_find(change, "change.actions"))
    {
        if (cJSON_IsString(item) && strcmp(item->valuestring, action) == 0)
            return true;
    }
    return false;
}

static bool is_import(const cJSON *change)
{
    return cJSON_IsObject(json_find(change, "change.importing"));
}

const char *plan_action(const cJSON *change)
{
    static const char *const plain[] = {"create", "update", "delete", "read", "forget"};

    if (has_action(change, "create") && has_action(change, "delete"))
        return "replace";
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        if (has_action(change, plain[i]))
            return plain[i];
    return is_import(change) ? "import" : NULL;
}

/* Guard */

static bool is_guarded(struct str type)
{
    static const struct str guarded[] = {STR("aws_eks_cluster"), STR("aws_eks_node_group"),
                                         STR("aws_vpc"),         STR("aws_subnet"),
                                         STR("aws_kms_key"),     STR("aws_iam_openid_connect_provider")};

    for (size_t i = 0; i < sizeof(guarded) / sizeof(guarded[0]); i++)
        if (str_equal(type, guarded[i]))
            return true;
    return false;
}

static bool is_allowed(const cJSON *allow, struct str address)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, allow)
    {
        if (cJSON_IsString(item) && str_equal(address, str_from(item->valuestring)))
            return true;
    }
    return false;
}

/* Nothing is lost with what could not be created, and without it being replaced no run would ever end. */
static bool never_lived(const cJSON *change)
{
    struct str status = str_from(json_find_text(change, "change.before.status"));

    return str_equal(str_from(json_find_text(change, "action_reason")), STR("replace_because_tainted")) &&
           (str_equal(status, STR("FAILED")) || str_equal(status, STR("CREATE_FAILED")));
}

bool plan_is_blocked(const cJSON *change, const struct plan_guard *guard)
{
    return !guard->is_destroy && has_action(change, "delete") && is_guarded(str_from(json_find_text(change, "type"))) &&
           !never_lived(change) && !is_allowed(guard->allow, str_from(json_find_text(change, "address")));
}

/* Tree */

static void count(const cJSON *change, struct plan_counts *counts)
{
    counts->add += has_action(change, "create");
    counts->change += has_action(change, "update");
    counts->destroy += has_action(change, "delete");
    counts->import += is_import(change);
}

static void write_changes(const cJSON *changes, struct json *j)
{
    struct plan_counts counts = {0};
    const cJSON *change;

    cJSON_ArrayForEach(change, changes)
    {
        count(change, &counts);
    }
    json_object_open(j, "changes");
    json_int(j, "add", counts.add);
    json_int(j, "change", counts.change);
    json_int(j, "destroy", counts.destroy);
    json_int(j, "import", counts.import);
    json_object_close(j);
}

static unsigned write_blocked(const cJSON *changes, const struct plan_guard *guard, struct json *j)
{
    unsigned blocked = 0;
    const cJSON *change;

    json_array_open(j, "blocked");
    cJSON_ArrayForEach(change, changes)
    {
        if (!plan_is_blocked(change, guard))
            continue;
        if (blocked++ < BLOCKED_MAX)
            json_text(j, NULL, json_find_text(change, "address"));
    }
    json_array_close(j);
    return blocked;
}

static bool write_resource(const cJSON *change, const char *action, struct json *j)
{
    const char *reason = json_find_text(change, "action_reason");
    bool whole;

    json_object_open(j, NULL);
    json_text(j, "address", json_find_text(change, "address"));
    json_text(j, "type", json_find_text(change, "type"));
    json_text(j, "name", json_find_text(change, "name"));
    json_text(j, "action", action);
    if (reason)
        json_text(j, "reason", reason);
    whole = plan_write_attributes(change, j, "attributes");
    json_object_close(j);
    return whole;
}

/* False when it is not whole. */
static bool write_tree(const cJSON *changes, struct json *j)
{
    unsigned resources = 0;
    const cJSON *change;
    bool whole = true;

    json_array_open(j, "tree");
    cJSON_ArrayForEach(change, changes)
    {
        const char *action = plan_action(change);

        if (!action)
            continue;
        if (resources++ == RESOURCES_MAX || j->out->len + HEADROOM > PLAN_LINE_MAX ||
            str_from(json_find_text(change, "address")).len > PLAN_ADDRESS_MAX) {
            whole = false;
            continue;
        }
        whole = write_resource(change, action, j) && whole;
    }
    json_array_close(j);
    return whole;
}

unsigned plan_write(const cJSON *plan, const struct plan_guard *guard, struct str hash, struct buf *out)
{
    const cJSON *changes = json_find(plan, "resource_changes");
    unsigned blocked;
    struct json j;

    json_init(&j, out);
    json_object_open(&j, NULL);
    json_text(&j, "type", "eksgate_plan");
    json_str(&j, "hash", hash);
    write_changes(changes, &j);
    blocked = write_blocked(changes, guard, &j);
    json_bool(&j, "truncated", !write_tree(changes, &j));
    json_object_close(&j);
    return blocked;
}

/* Addresses */

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_name(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_word(text.ptr[i]))
            return false;
    return text.len > 0 && text.ptr[0] >= 'a' && text.ptr[0] <= 'z';
}

/* Between the brackets. */
static bool is_key(struct str key)
{
    bool quoted = key.len > 2 && key.ptr[0] == '"' && key.ptr[key.len - 1] == '"';

    if (!quoted) {
        for (size_t i = 0; i < key.len; i++)
            if (key.ptr[i] < '0' || key.ptr[i] > '9')
                return false;
        return key.len > 0 && key.len < 6;
    }
    for (size_t i = 1; i + 1 < key.len; i++)
        if (!is_word(key.ptr[i]) && (key.ptr[i] < 'A' || key.ptr[i] > 'Z') && !strchr("-./:", key.ptr[i]))
            return false;
    return true;
}

bool plan_is_address(struct str address)
{
    struct str key = address;
    struct str name = str_cut(&key, '[');
    struct str type = str_cut(&name, '.');

    if (address.len > PLAN_ADDRESS_MAX || !is_name(type) || !is_name(name))
        return false;
    if (!key.ptr)
        return true;
    return key.len > 1 && key.ptr[key.len - 1] == ']' && is_key((struct str){key.ptr, key.len - 1});
}
