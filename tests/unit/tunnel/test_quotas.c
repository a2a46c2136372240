/* How many sessions may be open: in all, to one cluster, of one caller. */
#include "tests/unit/rows.h"

#include <string.h>

#include "tunnel/quotas.h"

static void each_bound_counts_for_itself(void **state)
{
    static const struct quota_bounds bounds = {.all = 4, .per_cluster = 3, .per_caller = 2};
    static const struct {
        int line;
        const char *cluster;
        const char *caller;
        const char *refused; /* NULL: it is taken, for good */
    } rows[] = {
        {__LINE__, "a", "ann", NULL},
        {__LINE__, "a", "ann", NULL},
        {__LINE__, "a", "ann", "by this caller"},
        {__LINE__, "a", "bob", NULL}, /* what was refused used nothing up */
        {__LINE__, "a", "bob", "to this cluster"},
        {__LINE__, "b", "bob", NULL},
        {__LINE__, "b", "eve", "through this gateway"},
    };
    struct quotas *quotas = quotas_new(bounds);
    struct quota_use used[COUNT(rows)];
    struct err err;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        err = (struct err){.kind = ERR_NONE};
        row_int(rows[i].line, quotas_take(quotas, str_from(rows[i].cluster), str_from(rows[i].caller), &used[i], &err),
                rows[i].refused ? -1 : 0);
        row_int(rows[i].line, err.kind, rows[i].refused ? ERR_OVERLOADED : ERR_NONE);
        if (rows[i].refused)
            row_true(rows[i].line, err.message, strstr(err.message, rows[i].refused) && err.retry_after == 1);
    }
    quotas_give(&used[0]);
    assert_int_equal(quotas_take(quotas, STR("b"), STR("ann"), &used[0], &err), 0);
    quotas_free(quotas);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_bound_counts_for_itself)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
