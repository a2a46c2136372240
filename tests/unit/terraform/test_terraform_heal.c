/* What is done about that which an interrupted run left. */
#include "../rows.h"

#include "../aws/fake_aws.h"
#include "aws/eks_cache.h"
#include "base/clock.h"
#include "base/limits.h"
#include "terraform/heal.h"

#define JSON "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n\r\n"
#define NONE                                                                                                           \
    "HTTP/1.1 404 Not Found\r\nConnection: close\r\nx-amzn-ErrorType: ResourceNotFoundException\r\n\r\n"               \
    "{\"message\":\"no\"}"
#define DENIED                                                                                                         \
    "HTTP/1.1 403 Forbidden\r\nConnection: close\r\nx-amzn-ErrorType: AccessDeniedException\r\n\r\n"                   \
    "{\"message\":\"no\"}"
#define XML "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/xml\r\n\r\n"
#define NO_ROLE                                                                                                        \
    "HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n<ErrorResponse><Error><Code>NoSuchEntity</Code>"               \
    "<Message>no</Message></Error></ErrorResponse>"

#define OURS "\"tags\":{\"eksgate/managed-by\":\"eksgate\",\"eksgate/cluster\":\"demo\"}"
#define OTHERS "\"tags\":{\"eksgate/managed-by\":\"eksgate\",\"eksgate/cluster\":\"demo-2\"}"
#define CLUSTER(status, tags) JSON "{\"cluster\":{\"name\":\"demo\",\"status\":\"" status "\"," tags "}}"
#define MEMBERS "<Tags><member><Key>eksgate/managed-by</Key><Value>eksgate</Value></member>" MEMBER("demo") "</Tags>"
#define MEMBER(cluster) "<member><Key>eksgate/cluster</Key><Value>" cluster "</Value></member>"

#define MISSING(address, type, after)                                                                                  \
    "{\"address\":\"" address "\",\"mode\":\"managed\",\"type\":\"" type                                               \
    "\",\"change\":{\"actions\":[\"create\"],\"before\":null,\"after\":{" after "}}}"
#define TAINTED(address, type, before)                                                                                 \
    "{\"address\":\"" address "\",\"mode\":\"managed\",\"type\":\"" type                                               \
    "\",\"action_reason\":\"replace_because_tainted\",\"change\":{\"actions\":[\"delete\",\"create\"],\"before\":"     \
    "{" before "},\"after\":{}}}"
#define MISSING_CLUSTER MISSING("aws_eks_cluster.this", "aws_eks_cluster", "\"name\":\"demo\"")
#define TAINTED_CLUSTER TAINTED("aws_eks_cluster.this", "aws_eks_cluster", "\"id\":\"demo\"")

static struct fake_aws fake;
static struct err err;

static int tell(void *arg, struct buf *line, struct err *e)
{
    (void)e;
    buf_printf(arg, "%.*s\n", (int)line->len, line->ptr);
    return 0;
}

/* The file of actions, or the error's message; what was told goes to lines. */
static const char *heal_changes(const char *changes, const char *const *answers, int64_t patience_ms,
                                struct buf *actions, struct buf *lines)
{
    const struct aws_credentials none = {.source = NULL};
    struct account account = {.credentials = none};
    char text[4096];
    cJSON *plan;
    const char *why;
    int result;

    snprintf(text, sizeof(text),
             "{\"variables\":{\"region\":{\"value\":\"eu-west-1\"},\"cluster_name\":{\"value\":\"demo\"}},"
             "\"resource_changes\":[%s]}",
             changes);
    plan = json_tree(str_from(text), 16, &why);
    assert_non_null(plan);
    buf_init(actions, KIB(4));
    buf_init(lines, KIB(4));
    err_clear(&err);
    fake_start(&fake, answers);
    result = account_open_plan(&account, plan, &err);
    if (result == 0) {
        const struct heal heal = {.account = &account,
                                  .plan = plan,
                                  .tell = {tell, lines},
                                  .deadline_ms = clock_monotonic_ms() + patience_ms};

        result = heal_plan(&heal, actions, &err);
    }
    fake_stop(&fake);
    account_close(&account);
    eks_cache_forget();
    cJSON_Delete(plan);
    return result < 0 ? err.message : actions->ptr ? actions->ptr : "";
}

