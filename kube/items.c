#include "kube/items.h"

#include <string.h>

#include "base/limits.h"

void kube_items_init(struct kube_items *items)
{
    buf_init(&items->envelope, LIMIT_KUBE_ENVELOPE);
    buf_init(&items->item, LIMIT_KUBE_OBJECT);
}

void kube_items_free(struct kube_items *items)
{
    buf_free(&items->envelope);
    buf_free(&items->item);
}

static int fault(struct kube_items *items, const char *why)
{
    items->fault = why;
    return -1;
}

/* At depth 1 the last string before a '[' can only be the key that the array belongs to. */
static void follow_key(struct kube_items *items, char c)
{
    if (items->depth != 1)
        return;
    if (c == '"' && !items->in_string)
        items->key_length = 0;
    else if (items->key_length < sizeof(items->key) && items->in_string)
        items->key[items->key_length++] = c;
}

static bool is_wanted(const struct kube_items *items)
{
    struct str key = {items->key, items->key_length};

    return items->depth == 1 && (str_equal(key, str_from(items->array)) ||
                                 (items->other_array && str_equal(key, str_from(items->other_array))));
}

static int array_begins(struct kube_items *items)
{
    const char *why;
    cJSON *head;
    int rc;

    if (items->found)
        return fault(items, "the list has two arrays of items");
    items->found = true;
    items->in_array = true;
    if (!items->on_head)
        return 0;
    /* Closing what has come so far makes it a whole value. */
    if (buf_add_str(&items->envelope, STR("]}")) < 0)
        return fault(items, "what stands before the items is too large");
    head = json_tree(buf_str(&items->envelope), LIMIT_JSON_DEPTH, &why);
    items->envelope.len -= 2;
    if (!head)
        return fault(items, why);
    rc = items->on_head(items->arg, head);
    cJSON_Delete(head);
    return rc;
}

static int item_ends(struct kube_items *items)
{
    int rc;

    if (items->item.failed)
        return fault(items, "an item is larger than 4 MiB");
    rc = items->on_item(items->arg, buf_str(&items->item));
    buf_reset(&items->item);
    items->in_item = false;
    return rc;
}

static bool step_string(struct kube_items *items, char c)
{
    if (items->escaped) {
        items->escaped = false;
    } else if (c == '\\') {
        items->escaped = true;
    } else if (c == '"') {
        items->in_string = false;
        return false;
    }
    return true;
}

static int step_bracket(struct kube_items *items, char c)
{
    if (c == '[' && is_wanted(items)) {
        items->depth++;
        return array_begins(items);
    }
    if (items->depth >= LIMIT_JSON_DEPTH)
        return fault(items, "the list is nested too deeply");
    items->depth++;
    return 0;
}

/* One byte outside of items. Returns 1 when an item begins with it. */
static int step_envelope(struct kube_items *items, char c)
{
    bool at_items = items->in_array && items->depth == 2;

    if (items->in_string) {
        if (step_string(items, c))
            follow_key(items, c);
        return buf_add_char(&items->envelope, c);
    }
    if (at_items && c == '{')
        return 1;
    if (at_items && (c == ',' || c == ' ' || c == '\n' || c == '\t' || c == '\r'))
        return 0;
    if (at_items && c != ']')
        return fault(items, "an item is not an object");
    if (buf_add_char(&items->envelope, c) < 0)
        return fault(items, "what stands around the items is too large");
    if (c == '"') {
        follow_key(items, c);
        items->in_string = true;
    } else if (c == '{' || c == '[') {
        return step_bracket(items, c);
    } else if (c == '}' || c == ']') {
        if (items->depth == 0)
            return fault(items, "brackets do not match");
        items->depth--;
        items->in_array = items->in_array && items->depth >= 2;
    }
    return 0;
}

/* How many of the bytes belong to the current item; the item is complete when depth is back at 2. */
static size_t scan_item(struct kube_items *items, const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char c = data[i];

        if (items->in_string)
            step_string(items, c);
        else if (c == '"')
            items->in_string = true;
        else if (c == '{' || c == '[')
            items->depth++;
        else if ((c == '}' || c == ']') && --items->depth == 2)
            return i + 1;
    }
    return len;
}

int kube_items_feed(struct kube_items *items, const char *data, size_t len)
{
    size_t i = 0;

    while (i < len) {
        if (items->in_item) {
            size_t n = scan_item(items, data + i, len - i);

            if (buf_add(&items->item, data + i, n) < 0)
                return fault(items, "an item is larger than 4 MiB");
            i += n;
            if (items->depth == 2 && item_ends(items) < 0)
                return -1;
            continue;
        }
        switch (step_envelope(items, data[i])) {
        case 0:
            i++;
            break;
        case 1:
            items->in_item = true;
            items->item.len = 0;
            if (buf_add_char(&items->item, data[i++]) < 0)
                return fault(items, "there is no memory for an item");
            items->depth++;
            break;
        default:
            if (!items->fault && items->envelope.failed)
                items->fault = "what stands around the items is too large";
            return -1;
        }
    }
    return 0;
}

cJSON *kube_items_finish(struct kube_items *items)
{
    const char *why;
    cJSON *root;

    if (items->in_item || items->depth != 0 || items->in_string) {
        fault(items, "the list ends in the middle");
        return NULL;
    }
    root = json_tree(buf_str(&items->envelope), LIMIT_JSON_DEPTH, &why);
    if (!root) {
        fault(items, why);
        return NULL;
    }
    if (!cJSON_IsObject(root)) {
        fault(items, "the list is not an object");
        cJSON_Delete(root);
        return NULL;
    }
    return root;
}
