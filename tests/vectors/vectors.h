/*
 * What the vector programs share: each runs the cases of the JSON file given as its argument through the
 * product's code and ends with "N passed, M failed".
 */
#ifndef EKSGATE_TESTS_VECTORS_H
#define EKSGATE_TESTS_VECTORS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/file.h"
#include "base/json.h"

/* True when the case holds; what does not hold is told by vector_differs(). */
typedef bool vector_case(const cJSON *vector);

static inline bool vector_differs(const cJSON *vector, const char *what, struct str want, struct str got)
{
    printf("%s: %s\n  want %.*s\n  got  %.*s\n", json_find_text(vector, "id"), what, STR_FMT(want), STR_FMT(got));
    return false;
}

static inline bool vector_equal(const cJSON *vector, const char *what, const char *want, struct str got)
{
    if (str_equal(str_from(want), got))
        return true;
    return vector_differs(vector, what, str_from(want), got);
}

static inline int vector_main(int argc, char **argv, vector_case *run)
{
    int passed = 0;
    int failed = 0;
    const char *why = "it can not be read";
    const cJSON *vector;
    cJSON *root = NULL;
    struct buf text;

    buf_init(&text, (size_t)64 * 1024 * 1024);
    if (argc == 2 && aws_file_read(argv[1], &text) == 0)
        root = json_tree(buf_str(&text), 64, &why);
    if (!root) {
        fprintf(stderr, "usage: %s FILE.json (%s)\n", argv[0], why);
        return 2;
    }
    cJSON_ArrayForEach(vector, json_find(root, "cases"))
    {
        if (run(vector))
            passed++;
        else
            failed++;
    }
    cJSON_Delete(root);
    buf_free(&text);
    printf("%d passed, %d failed\n", passed, failed);
    return failed > 0 || passed == 0;
}

#endif
