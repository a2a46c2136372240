#include "base/rate.h"

static int64_t period_us(struct str unit)
{
    return str_equal(unit, STR("s")) ? 1000000 : str_equal(unit, STR("m")) ? 60000000 : 0;
}

int rate_parse(struct str text, struct rate *out)
{
    struct str burst = text;
    struct str unit = str_cut(&burst, ':');
    struct str number = str_cut(&unit, '/');
    long count;
    long at_once;

    *out = (struct rate){0};
    if (str_equal(text, STR("off")))
        return 0;
    if (str_to_long(number, 1, RATE_MAX, &count) < 0 || !unit.ptr || period_us(unit) == 0)
        return -1;
    at_once = count;
    if (burst.ptr && str_to_long(burst, 1, RATE_MAX, &at_once) < 0)
        return -1;
    *out = (struct rate){.every_us = period_us(unit) / count, .burst = at_once};
    return 0;
}
