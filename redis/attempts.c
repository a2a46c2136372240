#include "redis/attempts.h"

#include <openssl/rand.h>

#include "redis/keys.h"
#include "redis/name.h"

/* Three digits of the hash: 4096 slots. */
static const char script[] = "local every, burst, failed = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4] == '1'\n"
                             "local seed = redis.call('HGET', KEYS[1], 'seed')\n"
                             "if not seed then\n"
                             "  if not failed then return 0 end\n"
                             "  seed = ARGV[5]\n"
                             "  redis.call('HSET', KEYS[1], 'seed', seed)\n"
                             "end\n"
                             "local slot = string.sub(redis.sha1hex(seed .. ARGV[1]), 1, 3)\n"
                             "local time = redis.call('TIME')\n"
                             "local now = time[1] * 1000000 + time[2]\n"
                             "local full = math.max(tonumber(redis.call('HGET', KEYS[1], slot) or 0), now)\n"
                             "if failed and full - now <= (burst - 1) * every then\n"
                             "  full = full + every\n"
                             "  redis.call('HSET', KEYS[1], slot, string.format('%.0f', full))\n"
                             "  redis.call('PEXPIRE', KEYS[1], math.ceil(burst * every / 1000) + 1)\n"
                             "end\n"
                             "return full - now\n";

int attempts_count(struct redis_client *redis, struct str source, const struct rate *rate, bool failed,
                   int64_t *full_us, struct err *err)
{
    unsigned char seed[16] = {0};
    struct redis_number numbers[2];

    if (failed && RAND_bytes(seed, sizeof(seed)) != 1)
        return err_set(err, ERR_INTERNAL, "there are no random numbers");
    return redis_integer(redis,
                         (const struct str[]){STR("EVAL"), STR(script), STR("1"), STR(KEY_ATTEMPTS), source,
                                              redis_number(&numbers[0], rate->every_us),
                                              redis_number(&numbers[1], rate->burst), failed ? STR("1") : STR("0"),
                                              (struct str){(const char *)seed, sizeof(seed)}},
                         9, full_us, err);
}
