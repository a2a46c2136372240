#include "redis/connections.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "redis/changes.h"
#include "redis/keys.h"
#include "redis/name.h"

#define LIST_BATCH 100

static struct str copy_reply(struct arena *arena, const redisReply *reply)
{
    if (reply->type != REDIS_REPLY_STRING)
        return STR("");
    return (struct str){arena_strndup(arena, reply->str, reply->len), reply->len};
}

int connection_read(struct redis_client *redis, struct arena *arena, struct str id, struct connection_texts *out,
                    struct err *err)
{
    struct redis_name keys[3];
    const struct str command[] = {STR("MGET"), redis_name(&keys[0], KEY_CONNECTION, id),
                                  redis_name(&keys[1], KEY_DESCRIPTION, id), redis_name(&keys[2], KEY_SEALED, id)};
    redisReply *reply = redis_run(redis, command, 4, err);

    if (!reply)
        return -1;
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 3) {
        freeReplyObject(reply);
        return err_set(err, ERR_STORE_UNAVAILABLE, "the metadata store gave an unexpected answer");
    }
    out->connection = copy_reply(arena, reply->element[0]);
    out->description = copy_reply(arena, reply->element[1]);
    out->sealed = copy_reply(arena, reply->element[2]);
    freeReplyObject(reply);
    if (!out->connection.ptr || !out->description.ptr || !out->sealed.ptr)
        return err_set(err, ERR_INTERNAL, "there is no memory for the connection");
    return out->connection.len > 0 ? REDIS_FOUND : REDIS_MISSING;
}

static const char *text_of(const cJSON *root, const char *name)
{
    const char *text = json_find_text(root, name);

    return text ? text : "";
}

static int64_t time_of(const cJSON *root, const char *name)
{
    const cJSON *number = json_find(root, name);

    return cJSON_IsNumber(number) ? (int64_t)number->valuedouble : 0;
}

int connection_parse(struct arena *arena, struct str text, struct connection *out)
{
    const char *why;
    const cJSON *root = json_parse(arena, text, 4, &why);

    if (!root)
        return -1;
    *out = (struct connection){
        .id = text_of(root, "id"),
        .name = text_of(root, "name"),
        .region = text_of(root, "region"),
        .source = *text_of(root, "source") ? text_of(root, "source") : SOURCE_EKS,
        .user = text_of(root, "user"),
        .namespace = text_of(root, "namespace"),
        .auth_type = text_of(root, "auth_type"),
        .with_mfa = cJSON_IsTrue(json_find(root, "with_mfa")),
        .profile = text_of(root, "profile"),
        .role_arn = text_of(root, "role_arn"),
        .external_id = text_of(root, "external_id"),
        .role_chain = text_of(root, "role_chain"),
        .identity_arn = text_of(root, "identity_arn"),
        .principal_arn = text_of(root, "principal_arn"),
        .account = text_of(root, "account"),
        .connected_at = time_of(root, "connected_at"),
    };
    return *out->id && *out->name && *out->auth_type && (*out->region || strcmp(out->source, SOURCE_EKS) != 0) ? 0 : -1;
}

int description_parse(struct arena *arena, struct str text, struct description *out)
{
    const char *why;
    const cJSON *root = json_parse(arena, text, 4, &why);

    if (!root)
        return -1;
    *out = (struct description){
        .endpoint = text_of(root, "endpoint"),
        .ca_pem = str_from(text_of(root, "ca_pem")),
        .version = text_of(root, "version"),
        .platform_version = text_of(root, "platform_version"),
        .status = text_of(root, "status"),
        .created_at = time_of(root, "created_at"),
        .described_at = time_of(root, "described_at"),
        .asked_ms = time_of(root, "asked_ms"),
    };
    return *out->endpoint && out->ca_pem.len > 0 ? 0 : -1;
}

static void connection_text(struct buf *out, const struct connection *c)
{
    struct json j;

    json_init(&j, out);
    json_object_open(&j, NULL);
    json_text(&j, "id", c->id);
    json_text(&j, "name", c->name);
    json_text(&j, "region", c->region);
    json_text(&j, "source", c->source);
    json_text(&j, "user", c->user ? c->user : "");
    json_text(&j, "namespace", c->namespace ? c->namespace : "");
    json_text(&j, "auth_type", c->auth_type);
    json_bool(&j, "with_mfa", c->with_mfa);
    json_text(&j, "profile", c->profile);
    json_text(&j, "role_arn", c->role_arn);
    json_text(&j, "external_id", c->external_id);
    json_text(&j, "role_chain", c->role_chain);
    json_text(&j, "identity_arn", c->identity_arn);
    json_text(&j, "principal_arn", c->principal_arn);
    json_text(&j, "account", c->account);
    json_int(&j, "connected_at", c->connected_at);
    json_object_close(&j);
}

