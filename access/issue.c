#include "access/issue.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"

static bool has_control_bytes(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7f)
            return true;
    return false;
}

const char *key_check_name(struct str name)
{
    return name.len >= 1 && name.len <= API_KEY_NAME_MAX && !has_control_bytes(name)
               ? NULL
               : "must have 1 to 64 bytes and no control characters";
}

const char *key_check_connection(struct str id)
{
    return id.len >= 1 && id.len <= LIMIT_CLUSTER_ID && !has_control_bytes(id)
               ? NULL
               : "must be the id of a connection, like us-east-1_demo";
}

int key_bind(struct api_key *record, struct str connection, struct err *err)
{
    size_t len = strlen(record->connections);

    if (key_check_connection(connection))
        return err_field(err, "connections", CAUSE_INVALID, "%s", key_check_connection(connection));
    if (len + connection.len + 2 > sizeof(record->connections))
        return err_field(err, "connections", CAUSE_TOO_LONG, "must not be longer than %d bytes together",
                         API_KEY_CONNECTIONS_SIZE);
    snprintf(record->connections + len, sizeof(record->connections) - len, "%s%.*s", len ? "\n" : "",
             STR_FMT(connection));
    return 0;
}

int key_issue(struct redis_client *redis, struct api_key *record, char text[KEY_TEXT_LEN + 1], struct err *err)
{
    struct key key;

    if (key_generate(&key, text) < 0)
        return err_set(err, ERR_INTERNAL, "there is no randomness to make a key of");
    memcpy(record->id, key.id, sizeof(record->id));
    memcpy(record->hash, key.hash, sizeof(record->hash));
    if (!*record->name)
        memcpy(record->name, key.id, sizeof(key.id));
    record->created_at = clock_now();
    if (api_key_write(redis, record, err) == 0)
        return 0;
    OPENSSL_cleanse(text, KEY_TEXT_LEN + 1);
    return -1;
}