static void what_was_left_is_taken_up(void **state)
{
    static const struct {
        int line;
        const char *what;
        const char *changes;
        const char *answers[4];
        const char *actions;
        const char *told;
    } rows[] = {
        {__LINE__,
         "tainted, and whole in the end",
         TAINTED_CLUSTER,
         {CLUSTER("ACTIVE", OURS)},
         "untaint\taws_eks_cluster.this\n",
         "\"action\":\"untaint\",\"address\":\"aws_eks_cluster.this\""},
        {__LINE__, "tainted, and AWS could not make it", TAINTED_CLUSTER, {CLUSTER("FAILED", OURS)}, "", NULL},
        {__LINE__, "tainted, and gone", TAINTED_CLUSTER, {NONE}, "", NULL},
        {__LINE__,
         "unknown to the state",
         MISSING_CLUSTER,
         {CLUSTER("ACTIVE", OURS)},
         "import\taws_eks_cluster.this\tdemo\n",
         "\"action\":\"import\",\"address\":\"aws_eks_cluster.this\""},
        {__LINE__, "of another cluster", MISSING_CLUSTER, {CLUSTER("ACTIVE", OTHERS)}, "", "\"action\":\"orphan\""},
        {__LINE__, "without tags", MISSING_CLUSTER, {CLUSTER("ACTIVE", "\"tags\":{}")}, "", "\"action\":\"orphan\""},
        {__LINE__,
         "unknown, and AWS could not make it",
         MISSING_CLUSTER,
         {CLUSTER("FAILED", OURS)},
         "import\taws_eks_cluster.this\tdemo\ntaint\taws_eks_cluster.this\n",
         "\"status\":\"FAILED\""},
        {__LINE__, "not made yet", MISSING_CLUSTER, {NONE}, "", NULL},
        {__LINE__,
         "at work, then whole",
         TAINTED_CLUSTER,
         {CLUSTER("CREATING", OURS), CLUSTER("ACTIVE", OURS)},
         "untaint\taws_eks_cluster.this\n",
         "\"action\":\"wait\""},
        {__LINE__,
         "a node group",
         MISSING("aws_eks_node_group.first", "aws_eks_node_group", "\"node_group_name\":\"ng-1\""),
         {JSON "{\"nodegroup\":{\"status\":\"ACTIVE\"," OURS "}}"},
         "import\taws_eks_node_group.first\tdemo:ng-1\n",
         "\"id\":\"demo:ng-1\""},
        {__LINE__,
         "an add-on without nodes to run on",
         TAINTED("aws_eks_addon.late[\\\"coredns\\\"]", "aws_eks_addon", "\"addon_name\":\"coredns\""),
         {JSON "{\"addon\":{\"status\":\"DEGRADED\"," OURS "}}"},
         "untaint\taws_eks_addon.late[\"coredns\"]\n",
         "\"status\":\"DEGRADED\""},
        {__LINE__,
         "a pod's role",
         MISSING("aws_eks_pod_identity_association.this[\\\"a/b\\\"]", "aws_eks_pod_identity_association",
                 "\"namespace\":\"a\",\"service_account\":\"b\""),
         {JSON "{\"associations\":[{\"associationId\":\"a-0\",\"namespace\":\"a\",\"serviceAccount\":\"c\"},"
               "{\"associationId\":\"a-1\",\"namespace\":\"a\",\"serviceAccount\":\"b\"}]}",
          JSON "{\"association\":{" OURS "}}"},
         "import\taws_eks_pod_identity_association.this[\"a/b\"]\tdemo,a-1\n",
         "\"id\":\"demo,a-1\""},
        {__LINE__,
         "an identity provider, by its cluster's issuer",
         MISSING("aws_iam_openid_connect_provider.this", "aws_iam_openid_connect_provider", ""),
         {CLUSTER("ACTIVE", OURS ",\"identity\":{\"oidc\":{\"issuer\":\"https://oidc/id/1\"}}"),
          XML
          "<L><R><OpenIDConnectProviderList><member><Arn>arn:x/oidc/id/11</Arn></member><member><Arn>arn:x/oidc/id/1"
          "</Arn></member></OpenIDConnectProviderList></R></L>",
          XML "<G><GetOpenIDConnectProviderResult>" MEMBERS "</GetOpenIDConnectProviderResult></G>"},
         "import\taws_iam_openid_connect_provider.this\tarn:x/oidc/id/1\n",
         "arn:x/oidc/id/1"},
        {__LINE__,
         "a role",
         MISSING("aws_iam_role.node[0]", "aws_iam_role", "\"name\":\"demo-node\""),
         {XML "<G><GetRoleResult><Role>" MEMBERS "</Role></GetRoleResult></G>"},
         "import\taws_iam_role.node[0]\tdemo-node\n",
         "demo-node"},
        {__LINE__,
         "somebody's role",
         MISSING("aws_iam_role.node[0]", "aws_iam_role", "\"name\":\"demo-node\""),
         {XML "<G><GetRoleResult><Role><Tags>" MEMBER("demo") "</Tags></Role></GetRoleResult></G>"},
         "",
         "\"action\":\"orphan\""},
        {__LINE__,
         "no role",
         MISSING("aws_iam_role.node[0]", "aws_iam_role", "\"name\":\"demo-node\""),
         {NO_ROLE},
         "",
         NULL},
        {__LINE__,
         "of several networks always the same",
         MISSING("aws_vpc.this[0]", "aws_vpc", ""),
         {XML "<D><vpcSet><item><vpcId>vpc-2</vpcId><state>available</state></item><item><vpcId>vpc-1</vpcId>"
              "<state>available</state></item></vpcSet></D>"},
         "import\taws_vpc.this[0]\tvpc-1\n",
         "vpc-1"},
        {__LINE__,
         "a tainted subnet that is there",
         TAINTED("aws_subnet.this[0]", "aws_subnet", "\"id\":\"subnet-1\""),
         {XML "<D><subnetSet><item><subnetId>subnet-1</subnetId><state>available</state></item></subnetSet></D>"},
         "untaint\taws_subnet.this[0]\n",
         "subnet-1"},
        {__LINE__,
         "a tainted subnet that is gone",
         TAINTED("aws_subnet.this[0]", "aws_subnet", "\"id\":\"subnet-1\""),
         {XML "<D><subnetSet/></D>"},
         "",
         NULL},
        {__LINE__,
         "a route",
         MISSING("aws_route.ipv6[0]", "aws_route",
                 "\"destination_cidr_block\":null,\"destination_ipv6_cidr_block\":\"::/0\""),
         {XML
          "<D><routeTableSet><item><routeTableId>rtb-1</routeTableId><routeSet><item><destinationCidrBlock>0.0.0.0/0"
          "</destinationCidrBlock></item><item><destinationIpv6CidrBlock>::/0</destinationIpv6CidrBlock></item>"
          "</routeSet></item></routeTableSet></D>"},
         "import\taws_route.ipv6[0]\trtb-1_::/0\n",
         "rtb-1_::/0"},
        {__LINE__,
         "no such route",
         MISSING("aws_route.ipv4[0]", "aws_route", "\"destination_cidr_block\":\"0.0.0.0/0\""),
         {XML "<D><routeTableSet><item><routeTableId>rtb-1</routeTableId><routeSet/></item></routeTableSet></D>"},
         "",
         NULL},
        {__LINE__,
         "a subnet's route table",
         MISSING("aws_route_table_association.this[1]", "aws_route_table_association",
                 "") ",{\"address\":\"aws_subnet.this[1]\",\"type\":\"aws_subnet\",\"change\":{\"before\":{\"id\":"
                     "\"subnet-2\"}}}",
         {XML "<D><routeTableSet><item><routeTableId>rtb-1</routeTableId><associationSet><item><subnetId>subnet-2"
              "</subnetId></item></associationSet></item></routeTableSet></D>"},
         "import\taws_route_table_association.this[1]\tsubnet-2/rtb-1\n",
         "subnet-2/rtb-1"},
        {__LINE__,
         "a subnet's route table, of which AWS's answer was lost",
         TAINTED("aws_route_table_association.this[1]", "aws_route_table_association",
                 "\"id\":\"rtbassoc-1\"") ",{\"address\":\"aws_subnet.this[1]\",\"type\":\"aws_subnet\",\"change\":{"
                                          "\"before\":{\"id\":\"subnet-2\"}}}",
         {XML "<D><routeTableSet><item><routeTableId>rtb-1</routeTableId><associationSet><item><subnetId>subnet-2"
              "</subnetId></item></associationSet></item></routeTableSet></D>"},
         "untaint\taws_route_table_association.this[1]\n",
         "untaint"},
        {__LINE__,
         "a route, of which AWS's answer was lost",
         TAINTED("aws_route.ipv4[0]", "aws_route", "\"destination_cidr_block\":\"0.0.0.0/0\""),
         {XML
          "<D><routeTableSet><item><routeTableId>rtb-1</routeTableId><routeSet><item><destinationCidrBlock>0.0.0.0/0"
          "</destinationCidrBlock></item></routeSet></item></routeTableSet></D>"},
         "untaint\taws_route.ipv4[0]\n",
         "untaint"},
        {__LINE__,
         "a key among others' keys",
         MISSING("aws_kms_key.secrets[0]", "aws_kms_key", ""),
         {JSON "{\"Keys\":[{\"KeyId\":\"0a\"},{\"KeyId\":\"../\"},{\"KeyId\":\"1b\"}]}", DENIED,
          JSON
          "{\"Tags\":[{\"TagKey\":\"eksgate/managed-by\",\"TagValue\":\"eksgate\"},{\"TagKey\":\"eksgate/cluster\","
          "\"TagValue\":\"demo\"}]}",
          JSON "{\"KeyMetadata\":{\"KeyState\":\"Enabled\"}}"},
         "import\taws_kms_key.secrets[0]\t1b\n",
         "\"id\":\"1b\""},
        {__LINE__,
         "what is made again without harm",
         TAINTED("aws_iam_role_policy_attachment.x", "aws_iam_role_policy_attachment", ""),
         {NULL},
         "",
         NULL},
        {__LINE__,
         "an address that is not our module's",
         MISSING("aws_eks_cluster.this; rm", "aws_eks_cluster", "\"name\":\"demo\""),
         {NULL},
         "",
         NULL},
        {__LINE__,
         "an id that would be two fields",
         MISSING("aws_vpc.this[0]", "aws_vpc", ""),
         {XML "<D><vpcSet><item><vpcId>vpc-1\tx</vpcId><state>available</state></item></vpcSet></D>"},
         "aws_vpc.this[0] has an id that can not be used",
         NULL},
        {__LINE__, "AWS does not say", MISSING_CLUSTER, {DENIED}, "eks:DescribeCluster: no", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *const answers[] = {rows[i].answers[0], rows[i].answers[1], rows[i].answers[2], rows[i].answers[3],
                                       NULL};
        struct buf actions;
        struct buf lines;

        row_text(rows[i].line, heal_changes(rows[i].changes, answers, 60000, &actions, &lines), rows[i].actions);
        if (rows[i].told)
            row_true(rows[i].line, rows[i].what, lines.ptr && strstr(lines.ptr, rows[i].told));
        else
            row_int(rows[i].line, lines.len, 0);
        buf_free(&actions);
        buf_free(&lines);
    }
}

static void waiting_has_an_end(void **state)
{
    static const char *const answers[] = {CLUSTER("CREATING", OURS), NULL};
    struct buf actions;
    struct buf lines;

    (void)state;
    assert_string_equal(heal_changes(TAINTED_CLUSTER, answers, 0, &actions, &lines),
                        "aws_eks_cluster.this is still CREATING");
    assert_int_equal(err.kind, ERR_UPSTREAM_TIMEOUT);
    buf_free(&actions);
    buf_free(&lines);
}

static int set_up(void **state)
{
    (void)state;
    setenv("AWS_ACCESS_KEY_ID", "AKIA", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "s", 1);
    setenv("AWS_MAX_ATTEMPTS", "1", 1);
    return http_global_init();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_left_is_taken_up),
        cmocka_unit_test(waiting_has_an_end),
    };

    return cmocka_run_group_tests(tests, set_up, NULL);
}