static void description_text(struct buf *out, const struct description *d)
{
    struct json j;

    json_init(&j, out);
    json_object_open(&j, NULL);
    json_text(&j, "endpoint", d->endpoint);
    json_str(&j, "ca_pem", d->ca_pem);
    json_text(&j, "version", d->version);
    json_text(&j, "platform_version", d->platform_version);
    json_text(&j, "status", d->status);
    json_int(&j, "created_at", d->created_at);
    json_int(&j, "described_at", d->described_at);
    json_int(&j, "asked_ms", d->asked_ms);
    json_object_close(&j);
}

/* Whoever does not hear of it believes what he remembers for a second at most. */
static void publish(struct redis_client *redis, struct str id)
{
    const struct str command[] = {STR("PUBLISH"), STR(CHANGES_CHANNEL), id};
    struct err ignored;

    redis_do(redis, command, 3, &ignored);
}

/* What EKS said runs out; what a kubeconfig says holds as long as its context is there. */
static bool is_kept(const struct connection *connection)
{
    return strcmp(connection->source, SOURCE_EKS) != 0;
}

/* KEYS: description. ARGV: it, when it was asked for, its life (0: that of the context), id. */
static const char describe_script[] =
    "local read, held = pcall(cjson.decode, redis.call('GET', KEYS[1]) or '{}') "
    "if read and type(held) == 'table' and (tonumber(held.asked_ms) or 0) > tonumber(ARGV[2]) then return 0 end "
    "if ARGV[3] == '0' then redis.call('SET', KEYS[1], ARGV[1], 'XX') "
    "else redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[3]) end "
    "redis.call('PUBLISH', '" CHANGES_CHANNEL "', ARGV[4]) "
    "return 1";

int description_write(struct redis_client *redis, const struct connection *connection,
                      const struct description *description, struct err *err)
{
    struct str id = str_from(connection->id);
    struct redis_name key;
    struct buf text;
    struct redis_number asked;
    int rc;

    buf_init(&text, KIB(128));
    description_text(&text, description);
    {
        const struct str command[] = {STR("EVAL"),
                                      STR(describe_script),
                                      STR("1"),
                                      redis_name(&key, KEY_DESCRIPTION, id),
                                      buf_str(&text),
                                      redis_number(&asked, description->asked_ms),
                                      is_kept(connection) ? STR("0") : STR(TTL_DESCRIPTION_TEXT),
                                      id};

        rc = text.failed ? err_set(err, ERR_UPSTREAM_BROKEN, "the cluster's description is too large")
                         : redis_do(redis, command, sizeof(command) / sizeof(command[0]), err);
    }
    buf_free(&text);
    return rc;
}

/* One script, so that of two connects at once one wins wholly: a connection never meets another's keys.
 * KEYS: connection, description, sealed, ids. ARGV: the first three, principal, replace, lives (0: for ever), id,
 * source. */
static const char write_script[] =
    "local function put(key, text, life) "
    "if life == '0' then redis.call('SET', key, text) else redis.call('SET', key, text, 'EX', life) end end "
    "local held = redis.call('GET', KEYS[1]) "
    "if held and ARGV[5] ~= '1' then local c = cjson.decode(held) "
    "if c.principal_arn ~= ARGV[4] or (c.source or 'eks') ~= ARGV[9] then return 0 end end "
    "redis.call('SET', KEYS[1], ARGV[1]) "
    "put(KEYS[2], ARGV[2], ARGV[6]) "
    "if ARGV[3] == '' then redis.call('DEL', KEYS[3]) else put(KEYS[3], ARGV[3], ARGV[7]) end "
    "redis.call('SADD', KEYS[4], ARGV[8]) "
    "redis.call('PUBLISH', '" CHANGES_CHANNEL "', ARGV[8]) "
    "return held and 2 or 1";

int connection_write(struct redis_client *redis, const struct connection *connection,
                     const struct description *description, struct str sealed, long sealed_seconds, bool replace,
                     enum connection_written *out, struct err *err)
{
    const struct str id = str_from(connection->id);
    struct redis_name keys[3];
    struct redis_number life;
    struct buf texts[2];
    int64_t written = 0;
    int rc;

    buf_init(&texts[0], KIB(16));
    buf_init(&texts[1], KIB(128));
    connection_text(&texts[0], connection);
    description_text(&texts[1], description);
    {
        const struct str command[] = {
            STR("EVAL"),
            STR(write_script),
            STR("4"),
            redis_name(&keys[0], KEY_CONNECTION, id),
            redis_name(&keys[1], KEY_DESCRIPTION, id),
            redis_name(&keys[2], KEY_SEALED, id),
            STR(KEY_CONNECTIONS),
            buf_str(&texts[0]),
            buf_str(&texts[1]),
            sealed,
            str_from(connection->principal_arn),
            replace ? STR("1") : STR("0"),
            is_kept(connection) ? STR("0") : STR(TTL_DESCRIPTION_TEXT),
            redis_number(&life, sealed_seconds),
            id,
            str_from(connection->source),
        };

        rc = texts[0].failed || texts[1].failed
                 ? err_set(err, ERR_INTERNAL, "the connection is too large to store")
                 : redis_integer(redis, command, sizeof(command) / sizeof(command[0]), &written, err);
    }
    buf_free(&texts[0]);
    buf_free(&texts[1]);
    *out = written == 2 ? CONNECTION_UPDATED : written == 1 ? CONNECTION_CREATED : CONNECTION_REFUSED;
    return rc;
}

