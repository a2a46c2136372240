/* The texts of an order: what is taken, and what never reaches Terraform. */
#include "tests/unit/rows.h"

#include <string.h>

#include "terraform/name.h"
#include "terraform/order_text.h"

#define A10 "aaaaaaaaaa"
#define A50 A10 A10 A10 A10 A10

struct row {
    int line;
    struct str text;
    bool is_good;
};

static void check_rows(const struct row *rows, size_t count, const char *(*check)(struct str))
{
    for (size_t i = 0; i < count; i++)
        row_true(rows[i].line, rows[i].text.ptr, (check(rows[i].text) == NULL) == rows[i].is_good);
}

#define CHECK(rows, check) check_rows(rows, COUNT(rows), check)
#define GOOD(text)                                                                                                     \
    {                                                                                                                  \
        __LINE__, {text, sizeof(text) - 1}, true                                                                       \
    }
#define BAD(text)                                                                                                      \
    {                                                                                                                  \
        __LINE__, {text, sizeof(text) - 1}, false                                                                      \
    }

static void cluster_names(void **state)
{
    static const struct row rows[] = {
        GOOD("a"),
        GOOD("0"),
        GOOD("prod-cluster-001"),
        GOOD("test-cluster-001"),
        GOOD("a--b"),
        GOOD("9lives"),
        GOOD("kube-system"),
        GOOD("test"),
        GOOD("null"),
        GOOD("tfstate-x"),
        GOOD("x1"),
        GOOD("a-1"),
        GOOD("1-a"),
        GOOD("00"),
        GOOD("dev"),
        GOOD(A50 "aa"),
        GOOD(A50 "aaa"),
        GOOD(A50 "aaaaaaaa"),
        GOOD(A50 A10 "aaa"),
        GOOD(A50 A50),
        BAD(""),
        BAD("-a"),
        BAD("a-"),
        BAD("-"),
        BAD("A"),
        BAD("Prod"),
        BAD("a_b"),
        BAD("a.b"),
        BAD("a b"),
        BAD("a/b"),
        BAD("../etc"),
        BAD("a\n"),
        BAD("a\nb"),
        BAD("a\0b"),
        BAD("\xc3\xbc"),
        BAD("$(id)"),
        BAD("a;rm -rf"),
        BAD("a%2e"),
        BAD("--help"),
        BAD(A50 A50 "a"),
    };

    (void)state;
    CHECK(rows, terraform_check_cluster);
}

static void instance_types(void **state)
{
    static const struct row rows[] = {
        GOOD("m5.xlarge"),
        GOOD("t3.medium"),
        GOOD("t3a.medium"),
        GOOD("c5.2xlarge"),
        GOOD("c7gn.xlarge"),
        GOOD("m5.metal"),
        GOOD("r6idn.large"),
        GOOD("u-6tb1.metal"),
        GOOD("u-6tb1.112xlarge"),
        GOOD("m7i-flex.large"),
        GOOD("i4i.metal"),
        GOOD("u7i-12tb.224xlarge"),
        GOOD("mac2-m2pro.metal"),
        GOOD("hpc7g.16xlarge"),
        GOOD("inf2.48xlarge"),
        GOOD("trn1n.32xlarge"),
        GOOD("p5.48xlarge"),
        GOOD("x2iedn.metal"),
        GOOD("m8g.metal-24xl"),
        GOOD("c5.18xlarge"),
        GOOD("t2.nano"),
        GOOD("p6-b200.48xlarge"),
        GOOD("p6e-gb200.36xlarge"),
        BAD(""),
        BAD("m5"),
        BAD("m5."),
        BAD("m5.huge"),
        BAD(".xlarge"),
        BAD("M5.xlarge"),
        BAD("m5.XLARGE"),
        BAD("m5 .xlarge"),
        BAD("m5.xlarge "),
        BAD("m5.xlarge\n"),
        BAD("m5.xlarge\0"),
        BAD("m5.xlarge;id"),
        BAD("m5.0xlarge"),
        BAD("m5.00xlarge"),
        BAD("m5.9999xlarge"),
        BAD("m5.xlarge.large"),
        BAD("m5,xlarge"),
        BAD("5m.xlarge"),
        BAD("-m5.xlarge"),
        BAD("m--5.xlarge"),
        BAD("m5-.xlarge"),
        BAD("u-6tb1-a-b.metal"),
        BAD("m5.metal-"),
        BAD("m5.metal-24"),
        BAD("m5.metal-0xl"),
        BAD("m5.metal-xl"),
        BAD("$(x).large"),
        BAD("aaaaaaaaaaaaaaaaaaaa.large"),
    };

    (void)state;
    CHECK(rows, order_check_instance_type);
}

