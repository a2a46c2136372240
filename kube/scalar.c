#include "kube/scalar.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_LENGTH 400 /* of a text that is looked at as a number */

static const struct {
    const char *words;
    struct scalar meaning;
} words[] = {
    {"|y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON|", {.type = SCALAR_BOOLEAN, .boolean = true}},
    {"|n|N|no|No|NO|false|False|FALSE|off|Off|OFF|", {.type = SCALAR_BOOLEAN}},
    {"||~|null|Null|NULL|", {.type = SCALAR_NULL}},
    {"|.inf|.Inf|.INF|+.inf|+.Inf|+.INF|", {.type = SCALAR_FLOAT, .number = INFINITY}},
    {"|-.inf|-.Inf|-.INF|", {.type = SCALAR_FLOAT, .number = -INFINITY}},
    {"|.nan|.NaN|.NAN|", {.type = SCALAR_FLOAT, .number = NAN}},
};

static bool find_word(struct str text, struct scalar *out)
{
    char bounded[8];

    if (text.len > 5 || str_contains(text, '|'))
        return false;
    snprintf(bounded, sizeof(bounded), "|%.*s|", STR_FMT(text));
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strstr(words[i].words, bounded)) {
            *out = words[i].meaning;
            return true;
        }
    }
    return false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static unsigned digit_value(char c)
{
    if (is_digit(c))
        return (unsigned)(c - '0');
    if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
        return (unsigned)((c | 0x20) - 'a') + 10;
    return 16;
}

/* 0x, 0o and 0b, and the bare 0 of octal; skips it. */
static unsigned take_base(const char **digits)
{
    const char *d = *digits;
    char letter;

    if (d[0] != '0' || d[1] == '\0')
        return 10;
    letter = (char)(d[1] | 0x20);
    if (d[2] != '\0' && (letter == 'x' || letter == 'o' || letter == 'b')) {
        *digits = d + 2;
        return letter == 'x' ? 16 : letter == 'o' ? 8 : 2;
    }
    *digits = d + 1;
    return 8;
}

static bool parse_integer(const char *text, struct scalar *out)
{
    bool has_sign = *text == '-' || *text == '+';
    bool negative = *text == '-';
    const char *digits = text + has_sign;
    unsigned base = take_base(&digits);
    uint64_t value = 0;

    if (*digits == '\0')
        return false;
    for (; *digits; digits++) {
        unsigned digit = digit_value(*digits);

        if (digit >= base || __builtin_mul_overflow(value, base, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return false;
    }
    /* Only without a sign may it be larger than an int64. */
    if (has_sign && value > (uint64_t)INT64_MAX + negative)
        return false;
    *out = (struct scalar){.type = SCALAR_INTEGER, .negative = negative && value > 0, .magnitude = value};
    return true;
}

static const char *skip_digits(const char *p)
{
    while (is_digit(*p))
        p++;
    return p;
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
static bool has_float_form(const char *p)
{
    const char *start;

    p += *p == '-' || *p == '+';
    start = p;
    p = skip_digits(p);
    if (*p == '.') {
        const char *fraction = p + 1;

        p = skip_digits(fraction);
        if (fraction == start + 1 && p == fraction)
            return false;
    } else if (p == start) {
        return false;
    }
    if (*p == 'e' || *p == 'E') {
        p++;
        p += *p == '-' || *p == '+';
        start = p;
        p = skip_digits(p);
        if (p == start)
            return false;
    }
    return *p == '\0';
}

static bool parse_float(const char *text, struct scalar *out)
{
    double number;

    if (!has_float_form(text))
        return false;
    number = strtod(text, NULL);
    if (isinf(number))
        return false;
    *out = (struct scalar){.type = SCALAR_FLOAT, .number = number};
    return true;
}

static bool is_between_digits(struct str text, size_t i)
{
    return i > 0 && i + 1 < text.len && is_digit(text.ptr[i - 1]) && is_digit(text.ptr[i + 1]);
}

struct scalar scalar_resolve(struct str text)
{
    struct scalar found = {.type = SCALAR_TEXT};
    char plain[NUMBER_LENGTH];
    size_t n = 0;
    char first;

    if (find_word(text, &found) || text.len == 0 || text.len >= sizeof(plain))
        return found;
    first = text.ptr[0];
    if (!is_digit(first) && first != '-' && first != '+' && first != '.')
        return found;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '_')
            plain[n++] = text.ptr[i];
        else if (first == '.' && !is_between_digits(text, i))
            return found;
    }
    plain[n] = '\0';
    if (strlen(plain) == n && (first == '.' || !parse_integer(plain, &found)))
        parse_float(plain, &found);
    return found;
}

static int print_integer(const struct scalar *s, struct buf *out)
{
    return buf_printf(out, "%s%llu", s->negative ? "-" : "", (unsigned long long)s->magnitude);
}

/* As encoding/json does it: 1e3 becomes 1000, for an integer field takes no exponent. */
static int print_float(double number, struct buf *out)
{
    char text[330];

    if (!isfinite(number))
        return -1;
    snprintf(text, sizeof(text), "%.0f", number);
    if (strlen(text) < (number < 0 ? 23 : 22) && strtod(text, NULL) == number)
        return buf_add_str(out, str_from(text));
    for (int precision = 1; precision <= 17; precision++) {
        snprintf(text, sizeof(text), "%.*g", precision, number);
        if (strtod(text, NULL) == number)
            break;
    }
    return buf_add_str(out, str_from(text));
}

int scalar_print(const struct scalar *s, struct buf *out)
{
    return s->type == SCALAR_INTEGER ? print_integer(s, out) : print_float(s->number, out);
}

/* strconv.FormatFloat(x, 'g', -1, 32). */
static int print_float_key(double number, struct buf *out)
{
    float value = (float)number;
    int precision = 1;
    char text[40];
    int exponent;

    if (isnan(number))
        return buf_add_str(out, STR(".nan"));
    if (isinf(value))
        return buf_add_str(out, value < 0 ? STR("-.inf") : STR(".inf"));
    for (; precision < 9; precision++) {
        snprintf(text, sizeof(text), "%.*e", precision - 1, (double)value);
        if (strtof(text, NULL) == value)
            break;
    }
    snprintf(text, sizeof(text), "%.*e", precision - 1, (double)value);
    exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
    if (exponent < -4 || exponent >= 6)
        return buf_add_str(out, str_from(text));
    return buf_printf(out, "%.*f", precision - 1 > exponent ? precision - 1 - exponent : 0, (double)value);
}

int scalar_print_key(const struct scalar *s, struct str text, struct buf *out)
{
    switch (s->type) {
    case SCALAR_TEXT:
        return buf_add_str(out, text);
    case SCALAR_BOOLEAN:
        return buf_add_str(out, s->boolean ? STR("true") : STR("false"));
    case SCALAR_INTEGER:
        return s->magnitude > (uint64_t)INT64_MAX + s->negative ? -1 : print_integer(s, out);
    case SCALAR_FLOAT:
        return print_float_key(s->number, out);
    default:
        return -1;
    }
}
