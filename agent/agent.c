#include "agent/agent.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "agent/outcomes.h"
#include "agent/task.h"
#include "base/attend.h"
#include "base/encode.h"
#include "base/json.h"
#include "base/log.h"
#include "cluster/opener.h"
#include "redis/log_level.h"

#define TURN_MS 1000    /* the longest wait: leadership is looked after at least that often */
#define DRAIN_MS 2500   /* for what is on its way when the process is to end */
#define OPENERS_MS 1000 /* for threads that wait for AWS or a cluster then */
#define TURN_ARENA MIB(4)
#define TURN_CHUNK KIB(16)

static const struct task_kind *const kinds[] = {&task_jobs, &task_webhooks, &task_samples, &task_shells,
                                                &task_provision};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct running {
    struct agent agent;
    void *tasks[KINDS]; /* NULL while another leads */
    atomic_bool ending;
};

static int read_file(const char *path, struct str *out)
{
    struct buf text;
    FILE *file = fopen(path, "re");
    char piece[4096];
    size_t n;
    bool failed;

    buf_init(&text, LIMIT_CA_PEM);
    while (file && (n = fread(piece, 1, sizeof(piece), file)) > 0)
        buf_add(&text, piece, n);
    failed = !file || ferror(file) || text.failed || text.len == 0;
    if (file)
        fclose(file);
    *out = buf_str(&text); /* for the life of the process */
    return failed ? -1 : 0;
}

static int set_up(struct running *running)
{
    struct agent *agent = &running->agent;
    const struct config *config = agent->config;
    unsigned char random[LEASE_HOLDER_LEN / 2];
    struct worker shared;

    if (getrandom(random, sizeof(random), 0) != sizeof(random))
        return -1;
    encode_hex(random, sizeof(random), agent->holder);
    if (config->webhook_ca_file && read_file(config->webhook_ca_file, &agent->webhook_ca) < 0) {
        log_critical("the file can not be read", LOG_TEXT("EKSGATE_WEBHOOK_CA_FILE", config->webhook_ca_file));
        return -1;
    }
    agent->loop = loop_new();
    agent->memory = cluster_memory_new();
    agent->redis = redis_client_new(config->redis, config->redis_db);
    agent->arena = arena_new_of(TURN_ARENA, TURN_CHUNK);
    agent->outcomes = calloc(1, sizeof(*agent->outcomes));
    if (!agent->loop || !agent->memory || !agent->redis || !agent->arena || !agent->outcomes || http_global_init() < 0)
        return -1;
    shared =
        (struct worker){.config = agent->config, .seal = agent->seal, .memory = agent->memory, .request_id = "agent"};
    agent->openers = openers_start(&shared, agent->loop);
    return agent->openers ? 0 : -1;
}

static void tear_down(struct running *running)
{
    struct agent *agent = &running->agent;

    free(agent->outcomes);
    arena_free(agent->arena);
    redis_client_free(agent->redis);
    cluster_memory_free(agent->memory);
    loop_free(agent->loop);
}

static void stop_leading(struct running *running, const char *why)
{
    struct agent *agent = &running->agent;

    if (!agent->leads)
        return;
    log_info("leads no more", LOG_TEXT("agent", agent->holder), LOG_TEXT("reason", why));
    agent->leads = false;
    metrics_set(&metrics->now.leads, 0);
    for (size_t i = 0; i < KINDS; i++) {
        if (running->tasks[i])
            kinds[i]->stop(running->tasks[i]);
        running->tasks[i] = NULL;
    }
}

static void start_leading(struct running *running)
{
    struct agent *agent = &running->agent;

    agent->leads = true;
    metrics_set(&metrics->now.leads, 1);
    log_info("leads", LOG_TEXT("agent", agent->holder));
    for (size_t i = 0; i < KINDS; i++) {
        running->tasks[i] = kinds[i]->start(agent);
        if (!running->tasks[i])
            log_error("a task could not start", LOG_TEXT("task", kinds[i]->name));
    }
}

/* The lease is there. When Redis came back with less than it had, what the tasks know is ahead of what is stored: they
 * begin again from there. */
static void lead(struct running *running, int64_t beat)
{
    struct agent *agent = &running->agent;

    if (agent->leads && beat != agent->beat + 1)
        stop_leading(running, "the store has forgotten something: it begins again from what is there");
    agent->beat = beat;
    if (!agent->leads && !atomic_load(&running->ending))
        start_leading(running);
}

