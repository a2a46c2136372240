#include "redis/offers.h"

#include "redis/keys.h"
#include "redis/name.h"

static struct str key_of(struct redis_name *name, const char *what, struct str region)
{
    char id[80];
    int n = snprintf(id, sizeof(id), "%s:%.*s", what, (int)(region.len < 64 ? region.len : 64), region.ptr);

    return redis_name(name, KEY_OFFERS, (struct str){id, (size_t)n});
}

int offers_kept_read(struct redis_client *redis, struct arena *arena, const char *what, struct str region,
                     struct str *text, struct err *err)
{
    struct redis_name name;
    const struct str command[] = {STR("GET"), key_of(&name, what, region)};
    redisReply *reply = redis_run(redis, command, 2, err);
    int rc = REDIS_MISSING;

    if (!reply)
        return -1;
    if (reply->type == REDIS_REPLY_STRING) {
        *text = (struct str){arena_strndup(arena, reply->str, reply->len), reply->len};
        rc = text->ptr ? REDIS_FOUND : err_set(err, ERR_INTERNAL, "there is no memory for what AWS offers");
    }
    freeReplyObject(reply);
    return rc;
}

void offers_kept_write(struct redis_client *redis, const char *what, struct str region, struct str text)
{
    struct redis_name name;
    struct err ignored = {0};
    const struct str command[] = {STR("SET"), key_of(&name, what, region), text, STR("EX"), STR(TTL_OFFERS_TEXT)};

    if (text.len <= OFFERS_TEXT_MAX)
        redis_do(redis, command, 5, &ignored);
}
