/* Region names, partitions, hosts and the overrides of the environment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "aws/endpoint.h"

static const char *const variables[] = {"AWS_ENDPOINT_URL",          "AWS_ENDPOINT_URL_EKS",
                                        "AWS_ENDPOINT_URL_STS",      "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
                                        "AWS_USE_FIPS_ENDPOINT",     "AWS_USE_DUALSTACK_ENDPOINT",
                                        "AWS_STS_REGIONAL_ENDPOINTS"};

static void clear_environment(void)
{
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
        unsetenv(variables[i]);
}

static void a_region_is_one_host_label(void **state)
{
    static const struct {
        const char *region;
        bool good;
    } rows[] = {
        {"eu-west-1", true},
        {"us-iso-east-1", true},
        {"EU-WEST-1", true},
        {"nowhere", true},
        {"", false},
        {"bad region", false},
        {"evil.com", false},
        {"evil.com/#", false},
        {"-eu-west-1", false},
        {"eu-west-1-", false},
        {"12345", false},
        {"eu_west_1", false},
        {"eu-west-1\n", false},
        {"é", false},
        {"a@b", false},
        {"a:80", false},
        {"0123456789012345678901234567890123456789012345678901234567890ab", true},
        {"0123456789012345678901234567890123456789012345678901234567890abc", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct err err = {0};

        assert_int_equal(aws_region_check(str_from(rows[i].region), &err) == 0, rows[i].good);
        if (rows[i].good)
            continue;
        assert_int_equal(err.kind, ERR_INVALID);
        assert_string_equal(err.causes[0].field, "region");
        assert_non_null(strstr(err.causes[0].message, "eu-west-1"));
    }
}

static void a_partition_follows_from_the_region(void **state)
{
    static const char *const rows[][2] = {
        {"us-east-1", "aws"},
        {"mx-central-1", "aws"},
        {"cn-north-1", "aws-cn"},
        {"us-gov-west-1", "aws-us-gov"},
        {"us-iso-east-1", "aws-iso"},
        {"us-isob-east-1", "aws-iso-b"},
        {"eu-isoe-west-1", "aws-iso-e"},
        {"us-isof-south-1", "aws-iso-f"},
        {"eusc-de-east-1", "aws-eusc"},
        {"nowhere-1", "aws"},
        {"cn-north", "aws"},
        {"us-gov-west-x", "aws"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(aws_partition_of(str_from(rows[i][0]))->name, rows[i][1]);
}

static void a_partition_has_a_home(void **state)
{
    static const char *const homes[] = {"us-east-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1", "eu-isoe-west-1"};

    (void)state;
    for (size_t i = 0; i < sizeof(homes) / sizeof(homes[0]); i++) {
        const struct aws_partition *partition = aws_partition_of(str_from(homes[i]));

        assert_string_equal(aws_partition_region(str_from(partition->name)), homes[i]);
    }
    assert_null(aws_partition_region(STR("aws-moon")));
}

static void hosts_follow_the_partition(void **state)
{
    static const struct {
        enum aws_service service;
        const char *region;
        unsigned variants;
        const char *host;
        const char *signing_region;
    } rows[] = {
        {AWS_STS, "eu-west-1", 0, "sts.eu-west-1.amazonaws.com", "eu-west-1"},
        {AWS_STS, "eu-west-1", AWS_FIPS, "sts-fips.eu-west-1.amazonaws.com", "eu-west-1"},
        {AWS_STS, "eu-west-1", AWS_DUALSTACK, "sts.eu-west-1.api.aws", "eu-west-1"},
        {AWS_STS, "us-gov-west-1", AWS_FIPS, "sts.us-gov-west-1.amazonaws.com", "us-gov-west-1"},
        {AWS_STS, "us-gov-west-1", AWS_FIPS | AWS_DUALSTACK, "sts-fips.us-gov-west-1.api.aws", "us-gov-west-1"},
        {AWS_STS, "us-west-2", AWS_LEGACY_GLOBAL, "sts.amazonaws.com", "us-east-1"},
        {AWS_STS, "af-south-1", AWS_LEGACY_GLOBAL, "sts.af-south-1.amazonaws.com", "af-south-1"},
        {AWS_STS, "eu-west-1", AWS_LEGACY_GLOBAL | AWS_FIPS, "sts-fips.eu-west-1.amazonaws.com", "eu-west-1"},
        {AWS_EKS, "eu-west-1", 0, "eks.eu-west-1.amazonaws.com", "eu-west-1"},
        {AWS_EKS, "eu-west-1", AWS_FIPS, "fips.eks.eu-west-1.amazonaws.com", "eu-west-1"},
        {AWS_EKS, "eu-west-1", AWS_FIPS | AWS_DUALSTACK, "eks-fips.eu-west-1.api.aws", "eu-west-1"},
        {AWS_EKS, "cn-north-1", AWS_FIPS, "eks-fips.cn-north-1.amazonaws.com.cn", "cn-north-1"},
        {AWS_EKS, "us-gov-west-1", AWS_FIPS, "eks.us-gov-west-1.amazonaws.com", "us-gov-west-1"},
        {AWS_EC2, "eu-west-1", 0, "ec2.eu-west-1.amazonaws.com", "eu-west-1"},
        {AWS_EC2, "eu-west-1", AWS_DUALSTACK, "ec2.eu-west-1.api.aws", "eu-west-1"},
        {AWS_ELB, "eu-west-1", 0, "elasticloadbalancing.eu-west-1.amazonaws.com", "eu-west-1"},
        {AWS_ELBV2, "cn-north-1", 0, "elasticloadbalancing.cn-north-1.amazonaws.com.cn", "cn-north-1"},
        {AWS_KMS, "eu-west-1", AWS_FIPS, "kms-fips.eu-west-1.amazonaws.com", "eu-west-1"},
        {AWS_S3, "eu-west-1", 0, "s3.eu-west-1.amazonaws.com", "eu-west-1"},
        {AWS_S3, "eu-west-1", AWS_DUALSTACK, "s3.dualstack.eu-west-1.amazonaws.com", "eu-west-1"},
        {AWS_IAM, "eu-west-1", 0, "iam.amazonaws.com", "us-east-1"},
        {AWS_IAM, "cn-northwest-1", 0, "iam.cn-north-1.amazonaws.com.cn", "cn-north-1"},
        {AWS_IAM, "us-gov-east-1", 0, "iam.us-gov.amazonaws.com", "us-gov-west-1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct aws_host host;
        struct err err = {0};

        assert_int_equal(aws_host_find(rows[i].service, str_from(rows[i].region), rows[i].variants, &host, &err), 0);
        assert_string_equal(host.name, rows[i].host);
        assert_string_equal(host.signing_region, rows[i].signing_region);
    }
}

static void a_partition_without_dual_stack_says_so(void **state)
{
    struct aws_host host;
    struct err err = {0};

    (void)state;
    assert_int_equal(aws_host_find(AWS_STS, STR("us-isof-south-1"), AWS_DUALSTACK, &host, &err), -1);
    assert_string_equal(err.causes[0].field, "region");
}

static void an_override_moves_api_calls(void **state)
{
    static const struct {
        const char *variable;
        const char *value;
        enum aws_service service;
        const char *scheme; /* NULL: refused, naming the variable */
        const char *host;
        const char *prefix;
    } rows[] = {
        {"AWS_ENDPOINT_URL", "http://127.0.0.1:4566", AWS_EKS, "http", "127.0.0.1:4566", ""},
        {"AWS_ENDPOINT_URL", "http://localhost:4566/", AWS_STS, "http", "localhost:4566", ""},
        {"AWS_ENDPOINT_URL", "http://[::1]:80", AWS_STS, "http", "[::1]", ""},
        {"AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1/pre/fix/", AWS_STS, "http", "127.0.0.1:1", "/pre/fix"},
        {"AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1", AWS_EKS, "https", "eks.eu-west-1.amazonaws.com", ""},
        {"AWS_ENDPOINT_URL", "https://VPCE-1.example.com:443", AWS_EKS, "https", "vpce-1.example.com", ""},
        {"AWS_ENDPOINT_URL", "https://vpce-1.example.com:8443", AWS_EKS, "https", "vpce-1.example.com:8443", ""},
        {"AWS_ENDPOINT_URL", "", AWS_EKS, "https", "eks.eu-west-1.amazonaws.com", ""},
        {"AWS_ENDPOINT_URL", "http://example.com", AWS_EKS, NULL, NULL, NULL},
        {"AWS_ENDPOINT_URL", "http://127.0.0.1.example.com", AWS_EKS, NULL, NULL, NULL},
        {"AWS_ENDPOINT_URL", "https://user@example.com", AWS_EKS, NULL, NULL, NULL},
        {"AWS_ENDPOINT_URL", "https://example.com/?x=1", AWS_EKS, NULL, NULL, NULL},
        {"AWS_ENDPOINT_URL", "https://", AWS_EKS, NULL, NULL, NULL},
        {"AWS_ENDPOINT_URL", "ftp://127.0.0.1", AWS_EKS, NULL, NULL, NULL},
        {"AWS_ENDPOINT_URL", "https://a b", AWS_EKS, NULL, NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct aws_endpoint endpoint;
        struct err err = {0};
        int result;

        clear_environment();
        setenv(rows[i].variable, rows[i].value, 1);
        result = aws_endpoint_find(rows[i].service, STR("eu-west-1"), NULL, &endpoint, &err);
        if (!rows[i].scheme) {
            assert_int_equal(result, -1);
            assert_string_equal(err.causes[0].field, rows[i].variable);
            continue;
        }
        assert_int_equal(result, 0);
        assert_string_equal(endpoint.scheme, rows[i].scheme);
        assert_string_equal(endpoint.host, rows[i].host);
        assert_string_equal(endpoint.prefix, rows[i].prefix);
        assert_string_equal(endpoint.signing_region, "eu-west-1");
    }
    clear_environment();
}