static void versions_of_kubernetes(void **state)
{
    static const struct row rows[] = {
        GOOD("1.25"), GOOD("1.31"),   GOOD("1.33"),   GOOD("1.99"),  BAD(""),      BAD("1"),
        BAD("1."),    BAD("1.3"),     BAD("1.24"),    BAD("1.100"),  BAD("1.33 "), BAD("1.33\n"),
        BAD("v1.33"), BAD("1.33.13"), BAD("2.33"),    BAD("1.3a"),   BAD("1,33"),  BAD("latest"),
        BAD("1.-3"),  BAD("1.+3"),    BAD("\x00.33"), BAD("1.33\0"),
    };

    (void)state;
    CHECK(rows, order_check_version);
}

static void networks(void **state)
{
    static const struct row own[] = {
        GOOD("10.60.0.0/16"),
        GOOD("192.168.0.0/24"),
        GOOD("172.16.0.0/16"),
        GOOD("100.64.0.0/16"),
        BAD(""),
        BAD("10.60.0.0"),
        BAD("10.60.0.0/"),
        BAD("10.60.0.0/8"),
        BAD("10.60.0.0/28"),
        BAD("10.60.0.1/16"),
        BAD("8.8.8.0/24"),
        BAD("172.32.0.0/16"),
        BAD("fd00::/16"),
        BAD("10.60.0.0/016"),
        BAD("10.60.0.0/16 "),
        BAD("10.60.0.0/16\n"),
        BAD("010.60.0.0/16"),
        BAD("10.60/16"),
        BAD("10.60.0.0/1a"),
        BAD("10.60.0.0/16/16"),
        BAD("10.60.0.0\0/16"),
        BAD("a/16"),
        BAD("/16"),
        BAD("10.60.0.0/-1"),
    };
    static const struct row public[] = {
        GOOD("203.0.113.0/24"),
        GOOD("0.0.0.0/0"),
        GOOD("203.0.113.7/32"),
        GOOD("2001:db8::/32"),
        GOOD("::/0"),
        BAD("203.0.113.7/24"),
        BAD("203.0.113.0/33"),
        BAD("2001:db8::/129"),
        BAD("2001:db8::1/32"),
        BAD("203.0.113.0"),
        BAD("*"),
        BAD("203.0.113.0/24,::"),
    };

    (void)state;
    CHECK(own, order_check_vpc_cidr);
    CHECK(public, order_check_public_cidr);
}

