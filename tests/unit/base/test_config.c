/* The environment: ranges, and what would be unsafe. */
#include "tests/unit/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/config.h"

static int clear_environment(void **state)
{
    (void)state;
    for (size_t i = 0; i < config_variable_count; i++)
        unsetenv(config_variables[i].name);
    return 0;
}

static void defaults(void **state)
{
    struct config config;
    struct err err;

    (void)state;
    assert_int_equal(config_load(&config, &err), 0);
    assert_int_equal(err.kind, ERR_NONE);
    assert_string_equal(config.socket_dir, "./run");
    assert_true(config.processes >= 1); /* one for each core */
    assert_int_equal(config.threads, 32);
    assert_string_equal(config.redis, "127.0.0.1:6379");
    assert_int_equal(config.redis_db, 0);
    assert_string_equal(config.auth, "keys");
    assert_string_equal(config.listen, "127.0.0.1:8080");
    assert_null(config.tls_listen);
    assert_string_equal(config.hosts, "localhost,127.0.0.1,[::1]");
    assert_null(config.allow_endpoints);
    assert_null(config.cluster_name);
    assert_string_equal(config.log_level, "INFO");
}

static void values_and_ranges(void **state)
{
    static const struct {
        int line;
        const char *name;
        const char *value;
        bool good;
    } rows[] = {
        {__LINE__, "EKSGATE_PROCESSES", "0", true},   {__LINE__, "EKSGATE_PROCESSES", "64", true},
        {__LINE__, "EKSGATE_PROCESSES", "65", false}, {__LINE__, "EKSGATE_PROCESSES", "-1", false},
        {__LINE__, "EKSGATE_THREADS", "2", true},     {__LINE__, "EKSGATE_THREADS", "512", true},
        {__LINE__, "EKSGATE_THREADS", "1", false},    {__LINE__, "EKSGATE_THREADS", "513", false},
        {__LINE__, "EKSGATE_THREADS", "4k", false},   {__LINE__, "EKSGATE_THREADS", " 4", false},
        {__LINE__, "EKSGATE_THREADS", "", true}, /* as if it were not set */
        {__LINE__, "EKSGATE_REDIS_DB", "1023", true}, {__LINE__, "EKSGATE_REDIS_DB", "1024", false},
        {__LINE__, "LOG_LEVEL", "debug", true},       {__LINE__, "LOG_LEVEL", "CRITICAL", true},
        {__LINE__, "LOG_LEVEL", "TRACE", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct config config;
        struct err err;

        setenv(rows[i].name, rows[i].value, 1);
        row_int(rows[i].line, config_load(&config, &err), rows[i].good ? 0 : -1);
        if (!rows[i].good)
            row_text(rows[i].line, err.causes[0].field, rows[i].name);
        unsetenv(rows[i].name);
    }
}

static void every_fault_is_told(void **state)
{
    struct config config;
    struct err err;

    (void)state;
    setenv("EKSGATE_THREADS", "x", 1);
    setenv("EKSGATE_REDIS_DB", "-1", 1);
    setenv("LOG_LEVEL", "loud", 1);
    setenv("EKS_REGION", "us-east-1", 1);
    assert_int_equal(config_load(&config, &err), -1);
    assert_int_equal(err.cause_count, 4);
    assert_string_equal(err.causes[0].field, "EKSGATE_THREADS");
    assert_string_equal(err.causes[1].field, "EKSGATE_REDIS_DB");
    assert_string_equal(err.causes[2].field, "LOG_LEVEL");
    assert_string_equal(err.causes[3].field, "EKS_CLUSTER_NAME");
    clear_environment(state);
    setenv("EKS_CLUSTER_NAME", "demo", 1);
    assert_int_equal(config_load(&config, &err), -1);
    assert_string_equal(err.causes[0].field, "EKS_REGION");
    setenv("EKS_REGION", "us-east-1", 1);
    assert_int_equal(config_load(&config, &err), 0);
    assert_string_equal(config.cluster_name, "demo");
    assert_string_equal(config.region, "us-east-1");
}

static void loopback_addresses(void **state)
{
    static const struct {
        int line;
        const char *address;
        bool loopback;
    } rows[] = {
        {__LINE__, "127.0.0.1", true},
        {__LINE__, "127.0.0.1:8080", true},
        {__LINE__, "127.255.255.254:80", true},
        {__LINE__, "localhost", true},
        {__LINE__, "localhost:8080", true},
        {__LINE__, "::1", true},
        {__LINE__, "[::1]", true},
        {__LINE__, "[::1]:80", true},
        {__LINE__, "0:0:0:0:0:0:0:1", true},
        {__LINE__, "", false},
        {__LINE__, ":8080", false},
        {__LINE__, "8080", false},
        {__LINE__, "*:8080", false},
        {__LINE__, "0.0.0.0:8080", false},
        {__LINE__, "128.0.0.1", false},
        {__LINE__, "10.0.0.1:8080", false},
        {__LINE__, "127.evil.com", false},
        {__LINE__, "127.0.0.1.evil.com:80", false},
        {__LINE__, "127.0.0.1x:80", false},
        {__LINE__, "127.1:80", false},
        {__LINE__, "localhost.evil.com", false},
        {__LINE__, "evil.com:localhost", false},
        {__LINE__, "::", false},
        {__LINE__, "[::]:80", false},
        {__LINE__, "::2", false},
        {__LINE__, "[::1", false},
        {__LINE__, "[::1].evil.com:80", false},
        {__LINE__, "[::1]x:80", false},
        {__LINE__, "::ffff:8.8.8.8", false},
        {__LINE__, "[2001:db8::1]:80", false},
        {__LINE__, "127.0.0.1-and-so-on-and-so-on-and-so-on-and-so-on-and-so-on-and-so-on-and-so-on", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        row_true(rows[i].line, rows[i].address, config_is_loopback(str_from(rows[i].address)) == rows[i].loopback);
}

static const char *make_key_file(size_t size, mode_t mode)
{
    static char path[64];
    const char bytes[64] = "0123456789abcdef0123456789abcdef";
    int fd;

    snprintf(path, sizeof(path), "/tmp/eksgate-test-key-XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, bytes, size) == (ssize_t)size && fchmod(fd, mode) == 0);
    close(fd);
    return path;
}

static void what_is_unsafe_is_refused(void **state)
{
    static const struct {
        int line;
        const char *auth;
        const char *listen;
        const char *tls_listen;
        size_t size;
        mode_t mode;
        const char *field; /* NULL: good */
    } rows[] = {
        {__LINE__, "off", "127.0.0.1:8080", NULL, 32, 0600, NULL},
        {__LINE__, "off", "[::1]:8080", NULL, 32, 0400, NULL},
        {__LINE__, "off", "127.0.0.1:8080", "127.0.0.1:8443", 32, 0600, NULL},
        {__LINE__, "keys", "127.0.0.1:8080", NULL, 32, 0600, NULL},
        {__LINE__, "keys", "127.0.0.1:8080", "0.0.0.0:443", 32, 0600, NULL},
        {__LINE__, "off", "127.0.0.1:8080", "0.0.0.0:443", 32, 0600, "EKSGATE_AUTH"},
        {__LINE__, "off", "127.0.0.1:8080", "[::]:443", 32, 0600, "EKSGATE_AUTH"},
        {__LINE__, "off", "0.0.0.0:8080", NULL, 32, 0600, "EKSGATE_LISTEN"},
        {__LINE__, "off", "127.evil.com:80", NULL, 32, 0600, "EKSGATE_LISTEN"},
        {__LINE__, "keys", "0.0.0.0:8080", NULL, 32, 0600, "EKSGATE_LISTEN"},
        {__LINE__, "keys", "10.0.0.1:80", "0.0.0.0:443", 32, 0600, "EKSGATE_LISTEN"},
        {__LINE__, "on", "127.0.0.1:8080", NULL, 32, 0600, "EKSGATE_AUTH"},
        {__LINE__, "no", "127.0.0.1:8080", NULL, 32, 0600, "EKSGATE_AUTH"},
        {__LINE__, "off", "127.0.0.1:8080", NULL, 31, 0600, "EKSGATE_SECRET_KEY_FILE"},
        {__LINE__, "off", "127.0.0.1:8080", NULL, 33, 0600, "EKSGATE_SECRET_KEY_FILE"},
        {__LINE__, "off", "127.0.0.1:8080", NULL, 32, 0640, "EKSGATE_SECRET_KEY_FILE"},
        {__LINE__, "off", "127.0.0.1:8080", NULL, 32, 0604, "EKSGATE_SECRET_KEY_FILE"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *path = make_key_file(rows[i].size, rows[i].mode);
        struct config config = {.secret_key_file = path,
                                .provision_runner = "off",
                                .auth = rows[i].auth,
                                .listen = rows[i].listen,
                                .tls_listen = rows[i].tls_listen};
        struct err err;
        int rc = config_check(&config, &err);

        unlink(path);
        row_int(rows[i].line, rc, rows[i].field ? -1 : 0);
        row_int(rows[i].line, err.cause_count, rows[i].field ? 1 : 0);
        if (rows[i].field)
            row_text(rows[i].line, err.causes[0].field, rows[i].field);
    }
}

static void origins_of_other_pages(void **state)
{
    static const struct {
        int line;
        const char *list;
        size_t faults;
    } rows[] = {
        {__LINE__, "https://a.example", 0},
        {__LINE__, "https://a.example, http://localhost:3000,http://127.0.0.1:80800", 0},
        {__LINE__, "*", 1},
        {__LINE__, "null", 1},
        {__LINE__, "https://*.example", 1},
        {__LINE__, "http://a.example", 1},
        {__LINE__, "https://a.example/,http://a.example", 2},
        {__LINE__, "https://a.example,", 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *path = make_key_file(32, 0600);
        struct config config = {.secret_key_file = path,
                                .provision_runner = "off",
                                .auth = "keys",
                                .listen = "127.0.0.1:80",
                                .cors_origins = rows[i].list};
        struct err err;

        config_check(&config, &err);
        unlink(path);
        row_int(rows[i].line, err.cause_count, rows[i].faults);
    }
}

static void a_missing_key_file_is_refused(void **state)
{
    static const char *const paths[] = {NULL, "/nonexistent/key", "/"};

    (void)state;
    for (size_t i = 0; i < COUNT(paths); i++) {
        struct config config = {
            .secret_key_file = paths[i], .provision_runner = "off", .auth = "off", .listen = "0.0.0.0:80"};
        struct err err;

        assert_int_equal(config_check(&config, &err), -1);
        assert_int_equal(err.cause_count, 2); /* the address too: all at once */
        assert_string_equal(err.causes[0].field, "EKSGATE_SECRET_KEY_FILE");
    }
}

/* Where clusters are made, and where Terraform's states are: the state's place stands in a file that Terraform reads.
 */
static void what_the_provisioner_needs(void **state)
{
    static const struct {
        int line;
        const char *runner;
        const char *place; /* of states */
        const char *region;
        const char *cluster;
        const char *image;
        const char *credentials;
        const char *field; /* NULL: good */
    } rows[] = {
        {__LINE__, "off", NULL, NULL, NULL, NULL, "serviceaccount", NULL},
        {__LINE__, "kube", NULL, NULL, "us-east-1_a", "worker", "secret", NULL},
        {__LINE__, "kube", "s3://states/eks_gate/a.b", "us-east-1", "us-east-1_a", "worker", "serviceaccount", NULL},
        {__LINE__, "on", NULL, NULL, NULL, NULL, "serviceaccount", "EKSGATE_PROVISION_RUNNER"},
        {__LINE__, "kube", NULL, NULL, NULL, "worker", "secret", "EKSGATE_PROVISION_CLUSTER"},
        {__LINE__, "kube", NULL, NULL, "us-east-1_a", NULL, "secret", "EKSGATE_PROVISION_IMAGE"},
        {__LINE__, "kube", NULL, NULL, "us-east-1_a", "worker", "keys", "EKSGATE_PROVISION_CREDENTIALS"},
        {__LINE__, "local", NULL, NULL, NULL, NULL, "secret", "EKSGATE_PROVISION_MODULE"},
        {__LINE__, "off", "s3://states", NULL, NULL, NULL, "secret", "EKSGATE_PROVISION_STATE_REGION"},
        {__LINE__, "off", "s3://states", "us-east-1\"", NULL, NULL, "secret", "EKSGATE_PROVISION_STATE_REGION"},
        {__LINE__, "off", "s3://states/\"\nkey", "us-east-1", NULL, NULL, "secret", "EKSGATE_PROVISION_STATE"},
        {__LINE__, "off", "s3://ab", "us-east-1", NULL, NULL, "secret", "EKSGATE_PROVISION_STATE"},
        {__LINE__, "off", "https://states", "us-east-1", NULL, NULL, "secret", "EKSGATE_PROVISION_STATE"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *path = make_key_file(32, 0600);
        struct config config = {.secret_key_file = path,
                                .auth = "keys",
                                .listen = "127.0.0.1:80",
                                .provision_runner = rows[i].runner,
                                .provision_module = "/nonexistent",
                                .provision_state = rows[i].place,
                                .provision_state_region = rows[i].region,
                                .provision_cluster = rows[i].cluster,
                                .provision_image = rows[i].image,
                                .provision_credentials = rows[i].credentials};
        struct err err;

        config_check(&config, &err);
        unlink(path);
        row_int(rows[i].line, err.cause_count, rows[i].field ? 1 : 0);
        if (rows[i].field)
            row_text(rows[i].line, err.causes[0].field, rows[i].field);
    }
}

/* DNS rebinding: the Host of a page whose name was pointed at us is not one of ours. */
static void hosts_that_are_answered(void **state)
{
    static const struct config config = {.hosts = "localhost, gate.example.com,[::1]"};
    static const struct {
        int line;
        const char *host;
        bool ours;
    } rows[] = {
        {__LINE__, "localhost", true},
        {__LINE__, "LOCALHOST:8080", true},
        {__LINE__, "gate.example.com:443", true},
        {__LINE__, "[::1]", true},
        {__LINE__, "[::1]:8080", true},
        {__LINE__, "::1", false},
        {__LINE__, "example.com", false},
        {__LINE__, "gate.example.com.evil.com", false},
        {__LINE__, "localhost.evil.com:8080", false},
        {__LINE__, ":8080", false},
        {__LINE__, "", false},
        {__LINE__, "localhost, gate.example.com", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        row_true(rows[i].line, rows[i].host, config_answers_for(&config, str_from(rows[i].host)) == rows[i].ours);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(defaults, clear_environment),
        cmocka_unit_test_setup(values_and_ranges, clear_environment),
        cmocka_unit_test_setup_teardown(every_fault_is_told, clear_environment, clear_environment),
        cmocka_unit_test(loopback_addresses),
        cmocka_unit_test(hosts_that_are_answered),
        cmocka_unit_test(what_is_unsafe_is_refused),
        cmocka_unit_test(a_missing_key_file_is_refused),
        cmocka_unit_test(what_the_provisioner_needs),
        cmocka_unit_test(origins_of_other_pages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
