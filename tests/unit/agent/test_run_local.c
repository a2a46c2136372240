/*
 * Runs as processes of this machine: started once, followed, found again, cancelled, killed. What they perform is a
 * stand-in for provision.sh that does as each test says, for it is faults and times that are looked at here; the real
 * one runs in tests/lives.
 */
#include "tests/unit/rows.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "agent/run_work.h"
#include "base/metrics.h"
#include "redis/lease.h"
#include "tests/unit/redis/server.h"

#define ME "0123456789abcdef0123456789abcdef"
#define NAME "alpha"

/* Reads what to do from the folder it lies in; says who it is first. */
static const char script[] =
    "#!/bin/sh\n"
    "exec >>\"$EKSGATE_LOGS/run.jsonl\"\n"
    "echo started >>\"$EKSGATE_STATE/starts\"\n"
    "phase() { echo \"{\\\"type\\\":\\\"eksgate_phase\\\",\\\"run\\\":\\\"$EKSGATE_RUN\\\",\\\"op\\\":\\\"x\\\","
    "\\\"phase\\\":\\\"$1\\\",\\\"rc\\\":${2:-null},\\\"at\\\":\\\"2026-11-21T06:00:00Z\\\"}\"; }\n"
    ". \"$EKSGATE_MODULE/do\"\n";

static struct config config;
static struct cluster_memory *memory;
static struct loop *loop;
static char module[160];
static char area[160];
static int64_t run_number;
static char id[TERRAFORM_RUN_LEN + 1];

/* Whatever the umask: a run may be another user's. */
static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fchmod(fileno(file), 0644);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* A text file of the cluster's folder; "" when it is not there. */
static char *read_text(const char *name)
{
    static char text[8192];
    char path[400];
    FILE *file;
    size_t n = 0;

    snprintf(path, sizeof(path), "%s/%s/%s", area, NAME, name);
    file = fopen(path, "r");
    if (file) {
        n = fread(text, 1, sizeof(text) - 1, file);
        fclose(file);
    }
    text[n] = '\0';
    return text;
}

static int setup_all(void **state)
{
    char path[200];

    if (group_setup(state) < 0)
        return -1;
    snprintf(module, sizeof(module), "%s/module", folder);
    snprintf(area, sizeof(area), "%s/area", folder);
    mkdir(module, 0700);
    snprintf(path, sizeof(path), "%s/provision.sh", module);
    write_text(path, script);
    memory = cluster_memory_new();
    loop = loop_new();
    config = (struct config){.redis = address,
                             .provision_runner = "local",
                             .provision_dir = area,
                             .provision_module = module,
                             .terraform = "terraform",
                             .provision_grace = 60};
    setenv("EKSGATE_REDIS_PASSWORD_FILE", "/secret", 1);
    setenv("AWS_REGION", "us-east-1", 1);
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    setenv("TF_LOG", "trace", 1);
    json_global_init();
    metrics_begin(0);
    return http_global_init();
}

static int teardown_all(void **state)
{
    cluster_memory_free(memory);
    loop_free(loop);
    return group_teardown(state);
}

static int setup(void **state)
{
    char command[400];
    int64_t beat;
    struct err err;

    snprintf(command, sizeof(command), "rm -rf %s", area);
    config.provision_grace = 60;
    if (empty(state) < 0 || system(command) != 0)
        return -1;
    return lease_take(redis, ME, 600000, &beat, &err);
}

/* A run of that operation, taken from the queue; the stand-in will do that. */
static void begin(const char *op, const char *what)
{
    char path[200];
    struct run_request request = {.cluster = STR(NAME),
                                  .op = str_from(op),
                                  .job_name = STR("job"),
                                  .runner = STR("local"),
                                  .order = STR("{\"cluster_name\":\"alpha\",\"region\":\"ap-south-1\"}"),
                                  .creates = true,
                                  .queue_max = 10,
                                  .running_max = 3,
                                  .now_ms = 1795285200000 + ++run_number};
    enum run_submitted submitted;
    struct run run;
    struct err err;

    snprintf(path, sizeof(path), "%s/do", module);
    write_text(path, what);
    snprintf(id, sizeof(id), "r%013lld0000", (long long)request.now_ms);
    request.run = str_from(id);
    assert_int_equal(run_submit(redis, arena, &request, &submitted, &run, &err), 0);
    assert_int_equal(submitted, RUN_SUBMITTED);
    assert_int_equal(run_take(redis, arena, ME, 3, 1, &run, &err), REDIS_FOUND);
}

static struct run_work *follow(void)
{
    const struct worker shared = {.config = &config, .memory = memory, .request_id = "test"};
    struct run_work *work = run_work_start(&shared, loop, ME, str_from(id));

    assert_non_null(work);
    return work;
}

