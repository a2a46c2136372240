/*
 * Thompson's construction: a pattern is parsed into nodes, the nodes are written out as steps, and all steps that could
 * come next are followed at the same time, one character of the text after the other.
 */
#include "base/pattern.h"

#include <stdint.h>
#include <string.h>

#define DEPTH_MAX 16
#define NODES_MAX (2 * PATTERN_TEXT_MAX + 2)
#define RANGES_MAX (4 * PATTERN_TEXT_MAX) /* "\W" is five ranges in two bytes */
#define LAST 0x10FFFF

struct range {
    uint32_t first;
    uint32_t last;
};

enum node_type { NODE_EMPTY, NODE_SET, NODE_SEQUENCE, NODE_CHOICE, NODE_REPEAT };

struct node {
    enum node_type type;
    uint16_t left; /* indices of nodes; of a set: its ranges */
    uint16_t right;
    int min;
    int max; /* -1: as often as one likes */
};

enum step_type { STEP_SET, STEP_SPLIT, STEP_MATCH };

struct step {
    enum step_type type;
    uint16_t next;
    uint16_t other;       /* STEP_SPLIT */
    uint16_t range_count; /* STEP_SET: from range on */
    uint16_t range;
};

struct pattern {
    struct range ranges[RANGES_MAX];
    struct step steps[PATTERN_STEPS_MAX];
    size_t step_count;
    uint16_t start;
};

struct parser {
    struct pattern *pattern;
    struct str rest;
    struct node nodes[NODES_MAX];
    size_t node_count;
    size_t range_count;
    size_t set_start;
    unsigned depth;
    size_t written; /* nodes written out, those that leave no step too */
    const char *why;
};

static uint16_t fail(struct parser *p, const char *why)
{
    if (!p->why)
        p->why = why;
    p->rest.len = 0;
    return 0;
}

static bool next_is(const struct parser *p, char c)
{
    return p->rest.len > 0 && *p->rest.ptr == c;
}

static bool take(struct parser *p, char c)
{
    if (!next_is(p, c))
        return false;
    p->rest = str_skip(p->rest, 1);
    return true;
}

/* The text is UTF-8; only a cut sequence at the end must not lead beyond it. */
static uint32_t take_character(struct str *rest)
{
    unsigned char c = (unsigned char)*rest->ptr;
    size_t length = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    uint32_t value = length == 1 ? c : c & (0x7Fu >> length);

    if (length > rest->len)
        length = rest->len;
    for (size_t i = 1; i < length; i++)
        value = value << 6 | ((unsigned char)rest->ptr[i] & 0x3F);
    *rest = str_skip(*rest, length);
    return value;
}

static uint16_t add_node(struct parser *p, struct node node)
{
    if (p->node_count == NODES_MAX)
        return fail(p, "is too long");
    p->nodes[p->node_count] = node;
    return (uint16_t)p->node_count++;
}

static void add_range(struct parser *p, uint32_t first, uint32_t last)
{
    if (p->range_count == RANGES_MAX)
        fail(p, "has too many character classes");
    else
        p->pattern->ranges[p->range_count++] = (struct range){first, last};
}

/* The ranges since start in order, and none of them touching another. */
static void merge_ranges(struct parser *p, size_t start)
{
    struct range *ranges = p->pattern->ranges;
    size_t n = start;

    for (size_t i = start + 1; i < p->range_count; i++) {
        struct range moved = ranges[i];
        size_t k = i;

        for (; k > start && moved.first < ranges[k - 1].first; k--)
            ranges[k] = ranges[k - 1];
        ranges[k] = moved;
    }
    for (size_t i = start; i < p->range_count; i++) {
        if (n == start || ranges[i].first > ranges[n - 1].last + 1)
            ranges[n++] = ranges[i];
        else if (ranges[i].last > ranges[n - 1].last)
            ranges[n - 1].last = ranges[i].last;
    }
    p->range_count = n;
}

