#include "handlers/top.h"

#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"

/* So much of a text decides the order; what is alike up to there is ordered by identity. The continue token holds it
 * all, and must fit a query. */
#define KEY_COMPARED 1024

int top_init(struct top *top, size_t limit, bool descending)
{
    *top = (struct top){.limit = limit, .descending = descending};
    top->rows = calloc(limit, sizeof(struct top_row *));
    return top->rows ? 0 : -1;
}

void top_free(struct top *top)
{
    for (size_t i = 0; i < top->count; i++)
        free(top->rows[i]);
    free(top->after);
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
        order = strncmp(a->text, b->text, KEY_COMPARED);
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
    return !top->after || compare(top, key, identity, &top->after->key, top->after->identity) > 0;
}

bool top_wants(const struct top *top, const struct sort_key *key, const char *identity)
{
    if (!is_behind_after(top, key, identity))
        return false;
    return top->count < top->limit || compare(top, key, identity, &top->rows[0]->key, top->rows[0]->identity) < 0;
}

static void swap(struct top *top, size_t a, size_t b)
{
    struct top_row *row = top->rows[a];

    top->rows[a] = top->rows[b];
    top->rows[b] = row;
}

static void sift_up(struct top *top, size_t i)
{
    while (i > 0 && compare_rows(top, top->rows[i], top->rows[(i - 1) / 2]) > 0) {
        swap(top, i, (i - 1) / 2);
        i = (i - 1) / 2;
    }
}

static void sift_down(struct top *top, size_t i, size_t count)
{
    for (;;) {
        size_t worst = i;

        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < count; child++)
            if (compare_rows(top, top->rows[child], top->rows[worst]) > 0)
                worst = child;
        if (worst == i)
            return;
        swap(top, i, worst);
        i = worst;
    }
}

static char *append(char *at, const char *text, size_t len)
{
    memcpy(at, text, len);
    at[len] = '\0';
    return at + len + 1;
}

static struct top_row *row_new(const struct sort_key *key, const char *identity, struct str json)
{
    size_t key_len = strnlen(key->text, KEY_COMPARED);
    size_t identity_len = strlen(identity);
    struct top_row *row = malloc(sizeof(*row) + key_len + identity_len + json.len + 3);
    char *at;

    if (!row)
        return NULL;
    row->key = (struct sort_key){.is_number = key->is_number, .number = key->number, .text = row->texts};
    at = append(row->texts, key->text, key_len);
    row->identity = at;
    at = append(at, identity, identity_len);
    row->json = at;
    append(at, json.ptr, json.len);
    return row;
}

int top_add(struct top *top, const struct sort_key *key, const char *identity, struct str json)
{
    struct top_row *row;

    if (is_behind_after(top, key, identity))
        top->seen++;
    if (json.len == 0)
        return 0;
    row = row_new(key, identity, json);
    if (!row)
        return -1;
    if (top->count < top->limit) {
        top->rows[top->count] = row;
        sift_up(top, top->count++);
    } else {
        free(top->rows[0]);
        top->rows[0] = row;
        sift_down(top, 0, top->count);
    }
    return 0;
}

void top_sort(struct top *top)
{
    for (size_t n = top->count; n > 1; n--) {
        swap(top, 0, n - 1);
        sift_down(top, 0, n - 1);
    }
}

/* Encoded, because it need not be UTF-8: cut at a byte, or as the cluster sent it. */
static void write_text(struct json *j, const char *text)
{
    struct buf encoded;

    buf_init(&encoded, 2 * KEY_COMPARED);
    if (encode_base64url(&encoded, text, strlen(text)) < 0)
        j->out->failed = true;
    json_str(j, "text", buf_str(&encoded));
    buf_free(&encoded);
}

int top_continue(const struct top *top, struct buf *out)
{
    const struct top_row *last;
    struct buf plain;
    struct json j;
    int rc;

    if (top->count == 0 || top->seen <= top->count)
        return 0;
    last = top->rows[top->count - 1];
    buf_init(&plain, KIB(8));
    json_init(&j, &plain);
    json_object_open(&j, NULL);
    if (last->key.is_number) {
        cJSON number = {.type = cJSON_Number, .valuedouble = last->key.number};

        json_value(&j, "key", &number);
    } else {
        write_text(&j, last->key.text);
    }
    json_text(&j, "identity", last->identity);
    json_object_close(&j);
    rc = plain.failed ? -1 : encode_base64url(out, plain.ptr, plain.len);
    buf_free(&plain);
    return rc;
}

static int take_after(struct top *top, const cJSON *root)
{
    const cJSON *number = json_find(root, "key");
    const char *text = json_find_text(root, "text");
    const char *identity = json_find_text(root, "identity");
    struct sort_key key = {.is_number = cJSON_IsNumber(number), .text = ""};
    struct buf plain;

    if (!identity || !key.is_number == !text)
        return -1;
    buf_init(&plain, KEY_COMPARED);
    if (key.is_number || decode_base64(&plain, str_from(text)) == 0) {
        key.number = key.is_number ? number->valuedouble : 0;
        key.text = buf_str(&plain).ptr;
        top->after = row_new(&key, identity, STR(""));
    }
    buf_free(&plain);
    return top->after ? 0 : -1;
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