int connection_delete(struct redis_client *redis, struct str id, struct err *err)
{
    struct redis_name keys[3];
    const struct str forget[] = {STR("SREM"), STR(KEY_CONNECTIONS), id};
    const struct str command[] = {STR("DEL"), redis_name(&keys[0], KEY_CONNECTION, id)};
    const struct str rest[] = {STR("DEL"), redis_name(&keys[1], KEY_SEALED, id),
                               redis_name(&keys[2], KEY_DESCRIPTION, id)};
    int64_t deleted;

    if (redis_integer(redis, command, 2, &deleted, err) < 0)
        return -1;
    publish(redis, id);
    if (redis_do(redis, rest, 3, err) < 0 || redis_do(redis, forget, 3, err) < 0)
        return -1;
    return deleted > 0 ? REDIS_FOUND : REDIS_MISSING;
}

int connections_renew(struct redis_client *redis, int64_t *generation, struct err *err)
{
    static const char script[] = "redis.call('PUBLISH', '" CHANGES_CHANNEL "', '') return redis.call('INCR', KEYS[1])";
    const struct str command[] = {STR("EVAL"), STR(script), STR("1"), STR(KEY_GENERATION)};

    return redis_integer(redis, command, 4, generation, err);
}

static int compare_ids(const void *a, const void *b)
{
    const struct connection_entry *x = a;
    const struct connection_entry *y = b;

    return strcmp(x->connection.id, y->connection.id);
}

int connections_ids(struct redis_client *redis, struct arena *arena, struct str **ids, size_t *count, struct err *err)
{
    const struct str command[] = {STR("SMEMBERS"), STR(KEY_CONNECTIONS)};
    redisReply *reply = redis_run(redis, command, 2, err);
    size_t n;

    if (!reply)
        return -1;
    n = reply->elements > CONNECTIONS_MAX ? CONNECTIONS_MAX : reply->elements;
    *ids = arena_alloc(arena, (n + 1) * sizeof(**ids));
    *count = 0;
    for (size_t i = 0; *ids && i < n; i++) {
        struct str id = copy_reply(arena, reply->element[i]);

        if (id.ptr && id.len <= LIMIT_CLUSTER_ID)
            (*ids)[(*count)++] = id;
    }
    freeReplyObject(reply);
    return *ids ? 0 : err_set(err, ERR_INTERNAL, "there is no memory for the connections");
}

/* Reads up to LIST_BATCH connections and their descriptions with one MGET. An id whose connection is not
 * there any more is passed over. */
static int read_batch(struct redis_client *redis, struct arena *arena, const struct str *ids, size_t n,
                      struct connection_entry *entries, size_t *count, struct err *err)
{
    struct redis_name *keys = arena_alloc(arena, 2 * n * sizeof(*keys));
    struct str command[1 + 2 * LIST_BATCH] = {STR("MGET")};
    redisReply *reply;

    if (!keys)
        return err_set(err, ERR_INTERNAL, "there is no memory for the connections");
    for (size_t i = 0; i < n; i++) {
        command[1 + 2 * i] = redis_name(&keys[2 * i], KEY_CONNECTION, ids[i]);
        command[2 + 2 * i] = redis_name(&keys[2 * i + 1], KEY_DESCRIPTION, ids[i]);
    }
    reply = redis_run(redis, command, 1 + 2 * n, err);
    if (!reply)
        return -1;
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
        struct connection_entry *e = &entries[*count];

        if (connection_parse(arena, copy_reply(arena, reply->element[i]), &e->connection) < 0)
            continue;
        if (description_parse(arena, copy_reply(arena, reply->element[i + 1]), &e->description) < 0)
            e->description = (struct description){.endpoint = "", .version = "", .platform_version = "", .status = ""};
        (*count)++;
    }
    freeReplyObject(reply);
    return 0;
}

int connections_list(struct redis_client *redis, struct arena *arena, struct connection_entry **entries, size_t *count,
                     struct err *err)
{
    struct str *ids;
    size_t id_count;

    *count = 0;
    if (connections_ids(redis, arena, &ids, &id_count, err) < 0)
        return -1;
    *entries = arena_alloc(arena, (id_count + 1) * sizeof(**entries));
    if (!*entries)
        return err_set(err, ERR_INTERNAL, "there is no memory for the connections");
    for (size_t i = 0; i < id_count; i += LIST_BATCH) {
        size_t n = id_count - i < LIST_BATCH ? id_count - i : LIST_BATCH;

        if (read_batch(redis, arena, ids + i, n, *entries, count, err) < 0)
            return -1;
    }
    qsort(*entries, *count, sizeof(**entries), compare_ids);
    return 0;
}