/* The ranges since start become those they leave out. */
static void negate_ranges(struct parser *p, size_t start)
{
    struct range *ranges = p->pattern->ranges;
    uint32_t from = 0;
    size_t n = start;

    merge_ranges(p, start);
    for (size_t i = start; i < p->range_count; i++) {
        struct range taken = ranges[i];

        if (taken.first > from)
            ranges[n++] = (struct range){from, taken.first - 1};
        from = taken.last + 1;
    }
    p->range_count = n;
    if (from <= LAST)
        add_range(p, from, LAST);
}

/* \d and the like. */
static bool add_class(struct parser *p, char letter)
{
    static const struct range digits[] = {{'0', '9'}};
    static const struct range words[] = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
    static const struct range spaces[] = {{'\t', '\r'}, {' ', ' '}};
    static const struct {
        char letter;
        char negated;
        const struct range *ranges;
        size_t count;
    } classes[] = {{'d', 'D', digits, 1}, {'w', 'W', words, 4}, {'s', 'S', spaces, 2}};
    size_t start = p->range_count;

    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        if (classes[i].letter != letter && classes[i].negated != letter)
            continue;
        for (size_t k = 0; k < classes[i].count; k++)
            add_range(p, classes[i].ranges[k].first, classes[i].ranges[k].last);
        if (classes[i].negated == letter && !p->why)
            negate_ranges(p, start);
        return true;
    }
    return false;
}

/* What stands behind a backslash and is one character. */
static uint32_t take_escaped(struct parser *p)
{
    static const char controls[] = "n\nt\tr\r";
    char c = p->rest.len > 0 ? *p->rest.ptr : '\0';

    if (c == '\0')
        return fail(p, "ends with a backslash");
    p->rest = str_skip(p->rest, 1);
    for (size_t i = 0; controls[i]; i += 2)
        if (controls[i] == c)
            return (unsigned char)controls[i + 1];
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80)
        return fail(p, "has a backslash before what needs none, or has no such meaning here");
    return (unsigned char)c;
}

static uint16_t end_set(struct parser *p)
{
    merge_ranges(p, p->set_start);
    return add_node(p, (struct node){.type = NODE_SET,
                                     .left = (uint16_t)p->set_start,
                                     .right = (uint16_t)(p->range_count - p->set_start)});
}

/* One character of a [class], or a whole \d, for which false is returned. */
static bool take_member(struct parser *p, uint32_t *character)
{
    if (!take(p, '\\')) {
        *character = take_character(&p->rest);
        return true;
    }
    if (p->rest.len > 0 && add_class(p, *p->rest.ptr)) {
        p->rest = str_skip(p->rest, 1);
        return false;
    }
    *character = take_escaped(p);
    return true;
}

static void take_range(struct parser *p)
{
    uint32_t first;
    uint32_t last;

    if (!take_member(p, &first))
        return;
    last = first;
    if (p->rest.len > 1 && *p->rest.ptr == '-' && p->rest.ptr[1] != ']') {
        p->rest = str_skip(p->rest, 1);
        if (!take_member(p, &last) || last < first) {
            fail(p, "has a range in a class whose end comes before its beginning");
            return;
        }
    }
    add_range(p, first, last);
}

static uint16_t take_class(struct parser *p)
{
    bool negated = take(p, '^');

    p->set_start = p->range_count;
    if (next_is(p, ']'))
        return fail(p, "has an empty class []");
    while (p->rest.len > 0 && !next_is(p, ']'))
        take_range(p);
    if (!take(p, ']'))
        return fail(p, "has a [ without its ]");
    if (negated && !p->why)
        negate_ranges(p, p->set_start);
    return end_set(p);
}

static uint16_t take_choice(struct parser *p);

static uint16_t take_group(struct parser *p)
{
    uint16_t inside;

    if (take(p, '?') && !take(p, ':'))
        return fail(p, "has a (? that is not (?:");
    if (++p->depth > DEPTH_MAX)
        return fail(p, "is nested too deeply");
    inside = take_choice(p);
    p->depth--;
    if (!take(p, ')'))
        return fail(p, "has a ( without its )");
    return inside;
}

