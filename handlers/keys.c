/*
 * API keys: listed, made, revoked; and who the caller is.
 */
#include "handlers/keys.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "access/issue.h"
#include "base/clock.h"
#include "fcgi/response.h"
#include "handlers/handlers.h"

/* clang-format off */
const struct field key_fields[] = {
    {.name = "role", .type = FIELD_CHOICE, .required = true, .choices = "viewer|editor|admin", .help = "what it may do", .example = "editor"},
    {.name = "name", .type = FIELD_TEXT, .min = 1, .max = API_KEY_NAME_MAX, .check = key_check_name, .help = "who or what it is for; its id when not given", .example = "ci"},
    {.name = "connections", .type = FIELD_TEXT_LIST, .min = 1, .max = 64, .pattern = "^[^\\x00-\\x1f\\x7f]+$", .check = key_check_connection, .help = "ids of the connections it is for; all when not given"},
    {.name = "expires_in_days", .type = FIELD_INTEGER, .min = 1, .max = KEY_DAYS_MAX, .help = "how long it is good; for ever when not given"},
    {.name = NULL},
};
/* clang-format on */

/* clang-format off */
static const struct field listed_shape[] = {
    {.name = "id", .example = "5c3f0a81"},
    {.name = "name", .example = "ci"},
    {.name = "role", .type = FIELD_CHOICE, .choices = "viewer|editor|admin", .example = "editor"},
    {.name = "connections", .type = FIELD_TEXT_LIST, .nullable = true, .help = "ids of the connections it is for; null: all", .example = "[\"us-east-1_demo\"]"},
    {.name = "created_by", .example = "anna"},
    {.name = "created_at", .format = "date-time", .nullable = true, .example = "2026-11-20T08:00:00Z"},
    {.name = "expires_at", .format = "date-time", .nullable = true, .help = "null: never", .example = "2027-11-20T08:00:00Z"},
    {.name = "last_used_at", .format = "date-time", .nullable = true, .example = "2026-11-21T08:00:00Z"},
    {.name = "expired", .type = FIELD_BOOLEAN, .example = "false"},
    {.name = NULL},
};

static const struct field keys_shape[] = {
    {.name = "keys", .type = FIELD_OBJECT_LIST, .children = listed_shape},
    {.name = NULL},
};

static const struct field made_shape[] = {
    {.name = "key", .help = "the key itself: the only time that it is shown", .example = "eksgate_5c3f0a81_..."},
    {.name = "id", .example = "5c3f0a81"},
    {.name = "name", .example = "ci"},
    {.name = "role", .type = FIELD_CHOICE, .choices = "viewer|editor|admin", .example = "editor"},
    {.name = "connections", .type = FIELD_TEXT_LIST, .nullable = true, .help = "ids of the connections it is for; null: all", .example = "[\"us-east-1_demo\"]"},
    {.name = "created_by", .example = "anna"},
    {.name = "created_at", .format = "date-time", .nullable = true, .example = "2026-11-20T08:00:00Z"},
    {.name = "expires_at", .format = "date-time", .nullable = true, .help = "null: never", .example = "2027-11-20T08:00:00Z"},
    {.name = NULL},
};

static const struct field revoked_shape[] = {
    {.name = "id", .example = "5c3f0a81"},
    {.name = "message", .example = "revoked; every process of the gateway refuses it within 5 seconds"},
    {.name = NULL},
};

static const struct field caller_shape[] = {
    {.name = "id", .nullable = true, .help = "of the API key; null where none is asked for", .example = "5c3f0a81"},
    {.name = "name", .example = "ci"},
    {.name = "role", .type = FIELD_CHOICE, .choices = "viewer|editor|admin", .example = "editor"},
    {.name = "connections", .type = FIELD_TEXT_LIST, .nullable = true, .help = "null: all", .example = "null"},
    {.name = "authentication", .type = FIELD_CHOICE, .choices = "keys|off", .example = "keys"},
    {.name = NULL},
};

const struct answer keys_answers[] = {
    {200, "all keys, none of them in clear", keys_shape},
    {0},
};

static const struct link key_links[] = {{"revoke", METHOD_DELETE, "/api/keys/:key", "key=id"}, {NULL}};

const struct answer key_answers[] = {
    {201, "the key", made_shape, .links = key_links},
    {0},
};

