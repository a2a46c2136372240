/* A file of environment variables, and whence a setting comes. */
#include "tests/unit/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/config.h"
#include "base/env.h"

static void lines(void **state)
{
    static const struct {
        int line;
        const char *text;
        int result;
        const char *name;
        const char *value;
    } rows[] = {
        {__LINE__, "", 0, NULL, NULL},
        {__LINE__, "\n# A=1\n  # B=2\n\r\n", 0, NULL, NULL},
        {__LINE__, "A=1", 1, "A", "1"},
        {__LINE__, "  EKS_REGION = x", -1, NULL, NULL}, /* docker would take the blank into the name */
        {__LINE__, "EKS_REGION=  us-east-1 \r\n", 1, "EKS_REGION", "us-east-1"},
        {__LINE__, "A=", 1, "A", ""},
        {__LINE__, "A=b=c#d", 1, "A", "b=c#d"},
        {__LINE__, "A=\"x y \"", 1, "A", "x y "},
        {__LINE__, "A='\"$HOME\"'", 1, "A", "\"$HOME\""},
        {__LINE__, "A=\"\"", 1, "A", ""},
        {__LINE__, "A=\"", -1, NULL, NULL},
        {__LINE__, "A=\"x'", -1, NULL, NULL},
        {__LINE__, "A=\"x\"y\"", -1, NULL, NULL},
        {__LINE__, "A", -1, NULL, NULL},
        {__LINE__, "=1", -1, NULL, NULL},
        {__LINE__, "1A=1", -1, NULL, NULL},
        {__LINE__, "A-B=1", -1, NULL, NULL},
        {__LINE__, "export A=1", -1, NULL, NULL},
        {__LINE__, "A=\x01", -1, NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct str rest = str_from(rows[i].text);
        struct env_setting setting = {0};
        const char *why = NULL;

        row_int(rows[i].line, env_next(&rest, &setting, &why), rows[i].result);
        row_true(rows[i].line, rows[i].text, (why != NULL) == (rows[i].result < 0));
        if (rows[i].result == 1) {
            row_true(rows[i].line, rows[i].text, str_equal(setting.name, str_from(rows[i].name)));
            row_true(rows[i].line, rows[i].text, str_equal(setting.value, str_from(rows[i].value)));
        }
    }
}

static void lines_are_counted(void **state)
{
    struct str rest = STR("# one\nA=2\n\nB=4\nfive\n");
    struct env_setting setting = {0};
    const char *why;

    (void)state;
    assert_int_equal(env_next(&rest, &setting, &why), 1);
    assert_int_equal(setting.line, 2);
    assert_int_equal(env_next(&rest, &setting, &why), 1);
    assert_int_equal(setting.line, 4);
    assert_int_equal(env_next(&rest, &setting, &why), -1);
    assert_int_equal(setting.line, 5);
}

static int read_text(const char *text, mode_t mode, struct err *err)
{
    char path[] = "/tmp/eksgate-test-env-XXXXXX";
    int fd = mkstemp(path);
    int rc;

    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && fchmod(fd, mode) == 0);
    close(fd);
    setenv("EKSGATE_ENV_FILE", path, 1);
    rc = config_read_file(err);
    unlink(path);
    unsetenv("EKSGATE_ENV_FILE");
    return rc;
}

static enum config_source source_of(const char *name)
{
    for (size_t i = 0; i < config_variable_count; i++)
        if (strcmp(config_variables[i].name, name) == 0)
            return config_source(&config_variables[i]);
    print_error("there is no variable %s\n", name);
    fail();
    return CONFIG_DEFAULT;
}

static void the_environment_goes_before_the_file(void **state)
{
    struct err err;

    (void)state;
    unsetenv("EKSGATE_REDIS");
    setenv("EKSGATE_HOSTS", "of-the-environment", 1);
    setenv("EKS_REGION", "", 1); /* as if it were not set */
    assert_int_equal(
        read_text("EKSGATE_HOSTS=of-the-file\nEKS_REGION=us-east-1\nEKSGATE_THREADS=\nOTHER=1\n", 0644, &err), 0);
    assert_string_equal(getenv("EKSGATE_HOSTS"), "of-the-environment");
    assert_string_equal(getenv("EKS_REGION"), "us-east-1");
    assert_string_equal(getenv("OTHER"), "1");
    assert_int_equal(source_of("EKSGATE_HOSTS"), CONFIG_ENVIRONMENT);
    assert_int_equal(source_of("EKS_REGION"), CONFIG_FILE);
    assert_int_equal(source_of("EKSGATE_THREADS"), CONFIG_DEFAULT);
    assert_int_equal(source_of("EKSGATE_REDIS"), CONFIG_DEFAULT);
}

static void what_is_wrong_with_a_file_is_told_and_no_value_is(void **state)
{
    static const struct {
        int line;
        const char *text;
        mode_t mode;
        const char *says;
    } rows[] = {
        {__LINE__, "AWS_SECRET_ACCESS_KEY \"hush\n", 0600, "line 1: a line is NAME=value"},
        {__LINE__, "\nAWS_SECRET_ACCESS_KEY=\"hush\n", 0600, "line 2: a value that begins with a quote"},
        {__LINE__, "EKSGATE_THREDS=hush\n", 0600, "line 1: there is no variable EKSGATE_THREDS"},
        {__LINE__, "EKS_CLUSTER=hush\n", 0600, "line 1: there is no variable EKS_CLUSTER"},
        {__LINE__, "A=hush\n", 0620, "must not be writable by others"},
        {__LINE__, "A=hush\n", 0602, "must not be writable by others"},
    };
    struct err err;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        row_int(rows[i].line, read_text(rows[i].text, rows[i].mode, &err), -1);
        row_true(rows[i].line, err.causes[0].message, strstr(err.causes[0].message, rows[i].says) != NULL);
        row_true(rows[i].line, err.causes[0].message, !strstr(err.causes[0].message, "hush"));
    }
    setenv("EKSGATE_ENV_FILE", "/nonexistent/env", 1);
    assert_int_equal(config_read_file(&err), -1);
    setenv("EKSGATE_ENV_FILE", "/", 1);
    assert_int_equal(config_read_file(&err), -1);
    unsetenv("EKSGATE_ENV_FILE");
    assert_int_equal(config_read_file(&err), 0);
}

/* Whoever adds a variable with such a name has to say that it is one; the name of a Kubernetes Secret is none. */
static void secrets_are_marked(void **state)
{
    static const char *const marks[] = {"SECRET", "TOKEN", "PASSWORD"};

    (void)state;
    for (size_t i = 0; i < config_variable_count; i++) {
        const struct config_variable *v = &config_variables[i];

        for (size_t k = 0; k < COUNT(marks); k++)
            if (strstr(v->name, marks[k]) && !strstr(v->name, "_FILE") && !strstr(v->name, "_NAME"))
                assert_int_equal(v->kind == CONFIG_SECRET, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),
        cmocka_unit_test(lines_are_counted),
        cmocka_unit_test(the_environment_goes_before_the_file),
        cmocka_unit_test(what_is_wrong_with_a_file_is_told_and_no_value_is),
        cmocka_unit_test(secrets_are_marked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
