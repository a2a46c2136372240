/* Runs in a real Redis: who may begin one, the queue, what the leader writes, logs, plans that grow stale. */
#include "tests/unit/rows.h"

#include <stdio.h>
#include <string.h>

#include "redis/lease.h"
#include "redis/runs.h"
#include "redis/webhooks.h"
#include "tests/unit/redis/server.h"

#define ME "me"
#define A STR("alpha")

static int64_t now_ms = 1795285200000;

static int setup(void **state)
{
    int64_t beat;
    struct err err;

    if (empty(state) < 0)
        return -1;
    return lease_take(redis, ME, 600000, &beat, &err);
}

static struct run_request request(const char *run, const char *cluster, const char *op)
{
    return (struct run_request){.run = str_from(run),
                                .cluster = str_from(cluster),
                                .op = str_from(op),
                                .job_name = STR("job"),
                                .runner = STR("local"),
                                .order = STR("{\"a\":1}"),
                                .created_by = STR("someone"),
                                .creates = true,
                                .queue_max = 3,
                                .running_max = 2,
                                .now_ms = ++now_ms};
}

static enum run_submitted submit(const struct run_request *asked, struct run *found)
{
    enum run_submitted submitted;
    struct err err;

    assert_int_equal(run_submit(redis, arena, asked, &submitted, found, &err), 0);
    return submitted;
}

static enum run_submitted begin(const char *run, const char *cluster, const char *op)
{
    struct run_request asked = request(run, cluster, op);
    struct run found;

    return submit(&asked, &found);
}

static struct run read_back(const char *cluster, const char *id)
{
    struct run found;
    struct err err;

    assert_int_equal(run_read(redis, arena, str_from(cluster), str_from(id), &found, &err), REDIS_FOUND);
    return found;
}

static struct run_cluster read_cluster(const char *name)
{
    struct run_cluster found;
    struct err err;

    assert_int_equal(run_cluster_read(redis, arena, str_from(name), &found, &err), REDIS_FOUND);
    return found;
}

/* The id of the run that was taken, or "". */
static struct str take(long running_max)
{
    struct run found;
    struct err err;
    int rc = run_take(redis, arena, ME, running_max, ++now_ms, &found, &err);

    assert_true(rc >= 0);
    return rc == REDIS_FOUND ? found.id : STR("");
}

static enum run_written finish(const char *cluster, const char *run, const char *status)
{
    const struct run_end end = {.cluster = str_from(cluster),
                                .run = str_from(run),
                                .status = str_from(status),
                                .phase = STR("Succeeded"),
                                .now_ms = ++now_ms,
                                .applied = strcmp(status, "completed") == 0};
    enum run_written written;
    struct err err;

    assert_int_equal(run_finish(redis, ME, &end, &written, &err), 0);
    return written;
}

static enum run_written write_one(const char *cluster, const char *run, const char *name, const char *value)
{
    const struct run_field fields[] = {{name, str_from(value)}};
    enum run_written written;
    struct err err;

    assert_int_equal(run_write(redis, ME, str_from(cluster), str_from(run), STR(""), fields, 1, &written, &err), 0);
    return written;
}

static void a_run_is_queued_and_makes_its_cluster_known(void **state)
{
    struct run_request asked = request("r1", "alpha", "provision");
    struct run_cluster cluster;
    struct run run;

    (void)state;
    assert_int_equal(submit(&asked, &run), RUN_SUBMITTED);
    assert_str(run.id, "r1");
    assert_str(run.status, "pending");
    assert_str(run.order, "");
    run = read_back("alpha", "r1");
    assert_str(run.op, "provision");
    assert_str(run.order, "{\"a\":1}");
    assert_str(run.created_by, "someone");
    assert_true(run.created_at == asked.now_ms);
    cluster = read_cluster("alpha");
    assert_str(cluster.state, "none");
    assert_str(cluster.active, "r1");
    assert_str(cluster.order, "{\"a\":1}");
    assert_str(cluster.last.id, "r1");
    assert_str(cluster.drift.id, "");
}

static void of_two_at_once_one_is_told_of_the_other(void **state)
{
    struct run_request second = request("r2", "alpha", "upgrade");
    struct run found;

    (void)state;
    assert_int_equal(begin("r1", "alpha", "provision"), RUN_SUBMITTED);
    assert_int_equal(submit(&second, &found), RUN_BUSY);
    assert_str(found.id, "r1");
    assert_str(found.op, "provision");
    assert_str(take(2), "r1");
    assert_int_equal(submit(&second, &found), RUN_BUSY);
    assert_str(found.status, "running");
    assert_int_equal(begin("r3", "beta", "provision"), RUN_SUBMITTED);
    assert_int_equal(finish("alpha", "r1", "failed"), RUN_WRITTEN);
    assert_int_equal(submit(&second, &found), RUN_SUBMITTED);
}

