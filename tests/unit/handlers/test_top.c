/* Pages of a sorted list: together they are what a plain sort gives, in the memory of one page each. */
#include "tests/unit/rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "handlers/top.h"

struct row {
    struct sort_key key;
    char text[40];
    char identity[32];
};

static bool descending_now;

/* The order that is promised: numbers before texts, then by value, then by identity. */
static int by_definition(const void *a, const void *b)
{
    const struct row *x = a;
    const struct row *y = b;
    int order;

    if (x->key.is_number != y->key.is_number)
        order = x->key.is_number ? -1 : 1;
    else if (x->key.is_number)
        order = x->key.number < y->key.number ? -1 : x->key.number > y->key.number;
    else
        order = strcmp(x->key.text, y->key.text);
    if (order == 0)
        order = strcmp(x->identity, y->identity);
    return descending_now ? -order : order;
}

enum kind { NUMBERS, TEXTS, MIXED, BYTES, ALL_EQUAL };

static void make_key(struct row *row, enum kind kind)
{
    int pick = rand();

    row->key = (struct sort_key){.text = row->text};
    if (kind == ALL_EQUAL || (kind == MIXED && pick % 7 == 0))
        return; /* an empty text: the element has no such field */
    if (kind == NUMBERS || (kind == MIXED && pick % 2 == 0)) {
        static const double odd[] = {0.5, -1e300, 1e300, INFINITY, -INFINITY, 9007199254740993.0, 0.1, -0.0};

        row->key.is_number = true;
        row->key.number = pick % 5 == 0 ? odd[rand() % 8] : rand() % 50 - 25;
        return;
    }
    for (int i = 0, n = rand() % 6; i < n; i++)
        row->text[i] = (char)(kind == BYTES ? 1 + rand() % 255 : 'a' + rand() % 3);
}

/* Reads all pages of the rows in the order they have and compares with the sorted ones. */
static void expect_all_pages(int line, struct row *rows, const struct row *sorted, size_t count, size_t limit)
{
    struct buf token;
    size_t at = 0;
    size_t pages = 0;

    buf_init(&token, KIB(16));
    do {
        struct top top;

        row_int(line, top_init(&top, limit, descending_now), 0);
        if (token.len > 0)
            row_int(line, top_begin_after(&top, buf_str(&token)), 0);
        for (size_t i = 0; i < count; i++) {
            bool wanted = top_wants(&top, &rows[i].key, rows[i].identity);

            row_int(line, top_add(&top, &rows[i].key, rows[i].identity, str_from(wanted ? rows[i].identity : "")), 0);
        }
        row_int(line, top.seen, count - at);
        top_sort(&top);
        for (size_t i = 0; i < top.count; i++)
            row_text(line, top.rows[i]->json, sorted[at++].identity);
        row_true(line, "a page is full unless it is the last", top.count == limit || at == count);
        buf_reset(&token);
        row_int(line, top_continue(&top, &token), 0);
        row_true(line, "a token where rows follow", (token.len > 0) == (at < count));
        row_true(line, "which fits a query", token.len <= 8192);
        top_free(&top);
    } while (token.len > 0 && ++pages <= count);
    row_int(line, at, count);
    buf_free(&token);
}

static void pages_are_a_plain_sort(void **state)
{
    static const struct {
        int line;
        enum kind kind;
        size_t count;
        size_t limit;
    } rows[] = {
        {__LINE__, NUMBERS, 1, 1},     {__LINE__, NUMBERS, 2, 1},    {__LINE__, NUMBERS, 300, 7},
        {__LINE__, NUMBERS, 100, 100}, {__LINE__, NUMBERS, 100, 99}, {__LINE__, NUMBERS, 100, 1000},
        {__LINE__, TEXTS, 300, 7},     {__LINE__, TEXTS, 64, 64},    {__LINE__, TEXTS, 65, 64},
        {__LINE__, MIXED, 300, 7},     {__LINE__, MIXED, 301, 10},   {__LINE__, BYTES, 300, 7},
        {__LINE__, ALL_EQUAL, 300, 7}, {__LINE__, ALL_EQUAL, 50, 1},
    };

    (void)state;
    srand(1);
    for (size_t i = 0; i < 2 * COUNT(rows); i++) {
        size_t count = rows[i / 2].count;
        struct row *list = calloc(count, sizeof(*list));
        struct row *sorted = calloc(count, sizeof(*list));

        descending_now = i % 2;
        for (size_t k = 0; k < count; k++) {
            make_key(&list[k], rows[i / 2].kind);
            snprintf(list[k].identity, sizeof(list[k].identity), "ns%d/%zu", rand() % 3, k);
            sorted[k] = list[k];
            sorted[k].key.text = sorted[k].text;
        }
        /* The text of a copy stands in the copy, so it is pointed at anew after each move. */
        for (size_t k = 1; k < count; k++) {
            for (size_t m = k; m > 0 && by_definition(&sorted[m - 1], &sorted[m]) > 0; m--) {
                struct row t = sorted[m];

                sorted[m] = sorted[m - 1];
                sorted[m - 1] = t;
                sorted[m].key.text = sorted[m].text;
                sorted[m - 1].key.text = sorted[m - 1].text;
            }
        }
        expect_all_pages(rows[i / 2].line, list, sorted, count, rows[i / 2].limit);
        free(list);
        free(sorted);
    }
}