static void wait_done(struct run_work *work)
{
    for (int i = 0; i < 6000 && !atomic_load(&work->done); i++)
        usleep(10000);
    assert_true(atomic_load(&work->done));
    run_work_join(work);
}

static struct run read_run(void)
{
    struct run run;
    struct err err;

    assert_int_equal(run_read(redis, arena, STR(NAME), str_from(id), &run, &err), REDIS_FOUND);
    return run;
}

static struct run_cluster read_cluster(void)
{
    struct run_cluster cluster;
    struct err err;

    assert_int_equal(run_cluster_read(redis, arena, STR(NAME), &cluster, &err), REDIS_FOUND);
    return cluster;
}

/* Until the run is at that step. */
static void wait_step(const char *step)
{
    for (int i = 0; i < 6000 && !str_equal(read_run().step, str_from(step)); i++) {
        usleep(10000);
        arena_reset(arena);
    }
    assert_str(read_run().step, step);
}

static struct run perform(const char *op, const char *what)
{
    begin(op, what);
    wait_done(follow());
    return read_run();
}

static void a_run_is_followed_to_its_end(void **state)
{
    struct run run = perform("test", "phase init\necho plain text\nphase plan\nphase planned 0\n");
    struct run_line *lines;
    size_t count;
    struct err err;

    (void)state;
    assert_str(run.status, "completed");
    assert_str(run.phase, "Succeeded");
    assert_str(run.message, "");
    assert_str(run.step, "planned");
    assert_int_equal(run.exit_code, 0);
    assert_true(run.pid > 0);
    assert_true(run.host.len > 0);
    assert_int_equal(run_log_read(redis, arena, str_from(id), 0, 100, 0, &lines, &count, &err), 0);
    assert_int_equal(count, 4);
    assert_str(lines[1].text, "plain text");
    assert_str(read_cluster().state, "none");
    assert_string_equal(read_text("vars.json") + strlen(read_text("vars.json")) - 1, "}");
}

static void the_process_knows_only_what_it_must(void **state)
{
    const char *environment;

    (void)state;
    perform("test", "env >\"$EKSGATE_STATE/env\"\npwd >\"$EKSGATE_STATE/pwd\"\nulimit -c >\"$EKSGATE_STATE/core\"\n"
                    "ls /proc/self/fd | wc -l >\"$EKSGATE_STATE/fds\"\nphase planned 0\n");
    environment = read_text("state/env");
    assert_non_null(strstr(environment, "EKSGATE_OP=test\n"));
    assert_non_null(strstr(environment, "EKSGATE_NAME=alpha\n"));
    assert_non_null(strstr(environment, "AWS_REGION=us-east-1\n"));
    assert_null(strstr(environment, "REDIS"));
    assert_null(strstr(environment, "TF_LOG"));
    assert_null(strstr(environment, "EKSGATE_LOCK_ID"));
    assert_non_null(strstr(read_text("state/pwd"), id));
    assert_string_equal(read_text("state/core"), "0\n");
    /* stdin, stdout, stderr, what it holds, and the one that lists them */
    assert_string_equal(read_text("state/fds"), "5\n");
}

static void a_plan_waits_and_a_drift_without_changes_does_not(void **state)
{
    (void)state;
    assert_str(perform("drift", "phase planned 0\n").status, "planned");
    assert_str(read_cluster().drift.id, id);
    assert_str(perform("drift", "phase unchanged 0\n").status, "completed");
}

static void a_blocked_plan_is_told_as_such(void **state)
{
    struct run run = perform("upgrade", "phase guard\nphase blocked 3\nexit 3\n");

    (void)state;
    assert_str(run.status, "blocked");
    assert_int_equal(run.exit_code, 3);
    assert_str(read_cluster().state, "none");
}

static void a_script_that_refuses_says_why(void **state)
{
    struct run run = perform("test", "echo 'provision.sh: EKSGATE_NAME is too long' >&2\nexit 64\n");

    (void)state;
    assert_str(run.status, "failed");
    assert_str(run.message, "provision.sh: EKSGATE_NAME is too long");
    assert_int_equal(run.exit_code, 64);
}

static void what_has_begun_to_change_is_partial_until_it_is_whole(void **state)
{
    struct run_work *work;
    char path[400];

    (void)state;
    begin("provision",
          "phase apply\nwhile ! [ -e \"$EKSGATE_STATE/go\" ]; do sleep 0.05; done\nphase failed 1\nexit 1\n");
    work = follow();
    wait_step("apply");
    assert_str(read_cluster().state, "partial");
    snprintf(path, sizeof(path), "%s/%s/state/go", area, NAME);
    write_text(path, "");
    wait_done(work);
    assert_str(read_run().status, "failed");
    assert_str(read_cluster().state, "partial");
    assert_str(perform("destroy", "phase apply\nphase succeeded 0\n").status, "completed");
    assert_str(read_cluster().state, "destroyed");
}

