/* A watch's answer, taken apart. */
#include "tests/unit/rows.h"

#include <string.h>

#include "kube/watch.h"

static struct buf told;

static int tell(void *arg, enum kube_event event, const cJSON *object)
{
    static const char *const names[] = {"added", "modified", "deleted", "bookmark", "error"};
    const char *version = kube_resource_version(object);

    (void)arg;
    buf_printf(&told, "%s %s\n", names[event], version ? version : "-");
    return event == KUBE_ERROR ? -1 : 0;
}

static int run(const char *text, size_t piece, const char **fault)
{
    struct kube_watch watch = {.on_event = tell};
    size_t len = strlen(text);
    int rc = 0;

    buf_init(&told, 4096);
    kube_watch_init(&watch);
    for (size_t i = 0; rc == 0 && i < len; i += piece)
        rc = kube_watch_feed(&watch, text + i, len - i < piece ? len - i : piece);
    *fault = watch.fault;
    kube_watch_free(&watch);
    return rc;
}

#define ADDED "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"resourceVersion\":\"7\"}}}\n"

static void events(void **state)
{
    static const struct {
        int line;
        const char *text;
        const char *told;
        const char *fault;
        int rc;
    } rows[] = {
        {__LINE__, "", "", NULL, 0},
        {__LINE__, ADDED, "added 7\n", NULL, 0},
        {__LINE__, ADDED "\n" ADDED, "added 7\nadded 7\n", NULL, 0},
        {__LINE__, "{\"type\":\"ADDED\",\"object\":{}}", "", NULL, 0},
        {__LINE__, "{\"type\":\"MODIFIED\",\"object\":{}}\n", "modified -\n", NULL, 0},
        {__LINE__, "{\"type\":\"DELETED\",\"object\":{}}\n", "deleted -\n", NULL, 0},
        {__LINE__, "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"9\"}}}\n", "bookmark 9\n",
         NULL, 0},
        {__LINE__, "{\"type\":\"ERROR\",\"object\":{\"code\":410}}\n" ADDED, "error -\n", NULL, -1},
        {__LINE__, "{\"type\":\"OTHER\",\"object\":{}}\n", "", "an event is of no known type", -1},
        {__LINE__, "{\"object\":{}}\n", "", "an event is of no known type", -1},
        {__LINE__, "{\"type\":\"ADDED\"}\n", "", "an event has no object", -1},
        {__LINE__, "{\"type\":\"ADDED\",\"object\":[]}\n", "", "an event has no object", -1},
        {__LINE__, "[]\n", "", "an event is of no known type", -1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t piece = 1; piece < 200; piece += 33) {
            const char *fault;

            row_int(rows[i].line, run(rows[i].text, piece, &fault), rows[i].rc);
            row_str(rows[i].line, buf_str(&told), rows[i].told);
            if (rows[i].fault)
                row_text(rows[i].line, fault, rows[i].fault);
            else
                row_true(rows[i].line, rows[i].text, !fault);
            buf_free(&told);
        }
}

static void what_is_no_json_is_a_fault(void **state)
{
    const char *fault;

    (void)state;
    assert_int_equal(run("{\"type\":\n", 100, &fault), -1);
    assert_non_null(fault);
    buf_free(&told);
}

static void versions_go_into_urls_and_are_bounded(void **state)
{
    static const struct {
        int line;
        const char *text;
        const char *version;
    } rows[] = {
        {__LINE__, "{\"metadata\":{\"resourceVersion\":\"12-a\"}}", "12-a"},
        {__LINE__, "{\"metadata\":{\"resourceVersion\":\"\"}}", NULL},
        {__LINE__, "{\"metadata\":{\"resourceVersion\":\"1&limit=1\"}}", NULL},
        {__LINE__, "{\"metadata\":{\"resourceVersion\":7}}", NULL},
        {__LINE__,
         "{\"metadata\":{\"resourceVersion\":"
         "\"0123456789012345678901234567890123456789012345678901234567890123456789\"}}",
         NULL},
        {__LINE__, "{}", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *why;
        cJSON *object = json_tree(str_from(rows[i].text), 8, &why);
        const char *version = kube_resource_version(object);

        if (rows[i].version)
            row_text(rows[i].line, version, rows[i].version);
        else
            row_true(rows[i].line, rows[i].text, !version);
        cJSON_Delete(object);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events),
        cmocka_unit_test(what_is_no_json_is_a_fault),
        cmocka_unit_test(versions_go_into_urls_and_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
