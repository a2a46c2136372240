/* Plans as trees, what is masked in them, and what the guard stops. */
#include "../rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "terraform/plan.h"

#define PLAN(changes) "{\"format_version\":\"1.2\",\"resource_changes\":[" changes "]}"
#define CHANGE(address, type, change)                                                                                  \
    "{\"address\":\"" address "\",\"type\":\"" type "\",\"name\":\"this\",\"change\":{" change "}}"
#define REASON(address, type, reason, change)                                                                          \
    "{\"address\":\"" address "\",\"type\":\"" type "\",\"action_reason\":\"" reason "\",\"change\":{" change "}}"
#define REPLACE "\"actions\":[\"delete\",\"create\"]"

static char *write_plan(const char *text, const struct plan_guard *guard, unsigned *blocked)
{
    struct err err = {0};
    cJSON *plan = plan_parse(str_from(text), &err);
    struct buf out;

    if (!plan)
        fail_msg("%s", err.message);
    buf_init(&out, MIB(1));
    *blocked = plan_write(plan, guard, STR("sha256:ab"), &out);
    cJSON_Delete(plan);
    assert_false(out.failed);
    return out.ptr;
}

static void plans_are_written_as_trees(void **state)
{
    static const struct {
        int line;
        const char *what;
        const char *changes;
        const char *counts;
        const char *tree;
    } rows[] = {
        {__LINE__, "what stays is not told", PLAN(CHANGE("a.b", "a", "\"actions\":[\"no-op\"]")),
         "\"add\":0,\"change\":0,\"destroy\":0,\"import\":0", ""},
        {__LINE__, "what is made, with what is not known yet",
         PLAN(CHANGE("a.b", "a",
                     "\"actions\":[\"create\"],\"before\":null,\"after\":{\"name\":\"x\",\"none\":null,\"empty\":[]},"
                     "\"after_unknown\":{\"id\":true}")),
         "\"add\":1,\"change\":0,\"destroy\":0,\"import\":0",
         "{\"address\":\"a.b\",\"type\":\"a\",\"name\":\"this\",\"action\":\"create\",\"attributes\":["
         "{\"path\":\"name\",\"before\":null,\"after\":\"x\",\"sensitive\":false,\"known\":true},"
         "{\"path\":\"id\",\"before\":null,\"after\":null,\"sensitive\":false,\"known\":false}]}"},
        {__LINE__, "of what changes, only the leaves that do",
         PLAN(CHANGE("a.b", "a",
                     "\"actions\":[\"update\"],\"before\":{\"s\":[{\"min\":1,\"max\":4}],\"tags\":{\"x/y\":\"1\"}},"
                     "\"after\":{\"s\":[{\"min\":2,\"max\":4}],\"tags\":{\"x/y\":\"2\"}},\"after_unknown\":{}")),
         "\"add\":0,\"change\":1,\"destroy\":0,\"import\":0",
         "{\"address\":\"a.b\",\"type\":\"a\",\"name\":\"this\",\"action\":\"update\",\"attributes\":["
         "{\"path\":\"s[0].min\",\"before\":1,\"after\":2,\"sensitive\":false,\"known\":true},"
         "{\"path\":\"tags[\\\"x/y\\\"]\",\"before\":\"1\",\"after\":\"2\",\"sensitive\":false,\"known\":true}]}"},
        {__LINE__, "why something is replaced",
         PLAN(REASON("a.b", "a", "replace_because_cannot_update",
                     REPLACE ",\"before\":{\"f\":\"4\"},\"after\":{\"f\":\"6\"},\"replace_paths\":[[\"f\"]]")),
         "\"add\":1,\"change\":0,\"destroy\":1,\"import\":0",
         "{\"address\":\"a.b\",\"type\":\"a\",\"name\":null,\"action\":\"replace\",\"reason\":"
         "\"replace_because_cannot_update\",\"attributes\":[{\"path\":\"f\",\"before\":\"4\",\"after\":\"6\","
         "\"sensitive\":false,\"known\":true,\"replaces\":true}]}"},
        {__LINE__, "what is adopted as it is",
         PLAN(CHANGE("a.b", "a", "\"actions\":[\"no-op\"],\"importing\":{\"id\":\"1\"}")),
         "\"add\":0,\"change\":0,\"destroy\":0,\"import\":1",
         "{\"address\":\"a.b\",\"type\":\"a\",\"name\":\"this\",\"action\":\"import\",\"attributes\":[]}"},
        {__LINE__, "what goes, goes as a whole",
         PLAN(CHANGE("a.b", "a", "\"actions\":[\"delete\"],\"before\":{\"x\":1},\"after\":null")),
         "\"add\":0,\"change\":0,\"destroy\":1,\"import\":0",
         "{\"address\":\"a.b\",\"type\":\"a\",\"name\":\"this\",\"action\":\"delete\",\"attributes\":[]}"},
        {__LINE__, "what terraform calls sensitive",
         PLAN(CHANGE("a.b", "a",
                     "\"actions\":[\"update\"],\"before\":{\"k\":{\"v\":\"one\"}},\"after\":{\"k\":{\"v\":\"two\"}},"
                     "\"before_sensitive\":{},\"after_sensitive\":{\"k\":{\"v\":true}}")),
         "\"add\":0,\"change\":1,\"destroy\":0,\"import\":0",
         "{\"address\":\"a.b\",\"type\":\"a\",\"name\":\"this\",\"action\":\"update\",\"attributes\":["
         "{\"path\":\"k.v\",\"before\":null,\"after\":null,\"sensitive\":true,\"known\":true}]}"},
        {__LINE__, "a tree of which it is not known what it becomes",
         PLAN(CHANGE("a.b", "a",
                     "\"actions\":[\"update\"],\"before\":{\"o\":{\"secret\":\"one\"}},\"after\":{},"
                     "\"after_unknown\":{\"o\":true}")),
         "\"add\":0,\"change\":1,\"destroy\":0,\"import\":0",
         "{\"address\":\"a.b\",\"type\":\"a\",\"name\":\"this\",\"action\":\"update\",\"attributes\":["
         "{\"path\":\"o\",\"before\":null,\"after\":null,\"sensitive\":false,\"known\":false}]}"},
        {__LINE__, "what is called as a secret is",
         PLAN(CHANGE("a.b", "a",
                     "\"actions\":[\"update\"],\"before\":{\"db_password\":\"one\"},"
                     "\"after\":{\"db_password\":{\"x\":\"two\"}}")),
         "\"add\":0,\"change\":1,\"destroy\":0,\"import\":0",
         "{\"address\":\"a.b\",\"type\":\"a\",\"name\":\"this\",\"action\":\"update\",\"attributes\":["
         "{\"path\":\"db_password\",\"before\":null,\"after\":null,\"sensitive\":true,\"known\":true}]}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct plan_guard guard = {.is_destroy = false};
        char expected[2048];
        unsigned blocked;
        char *got = write_plan(rows[i].changes, &guard, &blocked);

        snprintf(expected, sizeof(expected),
                 "{\"type\":\"eksgate_plan\",\"hash\":\"sha256:ab\",\"changes\":{%s},\"blocked\":[],"
                 "\"tree\":[%s],\"truncated\":false}",
                 rows[i].counts, rows[i].tree);
        row_text(rows[i].line, got, expected);
        free(got);
    }
}

static void the_guard_keeps_what_can_not_be_made_again(void **state)
{
    static const struct {
        int line;
        const char *what;
        bool is_destroy;
        const char *allow;
        const char *change;
        bool blocked;
    } rows[] = {
        {__LINE__, "a cluster that would be replaced", false, NULL,
         CHANGE("aws_eks_cluster.this", "aws_eks_cluster", REPLACE), true},
        {__LINE__, "in the other order", false, NULL,
         CHANGE("aws_eks_cluster.this", "aws_eks_cluster", "\"actions\":[\"create\",\"delete\"]"), true},
        {__LINE__, "a subnet that would go", false, NULL,
         CHANGE("aws_subnet.this[0]", "aws_subnet", "\"actions\":[\"delete\"]"), true},
        {__LINE__, "a VPC", false, NULL, CHANGE("aws_vpc.this[0]", "aws_vpc", REPLACE), true},
        {__LINE__, "an identity provider", false, NULL,
         CHANGE("aws_iam_openid_connect_provider.this", "aws_iam_openid_connect_provider", REPLACE), true},
        {__LINE__, "the key of the cluster's secrets", false, NULL,
         CHANGE("aws_kms_key.secrets[0]", "aws_kms_key", "\"actions\":[\"delete\"]"), true},
        {__LINE__, "a node group", false, NULL, CHANGE("aws_eks_node_group.first", "aws_eks_node_group", REPLACE),
         true},
        {__LINE__, "an add-on is made again in a minute", false, NULL,
         CHANGE("aws_eks_addon.early", "aws_eks_addon", REPLACE), false},
        {__LINE__, "a cluster that is changed in place", false, NULL,
         CHANGE("aws_eks_cluster.this", "aws_eks_cluster", "\"actions\":[\"update\"]"), false},
        {__LINE__, "everything is to go", true, NULL,
         CHANGE("aws_eks_cluster.this", "aws_eks_cluster", "\"actions\":[\"delete\"]"), false},
        {__LINE__, "its address is allowed", false, "[\"aws_eks_cluster.this\"]",
         CHANGE("aws_eks_cluster.this", "aws_eks_cluster", REPLACE), false},
        {__LINE__, "another's address is allowed", false, "[\"aws_eks_cluster.that\",\"aws_eks_cluster\",1]",
         CHANGE("aws_eks_cluster.this", "aws_eks_cluster", REPLACE), true},
        {__LINE__, "a node group that never came to life", false, NULL,
         REASON("aws_eks_node_group.first", "aws_eks_node_group", "replace_because_tainted",
                REPLACE ",\"before\":{\"status\":\"CREATE_FAILED\"}"),
         false},
        {__LINE__, "a tainted cluster that lives", false, NULL,
         REASON("aws_eks_cluster.this", "aws_eks_cluster", "replace_because_tainted",
                REPLACE ",\"before\":{\"status\":\"ACTIVE\"}"),
         true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *why;
        cJSON *allow = rows[i].allow ? json_tree(str_from(rows[i].allow), 8, &why) : NULL;
        const struct plan_guard guard = {.is_destroy = rows[i].is_destroy, .allow = allow};
        cJSON *change = json_tree(str_from(rows[i].change), 8, &why);

        row_true(rows[i].line, rows[i].what, plan_is_blocked(change, &guard) == rows[i].blocked);
        cJSON_Delete(change);
        cJSON_Delete(allow);
    }
}

static void a_long_plan_is_cut_and_says_so(void **state)
{
    const struct plan_guard guard = {.is_destroy = false};
    unsigned blocked;
    struct buf text;
    char *got;

    (void)state;
    buf_init(&text, MIB(4));
    buf_add_str(&text, STR("{\"format_version\":\"1.2\",\"resource_changes\":["));
    for (int i = 0; i < 3000; i++) {
        buf_printf(&text, "%s{\"address\":\"aws_vpc.x[%d]\",\"type\":\"aws_vpc\",\"change\":{\"actions\":[\"delete\"],",
                   i ? "," : "", i);
        buf_printf(&text, "\"before\":{\"a\":\"%0400d\"},\"after\":{\"a\":\"%0401d\"}}}", i, i);
    }
    buf_add_str(&text, STR("]}"));
    got = write_plan(text.ptr, &guard, &blocked);
    assert_int_equal(blocked, 3000);
    assert_true(strlen(got) < PLAN_LINE_MAX);
    assert_non_null(strstr(got, "\"destroy\":3000"));
    assert_non_null(strstr(got, "\"truncated\":true"));
    free(got);
    buf_free(&text);
}

static void what_is_no_plan_is_refused(void **state)
{
    static const char *const rows[] = {"", "[]", "{}", "{\"format_version\":\"2.0\"}", "{\"format_version\":\"1.2\""};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err err = {0};

        assert_null(plan_parse(str_from(rows[i]), &err));
        assert_int_equal(err.kind, ERR_BAD_REQUEST);
    }
}

static void names_tell_secrets(void **state)
{
    static const struct {
        const char *name;
        bool secret;
    } rows[] = {
        {"password", true},          {"db_password", true}, {"Secret", true},
        {"client-token", true},      {"private_key", true}, {"tls_private_key_pem", true},
        {"secret_access_key", true}, {"name", false},       {"http_tokens", false},
        {"secrets", false},          {"key_arn", false},    {"", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        row_true(__LINE__, rows[i].name, plan_is_secret_name(str_from(rows[i].name)) == rows[i].secret);
}

static void addresses_can_not_be_words_of_a_shell(void **state)
{
    static const struct {
        const char *address;
        bool good;
    } rows[] = {
        {"aws_eks_cluster.this", true},
        {"aws_vpc.this[0]", true},
        {"aws_eks_addon.early[\"vpc-cni\"]", true},
        {"aws_eks_pod_identity_association.this[\"kube-system/ebs-csi-controller-sa\"]", true},
        {"aws_iam_role_policy_attachment.node[\"arn:aws:iam::aws:policy/X\"]", true},
        {"", false},
        {"-var=x", false},
        {"aws_vpc", false},
        {"aws_vpc.", false},
        {"aws_vpc.this[", false},
        {"aws_vpc.this[]", false},
        {"aws_vpc.this[x]", false},
        {"aws_vpc.this[0]x", false},
        {"aws_vpc.this[\"\"]", false},
        {"aws_vpc.this[\"a\"b\"]", false},
        {"aws_vpc.this[\"$(id)\"]", false},
        {"aws_vpc.this[\"a\tb\"]", false},
        {"aws_vpc.this\nuntaint", false},
        {"module.x.aws_vpc.this", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        row_true(__LINE__, rows[i].address, plan_is_address(str_from(rows[i].address)) == rows[i].good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plans_are_written_as_trees),
        cmocka_unit_test(the_guard_keeps_what_can_not_be_made_again),
        cmocka_unit_test(a_long_plan_is_cut_and_says_so),
        cmocka_unit_test(what_is_no_plan_is_refused),
        cmocka_unit_test(names_tell_secrets),
        cmocka_unit_test(addresses_can_not_be_words_of_a_shell),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