static uint16_t take_atom(struct parser *p)
{
    uint32_t character;

    if (take(p, '('))
        return take_group(p);
    if (take(p, '['))
        return take_class(p);
    p->set_start = p->range_count;
    if (take(p, '.')) {
        add_range(p, 0, '\n' - 1);
        add_range(p, '\n' + 1, '\r' - 1);
        add_range(p, '\r' + 1, LAST);
        return end_set(p);
    }
    if (str_contains(STR("*+?{}])^$"), *p->rest.ptr))
        return fail(p, "has one of * + ? { } ] ) ^ $ where it means nothing: write a backslash before it");
    if (take_member(p, &character))
        add_range(p, character, character);
    return end_set(p);
}

/* -1 when there is none. */
static int take_number(struct parser *p)
{
    int number = -1;

    while (p->rest.len > 0 && *p->rest.ptr >= '0' && *p->rest.ptr <= '9') {
        number = (number < 0 ? 0 : number) * 10 + (*p->rest.ptr - '0');
        p->rest = str_skip(p->rest, 1);
        if (number > PATTERN_REPEAT_MAX)
            fail(p, "repeats more than 255 times");
    }
    return number;
}

static bool take_repeat(struct parser *p, int *min, int *max)
{
    *min = next_is(p, '+');
    *max = next_is(p, '?') ? 1 : -1;
    if (take(p, '*') || take(p, '+') || take(p, '?'))
        return true;
    if (!take(p, '{'))
        return false;
    *min = *max = take_number(p);
    if (take(p, ','))
        *max = take_number(p);
    if (*min < 0 || (*max >= 0 && *max < *min) || !take(p, '}'))
        fail(p, "has a { } that is not {2}, {2,} or {2,5}");
    return true;
}

static uint16_t take_sequence(struct parser *p)
{
    uint16_t all = add_node(p, (struct node){.type = NODE_EMPTY});
    int min;
    int max;

    while (p->rest.len > 0 && !next_is(p, '|') && !next_is(p, ')')) {
        uint16_t one = take_atom(p);

        if (take_repeat(p, &min, &max)) {
            one = add_node(p, (struct node){.type = NODE_REPEAT, .left = one, .min = min, .max = max});
            if (next_is(p, '?') || next_is(p, '*') || next_is(p, '+') || next_is(p, '{'))
                return fail(p, "repeats what is a repeat already");
        }
        all = add_node(p, (struct node){.type = NODE_SEQUENCE, .left = all, .right = one});
    }
    return all;
}

static uint16_t take_choice(struct parser *p)
{
    uint16_t all = take_sequence(p);

    while (take(p, '|'))
        all = add_node(p, (struct node){.type = NODE_CHOICE, .left = all, .right = take_sequence(p)});
    return all;
}

static uint16_t add_step(struct parser *p, struct step step)
{
    struct pattern *pattern = p->pattern;

    if (pattern->step_count == PATTERN_STEPS_MAX)
        return fail(p, "is too large when its repeats are written out");
    pattern->steps[pattern->step_count] = step;
    return (uint16_t)pattern->step_count++;
}

static uint16_t write_node(struct parser *p, uint16_t index, uint16_t next);

/* From the end to the beginning, so that what comes next is there already. */
static uint16_t write_repeat(struct parser *p, const struct node *node, uint16_t next)
{
    uint16_t begin = next;

    if (node->max < 0) {
        begin = add_step(p, (struct step){.type = STEP_SPLIT, .next = next, .other = next});
        if (!p->why)
            p->pattern->steps[begin].next = write_node(p, node->left, begin);
    }
    for (int i = node->min; i < node->max && !p->why; i++)
        begin = add_step(p, (struct step){.type = STEP_SPLIT, .next = write_node(p, node->left, begin), .other = next});
    for (int i = 0; i < node->min && !p->why; i++)
        begin = write_node(p, node->left, begin);
    return begin;
}

