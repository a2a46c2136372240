/*
 * What runs printed: one stream each, whose ids are the numbers of the lines.
 */
#include "redis/keys.h"
#include "redis/run_fields.h"
#include "redis/runs.h"

/* One entry: its id, and "t", a time, "l", a line. */
static int parse_line(struct arena *arena, const redisReply *entry, struct run_line *out)
{
    const redisReply *fields = entry->elements == 2 ? entry->element[1] : NULL;
    struct str number;
    struct str text;
    long parsed[2] = {0, 0};

    if (!fields || fields->type != REDIS_REPLY_ARRAY || fields->elements != 4)
        return REDIS_MISSING;
    number = run_text(entry->element[0]);
    text = run_text(fields->element[3]);
    if (str_to_long(str_cut(&number, '-'), 1, INT64_MAX, &parsed[0]) < 0)
        return REDIS_MISSING;
    str_to_long(run_text(fields->element[1]), 0, INT64_MAX, &parsed[1]);
    *out = (struct run_line){parsed[0], parsed[1], {arena_strndup(arena, text.ptr, text.len), text.len}};
    return out->text.ptr ? REDIS_FOUND : -1;
}

static int parse_lines(struct arena *arena, const redisReply *entries, bool is_reversed, struct run_line **lines,
                       size_t *count, struct err *err)
{
    size_t found = entries && entries->type == REDIS_REPLY_ARRAY ? entries->elements : 0;

    *count = 0;
    *lines = arena_alloc(arena, (found + 1) * sizeof(**lines));
    for (size_t i = 0; *lines && i < found; i++) {
        int rc = parse_line(arena, entries->element[is_reversed ? found - 1 - i : i], &(*lines)[*count]);

        if (rc < 0)
            return err_set(err, ERR_INTERNAL, "there is no memory for the log");
        if (rc == REDIS_FOUND)
            (*count)++;
    }
    return *lines ? 0 : err_set(err, ERR_INTERNAL, "there is no memory for the log");
}

int run_log_read(struct redis_client *redis, struct arena *arena, struct str run, int64_t after, size_t max,
                 long wait_ms, struct run_line **lines, size_t *count, struct err *err)
{
    struct redis_name name;
    struct redis_number numbers[3];
    struct str command[8] = {STR("XREAD"), STR("COUNT"), redis_number(&numbers[0], (int64_t)max)};
    size_t n = 3;
    redisReply *reply;
    int rc;

    if (wait_ms > 0) {
        command[n++] = STR("BLOCK");
        command[n++] = redis_number(&numbers[1], wait_ms < RUN_LOG_WAIT_MS ? wait_ms : RUN_LOG_WAIT_MS);
    }
    command[n++] = STR("STREAMS");
    command[n++] = redis_name(&name, KEY_RUN_LOG, run);
    command[n++] = redis_number(&numbers[2], after);
    reply = redis_run(redis, command, n, err);
    if (!reply)
        return -1;
    /* Of one stream: its name and its entries; or nil. */
    rc = parse_lines(arena,
                     reply->type == REDIS_REPLY_ARRAY && reply->elements == 1 && reply->element[0]->elements == 2
                         ? reply->element[0]->element[1]
                         : NULL,
                     false, lines, count, err);
    freeReplyObject(reply);
    return rc;
}

int run_log_tail(struct redis_client *redis, struct arena *arena, struct str run, size_t max, struct run_line **lines,
                 size_t *count, struct err *err)
{
    struct redis_name name;
    struct redis_number number;
    const struct str command[] = {STR("XREVRANGE"), redis_name(&name, KEY_RUN_LOG, run), STR("+"), STR("-"),
                                  STR("COUNT"),     redis_number(&number, (int64_t)max)};
    redisReply *reply = redis_run(redis, command, 6, err);
    int rc;

    if (!reply)
        return -1;
    rc = parse_lines(arena, reply, true, lines, count, err);
    freeReplyObject(reply);
    return rc;
}
