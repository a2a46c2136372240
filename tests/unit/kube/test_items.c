/* Lists cut into items while they arrive, wherever the network cuts them. */
#include "tests/unit/rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "kube/items.h"

/* All that comes out of one list, as one text: head<...> item<...> item<...> end<...> or fault<...>. */
struct seen {
    struct buf text;
    int stop_at; /* the item that the callback refuses, or -1 */
    int items;
};

static void add_tree(struct buf *out, const char *name, const cJSON *tree)
{
    struct json j;

    buf_printf(out, "%s<", name);
    json_init(&j, out);
    json_value(&j, NULL, tree);
    buf_add_char(out, '>');
}

static int on_head(void *arg, const cJSON *head)
{
    add_tree(&((struct seen *)arg)->text, "head", head);
    return 0;
}

static int on_item(void *arg, struct str item)
{
    struct seen *seen = arg;

    buf_printf(&seen->text, "item<%.*s>", STR_FMT(item));
    return seen->items++ == seen->stop_at ? -1 : 0;
}

/* Feeds the pieces [0,a) [a,b) [b,end), each from memory of exactly its size. */
static void run(struct str list, size_t a, size_t b, bool with_head, struct seen *seen)
{
    const size_t cuts[] = {0, a, b, list.len};
    struct kube_items items = {.array = "items",
                               .other_array = "rows",
                               .on_head = with_head ? on_head : NULL,
                               .on_item = on_item,
                               .arg = seen};
    cJSON *end = NULL;
    int rc = 0;

    seen->items = 0;
    kube_items_init(&items);
    for (size_t i = 0; i < 3 && rc == 0; i++) {
        size_t n = cuts[i + 1] - cuts[i];
        char *piece = malloc(n + 1);

        memcpy(piece, list.ptr + cuts[i], n);
        piece = realloc(piece, n ? n : 1);
        rc = kube_items_feed(&items, piece, n);
        free(piece);
    }
    if (rc == 0)
        end = kube_items_finish(&items);
    if (end)
        add_tree(&seen->text, "end", end);
    else
        buf_printf(&seen->text, "fault<%s>", items.fault ? items.fault : "");
    cJSON_Delete(end);
    kube_items_free(&items);
}

#define MIDDLE "fault<the list ends in the middle>"
#define BROKEN "fault<it is not one well-formed JSON value>"

