#include "aws/pace.h"

#include <errno.h>
#include <stdatomic.h>
#include <time.h>

#include "aws/random.h"
#include "base/clock.h"

#define TURN_MS 200
#define JITTER_MS 50

/* Monotonic milliseconds at which the next turn begins. */
static _Atomic int64_t next_turn;

static int64_t take_turn(int64_t now)
{
    int64_t next = atomic_load(&next_turn);
    int64_t turn;

    do {
        turn = next > now ? next : now;
    } while (!atomic_compare_exchange_weak(&next_turn, &next, turn + TURN_MS));
    return turn;
}

void aws_pace_wait(void)
{
    int64_t now = clock_monotonic_ms();
    int64_t turn = take_turn(now);
    int64_t ms = turn > now ? turn - now + (int64_t)aws_random_below(JITTER_MS) : 0;
    struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    while (nanosleep(&pause, &pause) < 0 && errno == EINTR)
        continue;
}
