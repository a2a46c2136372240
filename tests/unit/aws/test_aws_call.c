/* Calls of STS and EKS against a scripted server: what is sent, what is tried again, what errors become. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <time.h>

#include "aws/clock.h"
#include "aws/eks.h"
#include "aws/eks_cache.h"
#include "aws/sts.h"
#include "base/clock.h"
#include "base/limits.h"
#include "fake_aws.h"

#define HEAD(status, type) "HTTP/1.1 " status "\r\nConnection: close\r\nContent-Type: " type "\r\n"
#define XML(status, body) HEAD(status, "text/xml") "\r\n" body
#define JSON(status, body) HEAD(status, "application/json") "x-amzn-RequestId: rid-1\r\n\r\n" body

#define IDENTITY                                                                                                       \
    XML("200 OK", "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::1:user/u</Arn>"               \
                  "<UserId>AIDA</UserId><Account>1</Account></GetCallerIdentityResult></GetCallerIdentityResponse>")
#define STS_ERROR(status, code, message)                                                                               \
    XML(status, "<ErrorResponse><Error><Code>" code "</Code><Message>" message                                         \
                "</Message></Error><RequestId>rq</RequestId></ErrorResponse>")

static struct aws_client client;
static const struct aws_credentials credentials = {
    .access_key_id = "ASIAEXAMPLE", .secret_access_key = "SECRET", .session_token = "TOKEN/+=="};

#define REFUSED XML("503 Service Unavailable", "")

static int identify(struct fake_aws *fake, const char *const *answers, struct aws_identity *identity, struct err *err)
{
    int result;

    fake_start(fake, answers);
    result = aws_sts_caller_identity(&client, &credentials, STR("eu-west-1"), identity, err);
    fake_stop(fake);
    return result;
}

static int describe(struct fake_aws *fake, const char *const *answers, const char *name, struct eks_cluster *cluster,
                    struct err *err)
{
    int result;

    fake_start(fake, answers);
    result = eks_cluster_describe(&client, &credentials, STR("eu-west-1"), str_from(name), true, cluster, err);
    fake_stop(fake);
    return result;
}

static void the_caller_is_asked_for_with_a_signed_form(void **state)
{
    static const char *const answers[] = {IDENTITY, NULL};
    struct aws_identity identity;
    struct fake_aws fake;
    struct err err;

    (void)state;
    assert_int_equal(identify(&fake, answers, &identity, &err), 0);
    assert_string_equal(identity.arn, "arn:aws:iam::1:user/u");
    assert_string_equal(identity.account, "1");
    assert_non_null(strstr(fake.requests[0], "POST / HTTP/1.1\r\n"));
    assert_non_null(strstr(fake.requests[0], "\r\n\r\nAction=GetCallerIdentity&Version=2011-06-15"));
    assert_non_null(strstr(fake.requests[0], "X-Amz-Security-Token: TOKEN/+==\r\n"));
    assert_non_null(strstr(fake.requests[0], "/eu-west-1/sts/aws4_request, "
                                             "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, "));
    assert_non_null(strstr(fake.requests[0], "User-Agent: eksgate/"));
}

static void a_cluster_is_described_by_its_encoded_name(void **state)
{
    static const char *const answers[] = {
        JSON("200 OK", "{\"cluster\":{\"name\":\"c\",\"status\":\"ACTIVE\",\"endpoint\":\"https://e\",\"version\":"
                       "\"1.33\",\"createdAt\":1731000000.123,\"certificateAuthority\":{\"data\":\"LS0t\"}}}"),
        NULL};
    struct eks_cluster cluster;
    struct fake_aws fake;
    struct err err;

    (void)state;
    assert_int_equal(describe(&fake, answers, "a/b:c", &cluster, &err), 0);
    assert_non_null(strstr(fake.requests[0], "GET /clusters/a%2Fb%3Ac HTTP/1.1\r\n"));
    assert_null(strstr(fake.requests[0], "Content-Type"));
    assert_string_equal(cluster.status, "ACTIVE");
    assert_string_equal(cluster.platform_version, "");
    assert_int_equal(cluster.created_at, 1731000000);
    assert_true(str_equal(cluster.ca_pem, STR("---")));
}

static void errors_keep_the_words_of_aws(void **state)
{
    static const struct {
        const char *answers[4];
        int requests;
        enum err_kind kind;
        int code;
        unsigned retry_after;
        const char *aws_code;
        const char *message;
    } rows[] = {
        {{HEAD("404 Not Found", "application/json") "x-amzn-ErrorType: ResourceNotFoundException\r\n\r\n"
                                                    "{\"message\":\"No cluster found for name: x.\"}"},
         1,
         ERR_AWS,
         404,
         0,
         "ResourceNotFoundException",
         "eks:DescribeCluster: No cluster found for name: x."},
        {{JSON("403 Forbidden", "{\"__type\":\"com.amazon.eks#AccessDeniedException\",\"Message\":\"no\"}")},
         1,
         ERR_AWS,
         403,
         0,
         "AccessDeniedException",
         "eks:DescribeCluster: no"},
        {{JSON("403 Forbidden", "{\"__type\":\"UnrecognizedClientException\",\"message\":\"invalid\"}")},
         1,
         ERR_AWS,
         403,
         0,
         "UnrecognizedClientException",
         "eks:DescribeCluster: invalid"},
        {{JSON("403 Forbidden", "{\"__type\":\"ExpiredTokenException\",\"message\":\"expired\"}")},
         1,
         ERR_CREDENTIALS_EXPIRED,
         503,
         0,
         "ExpiredTokenException",
         "eks:DescribeCluster: expired"},
        {{JSON("400 Bad Request", "{\"__type\":\"ThrottlingException\",\"message\":\"slow\"}"),
          JSON("429 Too Many Requests", "{\"__type\":\"TooManyRequestsException\",\"message\":\"slow\"}"),
          JSON("429 Too Many Requests", "{\"message\":\"slower\"}")},
         3,
         ERR_AWS,
         429,
         1,
         "429",
         "eks:DescribeCluster: Too Many Requests"},
        {{JSON("503 Service Unavailable", ""), JSON("502 Bad Gateway", "<html>"), JSON("500 Oops", "{}")},
         3,
         ERR_AWS,
         502,
         0,
         "500",
         "eks:DescribeCluster: Oops"},
        {{JSON("200 OK", "{\"cluster\":[]}")}, 1, ERR_UPSTREAM_BROKEN, 502, 0, "", "eks:DescribeCluster: the answer"},
        {{JSON("200 OK", "{\"cluster\":{\"certificateAuthority\":{\"data\":\"***\"}}}")},
         1,
         ERR_UPSTREAM_BROKEN,
         502,
         0,
         "",
         "certificateAuthority.data"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct eks_cluster cluster;
        struct fake_aws fake;
        struct err err;

        assert_int_equal(describe(&fake, rows[i].answers, "x", &cluster, &err), -1);
        assert_int_equal(fake.count, rows[i].requests);
        assert_int_equal(err.kind, rows[i].kind);
        assert_int_equal(err.code, rows[i].code);
        assert_int_equal(err.retry_after, rows[i].retry_after);
        assert_string_equal(err.aws_code, rows[i].aws_code);
        if (!strstr(err.message, rows[i].message))
            fail_msg("%s, not %s", err.message, rows[i].message);
    }
}

static void what_may_pass_is_tried_again(void **state)
{
    static const char *const scripts[][4] = {
        {XML("500 Internal Server Error", ""), IDENTITY},
        {STS_ERROR("400 Bad Request", "Throttling", "Rate exceeded"), IDENTITY},
        {"", IDENTITY},                                                           /* closed without an answer */
        {HEAD("200 OK", "text/xml") "Content-Length: 500\r\n\r\n<Get", IDENTITY}, /* broke off */
        {XML("200 OK", "<GetCallerIdentityResponse><GetCaller"), IDENTITY},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        struct aws_identity identity;
        struct fake_aws fake;
        struct err err;

        if (identify(&fake, scripts[i], &identity, &err) < 0)
            fail_msg("script %zu: %s", i, err.message);
        assert_int_equal(fake.count, 2);
        assert_int_equal(err.kind, ERR_NONE);
    }
}