static void the_service_override_beats_the_general_one(void **state)
{
    struct aws_endpoint endpoint;
    struct err err = {0};

    (void)state;
    setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1", 1);
    setenv("AWS_ENDPOINT_URL_EKS", "http://127.0.0.1:2", 1);
    assert_int_equal(aws_endpoint_find(AWS_EKS, STR("eu-west-1"), NULL, &endpoint, &err), 0);
    assert_string_equal(endpoint.host, "127.0.0.1:2");
    assert_int_equal(aws_endpoint_find(AWS_STS, STR("eu-west-1"), NULL, &endpoint, &err), 0);
    assert_string_equal(endpoint.host, "127.0.0.1:1");
    setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE", 1);
    assert_int_equal(aws_endpoint_find(AWS_EKS, STR("eu-west-1"), NULL, &endpoint, &err), 0);
    assert_string_equal(endpoint.host, "eks.eu-west-1.amazonaws.com");
    assert_false(endpoint.is_override);
    clear_environment();
}

static void variants_come_from_the_environment(void **state)
{
    struct aws_endpoint endpoint;
    struct err err = {0};

    (void)state;
    setenv("AWS_USE_FIPS_ENDPOINT", "True", 1);
    assert_int_equal(aws_endpoint_find(AWS_EKS, STR("us-east-1"), NULL, &endpoint, &err), 0);
    assert_string_equal(endpoint.host, "fips.eks.us-east-1.amazonaws.com");
    clear_environment();
    setenv("AWS_STS_REGIONAL_ENDPOINTS", "global", 1);
    assert_int_equal(aws_endpoint_find(AWS_STS, STR("us-east-1"), NULL, &endpoint, &err), -1);
    assert_string_equal(err.causes[0].field, "AWS_STS_REGIONAL_ENDPOINTS");
    clear_environment();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_region_is_one_host_label),
        cmocka_unit_test(a_partition_follows_from_the_region),
        cmocka_unit_test(a_partition_has_a_home),
        cmocka_unit_test(hosts_follow_the_partition),
        cmocka_unit_test(a_partition_without_dual_stack_says_so),
        cmocka_unit_test(an_override_moves_api_calls),
        cmocka_unit_test(the_service_override_beats_the_general_one),
        cmocka_unit_test(variants_come_from_the_environment),
    };

    clear_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
