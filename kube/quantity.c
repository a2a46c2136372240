#include "kube/quantity.h"

#define DIGITS_MAX 19      /* of the mantissa: it and 2^60 fit into wide */
#define EXPONENT_MAX 10000 /* beyond it every number is nothing or too much */

__extension__ typedef unsigned __int128 wide;

struct quantity {
    bool negative;
    wide mantissa;
    long ten; /* mantissa * 10^ten * 2^two */
    unsigned two;
    bool more; /* and something, less than one of the mantissa's last digit */
};

static const struct {
    struct str text;
    int ten;
    unsigned two;
} suffixes[] = {
    {STR(""), 0, 0},    {STR("n"), -9, 0},  {STR("u"), -6, 0},  {STR("m"), -3, 0},
    {STR("k"), 3, 0},   {STR("M"), 6, 0},   {STR("G"), 9, 0},   {STR("T"), 12, 0},
    {STR("P"), 15, 0},  {STR("E"), 18, 0},  {STR("Ki"), 0, 10}, {STR("Mi"), 0, 20},
    {STR("Gi"), 0, 30}, {STR("Ti"), 0, 40}, {STR("Pi"), 0, 50}, {STR("Ei"), 0, 60},
};

static bool is_digit(struct str text)
{
    return text.len > 0 && text.ptr[0] >= '0' && text.ptr[0] <= '9';
}

/* Takes a sign off the text. */
static bool take_sign(struct str *text)
{
    bool negative = str_starts_with(*text, STR("-"));

    if (negative || str_starts_with(*text, STR("+")))
        *text = str_skip(*text, 1);
    return negative;
}

static void add_digit(struct quantity *q, unsigned digit, bool is_fraction, size_t *count)
{
    if (*count == DIGITS_MAX) {
        q->more = q->more || digit != 0;
        q->ten += !is_fraction;
        return;
    }
    q->mantissa = q->mantissa * 10 + digit;
    q->ten -= is_fraction;
    *count += q->mantissa != 0;
}

/* Takes "12", "12.", "12.5" or ".5" off the text. */
static int take_number(struct quantity *q, struct str *text)
{
    bool is_fraction = false;
    bool any = false;
    size_t count = 0;

    for (; is_digit(*text) || (!is_fraction && str_starts_with(*text, STR("."))); *text = str_skip(*text, 1)) {
        if (text->ptr[0] == '.') {
            is_fraction = true;
            continue;
        }
        add_digit(q, (unsigned)(text->ptr[0] - '0'), is_fraction, &count);
        any = true;
    }
    return any ? 0 : -1;
}

/* What stands behind the "e". */
static int take_exponent(struct quantity *q, struct str text)
{
    bool negative = take_sign(&text);
    long exponent = 0;

    if (text.len == 0)
        return -1;
    for (; is_digit(text); text = str_skip(text, 1))
        if (exponent < EXPONENT_MAX)
            exponent = exponent * 10 + (text.ptr[0] - '0');
    q->ten += negative ? -exponent : exponent;
    return text.len == 0 ? 0 : -1;
}

static int take_suffix(struct quantity *q, struct str text)
{
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        if (!str_equal(suffixes[i].text, text))
            continue;
        q->ten += suffixes[i].ten;
        q->two = suffixes[i].two;
        return 0;
    }
    if (text.ptr[0] == 'e' || text.ptr[0] == 'E')
        return take_exponent(q, str_skip(text, 1));
    return -1;
}

static int64_t value_of(const struct quantity *q)
{
    wide value = q->mantissa << q->two;
    bool more = q->more;
    long ten = q->ten;

    for (; ten < 0 && value > 0; ten++) {
        more = more || value % 10 != 0;
        value /= 10;
    }
    for (; ten > 0 && value > 0 && value <= INT64_MAX; ten--)
        value *= 10;
    value += more;
    if (value > INT64_MAX)
        value = INT64_MAX;
    return q->negative ? -(int64_t)value : (int64_t)value;
}

/* In units of 10^-scale. */
static int parse(struct str text, int scale, int64_t *out, struct err *err)
{
    struct quantity q = {.ten = scale};
    struct str rest = text;

    q.negative = take_sign(&rest);
    if (take_number(&q, &rest) < 0 || take_suffix(&q, rest) < 0)
        return err_set(err, ERR_UPSTREAM_BROKEN, "\"%.*s\" is no quantity", (int)(text.len < 64 ? text.len : 64),
                       text.len > 0 ? text.ptr : "");
    *out = value_of(&q);
    return 0;
}

int kube_quantity_millicores(struct str text, int64_t *out, struct err *err)
{
    return parse(text, 3, out, err);
}

int kube_quantity_bytes(struct str text, int64_t *out, struct err *err)
{
    return parse(text, 0, out, err);
}
