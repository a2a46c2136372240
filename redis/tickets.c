#include "redis/tickets.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

#include "base/encode.h"
#include "base/json.h"
#include "base/limits.h"
#include "redis/keys.h"
#include "redis/name.h"

#define SECRET_BYTES 32
#define HASH_TEXT_SIZE 65

static const struct member {
    const char *name;
    size_t offset;
} members[] = {
    {"caller", offsetof(struct ticket, caller)},       {"session", offsetof(struct ticket, session)},
    {"cluster", offsetof(struct ticket, cluster)},     {"termtype", offsetof(struct ticket, termtype)},
    {"namespace", offsetof(struct ticket, namespace)}, {"pod", offsetof(struct ticket, pod)},
    {"container", offsetof(struct ticket, container)}, {"host", offsetof(struct ticket, host)},
};

#define MEMBER_COUNT (sizeof(members) / sizeof(members[0]))

static struct str hash_of(struct str text, char out[HASH_TEXT_SIZE])
{
    unsigned char hash[32];

    EVP_Digest(text.ptr, text.len, hash, NULL, EVP_sha256(), NULL);
    encode_hex(hash, sizeof(hash), out);
    return (struct str){out, HASH_TEXT_SIZE - 1};
}

static int make_text(char text[TICKET_TEXT_LEN + 1], struct err *err)
{
    unsigned char secret[SECRET_BYTES];
    struct buf plain;
    int rc = -1;

    buf_init(&plain, KIB(1));
    if (RAND_bytes(secret, sizeof(secret)) == 1 && encode_base64url(&plain, secret, sizeof(secret)) == 0) {
        memcpy(text, plain.ptr, TICKET_TEXT_LEN + 1);
        rc = 0;
    }
    OPENSSL_cleanse(secret, sizeof(secret));
    buf_wipe(&plain);
    return rc == 0 ? 0 : err_set(err, ERR_INTERNAL, "a ticket could not be made");
}

static void write_record(const struct ticket *ticket, struct buf *out)
{
    struct json j;

    json_init(&j, out);
    json_object_open(&j, NULL);
    for (size_t i = 0; i < MEMBER_COUNT; i++) {
        struct str value;

        memcpy(&value, (const char *)ticket + members[i].offset, sizeof(value));
        json_str(&j, members[i].name, value);
    }
    json_object_close(&j);
}

int ticket_issue(struct redis_client *redis, const struct ticket *ticket, char text[TICKET_TEXT_LEN + 1],
                 struct err *err)
{
    char hash[HASH_TEXT_SIZE];
    struct redis_name name;
    struct redis_number seconds;
    struct buf record;
    int rc;

    if (make_text(text, err) < 0)
        return -1;
    buf_init(&record, KIB(8));
    write_record(ticket, &record);
    {
        const struct str command[] = {
            STR("SET"),
            redis_name(&name, KEY_TICKET, hash_of((struct str){text, TICKET_TEXT_LEN}, hash)),
            buf_str(&record),
            STR("EX"),
            redis_number(&seconds, TICKET_SECONDS),
        };

        rc = record.failed ? err_set(err, ERR_INTERNAL, "there is no memory for the ticket")
                           : redis_do(redis, command, sizeof(command) / sizeof(command[0]), err);
    }
    buf_free(&record);
    return rc;
}

static int read_record(struct arena *arena, struct str text, struct ticket *out, struct err *err)
{
    const char *why;
    const cJSON *root = json_parse(arena, text, 2, &why);

    for (size_t i = 0; i < MEMBER_COUNT; i++) {
        const char *member = root ? json_find_text(root, members[i].name) : NULL;
        struct str value = str_from(member);

        if (!member)
            return err_set(err, ERR_STORE_UNAVAILABLE, "what is stored of this ticket can not be read");
        memcpy((char *)out + members[i].offset, &value, sizeof(value));
    }
    return REDIS_FOUND;
}

int ticket_take(struct redis_client *redis, struct arena *arena, struct str text, struct ticket *out, struct err *err)
{
    /* GETDEL, which older ones do not have. */
    static const char script[] = "local found = redis.call('GET', KEYS[1]) "
                                 "redis.call('DEL', KEYS[1]) "
                                 "return found";
    char hash[HASH_TEXT_SIZE];
    struct redis_name name;
    const struct str command[] = {
        STR("EVAL"),
        STR(script),
        STR("1"),
        redis_name(&name, KEY_TICKET, hash_of(text, hash)),
    };
    redisReply *reply = redis_run(redis, command, sizeof(command) / sizeof(command[0]), err);
    int rc = REDIS_MISSING;

    if (!reply)
        return -1;
    if (reply->type == REDIS_REPLY_STRING) {
        const char *record = arena_strndup(arena, reply->str, reply->len);

        rc = record ? read_record(arena, (struct str){record, reply->len}, out, err)
                    : err_set(err, ERR_INTERNAL, "there is no memory for the ticket");
    }
    freeReplyObject(reply);
    return rc;
}
