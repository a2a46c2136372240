#include "kube/kubeconfig.h"

#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "kube/yaml.h"

#define TOKEN_MAX KIB(16)
#define NAME_MAX_LEN 253

/* What a member of an entry means here; all others are not known. */
struct rule {
    const char *name;
    enum { TAKEN, PASSED_OVER, REFUSED } fate;
    const char *why;
};

static const struct rule cluster_rules[] = {
    {"server", TAKEN},
    {"certificate-authority-data", TAKEN},
    {"extensions", PASSED_OVER},
    {"disable-compression", PASSED_OVER},
    {"LocationOfOrigin", PASSED_OVER},
    {"certificate-authority", REFUSED,
     "names a file of another machine: put its content into certificate-authority-data"},
    {"insecure-skip-tls-verify", REFUSED,
     "a cluster that is not verified can be anybody's: give its authority instead"},
    {"proxy-url", REFUSED, "clusters are reached without a proxy"},
    {"tls-server-name", REFUSED, "a cluster is verified by the name it is reached at: put that into server"},
    {NULL},
};

static const struct rule user_rules[] = {
    {"token", TAKEN},
    {"client-certificate-data", TAKEN},
    {"client-key-data", TAKEN},
    {"exec", TAKEN},
    {"extensions", PASSED_OVER},
    {"LocationOfOrigin", PASSED_OVER},
    {"client-certificate", REFUSED, "names a file of another machine: put its content into client-certificate-data"},
    {"client-key", REFUSED, "names a file of another machine: put its content into client-key-data"},
    {"tokenFile", REFUSED, "names a file of another machine: put its content into token"},
    {"username", REFUSED, "Kubernetes takes no passwords since 1.19"},
    {"password", REFUSED, "Kubernetes takes no passwords since 1.19"},
    {"auth-provider", REFUSED, "was taken out of Kubernetes with 1.26: use exec for EKS, a token or a certificate"},
    {"as", REFUSED, "impersonation is not done for a whole connection"},
    {"as-uid", REFUSED, "impersonation is not done for a whole connection"},
    {"as-groups", REFUSED, "impersonation is not done for a whole connection"},
    {"as-user-extra", REFUSED, "impersonation is not done for a whole connection"},
    {NULL},
};

static const struct rule context_rules[] = {
    {"cluster", TAKEN},
    {"user", TAKEN},
    {"namespace", TAKEN},
    {"extensions", PASSED_OVER},
    {"LocationOfOrigin", PASSED_OVER},
    {NULL},
};

/* One context in work. */
struct reader {
    struct arena *arena;
    struct kubeconfig_context *out;
    struct err *err;
};

static bool is_nothing(const cJSON *value)
{
    return !value || cJSON_IsNull(value) || cJSON_IsFalse(value) ||
           (cJSON_IsString(value) && value->valuestring[0] == '\0') ||
           ((cJSON_IsArray(value) || cJSON_IsObject(value)) && !value->child);
}

static const struct rule *find_rule(const struct rule *rules, const char *name)
{
    while (rules->name && strcmp(rules->name, name) != 0)
        rules++;
    return rules->name ? rules : NULL;
}

static int fault(struct reader *r, const char *entry, const char *member, const char *reason, const char *what)
{
    char field[sizeof(r->err->causes[0].field)];

    snprintf(field, sizeof(field), "%s.%.80s", entry, member);
    return err_field(r->err, field, reason, "%s", what);
}

static void check_members(struct reader *r, const char *entry, const cJSON *object, const struct rule *rules)
{
    const cJSON *member;

    cJSON_ArrayForEach(member, object)
    {
        const struct rule *rule = find_rule(rules, member->string);

        if (!rule)
            fault(r, entry, member->string, CAUSE_UNKNOWN, "is not known here, so it could not be heeded");
        else if (rule->fate == REFUSED && !is_nothing(member))
            fault(r, entry, member->string, CAUSE_NOT_SUPPORTED, rule->why);
    }
}

/* A text of the entry, or "" when it has none. */
static const char *text_of(struct reader *r, const char *entry, const cJSON *object, const char *name)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);

    if (cJSON_IsString(member))
        return member->valuestring;
    if (member && !cJSON_IsNull(member))
        fault(r, entry, name, CAUSE_TYPE, "must be a text");
    return "";
}

static const char *keep(struct reader *r, const char *text)
{
    char *copy = arena_strdup(r->arena, text);

    if (!copy)
        err_set(r->err, ERR_INTERNAL, "there is no memory for the kubeconfig");
    return copy;
}

static void wipe(void *buf)
{
    buf_wipe(buf);
}

/* What stands in an entry as base64; empty when it has none. */
static struct str decode(struct reader *r, const char *entry, const cJSON *object, const char *name)
{
    const char *text = text_of(r, entry, object, name);
    struct buf *plain = arena_alloc(r->arena, sizeof(*plain));

