#include "base/duration.h"

#include <stdbool.h>
#include <stddef.h>

#define MOST_NS (100.0 * 365 * 86400 * 1e9)

/* The longer of two units that begin alike stands first. */
static const struct {
    struct str name;
    double ns;
} units[] = {
    {STR("ns"), 1},   {STR("us"), 1e3}, {STR("\xC2\xB5s"), 1e3}, {STR("\xCE\xBCs"), 1e3},
    {STR("ms"), 1e6}, {STR("s"), 1e9},  {STR("m"), 60e9},        {STR("h"), 3600e9},
};

/* "12", "1.5", ".5" or "3."; at least one digit. */
static int take_number(struct str *text, double *number)
{
    double scale = 1;
    size_t digits = 0;
    bool fraction = false;

    *number = 0;
    for (; text->len > 0; *text = str_skip(*text, 1)) {
        char c = text->ptr[0];

        if (c == '.' && !fraction) {
            fraction = true;
            continue;
        }
        if (c < '0' || c > '9')
            break;
        digits++;
        if (fraction)
            *number += (c - '0') * (scale /= 10);
        else
            *number = *number * 10 + (c - '0');
    }
    return digits > 0 ? 0 : -1;
}

static int take_unit(struct str *text, double *ns)
{
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (!str_starts_with(*text, units[i].name))
            continue;
        *text = str_skip(*text, units[i].name.len);
        *ns = units[i].ns;
        return 0;
    }
    return -1;
}

int duration_parse(struct str text, int64_t *ms)
{
    double total = 0;

    if (str_starts_with(text, STR("+")))
        text = str_skip(text, 1);
    if (str_equal(text, STR("0"))) {
        *ms = 0;
        return 0;
    }
    if (text.len == 0)
        return -1;
    while (text.len > 0) {
        double number;
        double ns;

        if (take_number(&text, &number) < 0 || take_unit(&text, &ns) < 0)
            return -1;
        total += number * ns;
        if (total > MOST_NS)
            return -1;
    }
    *ms = (int64_t)(total / 1e6);
    return 0;
}