/* Ten attempts would pause for a minute, more or less. */
static void nothing_is_tried_beyond_the_deadline(void **state)
{
    static const char *const answers[] = {REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, NULL};
    struct aws_identity identity;
    struct fake_aws fake;
    struct err err;
    int64_t begin = clock_monotonic_ms();

    (void)state;
    setenv("AWS_MAX_ATTEMPTS", "10", 1);
    client.deadline_ms = begin + 2000;
    assert_int_equal(identify(&fake, answers, &identity, &err), -1);
    client.deadline_ms = 0;
    unsetenv("AWS_MAX_ATTEMPTS");
    assert_true(clock_monotonic_ms() - begin < 20000);
    assert_int_equal(err.code, 502);
}

static void a_silent_server_is_a_timeout(void **state)
{
    static const char *const none[] = {NULL};
    struct aws_identity identity;
    struct fake_aws fake;
    struct err err;
    int result;

    (void)state;
    fake_start(&fake, none); /* listens, never accepts */
    client.deadline_ms = clock_monotonic_ms() + 200;
    result = aws_sts_caller_identity(&client, &credentials, STR("eu-west-1"), &identity, &err);
    client.deadline_ms = 0;
    fake_stop(&fake);
    assert_int_equal(result, -1);
    assert_int_equal(err.kind, ERR_UPSTREAM_TIMEOUT);
    assert_non_null(strstr(err.message, "sts:GetCallerIdentity: 127.0.0.1:"));
}