static void the_same_key_gives_the_same_run(void **state)
{
    struct run_request asked = request("r1", "alpha", "provision");
    struct run found;

    (void)state;
    asked.key = STR("key");
    asked.key_body = STR("body");
    assert_int_equal(submit(&asked, &found), RUN_SUBMITTED);
    asked.run = STR("r2");
    assert_int_equal(submit(&asked, &found), RUN_REPEATED);
    assert_str(found.id, "r1");
    asked.key_body = STR("another");
    assert_int_equal(submit(&asked, &found), RUN_KEY_TAKEN);
}

static void the_queue_has_an_end_and_an_order(void **state)
{
    struct run_request asked = request("r9", "zeta", "test");
    struct run found;

    (void)state;
    assert_int_equal(begin("r1", "a", "test"), RUN_SUBMITTED);
    assert_int_equal(begin("r2", "b", "test"), RUN_SUBMITTED);
    assert_int_equal(begin("r3", "c", "test"), RUN_SUBMITTED);
    assert_str(read_back("b", "r2").status, "pending");
    assert_str(read_back("c", "r3").status, "queued");
    assert_int_equal(submit(&asked, &found), RUN_QUEUE_FULL);
    assert_str(take(2), "r1");
    assert_str(take(2), "r2");
    assert_str(take(2), "");
    assert_int_equal(finish("a", "r1", "completed"), RUN_WRITTEN);
    assert_str(take(2), "r3");
    assert_str(read_back("c", "r3").status, "running");
    assert_int_equal(submit(&asked, &found), RUN_SUBMITTED);
}

static void what_is_not_known_is_only_made_by_who_may(void **state)
{
    struct run_request asked = request("r1", "alpha", "upgrade");
    struct run found;
    struct err err;
    struct run_cluster cluster;

    (void)state;
    asked.creates = false;
    assert_int_equal(submit(&asked, &found), RUN_UNKNOWN);
    assert_int_equal(run_cluster_read(redis, arena, A, &cluster, &err), REDIS_MISSING);
    assert_int_equal(run_read(redis, arena, A, STR("r1"), &found, &err), REDIS_MISSING);
    assert_int_equal(begin("r2", "alpha", "provision"), RUN_SUBMITTED);
    assert_int_equal(run_read(redis, arena, STR("beta"), STR("r2"), &found, &err), REDIS_MISSING);
    assert_int_equal(run_read(redis, arena, STR(""), STR("r2"), &found, &err), REDIS_MISSING);
}

static void a_protected_cluster_is_not_destroyed(void **state)
{
    struct run_request asked = request("r1", "alpha", "provision");
    struct run found;
    struct err err;

    (void)state;
    asked.protect = STR("1");
    assert_int_equal(submit(&asked, &found), RUN_SUBMITTED);
    assert_str(take(2), "r1");
    finish("alpha", "r1", "completed");
    assert_true(read_cluster("alpha").is_protected);
    assert_int_equal(begin("r2", "alpha", "destroy"), RUN_PROTECTED);
    assert_int_equal(run_cluster_protect(redis, A, false, &err), REDIS_FOUND);
    assert_int_equal(begin("r2", "alpha", "destroy"), RUN_SUBMITTED);
    assert_int_equal(run_cluster_protect(redis, STR("beta"), false, &err), REDIS_MISSING);
}

/* A plan of that cluster, by a run of that id. */
static void plan(const char *run, const char *hash)
{
    struct run_request asked = request(run, "alpha", "upgrade");
    struct run found;

    asked.plan_only = true;
    asked.order = STR("{\"planned\":1}");
    assert_int_equal(submit(&asked, &found), RUN_SUBMITTED);
    assert_str(take(2), run);
    assert_int_equal(write_one("alpha", run, "plan_hash", hash), RUN_WRITTEN);
    assert_int_equal(finish("alpha", run, "planned"), RUN_WRITTEN);
}

static enum run_submitted approve(const char *run, const char *planned, const char *hash)
{
    struct run_request asked = request(run, "alpha", "apply");
    struct run found;

    asked.order = STR("");
    asked.approves = str_from(planned);
    asked.plan_hash = str_from(hash);
    asked.creates = false;
    return submit(&asked, &found);
}

