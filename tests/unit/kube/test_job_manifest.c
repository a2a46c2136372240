/* Manifests, as bare as they come, made whole; and jobs made manifests again. */
#include "tests/unit/rows.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "kube/job_manifest.h"

static cJSON *parse(const char *text)
{
    const char *why;
    cJSON *object = json_tree(str_from(text), 32, &why);

    assert_non_null(object);
    return object;
}

static void assert_json(int line, const cJSON *object, const char *expected)
{
    struct buf out;
    struct json j;

    buf_init(&out, MIB(1));
    json_init(&j, &out);
    json_value(&j, NULL, object);
    row_text(line, out.ptr, expected);
    buf_free(&out);
}

#define POD "\"spec\":{\"template\":{\"spec\":{}}}"
#define POD_MADE(more) "\"spec\":{\"template\":{\"spec\":{},\"metadata\":{\"labels\":{\"app\":\"eks-api\"" more "}}}}"

static void completed(void **state)
{
    static const struct job_origin nobody = {NULL, NULL, NULL};
    static const struct job_origin somebody = {"t", "3", "key"};
    static const struct {
        int line;
        const char *given;
        const char *namespace;
        const struct job_origin *origin;
        const char *made;
    } rows[] = {
        {__LINE__, "{" POD "}", "", &nobody,
         "{" POD_MADE("") ",\"apiVersion\":\"batch/v1\",\"kind\":\"Job\",\"metadata\":{\"namespace\":\"default\","
                          "\"labels\":{\"app\":\"eks-api\"}}}"},
        {__LINE__, "{\"kind\":\"Job\",\"apiVersion\":null,\"metadata\":null," POD "}", "n", &somebody,
         "{\"kind\":\"Job\"," POD_MADE("") ",\"apiVersion\":\"batch/v1\",\"metadata\":{\"namespace\":\"n\",\"labels\":{"
                                           "\"app\":\"eks-api\",\"eksgate/template\":\"t\","
                                           "\"eksgate/template-version\":\"3\",\"eksgate/key\":\"key\"}}}"},
        {__LINE__,
         "{\"metadata\":{\"name\":\"j\",\"namespace\":\"n\",\"labels\":{\"app\":\"x\",\"eksgate/key\":\"me\"}}," POD
         "}",
         "", &nobody,
         "{\"metadata\":{\"name\":\"j\",\"namespace\":\"n\",\"labels\":{\"app\":\"eks-api\"}}," POD_MADE(
             "") ",\"apiVersion\":\"batch/v1\",\"kind\":\"Job\"}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cJSON *manifest = parse(rows[i].given);
        struct str namespace = str_from(rows[i].namespace);
        struct err err = {0};

        row_int(rows[i].line, job_manifest_complete(manifest, rows[i].origin, &namespace, &err), 0);
        assert_json(rows[i].line, manifest, rows[i].made);
        cJSON_Delete(manifest);
    }
}

static void refused(void **state)
{
    static const struct {
        int line;
        const char *given;
        const char *fields;
    } rows[] = {
        {__LINE__, "[]", "job_manifest "},
        {__LINE__, "{}", "spec "},
        {__LINE__, "{\"spec\":{\"template\":[]}}", "spec.template "},
        {__LINE__, "{\"spec\":{\"template\":{\"metadata\":1}}}", "spec.template.metadata "},
        {__LINE__, "{\"spec\":{\"template\":{\"metadata\":{\"labels\":1}}}}", "spec.template.metadata.labels "},
        {__LINE__, "{\"kind\":\"Pod\",\"apiVersion\":\"v1\"," POD "}", "apiVersion kind "},
        {__LINE__, "{\"kind\":1,\"apiVersion\":[]," POD "}", "apiVersion kind "},
        {__LINE__, "{\"metadata\":1," POD "}", "metadata "},
        {__LINE__, "{\"metadata\":{\"name\":\"A\",\"namespace\":\"m\"}," POD "}", "metadata.name metadata.namespace "},
        {__LINE__, "{\"metadata\":{\"name\":1}," POD "}", "metadata.name "},
        {__LINE__, "{\"metadata\":{\"generateName\":\".\"}," POD "}", "metadata.generateName "},
        {__LINE__, "{\"metadata\":{\"labels\":[]}," POD "}", "metadata.labels "},
    };
    static const struct job_origin nobody = {NULL, NULL, NULL};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cJSON *manifest = parse(rows[i].given);
        struct str namespace = STR("n");
        struct err err = {0};
        char fields[512] = "";
        size_t n = 0;

        row_int(rows[i].line, job_manifest_complete(manifest, &nobody, &namespace, &err), -1);
        for (size_t k = 0; k < err.cause_count; k++)
            n += (size_t)snprintf(fields + n, sizeof(fields) - n, "%s ", err.causes[k].field);
        row_text(rows[i].line, fields, rows[i].fields);
        cJSON_Delete(manifest);
    }
}