static void no_connection_names_the_host(void **state)
{
    struct aws_identity identity;
    struct err err;

    (void)state;
    setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1", 1);
    client.deadline_ms = clock_monotonic_ms() + 50;
    assert_int_equal(aws_sts_caller_identity(&client, &credentials, STR("eu-west-1"), &identity, &err), -1);
    client.deadline_ms = 0;
    unsetenv("AWS_ENDPOINT_URL");
    assert_int_equal(err.kind, ERR_UPSTREAM_UNREACHABLE);
    assert_non_null(strstr(err.message, "127.0.0.1:1"));
}

static void plain_http_in_tls_clothes_is_a_tls_error(void **state)
{
    static const char *const answers[] = {"HTTP/1.1 400 Bad Request\r\n\r\n", NULL};
    struct aws_identity identity;
    struct fake_aws fake;
    struct err err;
    char url[64];

    (void)state;
    fake_start(&fake, answers);
    snprintf(url, sizeof(url), "https%s", getenv("AWS_ENDPOINT_URL") + strlen("http"));
    setenv("AWS_ENDPOINT_URL", url, 1);
    assert_int_equal(aws_sts_caller_identity(&client, &credentials, STR("eu-west-1"), &identity, &err), -1);
    fake_stop(&fake);
    assert_int_equal(err.kind, ERR_UPSTREAM_TLS);
}

/* An answer to the first request that is dated two hours ahead, and refuses the signature for its time. */
static void a_wrong_clock_is_corrected_once_aws_complains(void **state)
{
    char refused[512];
    char date[64];
    time_t ahead = time(NULL) + 7200;
    const char *answers[] = {refused, IDENTITY, NULL};
    struct aws_identity identity;
    struct fake_aws fake;
    struct err err;
    struct tm tm;
    char stamp[32];

    (void)state;
    gmtime_r(&ahead, &tm);
    strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
    snprintf(refused, sizeof(refused), "%sDate: %s\r\n\r\n%s", HEAD("403 Forbidden", "text/xml"), date,
             "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>Signature expired: x</Message></Error>"
             "</ErrorResponse>");
    assert_int_equal(identify(&fake, answers, &identity, &err), 0);
    assert_int_equal(fake.count, 2);
    assert_in_range(aws_clock_offset(), 7195, 7205);
    strftime(stamp, sizeof(stamp), "X-Amz-Date: %Y%m%dT%H", &tm);
    assert_non_null(strstr(fake.requests[1], stamp));
    assert_in_range(aws_clock_now() - clock_now(), 7195, 7205);

    /* The local clock is right again: the next answer takes the correction back. */
    ahead = time(NULL);
    gmtime_r(&ahead, &tm);
    strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
    aws_clock_observe(str_from(date));
    assert_in_range(aws_clock_now() - clock_now() + 2, 0, 4);
}

