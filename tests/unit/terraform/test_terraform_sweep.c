/* What is deleted before a cluster is destroyed, and what never is. */
#include "../rows.h"

#include "../aws/fake_aws.h"
#include "base/limits.h"
#include "terraform/sweep.h"

#define XML "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/xml\r\n\r\n"
#define DENIED                                                                                                         \
    "HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n<Response><Errors><Error><Code>UnauthorizedOperation</Code>"   \
    "<Message>no</Message></Error></Errors></Response>"
#define EMPTY XML "<R><S/></R>"
#define BALANCER(arn) "<member><LoadBalancerArn>" arn "</LoadBalancerArn></member>"
#define TAGS(arn, key, value)                                                                                          \
    "<member><ResourceArn>" arn "</ResourceArn><Tags><member><Key>" key "</Key><Value>" value                          \
    "</Value></member></Tags></member>"
#define BALANCERS(members) XML "<R><S><LoadBalancers>" members "</LoadBalancers></S></R>"
#define DESCRIPTIONS(members) XML "<R><S><TagDescriptions>" members "</TagDescriptions></S></R>"
#define CLAIM "<tagSet><item><key>kubernetes.io/created-for/pvc/name</key><value>data</value></item></tagSet>"
#define VOLUME(id, status, tags) "<item><volumeId>" id "</volumeId><status>" status "</status>" tags "</item>"
#define VOLUMES(items) XML "<R><volumeSet>" items "</volumeSet></R>"
#define GROUPS(items) XML "<R><securityGroupInfo>" items "</securityGroupInfo></R>"
#define GROUP(id, tags) "<item><groupId>" id "</groupId>" tags "</item>"
#define EKS_TAG "<tagSet><item><key>aws:eks:cluster-name</key><value>demo</value></item></tagSet>"
#define NO_BALANCERS EMPTY, EMPTY, EMPTY
#define NO_INTERFACES EMPTY, EMPTY
#define NO_GROUPS EMPTY, EMPTY

static struct fake_aws fake;
static struct err err;

static int tell(void *arg, struct buf *line, struct err *e)
{
    (void)e;
    buf_printf(arg, "%.*s\n", (int)line->len, line->ptr);
    return 0;
}

static void sweep_demo(const char *const *answers, struct buf *lines)
{
    const char *why;
    cJSON *plan = json_tree(STR("{\"variables\":{\"region\":{\"value\":\"eu-west-1\"},"
                                "\"cluster_name\":{\"value\":\"demo\"}}}"),
                            8, &why);
    struct account account;

    buf_init(lines, KIB(8));
    fake_start(&fake, answers);
    assert_int_equal(account_open_plan(&account, plan, &err), 0);
    assert_int_equal(
        sweep_cluster(&(const struct sweep){.account = &account, .tell = {tell, lines}, .patience_ms = 0}, &err), 0);
    fake_stop(&fake);
    account_close(&account);
    cJSON_Delete(plan);
}

static bool asked(const char *action)
{
    for (int i = 0; i < fake.count; i++)
        if (strstr(fake.requests[i], action))
            return true;
    return false;
}

static void only_the_clusters_own_things_go(void **state)
{
    static const struct {
        int line;
        const char *what;
        const char *answers[16];
        const char *told;
        const char *deleted; /* in the form, or NULL: nothing may be deleted */
    } rows[] = {
        {__LINE__,
         "of the controller",
         {BALANCERS(BALANCER("lb-1") BALANCER("lb-2")),
          DESCRIPTIONS(TAGS("lb-1", "elbv2.k8s.aws/cluster", "demo-2") TAGS("lb-2", "elbv2.k8s.aws/cluster", "demo")),
          XML "<R/>", EMPTY, EMPTY, EMPTY, NO_INTERFACES, NO_GROUPS, EMPTY, EMPTY},
         "{\"type\":\"eksgate_sweep\",\"action\":\"delete\",\"kind\":\"load balancer\",\"id\":\"lb-2\"}\n",
         "Action=DeleteLoadBalancer&Version=2015-12-01&LoadBalancerArn=lb-2"},
        {__LINE__,
         "shared with others",
         {BALANCERS(BALANCER("lb-1")), DESCRIPTIONS(TAGS("lb-1", "kubernetes.io/cluster/demo", "shared")), EMPTY, EMPTY,
          NO_INTERFACES, NO_GROUPS, EMPTY, EMPTY},
         "",
         NULL},
        {__LINE__,
         "a volume of a claim that nobody uses",
         {NO_BALANCERS, NO_INTERFACES, NO_GROUPS, VOLUMES(VOLUME("vol-1", "available", CLAIM)), EMPTY, XML "<R/>"},
         "{\"type\":\"eksgate_sweep\",\"action\":\"delete\",\"kind\":\"volume\",\"id\":\"vol-1\"}\n",
         "VolumeId=vol-1"},
        {__LINE__,
         "a volume in use",
         {NO_BALANCERS, NO_INTERFACES, NO_GROUPS, EMPTY, VOLUMES(VOLUME("vol-1", "in-use", CLAIM))},
         "{\"type\":\"eksgate_sweep\",\"action\":\"left\",\"kind\":\"volume\",\"id\":\"vol-1\",\"reason\":\"it is in "
         "use\"}"
         "\n",
         NULL},
        {__LINE__,
         "a volume without a claim",
         {NO_BALANCERS, NO_INTERFACES, NO_GROUPS, EMPTY, VOLUMES(VOLUME("vol-1", "available", ""))},
         "",
         NULL},
        {__LINE__,
         "the cluster's own group",
         {NO_BALANCERS, NO_INTERFACES, EMPTY, GROUPS(GROUP("sg-1", EKS_TAG)), EMPTY, EMPTY},
         "",
         NULL},
        {__LINE__,
         "AWS does not let us look",
         {DENIED, EMPTY, EMPTY, NO_INTERFACES, NO_GROUPS, EMPTY, EMPTY},
         "{\"type\":\"eksgate_sweep\",\"action\":\"left\",\"kind\":\"load balancer\",\"id\":\"\",\"reason\":"
         "\"elasticloadbalancing:DescribeLoadBalancers: no\"}\n",
         NULL},
        {__LINE__,
         "AWS does not let us delete",
         {NO_BALANCERS, NO_INTERFACES, NO_GROUPS, VOLUMES(VOLUME("vol-1", "available", CLAIM)), EMPTY, DENIED},
         "{\"type\":\"eksgate_sweep\",\"action\":\"left\",\"kind\":\"volume\",\"id\":\"vol-1\",\"reason\":"
         "\"ec2:DeleteVolume: no\"}\n",
         "VolumeId=vol-1"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *answers[17] = {NULL};
        struct buf lines;

        for (size_t n = 0; n < 16; n++)
            answers[n] = rows[i].answers[n];
        sweep_demo(answers, &lines);
        row_text(rows[i].line, lines.ptr ? lines.ptr : "", rows[i].told);
        row_true(rows[i].line, rows[i].what, rows[i].deleted ? asked(rows[i].deleted) : !asked("Action=Delete"));
        buf_free(&lines);
    }
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(only_the_clusters_own_things_go)};

    return cmocka_run_group_tests(tests, set_up, NULL);
}