static void exactly_the_plan_that_was_seen_is_approved(void **state)
{
    (void)state;
    assert_int_equal(begin("r1", "alpha", "provision"), RUN_SUBMITTED);
    assert_str(take(2), "r1");
    finish("alpha", "r1", "completed");
    plan("r2", "sha256:a");
    assert_str(read_cluster("alpha").order, "{\"a\":1}");
    assert_int_equal(approve("r5", "r9", "sha256:a"), RUN_UNKNOWN);
    assert_int_equal(approve("r5", "r1", "sha256:a"), RUN_NOT_PLANNED);
    assert_int_equal(approve("r5", "r2", "sha256:b"), RUN_NOT_PLANNED);
    assert_int_equal(approve("r5", "r2", "sha256:a"), RUN_SUBMITTED);
    assert_str(read_back("alpha", "r2").approved_by, "r5");
    assert_str(read_back("alpha", "r5").approves, "r2");
    assert_str(read_back("alpha", "r5").plan_hash, "sha256:a");
    assert_str(read_back("alpha", "r5").order, "{\"planned\":1}");
    assert_str(read_cluster("alpha").order, "{\"planned\":1}");
    assert_str(take(2), "r5");
    finish("alpha", "r5", "completed");
    assert_str(read_cluster("alpha").applied, "{\"planned\":1}");
    assert_int_equal(approve("r6", "r2", "sha256:a"), RUN_PLAN_STALE);
}

static void a_plan_is_stale_once_another_run_has_changed_the_cluster(void **state)
{
    (void)state;
    assert_int_equal(begin("r1", "alpha", "provision"), RUN_SUBMITTED);
    assert_str(take(2), "r1");
    finish("alpha", "r1", "completed");
    plan("r2", "sha256:a");
    plan("r3", "sha256:b");
    assert_int_equal(begin("r4", "alpha", "drift"), RUN_SUBMITTED);
    assert_str(take(2), "r4");
    finish("alpha", "r4", "completed");
    assert_int_equal(approve("r5", "r3", "sha256:b"), RUN_SUBMITTED);
    assert_str(take(2), "r5");
    finish("alpha", "r5", "failed");
    assert_int_equal(approve("r6", "r2", "sha256:a"), RUN_PLAN_STALE);
}

static void orders_are_those_accepted_or_applied(void **state)
{
    struct run_request asked = request("r1", "alpha", "provision");
    struct run found;

    (void)state;
    submit(&asked, &found);
    assert_str(take(2), "r1");
    finish("alpha", "r1", "completed");
    asked = request("r2", "alpha", "update");
    asked.order = STR("{\"b\":2}");
    submit(&asked, &found);
    assert_str(take(2), "r2");
    finish("alpha", "r2", "failed");
    assert_str(read_cluster("alpha").order, "{\"b\":2}");
    assert_str(read_cluster("alpha").applied, "{\"a\":1}");
    asked = request("r3", "alpha", "drift");
    asked.order = STR("");
    submit(&asked, &found);
    assert_str(read_back("alpha", "r3").order, "{\"a\":1}");
    assert_str(take(2), "r3");
    finish("alpha", "r3", "completed");
    asked = request("r4", "alpha", "update"); /* resumed */
    asked.order = STR("");
    submit(&asked, &found);
    assert_str(read_back("alpha", "r4").order, "{\"b\":2}");
    assert_str(take(2), "r4");
    finish("alpha", "r4", "completed");
    asked = request("r5", "alpha", "test");
    asked.order = STR("{\"c\":3}");
    submit(&asked, &found);
    assert_str(read_cluster("alpha").order, "{\"b\":2}");
    assert_str(read_cluster("alpha").applied, "{\"b\":2}");
}

static enum run_cancelled cancel(const char *cluster, const char *run)
{
    enum run_cancelled cancelled;
    struct err err;

    assert_int_equal(run_cancel(redis, str_from(cluster), str_from(run), ++now_ms, &cancelled, &err), 0);
    return cancelled;
}

