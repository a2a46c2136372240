/*
 * Memory that runs out at every single allocation, one after the other: nothing crashes, nothing leaks, and whoever
 * asked is told. Allocations of our own objects are seen (and cJSON's), not those inside other libraries. The same hook
 * looks at what is freed: no secret may be in it.
 */
#include "tests/unit/rows.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/seal.h"
#include "cluster/keys.h"
#include "handlers/connect.h"
#include "handlers/raw_headers.h"
#include "handlers/resources.h"
#include "handlers/rows.h"
#include "handlers/top.h"
#include "kube/items.h"
#include "kube/manifest.h"
#include "kube/path.h"

#define SECRET "wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY"

static size_t allocations;
static size_t fail_at; /* 0: never */
static size_t secrets_freed;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void __real_free(void *p);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void __wrap_free(void *p);

static bool fails(void)
{
    return ++allocations == fail_at;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void __wrap_free(void *p)
{
    if (p && memmem(p, malloc_usable_size(p), SECRET, strlen(SECRET)))
        secrets_freed++;
    __real_free(p);
}

/* Each returns true when all went well and false when it was told that it did not. */

static void count_release(void *data)
{
    ++*(int *)data;
}

static bool use_arena(void)
{
    struct arena *a = arena_new(MIB(1));
    int released = 0;
    bool good = a && arena_defer(a, count_release, &released) == 0;

    if (!a)
        return false;
    good = arena_alloc(a, ARENA_CHUNK) && good;
    good = arena_printf(a, "%0*d", (int)ARENA_CHUNK, 1) && good;
    good = arena_strndup(a, "abc", 3) && good;
    good = arena_secret(a, SECRET, strlen(SECRET)) && good;
    good = arena_alloc(a, 3 * ARENA_CHUNK) && good;
    good = arena_defer(a, count_release, &released) == 0 && good;
    arena_free(a);
    assert_int_equal(released, 2);
    return good;
}

static bool use_buf(void)
{
    struct buf b;
    bool good;

    buf_init(&b, MIB(1));
    buf_add_str(&b, STR(SECRET));
    for (int i = 0; i < 100; i++)
        buf_printf(&b, "%0100d", i);
    good = !b.failed;
    assert_int_equal(b.len, good ? strlen(SECRET) + 10000 : 0);
    buf_wipe(&b);
    return good;
}

static bool write_json(void)
{
    struct buf out;
    struct json j;
    bool good;

    buf_init(&out, MIB(1));
    json_init(&j, &out);
    json_array_open(&j, NULL);
    for (int i = 0; i < 200; i++)
        json_text(&j, NULL, "a\"b\xff");
    json_array_close(&j);
    good = !out.failed;
    assert_true(good == (out.len > 0));
    buf_free(&out);
    return good;
}

#define BODY                                                                                                           \
    "{\"cluster_name\":\"demo\",\"region\":\"us-east-1\",\"auth\":{\"type\":\"credentials\","                          \
    "\"access_key_id\":\"AKIAIOSFODNN7EXAMPLE\",\"secret_access_key\":\"" SECRET "\"}}"

static bool read_body(void)
{
    struct arena *a = arena_new(MIB(1));
    const char *why = NULL;
    struct err err;
    const cJSON *body = a ? json_parse(a, STR(BODY), 16, &why) : NULL;
    bool good = body && fields_check_body(connect_fields, body, &err) == 0;

    assert_true(body || !a || why);
    arena_free(a);
    return good;
}

#define MANIFEST                                                                                                       \
    "apiVersion: v1\nkind: Secret\nmetadata: {name: a, labels: &l {a: b}}\nstringData: {<<: *l, key: " SECRET "}\n"    \
    "n: [1.5, 9007199254740993, !!binary YQ==]\n---\napiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: A, "   \
    "metadata: {generateName: b}}]\n"

static bool read_manifests(void)
{
    struct arena *a = arena_new(MIB(1));
    struct manifests all;
    struct err err = {0};
    bool good = a && manifests_read(&all, a, STR(MANIFEST), &err) == 0;

    assert_true(good || !a || err.kind != ERR_NONE);
    assert_true(!good || all.count == 2);
    arena_free(a);
    return good;
}

static bool read_query(void)
{
    struct str values[LIMIT_QUERY_PARAMS] = {{NULL, 0}};
    struct arena *a = arena_new(MIB(1));
    struct err err;
    bool good =
        a && fields_parse_query(resource_fields, STR("namespace=a&limit=5&labelSelector=a%3Db"), a, values, &err) == 0;

    arena_free(a);
    return good;
}

static bool read_path(void)
{
    struct arena *a = arena_new(MIB(1));
    struct str id;
    struct err err;
    bool good = a && path_decode_cluster_id(a, STR("us-east-1_demo%2Fx"), &id, &err) == 0;

    arena_free(a);
    return good;
}

static int keep_head(void *arg, const cJSON *head)
{
    struct row_format *format = arg;

    return row_format_begin(format, head);
}

static int keep_item(void *arg, struct str item)
{
    const char *why;
    cJSON *element = json_tree(item, LIMIT_JSON_DEPTH, &why);
    struct buf out;
    struct json j;
    int rc;

    if (!element)
        return -1;
    buf_init(&out, MIB(1));
    json_init(&j, &out);
    row_write(arg, element, &j);
    rc = out.failed ? -1 : 0;
    buf_free(&out);
    cJSON_Delete(element);
    return rc;
}

static bool read_list(void)
{
    static const char list[] = "{\"kind\":\"Table\",\"columnDefinitions\":[{\"name\":\"Name\"}],"
                               "\"rows\":[{\"cells\":[\"a\"]},{\"cells\":[\"b\"],\"object\":{}}]}";
    struct row_format format = {.fields = NULL};
    struct kube_items items = {.array = "rows", .on_head = keep_head, .on_item = keep_item, .arg = &format};
    cJSON *end = NULL;
    bool good;

    kube_items_init(&items);
    good = kube_items_feed(&items, list, sizeof(list) - 1) == 0 && (end = kube_items_finish(&items));
    cJSON_Delete(end);
    row_format_free(&format);
    kube_items_free(&items);
    return good;
}

static bool sort_rows(void)
{
    struct top top;
    struct buf token;
    bool good = top_init(&top, 2, false) == 0;

    buf_init(&token, KIB(16));
    for (int i = 0; good && i < 4; i++) {
        const struct sort_key key = {.is_number = i == 0, .number = i, .text = i ? "text" : ""};
        const char identity[] = {(char)('d' - i), '\0'};

        good = top_add(&top, &key, identity, top_wants(&top, &key, identity) ? STR("{}") : STR("")) == 0;
    }
    if (good) {
        top_sort(&top);
        good = top_continue(&top, &token) == 0;
        assert_true(good == (token.len > 0));
    }
    top_free(&top);
    if (good) {
        good = top_init(&top, 2, false) == 0 && top_begin_after(&top, buf_str(&token)) == 0;
        top_free(&top);
    }
    buf_free(&token);
    return good;
}

static bool seal_keys(void)
{
    static const struct seal_key key = {.key = "0123456789abcdef0123456789abcde", .id = "abcd"};
    const struct aws_credentials keys = {.access_key_id = "AKIA", .secret_access_key = SECRET};
    struct aws_credentials opened;
    struct buf sealed;
    struct err err = {0};
    bool good;

    buf_init(&sealed, KIB(64));
    good = keys_seal(&key, STR("id"), &keys, &sealed) == 0 &&
           keys_open(&key, STR("id"), buf_str(&sealed), &opened, &err) == 0;
    assert_true(!good || strcmp(opened.secret_access_key, SECRET) == 0);
    buf_free(&sealed);
    return good;
}

static bool pass_headers(void)
{
    char accept[] = "HTTP_ACCEPT=application/json";
    char *envp[] = {accept, NULL};
    struct arena *a = arena_new(MIB(1));
    struct request request = {.arena = a, .params = envp, .id = "abc", .remote_address = "10.0.0.1"};
    bool good = a && raw_request_headers(&request) != NULL;

    assert_true(good || !a || request.err.kind == ERR_INTERNAL);
    arena_free(a);
    return good;
}

static bool encode_texts(void)
{
    struct buf out;
    bool good;

    buf_init(&out, KIB(4));
    good = encode_base64(&out, "abc", 3) == 0 && decode_base64(&out, STR("Zm9v")) == 0 &&
           encode_percent(&out, STR("a b")) == 0 && decode_percent(&out, STR("a%20b")) == 0;
    buf_free(&out);
    return good;
}

static void everyone_is_told_when_memory_runs_out(void **state)
{
    static const struct {
        int line;
        const char *sentence;
        bool (*run)(void);
    } rows[] = {
        {__LINE__, "an arena", use_arena},
        {__LINE__, "a buffer", use_buf},
        {__LINE__, "JSON out", write_json},
        {__LINE__, "a body in", read_body},
        {__LINE__, "manifests in", read_manifests},
        {__LINE__, "a query in", read_query},
        {__LINE__, "a path in", read_path},
        {__LINE__, "a list in", read_list},
        {__LINE__, "a sorted page", sort_rows},
        {__LINE__, "keys sealed and opened", seal_keys},
        {__LINE__, "headers passed on", pass_headers},
        {__LINE__, "texts encoded", encode_texts},
    };

    (void)state;
    json_global_init();
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t n = 0;
        bool good;

        do {
            allocations = 0;
            secrets_freed = 0;
            fail_at = ++n;
            good = rows[i].run();
            fail_at = 0;
            row_true(rows[i].line, rows[i].sentence, good == (allocations < n));
            row_true(rows[i].line, "no secret is in freed memory", secrets_freed == 0);
        } while (!good);
        row_true(rows[i].line, "it allocates at all", n > 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(everyone_is_told_when_memory_runs_out)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