    if (*text == '\0')
        return STR("");
    if (!plain || arena_defer(r->arena, wipe, plain) < 0) {
        err_set(r->err, ERR_INTERNAL, "there is no memory for the kubeconfig");
        return STR("");
    }
    buf_init(plain, LIMIT_CA_PEM);
    buf_reserve(plain, strlen(text) < LIMIT_CA_PEM ? strlen(text) : LIMIT_CA_PEM);
    if (decode_base64(plain, str_from(text)) == 0 && plain->len > 0)
        return buf_str(plain);
    fault(r, entry, name, CAUSE_INVALID, plain->failed ? "is too large, or no base64" : "is no base64");
    return STR("");
}

/* "https://host[:port]": what an endpoint may be is judged by who uses it. */
static void read_server(struct reader *r, const cJSON *cluster)
{
    const char *server = text_of(r, "cluster", cluster, "server");
    size_t len = strlen(server);

    if (len > 0 && server[len - 1] == '/')
        len--;
    if (len == 0)
        fault(r, "cluster", "server", CAUSE_REQUIRED, "is required");
    else if (len > 512 || strncmp(server, "https://", 8) != 0 || memchr(server + 8, '/', len - 8))
        fault(r, "cluster", "server", CAUSE_INVALID, "must be https://host or https://host:port, without a path");
    r->out->server = arena_strndup(r->arena, server, len);
    if (!r->out->server)
        err_set(r->err, ERR_INTERNAL, "there is no memory for the kubeconfig");
}

static void read_cluster(struct reader *r, const cJSON *cluster)
{
    const char *why;

    check_members(r, "cluster", cluster, cluster_rules);
    read_server(r, cluster);
    r->out->ca_pem = decode(r, "cluster", cluster, "certificate-authority-data");
    if (r->out->ca_pem.len == 0) {
        if (r->err->kind == ERR_NONE)
            fault(r, "cluster", "certificate-authority-data", CAUSE_REQUIRED,
                  "is required: a cluster is trusted by its own authority and nothing else");
        return;
    }
    why = http_authority_check(r->out->ca_pem);
    if (why)
        fault(r, "cluster", "certificate-authority-data", CAUSE_INVALID, why);
}

static void read_token(struct reader *r, const cJSON *user)
{
    const char *token = text_of(r, "user", user, "token");
    size_t len = strlen(token);

    for (size_t i = 0; i < len; i++)
        if (token[i] <= ' ' || token[i] > '~') {
            fault(r, "user", "token", CAUSE_INVALID, "must be one word of visible characters");
            break;
        }
    if (len > TOKEN_MAX)
        fault(r, "user", "token", CAUSE_TOO_LONG, "is too long");
    r->out->token = arena_secret(r->arena, token, len);
    if (!r->out->token)
        err_set(r->err, ERR_INTERNAL, "there is no memory for the kubeconfig");
}

static void read_identity(struct reader *r, const cJSON *user)
{
    struct http_identity *identity = &r->out->identity;
    const char *field;
    const char *why;

    identity->certificate = decode(r, "user", user, "client-certificate-data");
    identity->key = decode(r, "user", user, "client-key-data");
    if (r->err->kind != ERR_NONE || (identity->certificate.len == 0 && identity->key.len == 0))
        return;
    if (identity->key.len == 0)
        fault(r, "user", "client-key-data", CAUSE_REQUIRED, "is required with client-certificate-data");
    else if (identity->certificate.len == 0)
        fault(r, "user", "client-certificate-data", CAUSE_REQUIRED, "is required with client-key-data");
    else if ((why = http_identity_check(identity, &field)))
        fault(r, "user", *field == 'k' ? "client-key-data" : "client-certificate-data", CAUSE_INVALID, why);
}

static void read_exec(struct reader *r, const cJSON *exec)
{
    struct kubeconfig_exec *out = arena_alloc(r->arena, sizeof(*out));

    r->out->exec = out;
    if (!out)
        err_set(r->err, ERR_INTERNAL, "there is no memory for the kubeconfig");
    else
        kubeconfig_exec_read(out, r->arena, exec, r->out->server, r->err);
}

static void read_user(struct reader *r, const cJSON *user)
{
    const cJSON *exec = cJSON_GetObjectItemCaseSensitive(user, "exec");
    bool is_given;

    check_members(r, "user", user, user_rules);
    read_token(r, user);
    read_identity(r, user);
    if (r->err->kind != ERR_NONE && !exec)
        return;
    is_given = (r->out->token && *r->out->token) || r->out->identity.certificate.len > 0;
    if (!is_nothing(exec) && is_given)
        fault(r, "user", "exec", CAUSE_INVALID, "goes neither with a token nor with a certificate");
    else if (!is_nothing(exec))
        read_exec(r, exec);
    else if (!is_given)
        fault(r, "user", "token", CAUSE_REQUIRED, "is required, or client-certificate-data with its key, or exec");
}