static void a_wrong_signature_is_not_taken_for_a_wrong_clock(void **state)
{
    static const char *const answers[] = {STS_ERROR("403 Forbidden", "SignatureDoesNotMatch", "no"), NULL};
    struct aws_identity identity;
    struct fake_aws fake;
    struct err err;

    (void)state;
    assert_int_equal(identify(&fake, answers, &identity, &err), -1);
    assert_int_equal(fake.count, 1);
    assert_int_equal(err.code, 403);
    assert_string_equal(err.aws_code, "SignatureDoesNotMatch");
    assert_string_equal(err.aws_request_id, "rq");
}

static void all_pages_of_clusters_are_read(void **state)
{
    static const char *const answers[] = {JSON("200 OK", "{\"clusters\":[\"a\",\"b\"],\"nextToken\":\"t/=\"}"),
                                          JSON("200 OK", "{\"clusters\":[\"c\"],\"nextToken\":null}"), NULL};
    const char **names;
    struct fake_aws fake;
    struct err err;
    size_t count;

    (void)state;
    fake_start(&fake, answers);
    assert_int_equal(eks_clusters_list(&client, &credentials, STR("eu-west-1"), &names, &count, &err), 0);
    fake_stop(&fake);
    assert_int_equal(count, 3);
    assert_string_equal(names[2], "c");
    assert_non_null(strstr(fake.requests[0], "GET /clusters?maxResults=100 HTTP/1.1"));
    assert_non_null(strstr(fake.requests[1], "GET /clusters?maxResults=100&nextToken=t%2F%3D HTTP/1.1"));
}

static void a_page_token_that_repeats_ends_the_list(void **state)
{
    static const char *const answers[] = {JSON("200 OK", "{\"clusters\":[\"a\"],\"nextToken\":\"t\"}"),
                                          JSON("200 OK", "{\"clusters\":[\"b\"],\"nextToken\":\"t\"}"), NULL};
    const char **names;
    struct fake_aws fake;
    struct err err;
    size_t count;

    (void)state;
    eks_cache_forget(); /* of the test before */
    fake_start(&fake, answers);
    assert_int_equal(eks_clusters_list(&client, &credentials, STR("eu-west-1"), &names, &count, &err), 0);
    fake_stop(&fake);
    assert_int_equal(count, 2);
    assert_int_equal(fake.count, 2);
}

static int set_up(void **state)
{
    (void)state;
    if (http_global_init() < 0)
        return -1;
    client.http = http_client_new();
    client.arena = arena_new(LIMIT_REQUEST_ARENA);
    return client.http && client.arena ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    http_client_free(client.http);
    arena_free(client.arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_caller_is_asked_for_with_a_signed_form),
        cmocka_unit_test(a_cluster_is_described_by_its_encoded_name),
        cmocka_unit_test(errors_keep_the_words_of_aws),
        cmocka_unit_test(what_may_pass_is_tried_again),
        cmocka_unit_test(nothing_is_tried_beyond_the_deadline),
        cmocka_unit_test(a_silent_server_is_a_timeout),
        cmocka_unit_test(no_connection_names_the_host),
        cmocka_unit_test(plain_http_in_tls_clothes_is_a_tls_error),
        cmocka_unit_test(a_wrong_clock_is_corrected_once_aws_complains),
        cmocka_unit_test(a_wrong_signature_is_not_taken_for_a_wrong_clock),
        cmocka_unit_test(all_pages_of_clusters_are_read),
        cmocka_unit_test(a_page_token_that_repeats_ends_the_list),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
