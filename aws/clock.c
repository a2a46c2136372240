#include "aws/clock.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"

#define TOLERATED_SECONDS 60

static _Atomic int64_t observed;
static _Atomic int64_t correction;

int64_t aws_clock_offset(void)
{
    return atomic_load(&observed);
}

int64_t aws_clock_now(void)
{
    return clock_now() + atomic_load(&correction);
}

static bool is_tolerated(int64_t seconds)
{
    return llabs((long long)seconds) <= TOLERATED_SECONDS;
}

void aws_clock_observe(struct str date)
{
    int64_t theirs;
    int64_t offset;

    if (clock_parse_http(date, &theirs) < 0)
        return;
    offset = theirs - clock_now();
    atomic_store(&observed, offset);
    if (is_tolerated(offset))
        atomic_store(&correction, 0);
}

bool aws_clock_correct(void)
{
    int64_t offset = aws_clock_offset();

    if (is_tolerated(offset) || is_tolerated(offset - atomic_load(&correction)))
        return false;
    atomic_store(&correction, offset);
    log_warning("the clock differs from AWS's: signing times are corrected", LOG_INT("offset_seconds", offset));
    return true;
}