static void arns_and_ids(void **state)
{
    static const struct row roles[] = {
        GOOD("arn:aws:iam::123456789012:role/EKS_Cluster"),
        GOOD("arn:aws-cn:iam::123456789012:role/path/to/name"),
        BAD("arn:aws:iam::123456789012:user/ann"),
        BAD("arn:aws:iam::12345678901:role/x"),
        BAD("arn:aws:iam::12345678901a:role/x"),
        BAD("arn:aws:iam:us-east-1:123456789012:role/x"),
        BAD("arn:aws:sts::123456789012:assumed-role/x/y"),
        BAD("arn:aws:iam::123456789012:role/"),
        BAD("arn:aws:iam::123456789012:role/a b"),
        BAD("arn:aws:iam::123456789012:role/a\n"),
        BAD("arn:aws:iam::123456789012:role/a\"b"),
        BAD("arn:gcp:iam::123456789012:role/x"),
        BAD("EKS_Cluster"),
        BAD(""),
    };
    static const struct row principals[] = {
        GOOD("arn:aws:iam::123456789012:user/ann"),
        GOOD("arn:aws:iam::123456789012:role/admins"),
        BAD("arn:aws:iam::123456789012:group/admins"),
        BAD("arn:aws:iam::123456789012:root"),
    };
    static const struct row names[] = {
        GOOD("EKS_Cluster"), GOOD("node-group-k8s"), GOOD("a+=,.@-_"), BAD("a/b"), BAD("a b"), BAD(""),
        BAD("a\n"),          BAD(A50 A10 "aaaaa"),
    };
    static const struct row vpcs[] = {
        GOOD("vpc-bd9c86d5"), GOOD("vpc-0123456789abcdef0"), BAD("vpc-"),          BAD("vpc-bd9c86d"),
        BAD("vpc-BD9C86D5"),  BAD("subnet-bd9c86d5"),        BAD("vpc-bd9c86d5 "), BAD("vpc-bd9c86d5\n"),
    };
    static const struct row subnets[] = {GOOD("subnet-310c7c7d"), BAD("vpc-310c7c7d"), BAD("subnet-x"), BAD("")};

    (void)state;
    CHECK(roles, order_check_role_arn);
    CHECK(principals, order_check_principal_arn);
    CHECK(names, order_check_role_name);
    CHECK(vpcs, order_check_vpc);
    CHECK(subnets, order_check_subnet);
}

static void the_rest(void **state)
{
    static const struct row regions[] = {
        GOOD("ap-south-1"),
        GOOD("us-gov-west-1"),
        GOOD("moon-1"),
        BAD("AP-SOUTH-1"),
        BAD("a.b"),
        BAD("a/b"),
        BAD(""),
        BAD("us-east-1\n"),
        BAD("-a"),
        BAD("us_east_1"),
    };
    static const struct row addons[] = {
        GOOD("vpc-cni"), GOOD("aws-ebs-csi-driver"), BAD("VPC"), BAD(""), BAD("a b"), BAD("-a"), BAD("a-"), BAD("a.b")};
    static const struct row addon_versions[] = {
        GOOD(""), GOOD("v1.19.2-eksbuild.1"), BAD("1.19"), BAD("v"), BAD("v1.2;rm x"), BAD("latest"), BAD("v1\n")};
    static const struct row keys[] = {GOOD("team"),
                                      GOOD("cost center"),
                                      GOOD("a:b/c"),
                                      BAD(""),
                                      BAD("aws:x"),
                                      BAD("AWS:x"),
                                      BAD("a\n"),
                                      BAD("eksgate/cluster"),
                                      BAD("a\"b"),
                                      BAD("${x}"),
                                      BAD(A50 A50 A10 A10 "aaaaaaaaa"),
                                      BAD("kubernetes.io/cluster/a")};
    static const struct row values[] = {GOOD(""), GOOD("a b+c=d@e"), BAD("a\nb"), BAD("$(id)"), BAD("`id`")};
    static const struct row environments[] = {GOOD("production"), GOOD("stage.2"), BAD(""), BAD("-a"), BAD("a b")};
    static const struct row addresses[] = {GOOD("aws_eks_cluster.this"),
                                           GOOD("aws_subnet.private[0]"),
                                           GOOD("module.a.aws_eks_node_group.this[\"b\"]"),
                                           BAD("aws_eks_cluster"),
                                           BAD(""),
                                           BAD("a.b;c"),
                                           BAD("a.b c"),
                                           BAD("-a.b")};
    static const struct row ids[] = {GOOD("a-b_c+1"), BAD("a b"), BAD("a\n"), BAD("a\"")};

    (void)state;
    CHECK(regions, order_check_region);
    CHECK(addons, order_check_addon);
    CHECK(addon_versions, order_check_addon_version);
    CHECK(keys, order_check_tag_key);
    CHECK(values, order_check_tag_value);
    CHECK(environments, order_check_environment);
    CHECK(addresses, order_check_address);
    CHECK(ids, order_check_external_id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cluster_names), cmocka_unit_test(instance_types), cmocka_unit_test(versions_of_kubernetes),
        cmocka_unit_test(networks),      cmocka_unit_test(arns_and_ids),   cmocka_unit_test(the_rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
