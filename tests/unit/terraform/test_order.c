/* Orders: what fits together, what is meant, what may change, what the module is told. */
#include "tests/unit/rows.h"

#include <stdlib.h>
#include <string.h>

#include "terraform/order.h"
#include "terraform/versions.h"

static cJSON *parse(int line, const char *text)
{
    cJSON *tree = cJSON_Parse(text);

    row_true(line, "the row is JSON", tree != NULL);
    return tree;
}

static bool has_cause(const struct err *err, const char *field)
{
    for (size_t i = 0; i < err->cause_count; i++)
        if (strcmp(err->causes[i].field, field) == 0)
            return true;
    return false;
}

static void members_that_do_not_fit(void **state)
{
    static const struct {
        int line;
        const char *order;
        const char *field; /* NULL: nothing is wrong */
    } rows[] = {
        {__LINE__, "{}", NULL},
        {__LINE__, "{\"node_min\":1,\"node_desired\":1,\"node_max\":1}", NULL},
        {__LINE__, "{\"node_min\":0,\"node_desired\":0,\"node_max\":1}", NULL},
        {__LINE__, "{\"node_min\":10}", NULL},
        {__LINE__, "{\"node_max\":1}", NULL},
        {__LINE__, "{\"node_desired\":9}", NULL},
        {__LINE__, "{\"node_min\":3,\"node_max\":2}", "node_min"},
        {__LINE__, "{\"node_min\":3,\"node_desired\":2}", "node_desired"},
        {__LINE__, "{\"node_desired\":3,\"node_max\":2}", "node_desired"},
        {__LINE__, "{\"vpc_id\":\"vpc-bd9c86d5\"}", "subnet_ids"},
        {__LINE__, "{\"subnet_ids\":[\"subnet-310c7c7d\"]}", "vpc_id"},
        {__LINE__, "{\"vpc_id\":\"v\",\"subnet_ids\":[\"a\",\"b\"]}", NULL},
        {__LINE__, "{\"vpc_id\":\"v\",\"subnet_ids\":[\"a\",\"b\",\"a\"]}", "subnet_ids"},
        {__LINE__, "{\"vpc_id\":\"v\",\"subnet_ids\":[\"a\"],\"vpc_cidr\":\"10.0.0.0/16\"}", "vpc_cidr"},
        {__LINE__, "{\"vpc_id\":\"v\",\"subnet_ids\":[\"a\"],\"zones\":2}", "zones"},
        {__LINE__, "{\"private_endpoint_only\":true,\"public_access_cidrs\":[\"10.0.0.0/8\"]}", "public_access_cidrs"},
        {__LINE__, "{\"private_endpoint_only\":false,\"public_access_cidrs\":[\"10.0.0.0/8\"]}", NULL},
        {__LINE__, "{\"external_id\":\"x1\"}", "role_arn"},
        {__LINE__, "{\"external_id\":\"x1\",\"role_arn\":\"r\"}", NULL},
        {__LINE__, "{\"tags\":{\"team\":\"a\"}}", NULL},
        {__LINE__, "{\"tags\":{\"aws:team\":\"a\"}}", "tags.aws:team"},
        {__LINE__, "{\"tags\":{\"team\":1}}", "tags.team"},
        {__LINE__, "{\"tags\":{\"team\":\"a\\nb\"}}", "tags.team"},
        {__LINE__, "{\"addons\":{\"vpc-cni\":\"\"}}", NULL},
        {__LINE__, "{\"addons\":{\"vpc-cni\":\"latest\"}}", "addons.vpc-cni"},
        {__LINE__, "{\"addons\":{\"VPC\":\"\"}}", "addons.VPC"},
        {__LINE__, "{\"addons\":{\"vpc-cni\":null}}", "addons.vpc-cni"},
        {__LINE__, "{\"pod_identity\":{\"a/b\":\"arn:aws:iam::123456789012:role/x\"}}", NULL},
        {__LINE__, "{\"pod_identity\":{\"ab\":\"arn:aws:iam::123456789012:role/x\"}}", "pod_identity.ab"},
        {__LINE__, "{\"pod_identity\":{\"a/b\":\"x\"}}", "pod_identity.a/b"},
        {__LINE__, "{\"kubernetes_version\":\"1.31\",\"support_type\":\"EXTENDED\"}", NULL},
        {__LINE__, "{\"kubernetes_version\":\"1.99\",\"support_type\":\"STANDARD\"}", NULL},
        /* Of the wrong type: that is told by others. */
        {__LINE__, "{\"node_min\":\"a\",\"tags\":1,\"addons\":[],\"subnet_ids\":3,\"vpc_id\":null}", "vpc_id"},
        {__LINE__, "[]", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cJSON *order = parse(rows[i].line, rows[i].order);
        struct err err = {0};

        order_check(order, &err);
        if (rows[i].field)
            row_true(rows[i].line, rows[i].order, has_cause(&err, rows[i].field));
        else
            row_text(rows[i].line, err.message, "");
        cJSON_Delete(order);
    }
}

static void every_fault_is_told_at_once(void **state)
{
    cJSON *order = parse(__LINE__, "{\"node_min\":9,\"node_max\":2,\"vpc_id\":\"v\",\"external_id\":\"x\","
                                   "\"tags\":{\"a\\\"b\":\"\"},\"addons\":{\"a b\":\"\"}}");
    struct err err = {0};

    (void)state;
    order_check(order, &err);
    assert_int_equal(err.cause_count, 5);
    assert_int_equal(err.kind, ERR_INVALID);
    cJSON_Delete(order);
}

static char *write_text(void (*write)(struct json *, const cJSON *), const cJSON *order)
{
    struct buf text;
    struct json j;
    char *copy;

    buf_init(&text, ORDER_TEXT_MAX);
    json_init(&j, &text);
    write(&j, order);
    copy = strdup(text.failed ? "" : text.ptr);
    buf_free(&text);
    return copy;
}

static void what_is_meant(void **state)
{
    static const struct {
        int line;
        const char *order;
        const char *part; /* of the whole */
    } rows[] = {
        {__LINE__, "{\"cluster_name\":\"a\"}",
         "\"cluster_name\":\"a\",\"region\":\"ap-south-1\",\"kubernetes_version\":\"1.33\""},
        {__LINE__, "{}", "\"ip_family\":\"ipv4\",\"instance_type\":\"m5.xlarge\""},
        {__LINE__, "{}", "\"first_node_count\":2,\"node_min\":1,\"node_desired\":2,\"node_max\":4"},
        {__LINE__, "{\"first_node_count\":5}", "\"first_node_count\":5,\"node_min\":1"},
        {__LINE__, "{\"node_min\":3}", "\"node_min\":3,\"node_desired\":3,\"node_max\":4"},
        {__LINE__, "{\"node_min\":9}", "\"node_min\":9,\"node_desired\":9,\"node_max\":9"},
        {__LINE__, "{\"node_max\":1}", "\"node_min\":1,\"node_desired\":1,\"node_max\":1"},
        {__LINE__, "{\"node_desired\":0}", "\"node_min\":0,\"node_desired\":0,\"node_max\":4"},
        {__LINE__, "{}", "\"vpc_cidr\":\"10.60.0.0/16\",\"zones\":3"},
        {__LINE__, "{\"vpc_id\":\"v\",\"subnet_ids\":[\"s\"]}",
         "\"vpc_id\":\"v\",\"subnet_ids\":[\"s\"],\"private_endpoint_only\""},
        {__LINE__, "{\"kubernetes_version\":\"1.31\"}", "\"support_type\":\"EXTENDED\""},
        {__LINE__, "{\"kubernetes_version\":\"1.99\"}", "\"support_type\":\"STANDARD\""},
        {__LINE__, "{\"tags\":null}", "\"tags\":{}"},
        {__LINE__, "{}", "\"environment\":\"production\""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cJSON *order = parse(rows[i].line, rows[i].order);
        cJSON *whole = order_complete(order);
        char *first = write_text(order_write, order);
        char *again = write_text(order_write, whole);

        row_true(rows[i].line, first, strstr(first, rows[i].part) != NULL);
        row_text(rows[i].line, again, first);
        free(first);
        free(again);
        cJSON_Delete(whole);
        cJSON_Delete(order);
    }
}

static void changes(void **state)
{
    static const struct {
        int line;
        const char *from;
        const char *to;
        const char *field;
    } rows[] = {
        {__LINE__, "{\"cluster_name\":\"a\"}", "{\"cluster_name\":\"a\"}", NULL},
        {__LINE__, "{}", "{\"instance_type\":\"m6g.large\",\"node_max\":9,\"tags\":{\"a\":\"b\"}}", NULL},
        {__LINE__, "{\"cluster_name\":\"a\"}", "{\"cluster_name\":\"b\"}", "cluster_name"},
        {__LINE__, "{}", "{\"ip_family\":\"ipv6\"}", "ip_family"},
        {__LINE__, "{}", "{\"ip_family\":\"ipv4\"}", NULL},
        {__LINE__, "{}", "{\"region\":\"us-east-1\"}", "region"},
        {__LINE__, "{}", "{\"vpc_cidr\":\"10.0.0.0/16\"}", "vpc_cidr"},
        {__LINE__, "{}", "{\"vpc_id\":\"v\",\"subnet_ids\":[\"a\"]}", "vpc_id"},
        {__LINE__, "{\"vpc_id\":\"v\",\"subnet_ids\":[\"a\"]}", "{\"vpc_id\":\"v\",\"subnet_ids\":[\"b\"]}",
         "subnet_ids"},
        {__LINE__, "{}", "{\"cluster_role\":\"EKS_Cluster\"}", "cluster_role"},
        {__LINE__, "{}", "{\"encrypt_secrets\":true}", NULL},
        {__LINE__, "{\"encrypt_secrets\":true}", "{}", "encrypt_secrets"},
        {__LINE__, "{}", "{\"role_arn\":\"arn:aws:iam::123456789012:role/a\"}", "role_arn"},
        {__LINE__, "{\"role_arn\":\"arn:aws:iam::123456789012:role/a\"}",
         "{\"role_arn\":\"arn:aws:iam::123456789012:role/b\"}", NULL},
        {__LINE__, "{\"role_arn\":\"arn:aws:iam::123456789012:role/a\"}",
         "{\"role_arn\":\"arn:aws:iam::999956789012:role/a\"}", "role_arn"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cJSON *given[] = {parse(rows[i].line, rows[i].from), parse(rows[i].line, rows[i].to)};
        cJSON *whole[] = {order_complete(given[0]), order_complete(given[1])};
        struct err err = {0};

        order_check_change(whole[0], whole[1], &err);
        row_true(rows[i].line, err.message, rows[i].field ? has_cause(&err, rows[i].field) : err.cause_count == 0);
        for (size_t k = 0; k < 2; k++) {
            cJSON_Delete(given[k]);
            cJSON_Delete(whole[k]);
        }
    }
}

static void upgrades(void **state)
{
    static const struct {
        int line;
        const char *from;
        const char *to;
        bool is_good;
        const char *says;
    } rows[] = {
        {__LINE__, "1.31", "1.32", true, ""},
        {__LINE__, "1.33", "1.33", true, ""},
        {__LINE__, "1.31", "1.33", false, "1.32, 1.33"},
        {__LINE__, "1.31", "1.36", false, "1.32, 1.33, 1.34, 1.35, 1.36"},
        {__LINE__, "1.33", "1.32", false, "older"},
        {__LINE__, "1.33", "latest", false, "like 1.33"},
        {__LINE__, "1.25", "1.99", false, "one minor version"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err err = {0};
        int rc = version_check_upgrade(rows[i].from, rows[i].to, &err);

        row_int(rows[i].line, rc, rows[i].is_good ? 0 : -1);
        row_true(rows[i].line, err.message, strstr(err.message, rows[i].says) != NULL);
    }
}

static void a_change_replaces_members(void **state)
{
    cJSON *order = parse(__LINE__, "{\"cluster_name\":\"a\",\"node_min\":1}");
    cJSON *change = parse(__LINE__, "{\"node_min\":2,\"node_max\":5}");
    cJSON *merged = order_merge(order, change);
    char *text = cJSON_PrintUnformatted(merged);

    (void)state;
    assert_string_equal(text, "{\"cluster_name\":\"a\",\"node_min\":2,\"node_max\":5}");
    free(text);
    cJSON_Delete(merged);
    cJSON_Delete(change);
    cJSON_Delete(order);
}

static void write_by_name(struct json *j, const cJSON *order)
{
    order_write_variables(j, order, &(const struct order_images){.first = NULL});
}

static void write_by_aws(struct json *j, const cJSON *order)
{
    order_write_variables(j, order, &(const struct order_images){.first = "first", .second = "second"});
}

/* AWS's word counts; the first group's image is the second's where it has no type of its own. */
static void images_of_variables(void **state)
{
    static const struct {
        int line;
        const char *order;
        void (*write)(struct json *j, const cJSON *order);
        const char *first;
        const char *second;
    } rows[] = {
        {__LINE__, "{\"instance_type\":\"m6g.large\"}", write_by_name, "AL2023_ARM_64_STANDARD",
         "AL2023_ARM_64_STANDARD"},
        {__LINE__, "{\"instance_type\":\"m6g.large\",\"first_instance_type\":\"m5.large\"}", write_by_name,
         "AL2023_x86_64_STANDARD", "AL2023_ARM_64_STANDARD"},
        {__LINE__, "{\"instance_type\":\"m6g.large\",\"first_instance_type\":\"m5.large\"}", write_by_aws, "first",
         "second"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cJSON *order = parse(rows[i].line, rows[i].order);
        char *text = write_text(rows[i].write, order);
        cJSON *tree = parse(rows[i].line, text);

        row_text(rows[i].line, json_find_text(tree, "first_ami_type"), rows[i].first);
        row_text(rows[i].line, json_find_text(tree, "ami_type"), rows[i].second);
        cJSON_Delete(tree);
        free(text);
        cJSON_Delete(order);
    }
}

/* Only what is the module's; nothing of it could be more than a value. */
static void variables(void **state)
{
    cJSON *order = parse(__LINE__, "{\"cluster_name\":\"a\",\"role_arn\":\"r\",\"external_id\":\"shared\","
                                   "\"allow_replace\":[\"x.y\"],\"tags\":{\"k\":\"${path.root}\"},"
                                   "\"instance_type\":\"c7gn.large\"}");
    char *text = write_text(write_by_name, order);
    cJSON *tree = cJSON_Parse(text);

    (void)state;
    assert_non_null(tree);
    assert_null(cJSON_GetObjectItem(tree, "role_arn"));
    assert_null(cJSON_GetObjectItem(tree, "allow_replace"));
    assert_null(cJSON_GetObjectItem(tree, "require_approval"));
    assert_null(cJSON_GetObjectItem(tree, "vpc_id"));
    assert_string_equal(json_find_text(tree, "ami_type"), "AL2023_ARM_64_STANDARD");
    assert_string_equal(json_find_text(tree, "first_ami_type"), "AL2023_ARM_64_STANDARD");
    assert_string_equal(json_find_text(tree, "assume_role_arn"), "r");
    assert_string_equal(json_find_text(tree, "tags.k"), "${path.root}");
    cJSON_Delete(tree);
    free(text);
    cJSON_Delete(order);
}

static void images(void **state)
{
    static const struct {
        int line;
        const char *type;
        const char *expected;
    } rows[] = {
        {__LINE__, "m5.xlarge", "AL2023_x86_64_STANDARD"},
        {__LINE__, "m6g.large", "AL2023_ARM_64_STANDARD"},
        {__LINE__, "c7gn.xlarge", "AL2023_ARM_64_STANDARD"},
        {__LINE__, "m6gd.large", "AL2023_ARM_64_STANDARD"},
        {__LINE__, "a1.large", "AL2023_ARM_64_STANDARD"},
        {__LINE__, "g4dn.xlarge", "AL2023_x86_64_NVIDIA"},
        {__LINE__, "p5.48xlarge", "AL2023_x86_64_NVIDIA"},
        {__LINE__, "g5g.xlarge", "AL2023_ARM_64_NVIDIA"},
        {__LINE__, "inf2.xlarge", "AL2023_x86_64_NEURON"},
        {__LINE__, "trn1n.32xlarge", "AL2023_x86_64_NEURON"},
        {__LINE__, "hpc7g.16xlarge", "AL2023_ARM_64_STANDARD"},
        {__LINE__, "m7i-flex.large", "AL2023_x86_64_STANDARD"},
        {__LINE__, "gr6.4xlarge", "AL2023_x86_64_NVIDIA"},
        {__LINE__, "g4ad.xlarge", "AL2023_x86_64_STANDARD"},
        {__LINE__, "p6e-gb200.36xlarge", "AL2023_ARM_64_NVIDIA"},
        {__LINE__, "t3.medium", "AL2023_x86_64_STANDARD"},
        {__LINE__, "im4gn.large", "AL2023_ARM_64_STANDARD"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        row_text(rows[i].line, order_ami_type(rows[i].type), rows[i].expected);
}

static void support_of_versions(void **state)
{
    const struct version *v = versions_find("1.34"); /* standard until 2 December 2026, extended a year longer */
    const int64_t december = v->standard_until;
    static const int64_t day = 86400;
    const struct {
        int line;
        int64_t now;
        enum support support;
        long days;
    } rows[] = {
        {__LINE__, december - 11 * day, SUPPORT_STANDARD, 12},
        {__LINE__, december - 11 * day + 1, SUPPORT_STANDARD, 11},
        {__LINE__, december + day - 1, SUPPORT_STANDARD, 0},
        {__LINE__, december + day, SUPPORT_EXTENDED, 365},
        {__LINE__, v->extended_until + day, SUPPORT_ENDED, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        row_int(rows[i].line, version_support_at(v->standard_until, v->extended_until, rows[i].now), rows[i].support);
        row_int(rows[i].line, support_days_left(v->standard_until, v->extended_until, rows[i].now), rows[i].days);
    }
    assert_null(versions_find("1.99"));
    assert_int_equal(versions_support("1.99"), SUPPORT_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_that_do_not_fit),
        cmocka_unit_test(every_fault_is_told_at_once),
        cmocka_unit_test(what_is_meant),
        cmocka_unit_test(changes),
        cmocka_unit_test(upgrades),
        cmocka_unit_test(a_change_replaces_members),
        cmocka_unit_test(variables),
        cmocka_unit_test(images_of_variables),
        cmocka_unit_test(images),
        cmocka_unit_test(support_of_versions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
