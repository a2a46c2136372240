#include "base/metrics.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

static struct metrics_block own;
static struct metrics_block *pool = &own;
static size_t pool_count = 1;

struct metrics_block *metrics = &own;

/* In microseconds; what is longer falls into one more. metrics_text.c prints the same. */
static const int64_t bounds[METRICS_BUCKETS - 1] = {
    500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000, 30000000};

static const char *const methods[METRICS_METHODS - 1] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

/* Known ones from 1 on in the order of metrics_text.c; 0 is any other. */
static const unsigned char statuses[600] = {
    [101] = 1,  [200] = 2,  [201] = 3,  [202] = 4,  [204] = 5,  [206] = 6,  [207] = 7,  [301] = 8,
    [302] = 9,  [303] = 10, [304] = 11, [307] = 12, [308] = 13, [400] = 14, [401] = 15, [403] = 16,
    [404] = 17, [405] = 18, [406] = 19, [408] = 20, [409] = 21, [410] = 22, [411] = 23, [412] = 24,
    [413] = 25, [415] = 26, [416] = 27, [417] = 28, [421] = 29, [422] = 30, [423] = 31, [429] = 32,
    [499] = 33, [500] = 34, [501] = 35, [502] = 36, [503] = 37, [504] = 38, [505] = 39,
};

static size_t method_index(const char *method)
{
    size_t i = 0;

    while (method && i < METRICS_METHODS - 1 && strcmp(methods[i], method) != 0)
        i++;
    return method ? i : METRICS_METHODS - 1;
}

void metrics_observe(struct metrics_histogram *histogram, int64_t microseconds)
{
    size_t i = 0;

    while (i < METRICS_BUCKETS - 1 && microseconds > bounds[i])
        i++;
    metrics_add(&histogram->buckets[i], 1);
    metrics_add(&histogram->sum_us, microseconds);
}

void metrics_request(size_t route, const char *method, int status)
{
    size_t at = status > 0 && status < 600 ? statuses[status] : 0;

    if (route >= METRICS_ROUTES_MAX)
        route = METRICS_ROUTE_NONE;
    metrics_add(&metrics->requests[route][method_index(method)][at], 1);
}

void metrics_request_time(size_t route, const char *method, int64_t microseconds)
{
    if (route >= METRICS_ROUTES_MAX)
        route = METRICS_ROUTE_NONE;
    metrics_observe(&metrics->request_time[route][method_index(method)], microseconds);
}

int metrics_pool_new(size_t count)
{
    void *memory = mmap(NULL, count * sizeof(*pool), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        return -1;
    pool = memory;
    pool_count = count;
    return 0;
}

void metrics_begin(size_t number)
{
    metrics = &pool[number];
    memset(&metrics->now, 0, sizeof(metrics->now));
    metrics_add(&metrics->starts, 1);
    metrics_set(&metrics->now.started_at, clock_now());
    metrics_sample();
}

const struct metrics_block *metrics_blocks(size_t *count)
{
    *count = pool_count;
    return pool;
}

static long long resident_bytes(void)
{
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    char text[256];
    ssize_t n = fd >= 0 ? read(fd, text, sizeof(text)) : -1;
    struct str rest = {text, n > 0 ? (size_t)n : 0};
    long pages;

    if (fd >= 0)
        close(fd);
    str_cut(&rest, ' ');
    if (!rest.ptr || str_to_long(str_cut(&rest, ' '), 0, INT32_MAX, &pages) < 0)
        return 0;
    return (long long)pages * sysconf(_SC_PAGESIZE);
}

static long long open_fds(void)
{
    DIR *dir = opendir("/proc/self/fd");
    long long count = -3; /* ".", "..", and the directory itself */

    if (!dir)
        return 0;
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

void metrics_sample(void)
{
    struct metrics_now *now = &metrics->now;
    struct timespec cpu;
    struct rlimit limit;

    metrics_set(&now->resident_bytes, resident_bytes());
    metrics_set(&now->open_fds, open_fds());
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu) == 0)
        metrics_set(&now->cpu_us, (long long)cpu.tv_sec * 1000000 + cpu.tv_nsec / 1000);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        metrics_set(&now->max_fds, limit.rlim_cur == RLIM_INFINITY ? -1 : (long long)limit.rlim_cur);
}