const struct answer revoke_answers[] = {
    {200, "it is revoked", revoked_shape},
    {0},
};

const struct answer caller_answers[] = {
    {200, "the caller", caller_shape},
    {0},
};
/* clang-format on */

static void write_connections(struct json *j, const char *connections)
{
    struct str rest = str_from(connections);

    if (rest.len == 0) {
        json_null(j, "connections");
        return;
    }
    json_array_open(j, "connections");
    while (rest.ptr)
        json_str(j, NULL, str_cut(&rest, '\n'));
    json_array_close(j);
}

static void write_key(struct json *j, const struct api_key *key)
{
    json_text(j, "id", key->id);
    json_text(j, "name", key->name);
    json_text(j, "role", key->role);
    write_connections(j, key->connections);
    json_text(j, "created_by", key->created_by);
    json_time(j, "created_at", key->created_at);
    json_time(j, "expires_at", key->expires_at);
}

static void write_listed_key(struct json *j, struct request *request, const void *listed)
{
    const struct api_key *key = listed;

    (void)request;
    write_key(j, key);
    json_time(j, "last_used_at", key->last_used_at);
    json_bool(j, "expired", key->expires_at != 0 && key->expires_at <= clock_now());
}

int keys_list(struct request *request)
{
    struct api_key *keys;
    size_t count;

    if (api_keys_list(request->worker->redis, request->arena, &keys, &count, &request->err) < 0)
        return -1;
    return response_list(request, "keys", keys, count, sizeof(*keys), write_listed_key);
}

static int read_record(struct request *request, struct api_key *record)
{
    const char *name = json_find_text(request->json, "name");
    const cJSON *days = json_find(request->json, "expires_in_days");
    const cJSON *connection;

    *record = (struct api_key){.expires_at = 0};
    snprintf(record->name, sizeof(record->name), "%s", name ? name : "");
    snprintf(record->role, sizeof(record->role), "%s", json_find_text(request->json, "role"));
    snprintf(record->created_by, sizeof(record->created_by), "%s", request->caller.name);
    if (cJSON_IsNumber(days))
        record->expires_at = clock_now() + (int64_t)days->valuedouble * 86400;
    cJSON_ArrayForEach(connection, json_find(request->json, "connections"))
    {
        if (key_bind(record, str_from(connection->valuestring), &request->err) < 0)
            return -1;
    }
    return 0;
}

/* The one answer that holds a key. */
static int answer_key(struct request *request, const struct api_key *record, const char *text)
{
    struct buf body;
    struct json j;

    buf_init(&body, KIB(16));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_text(&j, "key", text);
    write_key(&j, record);
    json_object_close(&j);
    return response_json(request, 201, &body);
}

int keys_create(struct request *request)
{
    char text[KEY_TEXT_LEN + 1];
    struct api_key record;
    int rc;

    if (read_record(request, &record) < 0 || key_issue(request->worker->redis, &record, text, &request->err) < 0)
        return -1;
    rc = answer_key(request, &record, text);
    OPENSSL_cleanse(text, sizeof(text));
    return rc;
}

int keys_revoke(struct request *request)
{
    struct str id = request_segment(request, "key");
    struct buf body;
    struct json j;
    int rc;

    if (!id.ptr)
        return -1;
    rc = key_is_id(id) ? api_key_delete(request->worker->redis, id, &request->err) : REDIS_MISSING;
    if (rc < 0)
        return -1;
    if (rc == REDIS_MISSING)
        return err_set(&request->err, ERR_NOT_FOUND, "there is no API key with that id");
    buf_init(&body, KIB(4));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_str(&j, "id", id);
    json_text(&j, "message", "revoked; every process of the gateway refuses it within 5 seconds");
    json_object_close(&j);
    return response_json(request, 200, &body);
}

int caller_show(struct request *request)
{
    const struct caller *caller = &request->caller;
    struct buf body;
    struct json j;

    buf_init(&body, KIB(16));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_text(&j, "id", *caller->id ? caller->id : NULL);
    json_text(&j, "name", caller->name);
    json_text(&j, "role", role_name(caller->role));
    write_connections(&j, caller->connections);
    json_text(&j, "authentication", request->worker->config->auth);
    json_object_close(&j);
    return response_json(request, 200, &body);
}