/* Cells may be long, and alike for longer than a token can hold. */
static void long_texts_can_be_paged(void **state)
{
    static char text[5][20000];
    struct buf token;
    size_t seen[5] = {0};

    (void)state;
    buf_init(&token, KIB(16));
    for (size_t i = 0; i < 5; i++) {
        memset(text[i], i == 0 ? 'a' : 'b', sizeof(text[i]) - 1);
        text[i][sizeof(text[i]) - 2] = (char)('0' + i);
        memcpy(text[i] + 1, "\xe2\x82\xac\xff\"\\\n", 7);
    }
    for (size_t page = 0; page < 5; page++) {
        struct top top;

        assert_int_equal(top_init(&top, 1, false), 0);
        if (token.len > 0)
            assert_int_equal(top_begin_after(&top, buf_str(&token)), 0);
        for (size_t i = 0; i < 5; i++) {
            const struct sort_key key = {.text = text[i]};
            const char identity[] = {(char)('v' - (int)i), '\0'};
            const char json[] = {(char)('0' + i), '\0'};
            bool wanted = top_wants(&top, &key, identity);

            assert_int_equal(top_add(&top, &key, identity, str_from(wanted ? json : "")), 0);
        }
        top_sort(&top);
        assert_int_equal(top.count, 1);
        seen[top.rows[0]->json[0] - '0']++;
        buf_reset(&token);
        assert_int_equal(top_continue(&top, &token), 0);
        assert_in_range(token.len, page < 4 ? 1 : 0, page < 4 ? 8192 : 0);
        top_free(&top);
    }
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(seen[i], 1);
    buf_free(&token);
}

static void what_is_no_token_is_refused(void **state)
{
    static const struct {
        int line;
        const char *token;
    } rows[] = {
        {__LINE__, ""},
        {__LINE__, "!"},
        {__LINE__, "abc"},
        {__LINE__, "e30"},                                            /* {} */
        {__LINE__, "bnVsbA"},                                         /* null */
        {__LINE__, "W10"},                                            /* [] */
        {__LINE__, "eyJrZXkiOjF9"},                                   /* {"key":1} */
        {__LINE__, "eyJpZGVudGl0eSI6ImEifQ"},                         /* {"identity":"a"} */
        {__LINE__, "eyJrZXkiOnRydWUsImlkZW50aXR5IjoiYSJ9"},           /* {"key":true,"identity":"a"} */
        {__LINE__, "eyJ0ZXh0IjoiISIsImlkZW50aXR5IjoiYSJ9"},           /* {"text":"!","identity":"a"} */
        {__LINE__, "eyJrZXkiOjEsInRleHQiOiIiLCJpZGVudGl0eSI6ImEifQ"}, /* {"key":1,"text":"","identity":"a"} */
        {__LINE__, "eyJrZXkiOjEsImlkZW50aXR5IjoxfQ"},                 /* {"key":1,"identity":1} */
        {__LINE__, "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiJhXHUwMDAwIn0"}, /* one of the API server's */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct top top;

        row_int(rows[i].line, top_init(&top, 1, false), 0);
        row_true(rows[i].line, rows[i].token, top_begin_after(&top, str_from(rows[i].token)) == -1);
        top_free(&top);
    }
}

static void nothing_seen_is_an_empty_page(void **state)
{
    struct top top;
    struct buf token;

    (void)state;
    buf_init(&token, 100);
    assert_int_equal(top_init(&top, 10, false), 0);
    top_sort(&top);
    assert_int_equal(top_continue(&top, &token), 0);
    assert_int_equal(token.len, 0);
    top_free(&top);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_a_plain_sort),
        cmocka_unit_test(long_texts_can_be_paged),
        cmocka_unit_test(what_is_no_token_is_refused),
        cmocka_unit_test(nothing_seen_is_an_empty_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
