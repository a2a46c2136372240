/*
 * Time of one EKS token on one thread: with the signing key to derive, and with it cached.
 * Usage: bench_mint [N [BYTES]]: tokens of each kind (20000), bytes of the session token (0: long-term keys).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aws/sigv4.h"
#include "aws/token.h"
#include "base/limits.h"

static double now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static double mint(const struct aws_credentials *credentials, int64_t when)
{
    struct buf token;
    struct err err = {0};
    double begin = now_us();
    double took;

    buf_init(&token, LIMIT_EKS_TOKEN);
    if (aws_token_mint(credentials, STR("eu-west-1"), STR("demo"), when, &token, &err) < 0) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    took = now_us() - begin;
    buf_wipe(&token);
    return took;
}

static void measure(const char *title, const struct aws_credentials *credentials, size_t count, bool cold)
{
    double *times = malloc(count * sizeof(*times));

    if (!times)
        exit(1);
    for (size_t i = 0; i < count; i++) {
        if (cold)
            sigv4_forget_keys();
        times[i] = mint(credentials, 1795233600 + (int64_t)i);
    }
    qsort(times, count, sizeof(*times), compare);
    printf("%-6s p50 %.1f us  p99 %.1f us  max %.1f us  (%zu tokens, session token of %zu bytes)\n", title,
           times[count / 2], times[count * 99 / 100], times[count - 1], count, strlen(credentials->session_token));
    free(times);
}

/* How many different tokens so many cells of the grid give, with ten signing times in each. */
static size_t distinct_tokens(const struct aws_credentials *credentials, size_t cells)
{
    struct buf last;
    struct buf token;
    struct err err = {0};
    size_t distinct = 0;

    buf_init(&last, LIMIT_EKS_TOKEN);
    buf_init(&token, LIMIT_EKS_TOKEN);
    for (size_t i = 0; i < cells * 10; i++) {
        int64_t when = aws_token_signing_time(1795233600 + (int64_t)i * AWS_TOKEN_GRID_SECONDS / 10);

        buf_reset(&token);
        if (aws_token_mint(credentials, STR("eu-west-1"), STR("demo"), when, &token, &err) < 0)
            exit(1);
        distinct += !str_equal(buf_str(&token), buf_str(&last));
        buf_reset(&last);
        buf_add_str(&last, buf_str(&token));
    }
    buf_wipe(&last);
    buf_wipe(&token);
    return distinct;
}

int main(int argc, char **argv)
{
    size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 20000;
    size_t session = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
    struct aws_credentials credentials = {.access_key_id = "ASIAIOSFODNN7EXAMPLE",
                                          .secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};

    if (count < 1 || session >= AWS_TOKEN_SIZE)
        return 2;
    for (size_t i = 0; i < session; i++)
        credentials.session_token[i] = "abcdefgh/IJKLMNOPQRST+UVWXYZ0123"[i % 32];
    measure("warm-up", &credentials, 1000, true);
    measure("cold", &credentials, count, true);
    measure("cached", &credentials, count, false);
    printf("grid   %zu distinct tokens over 100 cells of %d s\n", distinct_tokens(&credentials, 100),
           AWS_TOKEN_GRID_SECONDS);
    return 0;
}