static void a_run_is_cancelled_wherever_it_is(void **state)
{
    (void)state;
    begin("r1", "alpha", "provision");
    assert_int_equal(cancel("beta", "r1"), RUN_CANCEL_UNKNOWN);
    assert_int_equal(cancel("alpha", "r1"), RUN_CANCELLED);
    assert_int_equal(cancel("alpha", "r1"), RUN_CANCEL_FINISHED);
    assert_str(read_back("alpha", "r1").status, "cancelled");
    assert_str(take(2), "");
    begin("r2", "alpha", "provision");
    assert_str(take(2), "r2");
    assert_int_equal(write_one("alpha", "r2", "step", "plan"), RUN_WRITTEN);
    assert_int_equal(cancel("alpha", "r2"), RUN_CANCEL_ASKED);
    assert_int_equal(write_one("alpha", "r2", "step", "apply"), RUN_WRITTEN_CANCEL);
    assert_int_equal(finish("alpha", "r2", "cancelled"), RUN_WRITTEN_CANCEL);
    assert_int_equal(cancel("alpha", "r2"), RUN_CANCEL_FINISHED);
    plan("r3", "sha256:a");
    assert_int_equal(cancel("alpha", "r3"), RUN_CANCELLED);
    assert_int_equal(approve("r4", "r3", "sha256:a"), RUN_NOT_PLANNED);
}

static void only_the_leader_writes_and_only_of_what_runs(void **state)
{
    const struct str line = STR("x");
    struct run found;
    enum run_written written;
    struct err err;

    (void)state;
    begin("r1", "alpha", "provision");
    assert_int_equal(write_one("alpha", "r1", "step", "plan"), RUN_WRITTEN_NOT);
    assert_int_equal(run_take(redis, arena, "another", 2, 1, &found, &err), REDIS_MISSING);
    assert_str(take(2), "r1");
    assert_int_equal(run_write(redis, "another", A, STR("r1"), STR(""), NULL, 0, &written, &err), 0);
    assert_int_equal(written, RUN_WRITTEN_NOT_LEADER);
    assert_int_equal(run_log_append(redis, "another", STR("r1"), 1, &line, 1, 1, &written, &err), 0);
    assert_int_equal(written, RUN_WRITTEN_NOT_LEADER);
    finish("alpha", "r1", "completed");
    assert_int_equal(finish("alpha", "r1", "failed"), RUN_WRITTEN_NOT);
    assert_str(read_back("alpha", "r1").status, "completed");
}

static void a_new_leader_finds_what_runs(void **state)
{
    struct str *ids;
    size_t count;
    struct run found;
    struct err err;

    (void)state;
    begin("r1", "alpha", "provision");
    assert_str(take(2), "r1");
    write_one("alpha", "r1", "pid", "77");
    assert_int_equal(runs_running(redis, arena, &ids, &count, &err), 0);
    assert_int_equal(count, 1);
    assert_int_equal(run_find(redis, arena, ids[0], &found, &err), REDIS_FOUND);
    assert_str(found.cluster, "alpha");
    assert_str(found.order, "{\"a\":1}");
    assert_int_equal(found.pid, 77);
    finish("alpha", "r1", "completed");
    assert_int_equal(runs_running(redis, arena, &ids, &count, &err), 0);
    assert_int_equal(count, 0);
}

static void append(const char *run, int64_t first, size_t count)
{
    char texts[200][8];
    struct str lines[200];
    enum run_written written;
    struct err err;

    for (size_t i = 0; i < count; i++) {
        snprintf(texts[i], sizeof(texts[i]), "l%d", (int)first + (int)i);
        lines[i] = str_from(texts[i]);
    }
    assert_int_equal(run_log_append(redis, ME, str_from(run), first, lines, count, 5, &written, &err), 0);
    assert_int_equal(written, RUN_WRITTEN);
}

static void lines_are_stored_once_and_read_from_anywhere(void **state)
{
    struct run_line *lines;
    size_t count;
    struct err err;

    (void)state;
    begin("r1", "alpha", "provision");
    assert_str(take(2), "r1");
    assert_int_equal(run_log_read(redis, arena, STR("r1"), 0, 10, 0, &lines, &count, &err), 0);
    assert_int_equal(count, 0);
    append("r1", 1, 130);
    append("r1", 1, 150); /* by a new leader */
    assert_int_equal(read_back("alpha", "r1").log_lines, 150);
    assert_int_equal(run_log_read(redis, arena, STR("r1"), 0, 200, 0, &lines, &count, &err), 0);
    assert_int_equal(count, 150);
    assert_str(lines[0].text, "l1");
    assert_str(lines[149].text, "l150");
    assert_int_equal(lines[149].number, 150);
    assert_int_equal(lines[149].at, 5);
    assert_int_equal(run_log_read(redis, arena, STR("r1"), 148, 200, 100, &lines, &count, &err), 0);
    assert_int_equal(count, 2);
    assert_int_equal(run_log_read(redis, arena, STR("r1"), 150, 200, 20, &lines, &count, &err), 0);
    assert_int_equal(count, 0);
    assert_int_equal(run_log_tail(redis, arena, STR("r1"), 3, &lines, &count, &err), 0);
    assert_int_equal(count, 3);
    assert_str(lines[0].text, "l148");
}

