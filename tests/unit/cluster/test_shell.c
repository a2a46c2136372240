/* Which pods of shells were left behind. */
#include "tests/unit/rows.h"

#include "base/clock.h"
#include "cluster/shell.h"

#define MADE "\"metadata\":{\"name\":\"shell-x\",\"creationTimestamp\":\"2026-11-21T08:00:00Z\"}"
#define DEADLINE "\"spec\":{\"activeDeadlineSeconds\":600}"

static void a_pod_has_expired(void **state)
{
    static const struct {
        int line;
        const char *pod;
        const char *now;
        bool expired;
    } rows[] = {
        {__LINE__, "{" MADE "," DEADLINE ",\"status\":{\"phase\":\"Running\"}}", "2026-11-21T08:00:01Z", false},
        {__LINE__, "{" MADE "," DEADLINE ",\"status\":{\"phase\":\"Running\"}}", "2026-11-21T08:10:30Z", false},
        {__LINE__, "{" MADE "," DEADLINE ",\"status\":{\"phase\":\"Running\"}}", "2026-11-21T08:11:01Z", true},
        /* no node has taken it */
        {__LINE__, "{" MADE "," DEADLINE ",\"status\":{\"phase\":\"Pending\"}}", "2026-11-21T08:11:01Z", true},
        {__LINE__, "{" MADE "," DEADLINE "}", "2026-11-21T08:11:01Z", true},
        {__LINE__, "{" MADE "," DEADLINE ",\"status\":{\"phase\":\"Failed\"}}", "2026-11-21T08:00:01Z", true},
        {__LINE__, "{" MADE "," DEADLINE ",\"status\":{\"phase\":\"Succeeded\"}}", "2026-11-21T08:00:01Z", true},
        /* the clock of the cluster goes before ours */
        {__LINE__, "{" MADE "," DEADLINE "}", "2026-11-21T07:00:00Z", false},
        /* it is deleted already */
        {__LINE__, "{\"metadata\":{\"deletionTimestamp\":\"2026-11-21T08:00:00Z\"},\"status\":{\"phase\":\"Failed\"}}",
         "2026-11-21T08:00:01Z", false},
        /* none of ours, or broken: it does not say when it ends */
        {__LINE__, "{" MADE ",\"status\":{\"phase\":\"Running\"}}", "2027-11-21T08:00:00Z", false},
        {__LINE__, "{" DEADLINE ",\"status\":{\"phase\":\"Running\"}}", "2027-11-21T08:00:00Z", false},
        {__LINE__, "{\"metadata\":{\"creationTimestamp\":\"soon\"}," DEADLINE "}", "2027-11-21T08:00:00Z", false},
        {__LINE__, "{" MADE ",\"spec\":{\"activeDeadlineSeconds\":\"600\"}}", "2027-11-21T08:00:00Z", false},
        {__LINE__, "{}", "2027-11-21T08:00:00Z", false},
        {__LINE__, "[]", "2027-11-21T08:00:00Z", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *why;
        cJSON *pod = json_tree(str_from(rows[i].pod), 8, &why);
        int64_t now;

        assert_non_null(pod);
        assert_int_equal(clock_parse(str_from(rows[i].now), &now), 0);
        row_int(rows[i].line, shell_pod_has_expired(pod, now), rows[i].expired);
        cJSON_Delete(pod);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_pod_has_expired)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
