/* The operations of EKS: paths, queries, bodies, pages, errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aws/eks_api.h"
#include "aws/eks_cache.h"
#include "aws/retry.h"
#include "aws/sts.h"
#include "base/limits.h"
#include "fake_aws.h"

#define OK "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
#define ROLE "arn:aws:iam::111122223333:role/dev"

static struct arena *arena;
static struct fake_aws fake;

/* The answer's member as text, or the error's message. */
static const char *perform(const struct eks_wish *wish, const char *const *answers)
{
    static const struct aws_credentials credentials = {.access_key_id = "AKIA", .secret_access_key = "s"};
    struct aws_client client = {.http = http_client_new(), .arena = arena};
    static struct err err;
    const cJSON *got;
    struct buf text;
    struct json j;
    const char *copy;
    int result;

    fake_start(&fake, answers);
    result = eks_perform(&client, &credentials, STR("eu-west-1"), wish, &got, &err);
    fake_stop(&fake);
    http_client_free(client.http);
    if (result < 0)
        return err.message;
    if (!got)
        return "nothing";
    buf_init(&text, KIB(64));
    json_init(&j, &text);
    json_value(&j, NULL, got);
    copy = arena_strndup(arena, text.ptr, text.len);
    buf_free(&text);
    return copy;
}

static void contains(const char *text, const char *what)
{
    if (!strstr(text, what))
        fail_msg("no \"%s\" in:\n%s", what, text);
}

static void lists_are_read_page_by_page(void **state)
{
    static const char *const answers[] = {OK "{\"nodegroups\":[\"a\",\"b\"],\"nextToken\":\"t/+\"}",
                                          OK "{\"nodegroups\":[],\"nextToken\":\"u\"}",
                                          OK "{\"nodegroups\":[\"c\"],\"nextToken\":null}", NULL};
    const struct eks_wish wish = {.operation = EKS_LIST_NODEGROUPS, .labels = {STR("demo")}};

    (void)state;
    assert_string_equal(perform(&wish, answers), "[\"a\",\"b\",\"c\"]");
    assert_int_equal(fake.count, 3);
    contains(fake.requests[0], "GET /clusters/demo/node-groups?maxResults=100 HTTP/1.1\r\n");
    contains(fake.requests[1], "?maxResults=100&nextToken=t%2F%2B HTTP/1.1\r\n");
    contains(fake.requests[0], "/eu-west-1/eks/aws4_request");
    /* Asked again at once, it is not asked for again. */
    assert_string_equal(perform(&wish, answers), "[\"a\",\"b\",\"c\"]");
    assert_int_equal(fake.count, 0);
}

static void a_token_that_comes_again_ends_the_list(void **state)
{
    static const char *const answers[] = {OK "{\"addons\":[\"a\"],\"nextToken\":\"t\"}",
                                          OK "{\"addons\":[\"b\"],\"nextToken\":\"t\"}", NULL};
    const struct eks_wish wish = {.operation = EKS_LIST_ADDONS, .labels = {STR("demo")}};

    (void)state;
    assert_string_equal(perform(&wish, answers), "[\"a\",\"b\"]");
}

static void names_and_queries_are_encoded(void **state)
{
    static const char *const entry[] = {OK "{\"accessEntry\":{\"username\":\"x\"}}", NULL};
    static const char *const versions[] = {OK "{\"addons\":[]}", NULL};
    struct eks_wish wish = {.operation = EKS_DESCRIBE_ACCESS_ENTRY, .labels = {STR("demo"), STR(ROLE)}};

    (void)state;
    assert_string_equal(perform(&wish, entry), "{\"username\":\"x\"}");
    contains(fake.requests[0],
             "GET /clusters/demo/access-entries/arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fdev HTTP/1.1\r\n");
    wish = (struct eks_wish){.operation = EKS_DESCRIBE_ADDON_VERSIONS,
                             .query = {{"owners", STR("aws")}, {"owners", STR("a b&c")}},
                             .query_count = 2};
    assert_string_equal(perform(&wish, versions), "[]");
    contains(fake.requests[0],
             "GET /addons/supported-versions?owners=aws&owners=a%20b%26c&maxResults=100 HTTP/1.1\r\n");
}

static void insights_have_their_pages_in_the_body(void **state)
{
    static const char *const answers[] = {OK "{\"insights\":[{\"id\":\"1\"}],\"nextToken\":\"t\"}",
                                          OK "{\"insights\":[{\"id\":\"2\"}]}", NULL};
    const char *why;
    cJSON *filter = json_parse(arena, STR("{\"filter\":{\"statuses\":[\"ERROR\"]}}"), 8, &why);
    const struct eks_wish wish = {.operation = EKS_LIST_INSIGHTS, .labels = {STR("demo")}, .body = filter};

    (void)state;
    assert_string_equal(perform(&wish, answers), "[{\"id\":\"1\"},{\"id\":\"2\"}]");
    contains(fake.requests[0], "POST /clusters/demo/insights HTTP/1.1\r\n");
    contains(fake.requests[0], "\r\n\r\n{\"filter\":{\"statuses\":[\"ERROR\"]},\"maxResults\":100}");
    contains(fake.requests[1], "\"maxResults\":100,\"nextToken\":\"t\"}");
}