/* As by an agent that was away while all of it happened. */
static void what_was_changed_is_partial_though_all_of_it_is_read_at_once(void **state)
{
    (void)state;
    assert_str(perform("provision", "phase apply\nphase failed 1\nexit 1\n").status, "failed");
    assert_str(read_cluster().state, "partial");
}

static void ask_cancel(void)
{
    enum run_cancelled cancelled;
    struct err err;

    assert_int_equal(run_cancel(redis, STR(NAME), str_from(id), 5, &cancelled, &err), 0);
    assert_int_equal(cancelled, RUN_CANCEL_ASKED);
}

static void a_cancelled_run_is_told_once_and_waited_for(void **state)
{
    struct run_work *work;

    (void)state;
    begin("provision",
          "trap 'echo TERM >>\"$EKSGATE_STATE/signals\"; phase cancelled 143; exit 143' TERM\nphase apply\n"
          "while :; do sleep 0.05; done\n");
    work = follow();
    wait_step("apply");
    ask_cancel();
    wait_done(work);
    assert_str(read_run().status, "cancelled");
    assert_int_equal(read_run().exit_code, 143);
    assert_string_equal(read_text("state/signals"), "TERM\n");
}

static void who_does_not_end_in_time_is_killed_with_all_its_children(void **state)
{
    struct run_work *work;

    (void)state;
    config.provision_grace = 1;
    begin("provision", "trap '' TERM\nphase apply\nwhile :; do sleep 0.05; done\n");
    work = follow();
    wait_step("apply");
    ask_cancel();
    wait_done(work);
    assert_str(read_run().status, "cancelled");
    assert_str(read_cluster().state, "partial");
}

static void a_run_that_was_killed_is_interrupted(void **state)
{
    struct run_work *work;

    (void)state;
    begin("provision", "phase apply\nwhile :; do sleep 0.05; done\n");
    work = follow();
    wait_step("apply");
    kill((pid_t)-read_run().pid, SIGKILL);
    wait_done(work);
    assert_str(read_run().status, "failed");
    assert_non_null(strstr(read_run().message.ptr, "interrupted"));
    assert_str(read_cluster().state, "partial");
}

/* The first to follow ends, as with its agent; another one goes on with the same process. */
static void check_owner(const char *name, uid_t owner, mode_t mode)
{
    char path[400];
    struct stat st;

    snprintf(path, sizeof(path), "%s/%s", area, name);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_uid, owner);
    assert_int_equal(st.st_mode & 07777, mode);
}

static void a_run_may_be_another_users(void **state)
{
    const struct passwd *nobody = getpwnam("nobody");
    char expected[300];
    char logs[100];

    (void)state;
    if (geteuid() != 0 || !nobody)
        skip();
    chmod(folder, 0711);
    chmod(module, 0755);
    config.provision_user = "nobody";
    umask(077);
    perform("test", "umask 077\nid -u >\"$EKSGATE_STATE/id\"\nid -G >>\"$EKSGATE_STATE/id\"\n"
                    "echo \"$HOME\" >>\"$EKSGATE_STATE/id\"\nphase planned 0\n");
    config.provision_user = NULL;
    umask(022);
    snprintf(expected, sizeof(expected), "%ld\n%ld\n%s\n", (long)nobody->pw_uid, (long)nobody->pw_gid, nobody->pw_dir);
    assert_string_equal(read_text("state/id"), expected);
    check_owner(NAME, nobody->pw_uid, 0700);
    check_owner(NAME "/vars.json", nobody->pw_uid, 0600);
    check_owner(NAME "/state", nobody->pw_uid, 0700);
    check_owner(NAME "/state/id", nobody->pw_uid, 0600);
    snprintf(logs, sizeof(logs), NAME "/logs/%s", id);
    check_owner(logs, nobody->pw_uid, 0700);
}

/* A lock on a state in S3 outlives who held it. */
static void a_run_is_told_whose_locks_are_nobodys(void **state)
{
    static const char tell[] = "echo \"$EKSGATE_ENDED\" >\"$EKSGATE_STATE/ended\"\nphase succeeded 0\n";
    char expected[80];
    char path[400];
    char first[TERRAFORM_RUN_LEN + 1];
    char second[TERRAFORM_RUN_LEN + 1];
    int fd;

    (void)state;
    perform("provision", "phase apply\nkill -9 $$\n");
    memcpy(first, id, sizeof(first));
    perform("provision", tell);
    assert_string_equal(read_text("state/ended"), "\n"); /* the state is a file */
    memcpy(second, id, sizeof(second));
    config.provision_state = "s3://states";
    config.provision_state_region = "us-east-1";
    perform("provision", tell);
    snprintf(expected, sizeof(expected), "%s,%s\n", second, first);
    assert_string_equal(read_text("state/ended"), expected);
    /* Somebody of the first still lives. */
    snprintf(path, sizeof(path), "%s/%s/logs/%s/alive", area, NAME, first);
    fd = open(path, O_RDWR);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    snprintf(expected, sizeof(expected), "%s,%s\n", id, second);
    perform("provision", tell);
    assert_string_equal(read_text("state/ended"), expected);
    close(fd);
    config.provision_state = NULL;
}