static void check_name(struct reader *r, struct str name)
{
    struct buf encoded;

    buf_init(&encoded, LIMIT_CLUSTER_ID);
    if (name.len == 0 || encode_percent(&encoded, name) < 0)
        err_field(r->err, "name", CAUSE_INVALID,
                  "must be 1 to %d bytes, each other than A-Z a-z 0-9 - . _ ~ counted "
                  "three times",
                  LIMIT_CLUSTER_ID);
    buf_free(&encoded);
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.ptr[i] < 0x20 || name.ptr[i] == 0x7f) {
            err_field(r->err, "name", CAUSE_INVALID, "must not contain control characters");
            break;
        }
    if (str_equal(name, STR(".")) || str_equal(name, STR("..")) || json_utf8_prefix(name) != name.len)
        err_field(r->err, "name", CAUSE_INVALID, "can not stand in a path");
}

int kubeconfig_read_one(struct kubeconfig_context *out, struct arena *arena, struct str name, const cJSON *cluster,
                        const cJSON *user, struct err *err)
{
    struct reader reader = {.arena = arena, .out = out, .err = err};

    err_clear(err);
    *out = (struct kubeconfig_context){.name = arena_strndup(arena, name.ptr, name.len), .namespace = "", .token = ""};
    out->cluster = out->user = out->name;
    if (!out->name)
        return err_set(err, ERR_INTERNAL, "there is no memory for the kubeconfig");
    check_name(&reader, name);
    read_cluster(&reader, cluster);
    if (err->kind == ERR_NONE || err->kind == ERR_INVALID)
        read_user(&reader, user);
    return err->kind == ERR_NONE ? 0 : -1;
}

/* Lists of {"name", kind}, as files have them, or maps by name. NULL when there is none of that name. */
static const cJSON *find_entry(const cJSON *entries, const char *name, const char *kind)
{
    const cJSON *entry;

    if (cJSON_IsObject(entries))
        return cJSON_GetObjectItemCaseSensitive(entries, name);
    cJSON_ArrayForEach(entry, entries)
    {
        const char *own = json_find_text(entry, "name");

        if (own && strcmp(own, name) == 0)
            return cJSON_GetObjectItemCaseSensitive(entry, kind);
    }
    return NULL;
}

static const cJSON *resolve(struct reader *r, const cJSON *root, const char *list, const char *kind, const char *name)
{
    const cJSON *found = *name ? find_entry(cJSON_GetObjectItemCaseSensitive(root, list), name, kind) : NULL;
    char field[64];

    snprintf(field, sizeof(field), "context.%s", kind);
    if (*name == '\0')
        err_field(r->err, field, CAUSE_REQUIRED, "is required");
    else if (!cJSON_IsObject(found))
        err_field(r->err, field, CAUSE_INVALID, "there is no entry \"%.100s\" in %s", name, list);
    return found;
}

/* A fault of the context itself is told before those of its entries. */
static void read_context(struct reader *r, const cJSON *root, const char *name, const cJSON *context)
{
    struct kubeconfig_context *out = r->out;
    const char *cluster = text_of(r, "context", context, "cluster");
    const char *user = text_of(r, "context", context, "user");
    const char *namespace = text_of(r, "context", context, "namespace");
    const cJSON *cluster_entry;
    const cJSON *user_entry;

    *out = (struct kubeconfig_context){.name = keep(r, name), .namespace = "", .token = ""};
    check_members(r, "context", context, context_rules);
    cluster_entry = resolve(r, root, "clusters", "cluster", cluster);
    user_entry = resolve(r, root, "users", "user", user);
    if (strlen(namespace) > NAME_MAX_LEN)
        fault(r, "context", "namespace", CAUSE_TOO_LONG, "is too long");
    if (r->err->kind != ERR_NONE)
        return;
    kubeconfig_read_one(out, r->arena, str_from(name), cluster_entry, user_entry, r->err);
    if (r->err->kind == ERR_INTERNAL)
        return;
    out->cluster = keep(r, cluster);
    out->user = keep(r, user);
    out->namespace = keep(r, namespace);
}

static const char *name_at(const cJSON *entries, const cJSON *entry)
{
    return cJSON_IsObject(entries) ? entry->string : json_find_text(entry, "name");
}