static void named(void **state)
{
    static const struct job_origin nobody = {NULL, NULL, NULL};
    static const unsigned chance[JOB_NAME_CHANCE] = {0, 1, 26, 27, 65535};
    cJSON *manifest = parse("{\"metadata\":{\"generateName\":\"n-\"}," POD "}");
    struct str namespace = STR("");
    char name[JOB_NAME_SIZE];
    struct err err = {0};

    (void)state;
    assert_int_equal(job_manifest_complete(manifest, &nobody, &namespace, &err), 0);
    assert_null(job_manifest_name(manifest));
    job_manifest_generate(manifest, chance, name);
    assert_string_equal(name, "n-bc9bj");
    assert_int_equal(job_manifest_set_name(manifest, name, &err), 0);
    assert_string_equal(job_manifest_name(manifest), name);
    assert_json(__LINE__, json_find(manifest, "metadata.labels"), "{\"app\":\"eks-api\",\"job-id\":\"n-bc9bj\"}");
    assert_json(__LINE__, json_find(manifest, "spec.template.metadata.labels"),
                "{\"app\":\"eks-api\",\"job-id\":\"n-bc9bj\"}");
    cJSON_Delete(manifest);
}

static void a_long_prefix_is_cut(void **state)
{
    static const unsigned chance[JOB_NAME_CHANCE] = {0};
    char text[256];
    char name[JOB_NAME_SIZE];
    cJSON *manifest;

    (void)state;
    snprintf(text, sizeof(text), "{\"metadata\":{\"generateName\":\"%0100d-\"}}", 7);
    manifest = parse(text);
    job_manifest_generate(manifest, chance, name);
    assert_int_equal(strlen(name), JOB_NAME_SIZE - 1);
    cJSON_Delete(manifest);
}

static void once_more(void **state)
{
    static const struct {
        int line;
        const char *sentence;
        const char *job;
        const char *made;
    } rows[] = {
        {__LINE__, "what the cluster added is left out",
         "{\"apiVersion\":\"batch/v1\",\"kind\":\"Job\",\"metadata\":{\"name\":\"j\",\"namespace\":\"n\",\"uid\":\"u\","
         "\"resourceVersion\":\"7\",\"ownerReferences\":[{}],\"labels\":{\"team\":\"x\",\"job-id\":\"j\","
         "\"controller-uid\":\"u\"},\"annotations\":{\"note\":\"y\",\"batch.kubernetes.io/job-tracking\":\"\"}},"
         "\"spec\":{\"suspend\":true,\"selector\":{},\"parallelism\":2,\"template\":{\"metadata\":{"
         "\"creationTimestamp\":null,\"labels\":{\"a\":\"b\",\"batch.kubernetes.io/job-name\":\"j\","
         "\"job-name\":\"j\"}},\"spec\":{}}},\"status\":{\"active\":1}}",
         "{\"metadata\":{\"namespace\":\"n\",\"labels\":{\"team\":\"x\"},\"annotations\":{\"note\":\"y\","
         "\"eksgate/rerun-of\":\"j\"},\"generateName\":\"j-\"},\"spec\":{\"parallelism\":2,\"template\":{"
         "\"metadata\":{\"labels\":{\"a\":\"b\"}},\"spec\":{}}}}"},
        {__LINE__, "one that is a run of another keeps that name",
         "{\"metadata\":{\"name\":\"j-12345\",\"annotations\":{\"eksgate/rerun-of\":\"j\"}},\"spec\":{}}",
         "{\"metadata\":{\"annotations\":{\"eksgate/rerun-of\":\"j\"},\"generateName\":\"j-\"},\"spec\":{}}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cJSON *job = parse(rows[i].job);
        cJSON *manifest = job_manifest_again(job);

        row_true(rows[i].line, rows[i].sentence, manifest != NULL);
        assert_json(rows[i].line, manifest, rows[i].made);
        cJSON_Delete(manifest);
        cJSON_Delete(job);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(completed), cmocka_unit_test(refused),
        cmocka_unit_test(named),     cmocka_unit_test(a_long_prefix_is_cut),
        cmocka_unit_test(once_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
