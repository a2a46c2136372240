#include "fcgi/intake.h"

#include <string.h>

#include "fcgi/record.h"

#define KEEP_CONN 1
#define RESPONDER 1

/* A record, taken off the front. */
struct record {
    unsigned type;
    int request_id;
    struct str content;
};

static int take_record(struct str *bytes, struct record *out)
{
    const unsigned char *head = (const unsigned char *)bytes->ptr;
    size_t len;
    size_t whole;

    if (bytes->len < RECORD_HEAD || head[0] != 1)
        return -1;
    len = (size_t)head[4] << 8 | head[5];
    whole = RECORD_HEAD + len + head[6];
    if (bytes->len < whole)
        return -1;
    *out = (struct record){
        .type = head[1], .request_id = head[2] << 8 | head[3], .content = {bytes->ptr + RECORD_HEAD, len}};
    *bytes = str_skip(*bytes, whole);
    return 0;
}

static int take_begin(struct str *bytes, struct intake *out)
{
    struct record record;

    if (take_record(bytes, &record) < 0 || record.type != RECORD_BEGIN_REQUEST || record.content.len != 8 ||
        record.request_id == 0 || record.content.ptr[0] != 0 || record.content.ptr[1] != RESPONDER)
        return -1;
    out->request_id = record.request_id;
    out->keep = record.content.ptr[2] & KEEP_CONN;
    return 0;
}

/* The content of all records of a type, up to the empty one. A single one is not copied. */
static int take_stream(struct arena *arena, struct str *bytes, unsigned type, int request_id, struct str *out)
{
    struct str all = *bytes;
    struct record record;
    size_t total = 0;
    size_t records = 0;
    char *text;

    do {
        if (take_record(bytes, &record) < 0 || record.type != type || record.request_id != request_id)
            return -1;
        if (record.content.len > 0) {
            *out = record.content;
            records++;
        }
        total += record.content.len;
    } while (record.content.len > 0);
    if (records < 2) {
        *out = records == 0 ? STR("") : *out;
        return 0;
    }
    text = arena_alloc(arena, total);
    *out = (struct str){text, total};
    while (text && total > 0 && take_record(&all, &record) == 0) {
        memcpy(text, record.content.ptr, record.content.len);
        text += record.content.len;
        total -= record.content.len;
    }
    return out->ptr ? 0 : -1;
}

/* One byte below 128, or four with the first bit set. */
static int take_length(struct str *text, size_t *out)
{
    const unsigned char *p = (const unsigned char *)text->ptr;

    if (text->len < 1)
        return -1;
    if (p[0] < 128) {
        *out = p[0];
        *text = str_skip(*text, 1);
        return 0;
    }
    if (text->len < 4)
        return -1;
    *out = (size_t)(p[0] & 127) << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
    *text = str_skip(*text, 4);
    return 0;
}

/* As libfcgi lays them out. A NUL would end a value early. */
static char *take_param(struct arena *arena, struct str *text)
{
    size_t name;
    size_t value;
    char *param;

    if (take_length(text, &name) < 0 || take_length(text, &value) < 0 || name > text->len || value > text->len - name ||
        memchr(text->ptr, '\0', name + value))
        return NULL;
    param = arena_alloc(arena, name + value + 2);
    if (!param)
        return NULL;
    memcpy(param, text->ptr, name);
    param[name] = '=';
    memcpy(param + name + 1, text->ptr + name, value);
    *text = str_skip(*text, name + value);
    return param;
}

static int take_params(struct arena *arena, struct str text, struct intake *out)
{
    size_t count = 0;

    out->params = arena_alloc(arena, (INTAKE_PARAMS_MAX + 1) * sizeof(*out->params));
    while (out->params && text.len > 0) {
        if (count == INTAKE_PARAMS_MAX || !(out->params[count] = take_param(arena, &text)))
            return -1;
        count++;
    }
    return out->params ? 0 : -1;
}

int intake_parse(struct arena *arena, struct str bytes, struct intake *out)
{
    struct str params;

    *out = (struct intake){.params = NULL};
    if (take_begin(&bytes, out) < 0 || take_stream(arena, &bytes, RECORD_PARAMS, out->request_id, &params) < 0 ||
        take_params(arena, params, out) < 0 ||
        take_stream(arena, &bytes, RECORD_STDIN, out->request_id, &out->body) < 0 || bytes.len > 0)
        return -1;
    if (out->body.len > 0) {
        out->body.ptr = arena_secret(arena, out->body.ptr, out->body.len);
        return out->body.ptr ? 0 : -1;
    }
    return 0;
}
