/* What a cluster costs: known figures are added up, unknown ones are named. */
#include "tests/unit/rows.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "terraform/cost.h"

static void estimates(void **state)
{
    static const struct {
        int line;
        const char *order;
        double monthly;
        bool is_whole;
        const char *missing; /* a part of one */
    } rows[] = {
        /* 73 control plane + 4 * 0.192 * 730 nodes + 4 * 4 disks + 4 * 3.65 addresses */
        {__LINE__, "{\"region\":\"us-east-1\",\"kubernetes_version\":\"1.99\"}", 73 + 560.64 + 16 + 14.6, true,
         "traffic"},
        {__LINE__, "{\"region\":\"us-east-1\",\"kubernetes_version\":\"1.99\",\"node_desired\":0}",
         73 + 280.32 + 8 + 7.3, true, "traffic"},
        {__LINE__,
         "{\"region\":\"us-east-1\",\"kubernetes_version\":\"1.99\",\"first_node_count\":5,\"node_desired\":1}",
         73 + 6 * 140.16 + 6 * 4 + 6 * 3.65, true, "traffic"},
        {__LINE__,
         "{\"region\":\"us-east-1\",\"kubernetes_version\":\"1.99\",\"first_node_count\":5,\"node_desired\":0,"
         "\"first_instance_type\":\"t3.medium\",\"instance_type\":\"p5.48xlarge\"}",
         73 + 5 * 30.368 + 5 * 4 + 5 * 3.65, true, "p5.48xlarge"},
        {__LINE__, "{\"kubernetes_version\":\"1.99\"}", 73 + 560.64 + 16 + 14.6, true, "ap-south-1"},
        {__LINE__,
         "{\"region\":\"us-east-1\",\"kubernetes_version\":\"1.99\",\"instance_type\":\"p5.48xlarge\",\"first_instance_"
         "type\":\"t3.medium\"}",
         73 + 60.736 + 16 + 14.6, false, "p5.48xlarge"},
        {__LINE__, "{\"region\":\"us-east-1\",\"kubernetes_version\":\"1.99\",\"capacity_type\":\"SPOT\"}",
         73 + 280.32 + 16 + 14.6, false, "spot"},
        {__LINE__, "{\"region\":\"us-east-1\",\"kubernetes_version\":\"1.99\",\"vpc_id\":\"v\",\"subnet_ids\":[\"s\"]}",
         73 + 560.64 + 16, true, "NAT gateways of the given VPC, 32.85 a month each"},
        {__LINE__, "{\"region\":\"us-east-1\",\"kubernetes_version\":\"1.99\",\"encrypt_secrets\":true}",
         73 + 560.64 + 16 + 14.6 + 1, true, "traffic"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cJSON *order = cJSON_Parse(rows[i].order);
        bool is_missing = false;
        struct cost cost;

        cost_estimate(order, &cost);
        row_true(rows[i].line, "the sum", fabs(cost.monthly - rows[i].monthly) < 0.01);
        row_int(rows[i].line, cost.is_whole, rows[i].is_whole);
        for (size_t k = 0; k < cost.missing_count; k++)
            is_missing = is_missing || strstr(cost.missing[k], rows[i].missing);
        row_true(rows[i].line, rows[i].missing, is_missing);
        cJSON_Delete(order);
    }
}

static void types(void **state)
{
    static const struct {
        int line;
        const char *type;
        double hour; /* 0: not known */
    } rows[] = {
        {__LINE__, "m5.large", 0.096},     {__LINE__, "m5.xlarge", 0.192}, {__LINE__, "c5.2xlarge", 0.34},
        {__LINE__, "t3.medium", 0.0416},   {__LINE__, "t3.nano", 0.0052},  {__LINE__, "t4g.small", 0.0168},
        {__LINE__, "r6g.4xlarge", 0.8064}, {__LINE__, "m5.metal", 0},      {__LINE__, "m5", 0},
        {__LINE__, "m5.18xlarge", 0},      {__LINE__, "p5.48xlarge", 0},   {__LINE__, "", 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        row_true(rows[i].line, rows[i].type, fabs(cost_of_type(rows[i].type) - rows[i].hour) < 0.00001);
}

/* The surcharge stands as a line of its own: nobody pays it unseen. */
static void the_surcharge_is_an_item(void **state)
{
    cJSON *order = cJSON_Parse("{\"kubernetes_version\":\"1.31\"}");
    struct cost cost;
    struct buf text;
    struct json j;
    cJSON *tree;

    (void)state;
    cost_estimate(order, &cost);
    assert_string_equal(cost.items[1].id, "extended_support");
    assert_true(fabs(cost.items[1].unit_price - 365) < 0.001);
    buf_init(&text, 8192);
    json_init(&j, &text);
    json_object_open(&j, NULL);
    cost_write_members(&j, &cost);
    json_object_close(&j);
    tree = cJSON_Parse(text.ptr);
    assert_non_null(strstr(json_find_text(tree, "source"), "not read from AWS"));
    assert_string_equal(json_find_text(tree, "as_of"), COST_AS_OF);
    assert_non_null(json_find(tree, "items"));
    cJSON_Delete(tree);
    buf_free(&text);
    cJSON_Delete(order);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(estimates),
        cmocka_unit_test(types),
        cmocka_unit_test(the_surcharge_is_an_item),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
