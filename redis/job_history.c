/*
 * Finished Jobs, read page by page.
 */
#include "redis/job_records.h"
#include "redis/keys.h"
#include "redis/name.h"

/*
 * KEYS: history, bodies. ARGV: the place's end or "+inf", its uid, since, how many. Those that ended in the same second
 * stand in the order of their uids, backwards.
 */
static const char page_script[] =
    "local found, offset, size = {}, 0, tonumber(ARGV[4]) "
    "while #found < 3 * size do "
    "  local part = redis.call('ZREVRANGEBYSCORE', KEYS[1], ARGV[1], ARGV[3], 'WITHSCORES', 'LIMIT', offset, size) "
    "  for i = 1, #part, 2 do "
    "    local body = #found < 3 * size and (part[i + 1] ~= ARGV[1] or part[i] < ARGV[2]) "
    "      and redis.call('HGET', KEYS[2], part[i]) "
    "    if body then table.insert(found, part[i]) table.insert(found, part[i + 1]) table.insert(found, body) end "
    "  end "
    "  if #part < 2 * size then break end "
    "  offset = offset + size "
    "end "
    "return found";

static int parse_entry(struct arena *arena, redisReply *const *fields, struct job_entry *out)
{
    long finished_at = 0;

    if (str_to_long((struct str){fields[1]->str, fields[1]->len}, 0, INT64_MAX, &finished_at) < 0)
        return -1;
    *out = (struct job_entry){.finished_at = finished_at,
                              .uid = arena_strndup(arena, fields[0]->str, fields[0]->len),
                              .body = {arena_strndup(arena, fields[2]->str, fields[2]->len), fields[2]->len}};
    return out->uid && out->body.ptr ? 0 : -1;
}

int job_history_read(struct redis_client *redis, struct arena *arena, struct str cluster, const struct job_place *place,
                     int64_t since, struct job_entry **entries, size_t *count, struct err *err)
{
    struct redis_name names[2];
    struct redis_number numbers[3];
    const struct str command[] = {
        STR("EVAL"),
        STR(page_script),
        STR("2"),
        redis_name(&names[0], KEY_JOB_HISTORY, cluster),
        redis_name(&names[1], KEY_JOB_BODIES, cluster),
        place->finished_at == INT64_MAX ? STR("+inf") : redis_number(&numbers[0], place->finished_at),
        str_from(place->uid),
        redis_number(&numbers[1], since),
        redis_number(&numbers[2], (int64_t)JOB_HISTORY_PAGE),
    };
    redisReply *reply = redis_run(redis, command, sizeof(command) / sizeof(command[0]), err);
    int rc = 0;

    *count = 0;
    if (!reply)
        return -1;
    *entries = arena_alloc(arena, (reply->elements / 3 + 1) * sizeof(**entries));
    for (size_t i = 0; *entries && rc == 0 && i + 2 < reply->elements; i += 3)
        rc = parse_entry(arena, &reply->element[i], &(*entries)[(*count)++]);
    if (!*entries || rc < 0)
        rc = err_set(err, ERR_INTERNAL, "there is no memory for the history of jobs");
    freeReplyObject(reply);
    return rc;
}

int job_history_count(struct redis_client *redis, struct str cluster, int64_t *count, struct err *err)
{
    struct redis_name name;
    const struct str command[] = {STR("ZCARD"), redis_name(&name, KEY_JOB_HISTORY, cluster)};

    return redis_integer(redis, command, 2, count, err);
}
