#include "terraform/progress.h"

#include <string.h>

#define SIDE_BY_SIDE 10 /* terraform's own parallelism */

/* Seconds that AWS usually takes; the last row is that of every other type. */
static const struct {
    struct str type;
    int create;
    int update;
    int delete;
} expected[] = {
    {STR("aws_eks_cluster"), 600, 600, 180},
    {STR("aws_eks_node_group"), 180, 300, 240},
    {STR("aws_eks_addon"), 60, 60, 20},
    {STR(""), 5, 5, 5},
};

#define KINDS (sizeof(expected) / sizeof(expected[0]))
#define OTHER (KINDS - 1)

void progress_init(struct progress *p, struct arena *arena)
{
    *p = (struct progress){.arena = arena};
}

unsigned progress_actions(struct str word)
{
    static const struct {
        struct str word;
        unsigned actions;
    } words[] = {{STR("create"), PROGRESS_CREATE},
                 {STR("update"), PROGRESS_UPDATE},
                 {STR("delete"), PROGRESS_DELETE},
                 {STR("replace"), PROGRESS_CREATE | PROGRESS_DELETE}};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (str_equal(word, words[i].word))
            return words[i].actions;
    return 0;
}

static unsigned kind_of(struct str type)
{
    for (unsigned i = 0; i < OTHER; i++)
        if (str_equal(type, expected[i].type))
            return i;
    return OTHER;
}

static int seconds_for(unsigned kind, unsigned action)
{
    switch (action) {
    case PROGRESS_CREATE:
        return expected[kind].create;
    case PROGRESS_UPDATE:
        return expected[kind].update;
    default:
        return expected[kind].delete;
    }
}

static struct progress_resource *find(const struct progress *p, struct str address)
{
    for (size_t i = 0; i < p->count; i++)
        if (str_equal(address, str_from(p->resources[i].address)))
            return &p->resources[i];
    return NULL;
}

/* NULL when it is not counted. */
static struct progress_resource *take(struct progress *p, struct str address, struct str type)
{
    struct progress_resource *resource = find(p, address);
    const char *copy;

    if (resource)
        return resource;
    if (!p->resources)
        p->resources = arena_alloc(p->arena, PROGRESS_RESOURCES_MAX * sizeof(*p->resources));
    if (!p->resources || p->count == PROGRESS_RESOURCES_MAX || address.len == 0 || address.len > PROGRESS_ADDRESS_MAX)
        return NULL;
    copy = arena_strndup(p->arena, address.ptr, address.len);
    if (!copy)
        return NULL;
    resource = &p->resources[p->count++];
    *resource = (struct progress_resource){.address = copy, .kind = kind_of(type)};
    return resource;
}

void progress_plan(struct progress *p, struct str address, struct str type, unsigned actions)
{
    struct progress_resource *resource = actions ? take(p, address, type) : NULL;

    if (resource)
        resource->planned |= actions;
}

void progress_start(struct progress *p, struct str address, struct str type, unsigned action, int64_t now)
{
    struct progress_resource *resource = action ? take(p, address, type) : NULL;

    if (!resource)
        return;
    resource->planned |= action;
    resource->running = action;
    resource->started_at = now;
}

void progress_complete(struct progress *p, struct str address, struct str type, unsigned action)
{
    struct progress_resource *resource = action ? take(p, address, type) : NULL;

    if (!resource)
        return;
    resource->planned |= action;
    resource->done |= action;
    resource->running = 0;
}

void progress_failed(struct progress *p, struct str address)
{
    struct progress_resource *resource = find(p, address);

    if (resource)
        resource->running = 0;
}

static unsigned count_bits(unsigned actions)
{
    return (unsigned)__builtin_popcount(actions);
}

void progress_forget(struct progress *p)
{
    p->count = 0;
}

unsigned progress_total(const struct progress *p)
{
    unsigned total = 0;

    for (size_t i = 0; i < p->count; i++)
        total += count_bits(p->resources[i].planned);
    return total;
}

unsigned progress_done(const struct progress *p)
{
    unsigned done = 0;

    for (size_t i = 0; i < p->count; i++)
        done += count_bits(p->resources[i].done);
    return done;
}

static int weight(unsigned kind, unsigned actions)
{
    int sum = 0;

    for (unsigned action = PROGRESS_CREATE; action <= PROGRESS_DELETE; action <<= 1)
        if (actions & action)
            sum += seconds_for(kind, action);
    return sum;
}

/* Of what runs: never all of its time, for nobody knows whether it ends on time. */
static double time_passed(const struct progress_resource *resource, int64_t now)
{
    double whole = seconds_for(resource->kind, resource->running);
    double passed = now > resource->started_at ? (double)(now - resource->started_at) : 0;

    return passed < whole * 0.95 ? passed : whole * 0.95;
}

int progress_percent(struct progress *p, int64_t now)
{
    double whole = 0;
    double passed = 0;
    int percent;

    for (size_t i = 0; i < p->count; i++) {
        const struct progress_resource *resource = &p->resources[i];

        whole += weight(resource->kind, resource->planned);
        passed += weight(resource->kind, resource->done);
        if (resource->running & ~resource->done)
            passed += time_passed(resource, now);
    }
    percent = whole > 0 ? (int)(passed * 100 / whole) : 0;
    percent = percent < 99 ? percent : 99;
    if (percent > p->percent)
        p->percent = percent;
    return p->percent;
}

/* What one resource still needs. */
static int64_t time_left(const struct progress_resource *resource, int64_t now)
{
    unsigned left = resource->planned & ~resource->done;
    double seconds = weight(resource->kind, left);

    if (resource->running & left)
        seconds -= time_passed(resource, now);
    return (int64_t)(seconds + 0.5);
}

int64_t progress_eta(const struct progress *p, int64_t now)
{
    int64_t longest[KINDS] = {0};
    int64_t others = 0;
    int64_t eta = 0;

    if (p->count == 0)
        return -1;
    for (size_t i = 0; i < p->count; i++) {
        int64_t left = time_left(&p->resources[i], now);
        unsigned kind = p->resources[i].kind;

        if (kind == OTHER)
            others += left;
        else if (left > longest[kind])
            longest[kind] = left;
    }
    for (size_t kind = 0; kind < KINDS; kind++)
        eta += longest[kind];
    return eta + (others + SIDE_BY_SIDE - 1) / SIDE_BY_SIDE;
}

static const char *action_word(unsigned action)
{
    switch (action) {
    case PROGRESS_CREATE:
        return "create";
    case PROGRESS_UPDATE:
        return "update";
    default:
        return "delete";
    }
}

void progress_write_current(const struct progress *p, int64_t now, struct json *j, const char *key)
{
    json_array_open(j, key);
    for (size_t i = 0; i < p->count; i++) {
        const struct progress_resource *resource = &p->resources[i];

        if (!resource->running)
            continue;
        json_object_open(j, NULL);
        json_text(j, "address", resource->address);
        json_text(j, "action", action_word(resource->running));
        json_int(j, "elapsed_s", now > resource->started_at ? now - resource->started_at : 0);
        json_int(j, "expected_s", seconds_for(resource->kind, resource->running));
        json_object_close(j);
    }
    json_array_close(j);
}
