/* Which address lies in which list of networks. */
#include "tests/unit/rows.h"

#include "base/network.h"

#define NETWORKS "127.0.0.1, 10.1.0.0/16,192.168.7.129/25 ,fd00::/8,2001:db8::1"

static void an_address_lies_in_a_network(void **state)
{
    static const struct {
        int line;
        const char *list;
        const char *address;
        bool contained;
    } rows[] = {
        {__LINE__, NETWORKS, "127.0.0.1", true},
        {__LINE__, NETWORKS, "127.0.0.2", false},
        {__LINE__, NETWORKS, "10.1.255.255", true},
        {__LINE__, NETWORKS, "10.2.0.0", false},
        {__LINE__, NETWORKS, "192.168.7.128", true},
        {__LINE__, NETWORKS, "192.168.7.127", false},
        {__LINE__, NETWORKS, "fdff::1", true},
        {__LINE__, NETWORKS, "fe00::1", false},
        {__LINE__, NETWORKS, "2001:db8::1", true},
        {__LINE__, NETWORKS, "2001:db8::2", false},
        {__LINE__, NETWORKS, "::ffff:10.1.0.9", true},
        {__LINE__, NETWORKS, "::ffff:10.2.0.9", false},
        {__LINE__, "0.0.0.0/0", "8.8.8.8", true},
        {__LINE__, "0.0.0.0/0", "2001:db8::1", false},
        {__LINE__, "::/0", "2001:db8::1", true},
        {__LINE__, "10.0.0.0/33", "10.0.0.0", false},
        {__LINE__, "localhost", "127.0.0.1", false},
        {__LINE__, NETWORKS, "", false},
        {__LINE__, NETWORKS, "127.0.0.1 ", false},
        {__LINE__, NETWORKS, "unix:", false},
        {__LINE__, "", "127.0.0.1", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        row_true(rows[i].line, rows[i].address,
                 networks_contain(str_from(rows[i].list), str_from(rows[i].address)) == rows[i].contained);
    assert_false(networks_contain((struct str){NULL, 0}, STR("127.0.0.1")));
}

static void a_wrong_entry_is_found(void **state)
{
    static const struct {
        int line;
        const char *list;
        const char *wrong; /* NULL: none */
    } rows[] = {
        {__LINE__, NETWORKS, NULL},
        {__LINE__, "10.0.0.0/8,localhost,nonsense", "localhost"},
        {__LINE__, "10.0.0.0/33", "10.0.0.0/33"},
        {__LINE__, "10.0.0.0/", "10.0.0.0/"},
        {__LINE__, "10.0.0.0/-1", "10.0.0.0/-1"},
        {__LINE__, "::1/129", "::1/129"},
        {__LINE__, "10.0.0.1,", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct str wrong = networks_find_wrong(str_from(rows[i].list));

        row_true(rows[i].line, rows[i].list,
                 rows[i].wrong ? wrong.ptr && str_equal(wrong, str_from(rows[i].wrong)) : !wrong.ptr);
    }
    assert_null(networks_find_wrong((struct str){NULL, 0}).ptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_lies_in_a_network),
        cmocka_unit_test(a_wrong_entry_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