static void a_log_is_bounded(void **state)
{
    static char text[RUN_LOG_LINE_MAX + 10];
    struct str lines[50];
    struct run_line *found;
    enum run_written written;
    size_t count;
    struct err err;

    (void)state;
    memset(text, 'x', sizeof(text));
    for (size_t i = 0; i < COUNT(lines); i++)
        lines[i] = (struct str){text, sizeof(text)};
    begin("r1", "alpha", "provision");
    assert_str(take(2), "r1");
    for (int i = 0; i < 30; i++)
        assert_int_equal(run_log_append(redis, ME, STR("r1"), 1 + 50 * i, lines, COUNT(lines), 5, &written, &err), 0);
    assert_int_equal(run_log_tail(redis, arena, STR("r1"), 10000, &found, &count, &err), 0);
    assert_true(count > 100 && count <= 1100);
    assert_int_equal(found[0].text.len, RUN_LOG_LINE_MAX);
    assert_int_equal(found[count - 1].number, 1500);
    arena_reset(arena);
}

static void the_oldest_runs_go(void **state)
{
    struct run *runs;
    struct run found;
    size_t count;
    char id[16];
    struct err err;

    (void)state;
    for (int i = 1; i <= 55; i++) {
        snprintf(id, sizeof(id), "r%03d", i);
        assert_int_equal(begin(id, "alpha", "drift"), RUN_SUBMITTED);
        assert_str(take(2), id);
        finish("alpha", id, "failed");
    }
    assert_int_equal(runs_list(redis, arena, A, &runs, &count, &err), 0);
    assert_int_equal(count, RUNS_KEPT);
    assert_str(runs[0].id, "r055");
    assert_str(runs[0].order, "");
    assert_int_equal(run_read(redis, arena, A, STR("r005"), &found, &err), REDIS_MISSING);
}

static void webhooks_are_told_with_the_end_and_a_cleanup_forgets(void **state)
{
    const char *why;
    const struct webhook webhook = {.id = "hook",
                                    .url = "https://hooks.example.com/",
                                    .events = json_parse(arena, STR("[\"provision.completed\"]"), 4, &why),
                                    .enabled = true,
                                    .created_by = "a"};
    struct run_end end = {.cluster = A,
                          .run = STR("r1"),
                          .status = STR("completed"),
                          .phase = STR("Succeeded"),
                          .now_ms = 1795285299000,
                          .state = STR("present"),
                          .connected = "ap-south-1_alpha",
                          .outputs = STR("{\"o\":1}"),
                          .event = "provision.completed",
                          .told = STR("{\"run\":\"r1\"}"),
                          .id = STR("ap-south-1_alpha"),
                          .applied = true};
    struct delivery_batch batch;
    struct run_request cleanup;
    struct run_cluster cluster;
    enum run_written written;
    struct run found;
    struct err err;

    (void)state;
    assert_int_equal(webhook_write(redis, &webhook, STR("sealed"), &err), 0);
    begin("r1", "alpha", "provision");
    assert_str(take(2), "r1");
    assert_int_equal(run_finish(redis, ME, &end, &written, &err), 0);
    assert_int_equal(deliveries_claim(redis, arena, ME, 1795285299000, 1795285300000, 10, NULL, 0, &batch, &err), 0);
    assert_int_equal(batch.count, 1);
    assert_str(batch.claims[0].event, "provision.completed");
    assert_non_null(strstr(batch.claims[0].body.ptr, "\"cluster\":\"ap-south-1_alpha\",\"run\":{\"run\":\"r1\"}}"));
    delivery_batch_free(&batch);
    cluster = read_cluster("alpha");
    assert_str(cluster.state, "present");
    assert_str(cluster.connection, "ap-south-1_alpha");
    assert_str(cluster.outputs, "{\"o\":1}");
    assert_str(cluster.active, "");

    cleanup = request("r2", "alpha", "cleanup");
    assert_int_equal(submit(&cleanup, &found), RUN_STATE_PRESENT);
    cleanup.force = true;
    assert_int_equal(submit(&cleanup, &found), RUN_SUBMITTED);
    assert_str(take(2), "r2");
    assert_true(read_back("alpha", "r2").force);
    end = (struct run_end){.cluster = A, .run = STR("r2"), .status = STR("completed"), .now_ms = 2, .forget = true};
    assert_int_equal(run_finish(redis, ME, &end, &written, &err), 0);
    assert_int_equal(run_cluster_read(redis, arena, A, &cluster, &err), REDIS_MISSING);
    assert_int_equal(run_read(redis, arena, A, STR("r1"), &found, &err), REDIS_MISSING);
}