/* The step at which the node begins when it is followed by the step next. */
static uint16_t write_node(struct parser *p, uint16_t index, uint16_t next)
{
    const struct node *node = &p->nodes[index];

    /* "((){255}){255}" leaves no step and would be written 65,025 times. */
    if (p->why || ++p->written > (size_t)16 * PATTERN_STEPS_MAX)
        return fail(p, "is too large when its repeats are written out");
    switch (node->type) {
    case NODE_SET:
        return add_step(p,
                        (struct step){.type = STEP_SET, .next = next, .range = node->left, .range_count = node->right});
    case NODE_SEQUENCE:
        return write_node(p, node->left, write_node(p, node->right, next));
    case NODE_CHOICE: {
        uint16_t left = write_node(p, node->left, next);

        return add_step(p, (struct step){.type = STEP_SPLIT, .next = left, .other = write_node(p, node->right, next)});
    }
    case NODE_REPEAT:
        return write_repeat(p, node, next);
    case NODE_EMPTY:
        break;
    }
    return next;
}

static struct str without_anchors(struct str text)
{
    size_t backslashes = 0;

    if (text.len > 0 && text.ptr[0] == '^')
        text = str_skip(text, 1);
    if (text.len == 0 || text.ptr[text.len - 1] != '$')
        return text;
    while (backslashes + 1 < text.len && text.ptr[text.len - 2 - backslashes] == '\\')
        backslashes++;
    if (backslashes % 2 == 0)
        text.len--;
    return text;
}

const struct pattern *pattern_compile(struct arena *arena, struct str text, const char **why)
{
    struct parser *p = arena_alloc(arena, sizeof(*p));
    uint16_t root;
    uint16_t end;

    *why = NULL;
    if (!p || !(p->pattern = arena_alloc(arena, sizeof(*p->pattern)))) {
        *why = "there is no memory for it";
        return NULL;
    }
    if (text.len > PATTERN_TEXT_MAX) {
        *why = "is too long";
        return NULL;
    }
    p->rest = without_anchors(text);
    root = take_choice(p);
    if (p->rest.len > 0)
        fail(p, "has a ) without its (");
    end = add_step(p, (struct step){.type = STEP_MATCH});
    p->pattern->start = write_node(p, root, end);
    *why = p->why;
    return p->why ? NULL : p->pattern;
}

/* The steps that wait for the next character, each once. */
struct front {
    uint16_t steps[PATTERN_STEPS_MAX];
    size_t count;
    bool seen[PATTERN_STEPS_MAX];
    bool matched;
};

static void follow(const struct pattern *pattern, struct front *front, uint16_t first)
{
    uint16_t todo[2 * PATTERN_STEPS_MAX + 1];
    size_t n = 0;

    todo[n++] = first;
    while (n > 0) {
        uint16_t index = todo[--n];
        const struct step *step = &pattern->steps[index];

        if (front->seen[index])
            continue;
        front->seen[index] = true;
        if (step->type == STEP_MATCH) {
            front->matched = true;
        } else if (step->type == STEP_SET) {
            front->steps[front->count++] = index;
        } else {
            todo[n++] = step->other;
            todo[n++] = step->next;
        }
    }
}

/* The ranges of a set are in order: of many, few are looked at. */
static bool takes(const struct pattern *pattern, const struct step *step, uint32_t character)
{
    const struct range *ranges = pattern->ranges + step->range;
    size_t from = 0;
    size_t to = step->range_count;

    while (from < to) {
        size_t middle = (from + to) / 2;

        if (character > ranges[middle].last)
            from = middle + 1;
        else if (character < ranges[middle].first)
            to = middle;
        else
            return true;
    }
    return false;
}

bool pattern_matches(const struct pattern *pattern, struct str text)
{
    struct front fronts[2] = {{.count = 0}};
    struct front *now = &fronts[0];

    follow(pattern, now, pattern->start);
    while (text.len > 0 && now->count > 0) {
        uint32_t character = take_character(&text);
        struct front *then = now == &fronts[0] ? &fronts[1] : &fronts[0];

        *then = (struct front){.count = 0};
        for (size_t i = 0; i < now->count; i++) {
            const struct step *step = &pattern->steps[now->steps[i]];

            if (takes(pattern, step, character))
                follow(pattern, then, step->next);
        }
        now = then;
    }
    return text.len == 0 && now->matched;
}