static void check_list(const cJSON *root, const char *list, struct err *err)
{
    const cJSON *entries = cJSON_GetObjectItemCaseSensitive(root, list);
    const cJSON *entry;
    size_t count = 0;

    if (!entries || cJSON_IsNull(entries))
        return;
    if (!cJSON_IsArray(entries) && !cJSON_IsObject(entries)) {
        err_field(err, list, CAUSE_TYPE, "must be a list");
        return;
    }
    cJSON_ArrayForEach(entry, entries)
    {
        char field[64];

        snprintf(field, sizeof(field), "%s[%zu]", list, count);
        if (++count > KUBECONFIG_ENTRIES_MAX) {
            err_field(err, list, CAUSE_TOO_LONG, "must not be more than %d", KUBECONFIG_ENTRIES_MAX);
            return;
        }
        if (!cJSON_IsObject(entry) || !name_at(entries, entry))
            err_field(err, field, CAUSE_TYPE, "must be an object with a name");
        for (const cJSON *other = entries->child; other != entry && name_at(entries, entry); other = other->next)
            if (name_at(entries, other) && strcmp(name_at(entries, other), name_at(entries, entry)) == 0)
                err_field(err, field, CAUSE_DUPLICATE, "there is another \"%.100s\"", name_at(entries, entry));
    }
}

static int check_root(const cJSON *root, struct err *err)
{
    const char *kind = json_find_text(root, "kind");
    const cJSON *contexts = cJSON_GetObjectItemCaseSensitive(root, "contexts");

    if (!cJSON_IsObject(root))
        return err_set(err, ERR_BAD_REQUEST, "the body is no kubeconfig: it must be an object");
    if (kind && strcmp(kind, "Config") != 0)
        err_field(err, "kind", CAUSE_NOT_SUPPORTED, "must be Config");
    check_list(root, "clusters", err);
    check_list(root, "users", err);
    check_list(root, "contexts", err);
    if (err->kind == ERR_NONE && (!contexts || !contexts->child))
        err_field(err, "contexts", CAUSE_REQUIRED, "there is no context in it");
    return err->kind == ERR_NONE ? 0 : -1;
}

struct document {
    struct kubeconfig *out;
    struct arena *arena;
    struct err *err;
};

static int take_context(struct document *d, const cJSON *root, const char *name, const cJSON *context)
{
    struct kubeconfig_context *out = &d->out->contexts[d->out->count++];
    const char *current = json_find_text(root, "current-context");
    struct err *own = arena_alloc(d->arena, sizeof(*own));
    struct reader reader = {.arena = d->arena, .out = out, .err = own};

    if (!own)
        return err_set(d->err, ERR_INTERNAL, "there is no memory for the kubeconfig");
    read_context(&reader, root, name, context);
    out->is_current = current && strcmp(current, name) == 0;
    if (own->kind == ERR_INTERNAL || !out->name) {
        *d->err = *own;
        return -1;
    }
    out->fault = own->kind == ERR_NONE ? NULL : own;
    return 0;
}

static int take_root(struct document *d, const cJSON *root)
{
    const cJSON *contexts = cJSON_GetObjectItemCaseSensitive(root, "contexts");
    const cJSON *entry;

    if (check_root(root, d->err) < 0)
        return -1;
    d->out->contexts = arena_alloc(d->arena, (size_t)cJSON_GetArraySize(contexts) * sizeof(*d->out->contexts));
    if (!d->out->contexts)
        return err_set(d->err, ERR_INTERNAL, "there is no memory for the kubeconfig");
    cJSON_ArrayForEach(entry, contexts)
    {
        const cJSON *context = cJSON_IsObject(contexts) ? entry : cJSON_GetObjectItemCaseSensitive(entry, "context");

        if (take_context(d, root, name_at(contexts, entry), context) < 0)
            return -1;
    }
    return 0;
}

static int on_document(void *arg, cJSON *document)
{
    struct document *d = arg;

    if (cJSON_IsNull(document))
        return 0;
    if (d->out->contexts)
        return err_set(d->err, ERR_BAD_REQUEST, "the body holds more than one document");
    return take_root(d, document);
}

int kubeconfig_read(struct kubeconfig *out, struct arena *arena, struct str text, struct err *err)
{
    struct document document = {.out = out, .arena = arena, .err = err};
    size_t good = json_utf8_prefix(text);
    const char *why;
    const cJSON *root = NULL;

    *out = (struct kubeconfig){.count = 0};
    err_clear(err);
    if (good != text.len)
        return err_set(err, ERR_BAD_REQUEST, "the body is not UTF-8");
    if (str_starts_with(text, STR("{")))
        root = json_parse(arena, text, LIMIT_JSON_DEPTH, &why);
    if (root)
        return take_root(&document, root);
    if (kube_yaml_read(text, on_document, &document, err) < 0)
        return -1;
    return out->contexts ? 0 : err_set(err, ERR_BAD_REQUEST, "the body is empty: send a kubeconfig");
}
