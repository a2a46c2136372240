#include "handlers/top.h"

#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"

int top_init(struct top *top, size_t limit, bool descending)
{
    *top = (struct top){.limit = limit, .descending = descending};
    top->rows = calloc(limit, sizeof(*top->rows));
    return top->rows ? 0 : -1;
}

static void row_free(struct top_row *row)
{
    free(row->key_text);
    free(row->identity);
    free(row->json);
}

void top_free(struct top *top)
{
    for (size_t i = 0; i < top->count; i++)
        row_free(&top->rows[i]);
    row_free(&top->after);
    free(top->rows);
    *top = (struct top){0};
}

/* Numbers stand before texts; identity makes the order total, so that pages neither repeat nor lose a row. */
static int compare(const struct top *top, const struct sort_key *a, const char *a_identity, const struct sort_key *b,
                   const char *b_identity)
{
    int order;

    if (a->is_number != b->is_number)
        order = a->is_number ? -1 : 1;
    else if (a->is_number)
        order = a->number < b->number ? -1 : a->number > b->number;
    else
        order = strcmp(a->text, b->text);
    if (order == 0)
        order = strcmp(a_identity, b_identity);
    return top->descending ? -order : order;
}

static int compare_rows(const struct top *top, const struct top_row *a, const struct top_row *b)
{
    return compare(top, &a->key, a->identity, &b->key, b->identity);
}

static bool is_behind_after(const struct top *top, const struct sort_key *key, const char *identity)
{
    return !top->after.identity || compare(top, key, identity, &top->after.key, top->after.identity) > 0;
}

bool top_wants(const struct top *top, const struct sort_key *key, const char *identity)
{
    if (!is_behind_after(top, key, identity))
        return false;
    return top->count < top->limit || compare(top, key, identity, &top->rows[0].key, top->rows[0].identity) < 0;
}

static void swap(struct top_row *a, struct top_row *b)
{
    struct top_row t = *a;

    *a = *b;
    *b = t;
}

static void sift_up(struct top *top, size_t i)
{
    while (i > 0 && compare_rows(top, &top->rows[i], &top->rows[(i - 1) / 2]) > 0) {
        swap(&top->rows[i], &top->rows[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
}

static void sift_down(struct top *top, size_t i, size_t count)
{
    for (;;) {
        size_t worst = i;

        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < count; child++)
            if (compare_rows(top, &top->rows[child], &top->rows[worst]) > 0)
                worst = child;
        if (worst == i)
            return;
        swap(&top->rows[i], &top->rows[worst]);
        i = worst;
    }
}

/* Without memory *row is empty, so that top_free() may meet it. */
static int row_make(struct top_row *row, const struct sort_key *key, const char *identity, struct str json)
{
    char *key_copy = strdup(key->text);
    char *identity_copy = strdup(identity);
    char *json_copy = strndup(json.ptr, json.len);

    *row = (struct top_row){0};
    if (!key_copy || !identity_copy || !json_copy) {
        free(key_copy);
        free(identity_copy);
        free(json_copy);
        return -1;
    }
    *row = (struct top_row){.key = *key, .key_text = key_copy, .identity = identity_copy, .json = json_copy};
    row->key.text = key_copy;
    return 0;
}

/* The row's place: a new one at the end of the heap, or the worst one's. */
static struct top_row *make_room(struct top *top)
{
    if (top->count < top->limit)
        return &top->rows[top->count];
    row_free(&top->rows[0]);
    return &top->rows[0];
}

int top_add(struct top *top, const struct sort_key *key, const char *identity, struct str json)
{
    struct top_row *room;

    if (is_behind_after(top, key, identity))
        top->seen++;
    if (json.len == 0)
        return 0;
    room = make_room(top);
    if (row_make(room, key, identity, json) < 0)
        return -1;
    if (room == &top->rows[top->count])
        sift_up(top, top->count++);
    else
        sift_down(top, 0, top->count);
    return 0;
}

void top_sort(struct top *top)
{
    for (size_t n = top->count; n > 1; n--) {
        swap(&top->rows[0], &top->rows[n - 1]);
        sift_down(top, 0, n - 1);
    }
}

int top_continue(const struct top *top, struct buf *out)
{
    const struct top_row *last;
    struct buf plain;
    struct json j;
    int rc;

    if (top->count == 0 || top->seen <= top->count)
        return 0;
    last = &top->rows[top->count - 1];
    buf_init(&plain, KIB(8));
    json_init(&j, &plain);
    json_object_open(&j, NULL);
    if (last->key.is_number) {
        cJSON number = {.type = cJSON_Number, .valuedouble = last->key.number};

        json_value(&j, "key", &number);
    } else {
        json_text(&j, "key", last->key.text);
    }
    json_text(&j, "identity", last->identity);
    json_object_close(&j);
    rc = plain.failed ? -1 : encode_base64url(out, plain.ptr, plain.len);
    buf_free(&plain);
    return rc;
}

static int take_after(struct top *top, const cJSON *root)
{
    const cJSON *key = json_find(root, "key");
    const char *identity = json_find_text(root, "identity");
    struct sort_key sort_key = {.is_number = cJSON_IsNumber(key), .text = ""};

    if (!identity || (!cJSON_IsNumber(key) && !cJSON_IsString(key)))
        return -1;
    if (sort_key.is_number)
        sort_key.number = key->valuedouble;
    else
        sort_key.text = key->valuestring;
    return row_make(&top->after, &sort_key, identity, STR(""));
}

int top_begin_after(struct top *top, struct str text)
{
    struct buf plain;
    const char *why;
    cJSON *root = NULL;
    int rc = -1;

    buf_init(&plain, KIB(8));
    if (decode_base64(&plain, text) == 0)
        root = json_tree(buf_str(&plain), 2, &why);
    if (root)
        rc = take_after(top, root);
    cJSON_Delete(root);
    buf_free(&plain);
    return rc;
}
