/* What the API server says of a manifest that it can not decode, by field. */
#include "tests/unit/rows.h"

#include <stdio.h>

#include "kube/strict.h"

#define HEAD "Job in version \"v1\" cannot be handled as a Job: "

static void messages(void **state)
{
    static const struct {
        int line;
        const char *message;
        const char *causes; /* "field:reason ", "" when it is of another kind */
    } rows[] = {
        {__LINE__, HEAD "strict decoding error: unknown field \"spec.a\"", "spec.a:FieldValueForbidden "},
        {__LINE__, HEAD "strict decoding error: unknown field \"spec.a\", unknown field \"b\"",
         "spec.a:FieldValueForbidden b:FieldValueForbidden "},
        {__LINE__, HEAD "strict decoding error: duplicate field \"spec.a\", unknown field \"c[0].d\"",
         "spec.a:FieldValueDuplicate c[0].d:FieldValueForbidden "},
        {__LINE__, HEAD "strict decoding error: unknown field \"a\\\"b\"", "a\\\"b:FieldValueForbidden "},
        {__LINE__, HEAD "strict decoding error: unknown field \"a\", something else", "a:FieldValueForbidden "},
        {__LINE__, HEAD "strict decoding error: unknown field \"a", ""},
        {__LINE__, HEAD "strict decoding error: unknown field a", ""},
        {__LINE__, HEAD "strict decoding error: ", ""},
        {__LINE__, HEAD "json: cannot unmarshal string into Go struct field JobSpec.spec.backoffLimit of type int32",
         "spec.backoffLimit:FieldValueTypeInvalid "},
        {__LINE__, HEAD "json: cannot unmarshal string into Go struct field Job of type int32", ""},
        {__LINE__, HEAD "json: cannot unmarshal string into Go value of type v1.Job", ""},
        {__LINE__, "the namespace does not exist", ""},
        {__LINE__, "", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err err = {0};
        char causes[512] = "";
        size_t n = 0;
        bool explained = kube_strict_explain(str_from(rows[i].message), &err);

        for (size_t k = 0; k < err.cause_count; k++)
            n += (size_t)snprintf(causes + n, sizeof(causes) - n, "%s:%s ", err.causes[k].field, err.causes[k].reason);
        row_text(rows[i].line, causes, rows[i].causes);
        row_int(rows[i].line, explained, *rows[i].causes != '\0');
        row_int(rows[i].line, err.kind, explained ? ERR_INVALID : ERR_NONE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(messages)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