static void writes_carry_one_token_through_all_attempts(void **state)
{
    static const char *const answers[] = {"HTTP/1.1 500 Oops\r\nConnection: close\r\n\r\n{\"message\":\"again\"}",
                                          OK "{\"accessEntry\":{\"type\":\"STANDARD\"}}", NULL};
    static const char *const list[] = {OK "{\"accessEntries\":[]}", NULL};
    const struct eks_wish entries = {.operation = EKS_LIST_ACCESS_ENTRIES, .labels = {STR("demo")}};
    const char *why;
    cJSON *body = json_parse(arena, STR("{\"principalArn\":\"" ROLE "\"}"), 8, &why);
    const struct eks_wish wish = {.operation = EKS_CREATE_ACCESS_ENTRY, .labels = {STR("demo")}, .body = body};
    const char *first;
    const char *second;

    (void)state;
    perform(&entries, list);
    assert_string_equal(perform(&wish, answers), "{\"type\":\"STANDARD\"}");
    first = strstr(fake.requests[0], "{\"principalArn\":\"" ROLE "\",\"clientRequestToken\":\"");
    second = strstr(fake.requests[1], "{\"principalArn\"");
    assert_non_null(first);
    assert_non_null(second);
    assert_string_equal(first, second);
    /* What was listed before does not hold any more. */
    perform(&entries, list);
    assert_int_equal(fake.count, 1);
}

static void an_answer_may_be_empty(void **state)
{
    static const char *const answers[] = {OK, NULL};
    const struct eks_wish wish = {.operation = EKS_DISASSOCIATE_ACCESS_POLICY,
                                  .labels = {STR("demo"), STR(ROLE), STR("arn:p")}};

    (void)state;
    assert_string_equal(perform(&wish, answers), "nothing");
    contains(fake.requests[0], "DELETE /clusters/demo/access-entries/");
    contains(fake.requests[0], "/access-policies/arn%3Ap HTTP/1.1\r\n");
}

static void errors_are_told(void **state)
{
    static const struct {
        struct eks_wish wish;
        const char *answers[4];
        const char *message;
    } rows[] = {
        {{.operation = EKS_DESCRIBE_ADDON, .labels = {STR("demo")}}, {NULL}, "eks:DescribeAddon needs a name"},
        {{.operation = EKS_DESCRIBE_ADDON, .labels = {STR("demo"), STR("gone")}},
         {"HTTP/1.1 404 Not Found\r\nConnection: close\r\nx-amzn-ErrorType: ResourceNotFoundException\r\n\r\n"
          "{\"message\":\"No addon: gone\"}"},
         "eks:DescribeAddon: No addon: gone"},
        {{.operation = EKS_DESCRIBE_ADDON, .labels = {STR("demo"), STR("x")}},
         {OK "{}"},
         "eks:DescribeAddon: the answer can not be used: the member that it is about is not there"},
        {{.operation = EKS_DESCRIBE_ADDON, .labels = {STR("demo"), STR("y")}},
         {OK "hello"},
         "the answer can not be used"},
        {{.operation = EKS_LIST_UPDATES, .labels = {STR("demo")}}, {OK "{\"updateIds\":{}}"}, "its list is none"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        contains(perform(&rows[i].wish, rows[i].answers), rows[i].message);
}

static void retries_stop_when_they_are_in_vain(void **state)
{
    int taken = 0;

    (void)state;
    while (retry_take(RETRY_COST))
        taken++;
    assert_in_range(taken, 90, 100);
    assert_false(retry_take(RETRY_COST));
    for (int i = 0; i < RETRY_COST; i++)
        retry_give(0);
    assert_true(retry_take(RETRY_COST));
    retry_give(RETRY_COST);
    assert_true(retry_take(RETRY_COST));
    retry_give(10000);
    assert_true(retry_take(500));
    assert_false(retry_take(1));
    retry_give(10000);
    setenv("AWS_MAX_ATTEMPTS", "5", 1);
    assert_int_equal(retry_attempts(), 5);
    setenv("AWS_MAX_ATTEMPTS", "many", 1);
    assert_int_equal(retry_attempts(), 3);
    unsetenv("AWS_MAX_ATTEMPTS");
}

static void sessions_stand_for_their_role(void **state)
{
    static const struct {
        const char *arn;
        const char *principal;
    } rows[] = {
        {"arn:aws:sts::1:assumed-role/dev/me@host", "arn:aws:iam::1:role/dev"},
        {"arn:aws-cn:sts::1:assumed-role/dev/x", "arn:aws-cn:iam::1:role/dev"},
        {"arn:aws:iam::1:user/path/x", "arn:aws:iam::1:user/path/x"},
        {"arn:aws:sts::1:federated-user/x", "arn:aws:sts::1:federated-user/x"},
        {"arn:aws:iam::1:root", "arn:aws:iam::1:root"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(aws_identity_principal(arena, rows[i].arn), rows[i].principal);
}

static int set_up(void **state)
{
    (void)state;
    eks_cache_forget();
    arena = arena_new(MIB(16));
    return arena ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lists_are_read_page_by_page),
        TEST(a_token_that_comes_again_ends_the_list),
        TEST(names_and_queries_are_encoded),
        TEST(insights_have_their_pages_in_the_body),
        TEST(writes_carry_one_token_through_all_attempts),
        TEST(an_answer_may_be_empty),
        TEST(errors_are_told),
        TEST(retries_stop_when_they_are_in_vain),
        TEST(sessions_stand_for_their_role),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
