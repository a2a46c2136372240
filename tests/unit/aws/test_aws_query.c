/* The Query APIs: forms, pages, errors; and what S3 and KMS want signed. */
#include "../rows.h"

#include "aws/query.h"
#include "aws/retry.h"
#include "base/limits.h"
#include "fake_aws.h"

#define OK "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
#define BAD "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"
#define SUBNETS(items, next)                                                                                           \
    OK "<DescribeSubnetsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><subnetSet>" items                 \
       "</subnetSet>" next "</DescribeSubnetsResponse>"

static const struct aws_credentials credentials = {.access_key_id = "AKIA", .secret_access_key = "s"};
static struct arena *arena;
static struct fake_aws fake;
static struct err err;

static void contains(const char *text, const char *what)
{
    if (!strstr(text, what))
        fail_msg("no \"%s\" in:\n%s", what, text);
}

static int add_id(void *arg, struct str element)
{
    struct buf *out = arg;

    buf_printf(out, "%s;", xml_text(arena, element, "item/subnetId"));
    return str_contains(buf_str(out), '!') ? -1 : 0;
}

static const struct aws_query subnets = {
    .service = AWS_EC2,
    .action = "DescribeSubnets",
    .parameters = {{"Filter.1.Name", STR("tag:eksgate/cluster")}, {"Filter.1.Value.1", STR("a b&c")}},
    .items = "DescribeSubnetsResponse/subnetSet/item"};

static int list(const char *const *answers, struct buf *out)
{
    struct aws_client client = {.http = http_client_new(), .arena = arena};
    int result;

    buf_init(out, KIB(4));
    fake_start(&fake, answers);
    result = aws_query_each(&client, &credentials, STR("eu-west-1"), &subnets, add_id, out, &err);
    fake_stop(&fake);
    http_client_free(client.http);
    return result;
}

static void lists_are_read_page_by_page(void **state)
{
    static const char *const answers[] = {
        SUBNETS("<item><subnetId>subnet-1</subnetId></item><!-- x --><item><subnetId>subnet-2</subnetId></item>",
                "<nextToken>t/+</nextToken>"),
        SUBNETS("<item><subnetId>subnet-3</subnetId><tagSet><item><key>k</key></item></tagSet></item>", "<nextToken/>"),
        NULL};
    struct buf out;

    (void)state;
    assert_int_equal(list(answers, &out), 0);
    assert_string_equal(out.ptr, "subnet-1;subnet-2;subnet-3;");
    assert_int_equal(fake.count, 2);
    contains(fake.requests[0], "POST / HTTP/1.1\r\n");
    contains(fake.requests[0], "/eu-west-1/ec2/aws4_request");
    contains(fake.requests[0],
             "\r\n\r\nAction=DescribeSubnets&Version=2016-11-15&Filter.1.Name=tag%3Aeksgate%2Fcluster&"
             "Filter.1.Value.1=a%20b%26c");
    contains(fake.requests[1], "&NextToken=t%2F%2B");
    buf_free(&out);
}

static void who_takes_the_items_may_stop(void **state)
{
    static const char *const answers[] = {
        SUBNETS("<item><subnetId>!</subnetId></item><item><subnetId>subnet-2</subnetId></item>",
                "<nextToken>t</nextToken>"),
        NULL};
    struct buf out;

    (void)state;
    assert_int_equal(list(answers, &out), 0);
    assert_string_equal(out.ptr, "!;");
    assert_int_equal(fake.count, 1);
    buf_free(&out);
}

static void refusals_and_broken_answers_are_told(void **state)
{
    static const struct {
        int line;
        const char *answer;
        enum err_kind kind;
        const char *message;
    } rows[] = {
        {__LINE__,
         BAD "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors>"
             "<RequestID>r</RequestID></Response>",
         ERR_AWS, "ec2:DescribeSubnets: no"},
        {__LINE__, SUBNETS("<item><subnetId>subnet-1</item>", ""), ERR_UPSTREAM_BROKEN,
         "ec2:DescribeSubnets: the answer can not be used"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *const answers[] = {rows[i].answer, NULL};
        struct buf out;

        row_int(rows[i].line, list(answers, &out), -1);
        row_int(rows[i].line, err.kind, rows[i].kind);
        row_text(rows[i].line, err.message, rows[i].message);
        buf_free(&out);
    }
}

static int call(const struct aws_call *wish, const char *answer)
{
    const char *const answers[] = {answer, NULL};
    struct aws_client client = {.http = http_client_new(), .arena = arena};
    struct str body;
    int result;

    fake_start(&fake, answers);
    result = aws_call(&client, &credentials, STR("eu-west-1"), wish, &body, &err);
    fake_stop(&fake);
    http_client_free(client.http);
    return result;
}

static void s3_signs_the_path_as_it_is_and_the_digest_of_the_body(void **state)
{
    const struct aws_call get = {
        .service = AWS_S3, .operation = "s3:GetObject", .method = "GET", .path = STR("/b/a%20b")};

    (void)state;
    assert_int_equal(call(&get,
                          "HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n<?xml version=\"1.0\"?><Error><Code>"
                          "NoSuchKey</Code><Message>none</Message><RequestId>r</RequestId></Error>"),
                     -1);
    assert_string_equal(err.aws_code, "NoSuchKey");
    contains(fake.requests[0], "GET /b/a%20b HTTP/1.1\r\n");
    contains(fake.requests[0],
             "X-Amz-Content-Sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    contains(fake.requests[0], "SignedHeaders=host;x-amz-content-sha256;x-amz-date,");
    contains(fake.requests[0], "/eu-west-1/s3/aws4_request");
}

static void a_json_api_signs_its_target(void **state)
{
    const struct aws_call list_aliases = {.service = AWS_KMS,
                                          .operation = "kms:ListAliases",
                                          .method = "POST",
                                          .path = STR("/"),
                                          .body = STR("{}"),
                                          .content_type = "application/x-amz-json-1.1",
                                          .target = "TrentService.ListAliases"};

    (void)state;
    assert_int_equal(call(&list_aliases, OK "{}"), 0);
    contains(fake.requests[0], "X-Amz-Target: TrentService.ListAliases\r\n");
    contains(fake.requests[0], "x-amz-target");
}

static void iam_signs_with_the_home_of_its_partition(void **state)
{
    static const char *const answers[] = {
        OK "<GetRoleResponse><GetRoleResult><Role><RoleName>a</RoleName></Role></GetRoleResult></GetRoleResponse>",
        NULL};
    static const struct aws_query role = {
        .service = AWS_IAM, .action = "GetRole", .parameters = {{"RoleName", STR("a")}}};
    struct aws_client client = {.http = http_client_new(), .arena = arena};
    struct str body;

    (void)state;
    fake_start(&fake, answers);
    assert_int_equal(aws_query(&client, &credentials, STR("eu-west-1"), &role, &body, &err), 0);
    fake_stop(&fake);
    http_client_free(client.http);
    contains(fake.requests[0], "/us-east-1/iam/aws4_request");
    assert_string_equal(xml_text(arena, body, "*/GetRoleResult/Role/RoleName"), "a");
}

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(MIB(8));
    http_global_init();
    setenv("AWS_MAX_ATTEMPTS", "1", 1);
    return arena ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_read_page_by_page),
        cmocka_unit_test(who_takes_the_items_may_stop),
        cmocka_unit_test(refusals_and_broken_answers_are_told),
        cmocka_unit_test(s3_signs_the_path_as_it_is_and_the_digest_of_the_body),
        cmocka_unit_test(a_json_api_signs_its_target),
        cmocka_unit_test(iam_signs_with_the_home_of_its_partition),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