static const struct {
    int line;
    const char *list;
    const char *seen;
} lists[] = {
    {__LINE__, "{\"kind\":\"PodList\",\"metadata\":{\"continue\":\"abc\"},\"items\":[{\"a\":1},{\"a\":2}]}\n",
     "head<{\"kind\":\"PodList\",\"metadata\":{\"continue\":\"abc\"},\"items\":[]}>item<{\"a\":1}>item<{\"a\":2}>"
     "end<{\"kind\":\"PodList\",\"metadata\":{\"continue\":\"abc\"},\"items\":[]}>"},
    {__LINE__, "{\"items\":[]}", "head<{\"items\":[]}>end<{\"items\":[]}>"},
    {__LINE__, "{\"rows\":[{}]}", "head<{\"rows\":[]}>item<{}>end<{\"rows\":[]}>"},
    {__LINE__, "{\"items\":null}", "end<{\"items\":null}>"},
    {__LINE__, "{}", "end<{}>"},
    /* pretty-printed, as for curl */
    {__LINE__, "{\n  \"items\" : [\n    { \"a\" : 1 } ,\r\n\t{ \"b\" : 2 }\n  ]\n}\n",
     "head<{\"items\":[]}>item<{ \"a\" : 1 }>item<{ \"b\" : 2 }>end<{\"items\":[]}>"},
    /* brackets and quotes inside of strings */
    {__LINE__, "{\"items\":[{\"a\":\"}]\\\"}{[\",\"b\":\"\\\\\"},{\"c\":[\"]}\"]}]}",
     "head<{\"items\":[]}>item<{\"a\":\"}]\\\"}{[\",\"b\":\"\\\\\"}>item<{\"c\":[\"]}\"]}>end<{\"items\":[]}>"},
    {__LINE__, "{\"m\":\"\\\"items\\\":[{\",\"items\":[{}]}",
     "head<{\"m\":\"\\\"items\\\":[{\",\"items\":[]}>item<{}>end<{\"m\":\"\\\"items\\\":[{\",\"items\":[]}>"},
    /* what stands behind the items belongs to the envelope */
    {__LINE__, "{\"items\":[{\"a\":1}],\"metadata\":{\"continue\":\"x\",\"l\":[{\"b\":2}]},\"kind\":\"PodList\"}",
     "head<{\"items\":[]}>item<{\"a\":1}>"
     "end<{\"items\":[],\"metadata\":{\"continue\":\"x\",\"l\":[{\"b\":2}]},\"kind\":\"PodList\"}>"},
    /* the same name elsewhere is not the list */
    {__LINE__, "{\"items\":[{\"items\":[{\"items\":[1]}]}]}",
     "head<{\"items\":[]}>item<{\"items\":[{\"items\":[1]}]}>end<{\"items\":[]}>"},
    {__LINE__, "{\"metadata\":{\"items\":[{\"a\":1}]},\"items\":[{\"b\":1}]}",
     "head<{\"metadata\":{\"items\":[{\"a\":1}]},\"items\":[]}>item<{\"b\":1}>"
     "end<{\"metadata\":{\"items\":[{\"a\":1}]},\"items\":[]}>"},
    {__LINE__, "{\"x\":\"items\",\"other\":[{\"a\":1}],\"items\":[{\"b\":1}]}",
     "head<{\"x\":\"items\",\"other\":[{\"a\":1}],\"items\":[]}>item<{\"b\":1}>"
     "end<{\"x\":\"items\",\"other\":[{\"a\":1}],\"items\":[]}>"},
    {__LINE__, "{\"itemsx\":[1],\"item\":[2],\"Items\":[3]}", "end<{\"itemsx\":[1],\"item\":[2],\"Items\":[3]}>"},
    {__LINE__, "{\"a-name-that-is-longer-than-the-room-for-names\":[1],\"items\":[]}",
     "head<{\"a-name-that-is-longer-than-the-room-for-names\":[1],\"items\":[]}>"
     "end<{\"a-name-that-is-longer-than-the-room-for-names\":[1],\"items\":[]}>"},
    {__LINE__, "{\"columnDefinitions\":[{\"name\":\"Name\"}],\"rows\":[{\"cells\":[\"a\",[]]}]}",
     "head<{\"columnDefinitions\":[{\"name\":\"Name\"}],\"rows\":[]}>item<{\"cells\":[\"a\",[]]}>"
     "end<{\"columnDefinitions\":[{\"name\":\"Name\"}],\"rows\":[]}>"},
    /* faults */
    {__LINE__, "{\"items\":[{}],\"items\":[{}]}",
     "head<{\"items\":[]}>item<{}>fault<the list has two arrays of items>"},
    {__LINE__, "{\"rows\":[],\"items\":[]}", "head<{\"rows\":[]}>fault<the list has two arrays of items>"},
    {__LINE__, "{\"items\":[1]}", "head<{\"items\":[]}>fault<an item is not an object>"},
    {__LINE__, "{\"items\":[{},\"x\"]}", "head<{\"items\":[]}>item<{}>fault<an item is not an object>"},
    {__LINE__, "{\"items\":[[{}]]}", "head<{\"items\":[]}>fault<an item is not an object>"},
    {__LINE__, "{\"items\":[}", "head<{\"items\":[]}>fault<an item is not an object>"},
    {__LINE__, "{\"kind\":\"PodList\",\"items\":[{\"a\":1},{\"a\"",
     "head<{\"kind\":\"PodList\",\"items\":[]}>item<{\"a\":1}>" MIDDLE},
    {__LINE__, "{\"items\":[{\"a\":1}", "head<{\"items\":[]}>item<{\"a\":1}>" MIDDLE},
    {__LINE__, "{\"items\":[{\"a\":1}]", "head<{\"items\":[]}>item<{\"a\":1}>" MIDDLE},
    {__LINE__, "{\"ite", MIDDLE},
    {__LINE__, "", "fault<it is empty>"},
    {__LINE__, "}", "fault<brackets do not match>"},
    {__LINE__, "{\"items\":[]}}", "head<{\"items\":[]}>fault<brackets do not match>"},
    {__LINE__, "{\"items\":[]} x", "head<{\"items\":[]}>" BROKEN},
    {__LINE__, "{\"items\":[]}{}", "head<{\"items\":[]}>" BROKEN},
    {__LINE__, "{\"x\":1,\"x\"\"items\":[]}", BROKEN},
    {__LINE__, "<html>no</html>", BROKEN},
    /* a list is an object */
    {__LINE__, "[\"items\",[{\"a\":1}]]", BROKEN},
    {__LINE__, "[]", "fault<the list is not an object>"},
    {__LINE__, "\"items\"", "fault<the list is not an object>"},
    {__LINE__, "null", "fault<the list is not an object>"},
};

static void whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(lists); i++) {
        struct seen seen = {.stop_at = -1};

        buf_init(&seen.text, 4096);
        run(str_from(lists[i].list), 0, 0, true, &seen);
        row_str(lists[i].line, buf_str(&seen.text), lists[i].seen);
        buf_free(&seen.text);
    }
}

static void in_every_three_pieces(void **state)
{
    struct seen seen = {.stop_at = -1};

    (void)state;
    buf_init(&seen.text, 4096);
    for (size_t i = 0; i < COUNT(lists); i++) {
        struct str list = str_from(lists[i].list);

        for (size_t a = 0; a <= list.len; a++) {
            /* All two-piece cuts, and of the three-piece ones those with a middle of one to three bytes. */
            for (size_t b = a; b <= list.len && b <= a + 3; b++) {
                buf_reset(&seen.text);
                run(list, a, b, true, &seen);
                row_str(lists[i].line, buf_str(&seen.text), lists[i].seen);
            }
        }
    }
    buf_free(&seen.text);
}