static void what_was_found_is_over_when_something_is_applied(void **state)
{
    struct run_end end = {.cluster = A, .run = STR("r1"), .status = STR("planned"), .is_drift = true};
    struct run_cluster cluster;
    enum run_written written;
    struct err err;

    (void)state;
    begin("r1", "alpha", "drift");
    assert_str(take(2), "r1");
    end.now_ms = ++now_ms;
    assert_int_equal(run_finish(redis, ME, &end, &written, &err), 0);
    assert_int_equal(run_cluster_read(redis, arena, A, &cluster, &err), REDIS_FOUND);
    assert_str(cluster.drift.id, "r1");
    begin("r2", "alpha", "update");
    assert_str(take(2), "r2");
    end = (struct run_end){
        .cluster = A, .run = STR("r2"), .status = STR("completed"), .now_ms = ++now_ms, .applied = true};
    assert_int_equal(run_finish(redis, ME, &end, &written, &err), 0);
    assert_int_equal(run_cluster_read(redis, arena, A, &cluster, &err), REDIS_FOUND);
    assert_str(cluster.drift.id, "");
}

static void clusters_are_listed_with_their_runs(void **state)
{
    struct run_cluster *clusters;
    size_t count;
    struct run_end end = {.cluster = A, .run = STR("r1"), .status = STR("planned"), .now_ms = 1, .is_drift = true};
    enum run_written written;
    struct str plan_text;
    struct err err;

    (void)state;
    assert_int_equal(run_clusters_list(redis, arena, &clusters, &count, &err), 0);
    assert_int_equal(count, 0);
    begin("r1", "alpha", "drift");
    assert_str(take(2), "r1");
    assert_int_equal(write_one("alpha", "r1", "changes", "{\"add\":1}"), RUN_WRITTEN);
    assert_int_equal(write_one("alpha", "r1", "plan", "{\"tree\":[]}"), RUN_WRITTEN);
    end.now_ms = ++now_ms;
    assert_int_equal(run_finish(redis, ME, &end, &written, &err), 0);
    begin("r2", "beta", "provision");
    assert_int_equal(run_clusters_list(redis, arena, &clusters, &count, &err), 0);
    assert_int_equal(count, 2);
    assert_str(clusters[0].name, "beta");
    assert_str(clusters[0].last.status, "pending");
    assert_str(clusters[1].drift.changes, "{\"add\":1}");
    assert_int_equal(run_plan_read(redis, arena, A, STR("r1"), &plan_text, &err), REDIS_FOUND);
    assert_str(plan_text, "{\"tree\":[]}");
    assert_int_equal(run_plan_read(redis, arena, STR("beta"), STR("r1"), &plan_text, &err), REDIS_MISSING);
    assert_int_equal(run_plan_read(redis, arena, STR("beta"), STR("r2"), &plan_text, &err), REDIS_MISSING);
}

#define ROW(test) cmocka_unit_test_setup(test, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(a_run_is_queued_and_makes_its_cluster_known),
        ROW(of_two_at_once_one_is_told_of_the_other),
        ROW(the_same_key_gives_the_same_run),
        ROW(the_queue_has_an_end_and_an_order),
        ROW(what_is_not_known_is_only_made_by_who_may),
        ROW(a_protected_cluster_is_not_destroyed),
        ROW(exactly_the_plan_that_was_seen_is_approved),
        ROW(a_plan_is_stale_once_another_run_has_changed_the_cluster),
        ROW(orders_are_those_accepted_or_applied),
        ROW(a_run_is_cancelled_wherever_it_is),
        ROW(only_the_leader_writes_and_only_of_what_runs),
        ROW(a_new_leader_finds_what_runs),
        ROW(lines_are_stored_once_and_read_from_anywhere),
        ROW(a_log_is_bounded),
        ROW(the_oldest_runs_go),
        ROW(webhooks_are_told_with_the_end_and_a_cleanup_forgets),
        ROW(what_was_found_is_over_when_something_is_applied),
        ROW(clusters_are_listed_with_their_runs),
    };

    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
