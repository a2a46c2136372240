/* Amounts as Kubernetes writes them. */
#include "tests/unit/rows.h"

#include "kube/quantity.h"

static void amounts_are_read_and_rounded_up(void **state)
{
    static const struct {
        int line;
        const char *text;
        int64_t millicores;
        int64_t bytes;
    } rows[] = {
        {__LINE__, "0", 0, 0},
        {__LINE__, "1", 1000, 1},
        {__LINE__, "3920m", 3920, 4},
        {__LINE__, "123456789n", 124, 1},
        {__LINE__, "3141592n", 4, 1},
        {__LINE__, "1n", 1, 1},
        {__LINE__, "0n", 0, 0},
        {__LINE__, "1000u", 1, 1},
        {__LINE__, "1001u", 2, 1},
        {__LINE__, "0.1", 100, 1},
        {__LINE__, ".5", 500, 1},
        {__LINE__, "2.", 2000, 2},
        {__LINE__, "1.0005", 1001, 2},
        {__LINE__, "007", 7000, 7},
        {__LINE__, "+5", 5000, 5},
        {__LINE__, "-1.5", -1500, -2},
        {__LINE__, "1k", 1000000, 1000},
        {__LINE__, "1M", 1000000000, 1000000},
        {__LINE__, "1G", 1000000000000, 1000000000},
        {__LINE__, "1T", 1000000000000000, 1000000000000},
        {__LINE__, "1P", 1000000000000000000, 1000000000000000},
        {__LINE__, "1E", INT64_MAX, 1000000000000000000},
        {__LINE__, "1Ki", 1024000, 1024},
        {__LINE__, "128Mi", 134217728000, 134217728},
        {__LINE__, "8089600Ki", 8283750400000, 8283750400},
        {__LINE__, "1.5Gi", 1610612736000, 1610612736},
        {__LINE__, "1Ti", 1099511627776000, 1099511627776},
        {__LINE__, "1Pi", 1125899906842624000, 1125899906842624},
        {__LINE__, "7Ei", INT64_MAX, 8070450532247928832},
        {__LINE__, "8Ei", INT64_MAX, INT64_MAX},
        {__LINE__, "-8Ei", -INT64_MAX, -INT64_MAX},
        {__LINE__, "2e3", 2000000, 2000},
        {__LINE__, "2E3", 2000000, 2000},
        {__LINE__, "12e-1", 1200, 2},
        {__LINE__, "1e+2", 100000, 100},
        {__LINE__, "1e99999999999999999999", INT64_MAX, INT64_MAX},
        {__LINE__, "1e-99999999999999999999", 1, 1},
        {__LINE__, "0e99", 0, 0},
        {__LINE__, "9223372036854775807", INT64_MAX, INT64_MAX},
        {__LINE__, "9223372036854775808", INT64_MAX, INT64_MAX},
        {__LINE__, "0.0000000000000000000000001", 1, 1},
        {__LINE__, "1.00000000000000000000000001Ki", 1024001, 1025},
        {__LINE__, "10000000000000000000000000000e-26", 100000, 100},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err err;
        int64_t value = -7;

        row_int(rows[i].line, kube_quantity_millicores(str_from(rows[i].text), &value, &err), 0);
        row_int(rows[i].line, value, rows[i].millicores);
        row_int(rows[i].line, kube_quantity_bytes(str_from(rows[i].text), &value, &err), 0);
        row_int(rows[i].line, value, rows[i].bytes);
    }
}

static void what_is_no_amount_is_refused(void **state)
{
    static const char *const texts[] = {"",    ".",   "-",    "+",   "m",   "Ki",  "1 ",    " 1",      "1mm",
                                        "1K",  "1ki", "1Kib", "1mi", "1e",  "1e+", "1e1Ki", "1e.5",    "1.2.3",
                                        "--1", "+-1", "0x1",  "1,5", "NaN", "1\n", "1e1m",  "Infinity"};

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct err err;
        int64_t value;

        row_true(__LINE__, texts[i], kube_quantity_millicores(str_from(texts[i]), &value, &err) < 0);
        row_true(__LINE__, texts[i], kube_quantity_bytes(str_from(texts[i]), &value, &err) < 0);
        row_int(__LINE__, err.kind, ERR_UPSTREAM_BROKEN);
    }
}

static void a_nul_ends_no_text(void **state)
{
    struct err err;
    int64_t value;

    (void)state;
    assert_int_equal(kube_quantity_bytes((struct str){"1\0", 2}, &value, &err), -1);
    assert_int_equal(kube_quantity_bytes((struct str){NULL, 0}, &value, &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_are_read_and_rounded_up),
        cmocka_unit_test(what_is_no_amount_is_refused),
        cmocka_unit_test(a_nul_ends_no_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