static void byte_by_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(lists); i++) {
        struct seen seen = {.stop_at = -1};
        struct kube_items items = {
            .array = "items", .other_array = "rows", .on_head = on_head, .on_item = on_item, .arg = &seen};
        cJSON *end = NULL;
        int rc = 0;

        buf_init(&seen.text, 4096);
        kube_items_init(&items);
        for (const char *p = lists[i].list; *p && rc == 0; p++)
            rc = kube_items_feed(&items, p, 1);
        if (rc == 0)
            end = kube_items_finish(&items);
        if (end)
            add_tree(&seen.text, "end", end);
        else
            buf_printf(&seen.text, "fault<%s>", items.fault);
        row_str(lists[i].line, buf_str(&seen.text), lists[i].seen);
        cJSON_Delete(end);
        kube_items_free(&items);
        buf_free(&seen.text);
    }
}

static void without_a_head_only_items_come(void **state)
{
    struct seen seen = {.stop_at = -1};

    (void)state;
    buf_init(&seen.text, 1024);
    run(STR("{\"a\":1,\"items\":[{},{}]}"), 0, 0, false, &seen);
    assert_str(buf_str(&seen.text), "item<{}>item<{}>end<{\"a\":1,\"items\":[]}>");
    buf_free(&seen.text);
}

static void a_callback_can_stop(void **state)
{
    struct seen seen = {.stop_at = 1};

    (void)state;
    buf_init(&seen.text, 1024);
    run(STR("{\"items\":[{\"a\":0},{\"a\":1},{\"a\":2}]}"), 0, 0, false, &seen);
    assert_str(buf_str(&seen.text), "item<{\"a\":0}>item<{\"a\":1}>fault<>"); /* no fault: it was the callback */
    buf_free(&seen.text);
}

static void an_array_named_otherwise_is_no_list(void **state)
{
    struct seen seen = {.stop_at = -1};
    struct kube_items items = {.array = "items", .on_item = on_item, .arg = &seen};
    cJSON *end;

    (void)state;
    buf_init(&seen.text, 1024);
    kube_items_init(&items);
    assert_int_equal(kube_items_feed(&items, "{\"rows\":[{}]}", 13), 0);
    end = kube_items_finish(&items);
    assert_non_null(end);
    assert_false(items.found);
    assert_str(buf_str(&seen.text), "");
    cJSON_Delete(end);
    kube_items_free(&items);
    buf_free(&seen.text);
}

/* One list of the given sizes; what feeding it says. */
static const char *feed_large(size_t before, size_t item, size_t depth)
{
    static char fill[4096];
    struct seen seen = {.stop_at = -1};
    struct kube_items items = {.array = "items", .on_item = on_item, .arg = &seen};
    const char *said = "it can be read";
    cJSON *end;
    int rc;

    memset(fill, 'x', sizeof(fill));
    buf_init(&seen.text, MIB(16));
    kube_items_init(&items);
    rc = kube_items_feed(&items, "{\"a\":\"", 6);
    for (size_t n = 0; n < before && rc == 0; n += sizeof(fill))
        rc = kube_items_feed(&items, fill, sizeof(fill));
    rc = rc < 0 ? rc : kube_items_feed(&items, "\",\"d\":", 6);
    for (size_t n = 0; n < depth && rc == 0; n++)
        rc = kube_items_feed(&items, "[", 1);
    for (size_t n = 0; n < depth && rc == 0; n++)
        rc = kube_items_feed(&items, "]", 1);
    rc = rc < 0 ? rc
                : kube_items_feed(&items, depth ? ",\"items\":[{\"a\":\"" : "1,\"items\":[{\"a\":\"", depth ? 16 : 17);
    for (size_t n = 0; n < item && rc == 0; n += sizeof(fill))
        rc = kube_items_feed(&items, fill, sizeof(fill));
    rc = rc < 0 ? rc : kube_items_feed(&items, "\"}]}", 4);
    end = rc < 0 ? NULL : kube_items_finish(&items);
    if (!end)
        said = items.fault;
    cJSON_Delete(end);
    kube_items_free(&items);
    buf_free(&seen.text);
    return said;
}

static void sizes_and_depth_are_bounded(void **state)
{
    (void)state;
    assert_string_equal(feed_large(KIB(250), MIB(4) - KIB(4), 60), "it can be read");
    assert_string_equal(feed_large(KIB(260), 0, 0), "what stands around the items is too large");
    assert_string_equal(feed_large(0, MIB(4), 0), "an item is larger than 4 MiB");
    assert_string_equal(feed_large(0, 0, 63), "it can be read");
    assert_string_equal(feed_large(0, 0, 64), "the list is nested too deeply");
    assert_string_equal(feed_large(0, 0, 100000), "the list is nested too deeply");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole),
        cmocka_unit_test(in_every_three_pieces),
        cmocka_unit_test(byte_by_byte),
        cmocka_unit_test(without_a_head_only_items_come),
        cmocka_unit_test(a_callback_can_stop),
        cmocka_unit_test(an_array_named_otherwise_is_no_list),
        cmocka_unit_test(sizes_and_depth_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