/* Takes or renews the lease when that is due. It ends here before it ends in Redis: its life is counted from before it
 * was asked for. */
static void look_after_lease(struct running *running)
{
    struct agent *agent = &running->agent;
    long life_ms = agent->config->agent_lease * 1000;
    int64_t now_ms = clock_monotonic_ms();
    int64_t beat;
    struct err err;

    if (agent->replaced)
        stop_leading(running, "another agent leads");
    if (agent->leads && now_ms >= agent->lease_end_ms)
        stop_leading(running, "the lease could not be renewed in time");
    agent->replaced = false;
    if (now_ms < agent->renew_ms)
        return;
    agent->renew_ms = now_ms + (agent->leads && life_ms / 3 < TURN_MS ? life_ms / 3 : TURN_MS);
    if (lease_take(agent->redis, agent->holder, life_ms, &beat, &err) < 0)
        return;
    if (beat == 0) {
        stop_leading(running, "another agent leads");
        return;
    }
    agent->lease_end_ms = now_ms + life_ms;
    agent->renew_ms = now_ms + life_ms / 3;
    lead(running, beat);
}

/* One turn: what is due of each task, then what comes until the next is. */
static void turn(struct running *running)
{
    struct agent *agent = &running->agent;
    int64_t now_ms = clock_monotonic_ms();
    int64_t next_ms = now_ms + TURN_MS;

    look_after_lease(running);
    openers_collect(agent->openers);
    for (size_t i = 0; i < KINDS; i++) {
        int64_t due_ms = running->tasks[i] ? kinds[i]->run(running->tasks[i], now_ms) : INT64_MAX;

        if (due_ms < next_ms)
            next_ms = due_ms;
    }
    if (!agent->leads)
        outcomes_flush(agent->outcomes, agent->redis, now_ms);
    arena_reset(agent->arena);
    if (agent->replaced || agent->has_deliveries)
        next_ms = now_ms;
    loop_run_once(agent->loop, next_ms > now_ms ? (int)(next_ms - now_ms) : 0);
}

static bool is_drained(struct running *running)
{
    bool drained = true;

    for (size_t i = 0; i < KINDS; i++)
        if (running->tasks[i] && !kinds[i]->drain(running->tasks[i]))
            drained = false;
    return drained;
}

/* What was begun is ended, then the lease is given back, so that the next agent need not wait for its end. True when no
 * thread is left. */
static bool end(struct running *running)
{
    struct agent *agent = &running->agent;
    int64_t until_ms = clock_monotonic_ms() + DRAIN_MS;
    bool led = agent->leads;
    struct err ignored;

    while (!is_drained(running) && clock_monotonic_ms() < until_ms)
        turn(running);
    stop_leading(running, "the process ends");
    if (led)
        lease_release(agent->redis, agent->holder, &ignored);
    log_info("the agent ends", LOG_TEXT("agent", agent->holder));
    if (task_provision_end(OPENERS_MS) < 0)
        log_warning("a run was still being followed at the end");
    else if (openers_stop(agent->openers, OPENERS_MS) < 0)
        log_warning("a cluster was still being opened at the end");
    else
        return true;
    return false;
}

static void *work(void *arg)
{
    struct running *running = arg;

    while (!atomic_load(&running->ending))
        turn(running);
    if (end(running))
        return NULL;
    _exit(0); /* what it uses can not be freed */
}

int agent_run(const struct config *config, const struct seal_key *seal)
{
    static struct running running;
    int metrics_fd = attend_listen(config->socket_dir, "agent");
    pthread_t worker;

    running.agent = (struct agent){.config = config, .seal = seal};
    signal(SIGPIPE, SIG_IGN);
    metrics_begin(0);
    json_global_init();
    if (set_up(&running) < 0 || pthread_create(&worker, NULL, work, &running) != 0) {
        log_critical("the agent could not start");
        _exit(1); /* threads that did start use what would be freed */
    }
    log_info("the agent runs", LOG_TEXT("agent", running.agent.holder), LOG_TEXT("version", EKSGATE_VERSION));
    log_level_attend(config, metrics_fd, -1);
    if (metrics_fd >= 0)
        close(metrics_fd);
    atomic_store(&running.ending, true);
    loop_wake(running.agent.loop);
    pthread_join(worker, NULL);
    tear_down(&running);
    return 0;
}