static void a_run_outlives_who_follows_it_and_is_found_again(void **state)
{
    struct run_work *work;
    struct run_line *lines;
    size_t count;
    char path[400];
    struct err err;

    (void)state;
    begin("drift", "phase init\necho one\nphase plan\nwhile ! [ -e \"$EKSGATE_STATE/go\" ]; do sleep 0.05; done\n"
                   "echo two\nphase planned 0\n");
    work = follow();
    wait_step("plan");
    atomic_store(&work->stop, true);
    wait_done(work);
    assert_str(read_run().status, "running");
    work = follow();
    snprintf(path, sizeof(path), "%s/%s/state/go", area, NAME);
    write_text(path, "");
    wait_done(work);
    assert_str(read_run().status, "planned");
    assert_string_equal(read_text("state/starts"), "started\n");
    assert_int_equal(run_log_read(redis, arena, str_from(id), 0, 100, 0, &lines, &count, &err), 0);
    assert_int_equal(count, 5);
    assert_str(lines[3].text, "two");
}

/* It ended while nobody led. */
static void an_end_that_nobody_saw_is_found(void **state)
{
    struct run_work *work;
    char path[400];
    int fd;

    (void)state;
    begin("drift", "phase plan\nwhile ! [ -e \"$EKSGATE_STATE/go\" ]; do sleep 0.05; done\nphase planned 0\n");
    work = follow();
    wait_step("plan");
    atomic_store(&work->stop, true);
    wait_done(work);
    snprintf(path, sizeof(path), "%s/%s/state/go", area, NAME);
    write_text(path, "");
    snprintf(path, sizeof(path), "%s/%s/logs/%s/alive", area, NAME, id);
    fd = open(path, O_RDWR | O_CLOEXEC);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    close(fd);
    wait_done(follow());
    assert_str(read_run().status, "planned");
    assert_string_equal(read_text("state/starts"), "started\n");
}

static void cleaning_up_deletes_what_is_left_unless_there_are_resources(void **state)
{
    char path[400];
    struct run_cluster cluster;
    struct err err;

    (void)state;
    perform("test", "phase planned 0\n");
    snprintf(path, sizeof(path), "%s/%s/state/terraform.tfstate", area, NAME);
    write_text(path, "{\"version\":4,\"resources\":[{\"type\":\"aws_vpc\"}]}");
    assert_str(perform("cleanup", "").status, "failed");
    assert_non_null(strstr(read_run().message.ptr, "resources"));
    write_text(path, "{\"version\":4,\"resources\":[]}");
    begin("cleanup", "");
    wait_done(follow());
    assert_int_equal(run_cluster_read(redis, arena, STR(NAME), &cluster, &err), REDIS_MISSING);
    snprintf(path, sizeof(path), "%s/%s", area, NAME);
    assert_int_equal(access(path, F_OK), -1);
}

static void without_a_module_nothing_begins(void **state)
{
    const char *was = config.provision_module;

    (void)state;
    config.provision_module = "/nonexistent";
    begin("test", "");
    wait_done(follow());
    config.provision_module = was;
    assert_str(read_run().status, "failed");
    assert_non_null(strstr(read_run().message.ptr, "EKSGATE_PROVISION_MODULE"));
}

#define ROW(test) cmocka_unit_test_setup(test, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(a_run_is_followed_to_its_end),
        ROW(the_process_knows_only_what_it_must),
        ROW(a_plan_waits_and_a_drift_without_changes_does_not),
        ROW(a_blocked_plan_is_told_as_such),
        ROW(a_script_that_refuses_says_why),
        ROW(what_has_begun_to_change_is_partial_until_it_is_whole),
        ROW(what_was_changed_is_partial_though_all_of_it_is_read_at_once),
        ROW(a_cancelled_run_is_told_once_and_waited_for),
        ROW(who_does_not_end_in_time_is_killed_with_all_its_children),
        ROW(a_run_that_was_killed_is_interrupted),
        ROW(a_run_may_be_another_users),
        ROW(a_run_is_told_whose_locks_are_nobodys),
        ROW(a_run_outlives_who_follows_it_and_is_found_again),
        ROW(an_end_that_nobody_saw_is_found),
        ROW(cleaning_up_deletes_what_is_left_unless_there_are_resources),
        ROW(without_a_module_nothing_begins),
    };

    return cmocka_run_group_tests(tests, setup_all, teardown_all);
}
