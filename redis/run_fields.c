#include "redis/run_fields.h"

#include <stddef.h>

enum kind { TEXT, NUMBER, FLAG };

static const struct {
    enum kind kind;
    size_t offset;
} fields_of_run[] = {
    {TEXT, offsetof(struct run, id)},           {TEXT, offsetof(struct run, cluster)},
    {TEXT, offsetof(struct run, op)},           {TEXT, offsetof(struct run, job_name)},
    {TEXT, offsetof(struct run, runner)},       {TEXT, offsetof(struct run, status)},
    {TEXT, offsetof(struct run, phase)},        {TEXT, offsetof(struct run, step)},
    {TEXT, offsetof(struct run, message)},      {TEXT, offsetof(struct run, plan_hash)},
    {TEXT, offsetof(struct run, changes)},      {TEXT, offsetof(struct run, progress)},
    {TEXT, offsetof(struct run, blocked)},      {TEXT, offsetof(struct run, lock)},
    {TEXT, offsetof(struct run, created_by)},   {TEXT, offsetof(struct run, request_id)},
    {TEXT, offsetof(struct run, approves)},     {TEXT, offsetof(struct run, approved_by)},
    {TEXT, offsetof(struct run, host)},         {FLAG, offsetof(struct run, plan_only)},
    {FLAG, offsetof(struct run, cancel)},       {FLAG, offsetof(struct run, force)},
    {TEXT, offsetof(struct run, lock_id)},      {NUMBER, offsetof(struct run, created_at)},
    {NUMBER, offsetof(struct run, started_at)}, {NUMBER, offsetof(struct run, finished_at)},
    {NUMBER, offsetof(struct run, exit_code)},  {NUMBER, offsetof(struct run, log_lines)},
    {NUMBER, offsetof(struct run, pid)},        {NUMBER, offsetof(struct run, pid_started)},
    {TEXT, offsetof(struct run, order)},        {TEXT, offsetof(struct run, diagnostics)},
    {TEXT, offsetof(struct run, issues)},       {TEXT, offsetof(struct run, outputs)},
};

_Static_assert(sizeof(fields_of_run) / sizeof(fields_of_run[0]) == RUN_BODY_COUNT, "a row for each field");

int run_ask(struct redis_client *redis, struct arena *arena, const struct str *command, size_t count, struct run *out,
            struct err *err)
{
    redisReply *reply = redis_run(redis, command, count, err);
    int rc;

    if (!reply)
        return -1;
    rc = run_parse(arena, reply, out, err);
    freeReplyObject(reply);
    return rc;
}

int run_ask_list(struct redis_client *redis, struct arena *arena, const struct str *command, size_t count, size_t size,
                 int (*take)(struct arena *arena, const redisReply *reply, void *out, struct err *err), void **things,
                 size_t *found, struct err *err)
{
    redisReply *reply = redis_run(redis, command, count, err);
    char *place = reply ? arena_alloc(arena, (reply->elements + 1) * size) : NULL;
    int rc = 0;

    *found = 0;
    *things = place;
    if (!reply)
        return -1;
    if (!place)
        rc = err_set(err, ERR_INTERNAL, "there is no memory for the runs");
    for (size_t i = 0; rc >= 0 && i < reply->elements; i++) {
        rc = take(arena, reply->element[i], place + *found * size, err);
        *found += rc == REDIS_FOUND;
    }
    freeReplyObject(reply);
    return rc < 0 ? -1 : 0;
}

struct str run_text(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_STRING ? (struct str){reply->str, reply->len} : STR("");
}

static int read_field(struct arena *arena, size_t i, struct str text, struct run *out)
{
    void *member = (char *)out + fields_of_run[i].offset;
    struct str *copy = member;
    long number = 0;

    switch (fields_of_run[i].kind) {
    case FLAG:
        *(bool *)member = str_equal(text, STR("1"));
        return 0;
    case NUMBER:
        str_to_long(text, INT64_MIN, INT64_MAX, &number);
        *(int64_t *)member = number;
        return 0;
    case TEXT:
        *copy = (struct str){arena_strndup(arena, text.ptr, text.len), text.len};
        return copy->ptr ? 0 : -1;
    }
    return -1;
}

int run_parse(struct arena *arena, const redisReply *fields, struct run *out, struct err *err)
{
    *out = (struct run){0};
    if (fields->type != REDIS_REPLY_ARRAY ||
        (fields->elements != RUN_HEAD_COUNT && fields->elements != RUN_BODY_COUNT) ||
        fields->element[0]->type != REDIS_REPLY_STRING)
        return REDIS_MISSING;
    for (size_t i = 0; i < fields->elements; i++)
        if (read_field(arena, i, run_text(fields->element[i]), out) < 0)
            return err_set(err, ERR_INTERNAL, "there is no memory for the run");
    return REDIS_FOUND;
}
