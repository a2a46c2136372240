/*
 * JSON out: a streaming writer into a struct buf; no tree is built. Commas and nesting are kept by the
 * writer, errors by the buffer (check buf.failed once at the end). A key of NULL is right inside an array
 * and for the outermost value.
 *
 * JSON in: cJSON for small texts that must be understood, behind one entry that bounds size and depth
 * first, because cJSON recurses and stops at the first NUL.
 */
#ifndef EKSGATE_BASE_JSON_H
#define EKSGATE_BASE_JSON_H

#include <cjson/cJSON.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

/* Once in a process, before any thread is started: what cJSON frees is overwritten from then on, for a tree may hold
 * what a client or Redis keeps secret. */
void json_global_init(void);

struct json {
    struct buf *out;
    bool comma; /* a value stands right before: the next one needs a comma */
};

void json_init(struct json *j, struct buf *out);
void json_object_open(struct json *j, const char *key);
void json_object_close(struct json *j);
void json_array_open(struct json *j, const char *key);
void json_array_close(struct json *j);
void json_str(struct json *j, const char *key, struct str value);
void json_text(struct json *j, const char *key, const char *value); /* NULL writes null */
void json_time(struct json *j, const char *key, int64_t seconds);   /* RFC 3339; 0 writes null */
void json_int(struct json *j, const char *key, int64_t value);
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);
void json_raw(struct json *j, const char *key, struct str value); /* already JSON */
/* NULL writes null. A number with a valuestring is written as that: it has more digits than a double. */
void json_value(struct json *j, const char *key, const cJSON *value);

/* Appends text as a quoted JSON string. Bytes that are not UTF-8 become U+FFFD. */
void json_quote(struct buf *out, struct str text);

/* What a client sent, strictly: a tree that lives until the arena's reset. Returns NULL with why set
 * (static text) when the text is empty, deeper than max_depth, not one JSON value (blanks around it are
 * allowed), not UTF-8, contains a NUL or \u0000, or an object has a key twice. A number that a double does not print as
 * it was has its digits in valuestring. */
cJSON *json_parse(struct arena *arena, struct str text, unsigned max_depth, const char **why);

/* What another server sent: the same without the last four rules; release with cJSON_Delete(). */
cJSON *json_tree(struct str text, unsigned max_depth, const char **why);

/* 0 when text nests no deeper than max_depth outside of strings; -1 otherwise. */
int json_depth_check(struct str text, unsigned max_depth);

/* A key that stands twice in the object itself, or NULL. */
const char *json_duplicate_key(const cJSON *object);

/* A NUL or \u0000 anywhere in a JSON text. */
bool json_has_nul(struct str text);

/* How many bytes of it are UTF-8 (RFC 3629): all of them, or those before the first fault. */
size_t json_utf8_prefix(struct str text);

/* Walks "metadata.labels" style paths of object keys (no key of ours holds a dot). NULL when absent. */
const cJSON *json_find(const cJSON *root, const char *path);
const char *json_find_text(const cJSON *root, const char *path); /* NULL when absent or no string */

/* The whole part of a number; absent: what is returned when there is none, or one that an int64_t can not hold. */
int64_t json_find_int(const cJSON *root, const char *path, int64_t absent);

#endif
