/*
 * Runs as processes of this machine, which outlive the agent. Who is alive holds a lock on a file of his run, so that
 * whoever follows sees the end of what somebody else has started, and nothing is started twice.
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/run_files.h"
#include "agent/run_lines.h"
#include "agent/run_spawn.h"
#include "base/log.h"

#define POLL_MS 300
#define ENVIRONMENT_MORE 24

struct local {
    struct run_files files;
    const char *alive_path;
    int output; /* run.jsonl; -1 until it is there */
    struct run_lines lines;
    struct str ended;
    pid_t pid; /* 0: not known */
    uid_t user;
    gid_t group;
    char *home;      /* "HOME=" and the user's, where that is not this process's own; or NULL */
    int64_t kill_ms; /* 0: it was not told to end */
    bool has_ended;
};

static int find_user(struct run_work *work, struct local *local, struct err *err)
{
    const struct config *config = work->worker.config;
    struct passwd entry;
    struct passwd *found = NULL;
    char text[4096];

    local->user = geteuid();
    local->group = getegid();
    if (!config->provision_user || *config->provision_user == '\0' || geteuid() != 0)
        return 0;
    if (getpwnam_r(config->provision_user, &entry, text, sizeof(text), &found) != 0 || !found)
        return err_set(err, ERR_INTERNAL, "there is no user %s (EKSGATE_PROVISION_USER)", config->provision_user);
    local->user = entry.pw_uid;
    local->group = entry.pw_gid;
    local->home = arena_printf(work->kept, "HOME=%s", entry.pw_dir);
    return local->home ? 0 : err_set(err, ERR_INTERNAL, "there is no memory for the run");
}

static void add_variable(struct run_work *work, char **environment, size_t *count, const char *name, struct str value)
{
    char *text = arena_printf(work->kept, "EKSGATE_%s=%.*s", name, STR_FMT(value));

    if (text)
        environment[(*count)++] = text;
}

/* This program, which may have been replaced by a newer one since it began. */
static struct str find_self(char *out, size_t size)
{
    static const char gone[] = " (deleted)";
    ssize_t n = readlink("/proc/self/exe", out, size);
    struct str self = {out, n > 0 ? (size_t)n : 0};

    if (str_ends_with(self, str_from(gone)))
        self.len -= strlen(gone);
    return self;
}

/* That of this process is nothing that another user could read. */
static void set_home(char **environment, size_t *count, char *home)
{
    size_t i = 0;

    while (i < *count && strncmp(environment[i], "HOME=", strlen("HOME=")) != 0)
        i++;
    environment[i] = home;
    if (i == *count)
        (*count)++;
}

static char **environment_of(struct run_work *work, const struct local *local)
{
    const struct config *config = work->worker.config;
    const char *role = json_find_text(work->order, "role_arn");
    const char *external_id = json_find_text(work->order, "external_id");
    char module[4096];
    char self[4096];
    size_t count;
    char **environment = spawn_environment(work->kept, ENVIRONMENT_MORE, &count);
    const struct {
        const char *name;
        struct str value;
    } own[] = {
        {"OP", str_from(run_script_op(&work->run))},
        {"NAME", work->run.cluster},
        {"RUN", work->run.id},
        {"MODULE", str_from(realpath(config->provision_module, module) ? module : config->provision_module)},
        {"STATE", str_from(local->files.state)},
        {"LOGS", str_from(local->files.logs)},
        {"VARS", str_from(local->files.vars)},
        {"BACKEND", str_from(local->files.backend)},
        {"BIN", find_self(self, sizeof(self))},
        {"TERRAFORM", str_from(config->terraform)},
        {"PLAN_RUN", work->run.approves},
        {"PLAN_HASH", work->run.approves.len > 0 ? work->run.plan_hash : STR("")},
        {"LOCK_ID", work->run.lock_id},
        {"ENDED", local->ended},
        {"ROLE_ARN", str_from(role)},
        {"ROLE_EXTERNAL_ID", str_from(external_id)},
    };

    for (size_t i = 0; environment && i < sizeof(own) / sizeof(own[0]); i++)
        if (own[i].value.len > 0)
            add_variable(work, environment, &count, own[i].name, own[i].value);
    if (environment && local->home)
        set_home(environment, &count, local->home);
    return environment;
}

static int spawn_run(struct run_work *work, struct local *local, int held, struct err *err)
{
    char *script = arena_printf(work->kept, "%s/provision.sh", work->worker.config->provision_module);
    char *resolved = script ? realpath(script, NULL) : NULL;
    char *errors = arena_printf(work->kept, "%s/stderr.txt", local->files.logs);
    char shell[] = "/bin/sh";
    char *const words[] = {shell, resolved, NULL};
    struct spawn spawn = {.words = words,
                          .environment = environment_of(work, local),
                          .folder = local->files.logs,
                          .errors = errors,
                          .held = held,
                          .user = local->user,
                          .group = local->group};
    int rc = -1;

    if (!resolved)
        err_set(err, ERR_NOT_CONFIGURED, "there is no provision.sh in %s (EKSGATE_PROVISION_MODULE)",
                work->worker.config->provision_module);
    else if (!spawn.environment || !errors)
        err_set(err, ERR_INTERNAL, "there is no memory for the run");
    else
        rc = spawn_start(&spawn, &local->pid, err);
    free(resolved);
    return rc;
}

static void record_process(struct run_work *work, const struct local *local)
{
    char host[256] = "";
    char numbers[2][24];
    struct run_field fields[] = {{"host", {0}}, {"pid", {0}}, {"pid_started", {0}}};
    enum run_written written;
    struct err err;

    gethostname(host, sizeof(host) - 1);
    snprintf(numbers[0], sizeof(numbers[0]), "%ld", (long)local->pid);
    snprintf(numbers[1], sizeof(numbers[1]), "%lld", (long long)spawn_started_at(local->pid));
    fields[0].value = str_from(host);
    fields[1].value = str_from(numbers[0]);
    fields[2].value = str_from(numbers[1]);
    run_write(work->worker.redis, work->holder, work->run.cluster, work->run.id, STR(""), fields, 3, &written, &err);
    log_info("a run was started", LOG_TEXT("run", work->id), LOG_STR("cluster", work->run.cluster),
             LOG_STR("op", work->run.op), LOG_INT("pid", local->pid));
}

/* The process's id, from the file that it holds. */
static pid_t read_pid(int fd)
{
    char text[24];
    ssize_t n = pread(fd, text, sizeof(text), 0);
    long pid = 0;

    while (n > 0 && text[n - 1] == '\n')
        n--;
    str_to_long((struct str){text, n > 0 ? (size_t)n : 0}, 1, INT32_MAX, &pid);
    return (pid_t)pid;
}

/* 1: somebody holds it, 0: nobody did, and it is held by fd now; or -1. */
static int take_lock(int fd)
{
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    return errno == EWOULDBLOCK ? 1 : -1;
}

/* Whether somebody lives who holds that file. */
static bool is_held(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    bool held = fd >= 0 && take_lock(fd) == 1;

    if (fd >= 0)
        close(fd);
    return held;
}

static bool is_worker_gone(const void *arg, struct str run)
{
    const struct local *local = arg;
    char path[4200];

    snprintf(path, sizeof(path), "%s/logs/%.*s/alive", local->files.home, STR_FMT(run));
    return !is_held(path);
}

static int start_or_find(struct run_work *work, struct local *local, struct err *err)
{
    struct run_texts texts;
    bool was_started;
    int fd;
    int rc;

    if (run_texts_write(work, &texts, err) < 0 || run_ended_list(work, is_worker_gone, local, &local->ended, err) < 0)
        return -1;
    fd = open(local->alive_path, O_RDWR | O_CLOEXEC);
    was_started = fd >= 0;
    if (!was_started) {
        if (run_files_make(&local->files, &texts, local->user, local->group, err) < 0)
            return -1;
        fd = open(local->alive_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    }
    rc = fd >= 0 ? take_lock(fd) : -1;
    if (rc < 0)
        err_set(err, ERR_INTERNAL, "%s can not be used: %s", local->alive_path, strerrordesc_np(errno));
    local->pid = rc >= 0 ? read_pid(fd) : 0;
    /* A file without an id: whoever made it ended before it began. */
    if (rc == 0 && local->pid == 0) {
        rc = spawn_run(work, local, fd, err);
        if (rc == 0)
            record_process(work, local);
    }
    if (fd >= 0)
        close(fd);
    return rc < 0 ? -1 : 0;
}

static int local_start(struct run_work *work, struct err *err)
{
    struct local *local = arena_alloc(work->kept, sizeof(*local));

    if (!local)
        return err_set(err, ERR_INTERNAL, "there is no memory for the run");
    local->output = -1;
    run_lines_init(&local->lines);
    work->own = local;
    if (run_files_name(work->worker.config, work->kept, work->run.cluster, work->run.id, &local->files, err) < 0 ||
        find_user(work, local, err) < 0)
        return -1;
    local->alive_path = arena_printf(work->kept, "%s/alive", local->files.logs);
    if (!local->alive_path)
        return err_set(err, ERR_INTERNAL, "there is no memory for the run");
    if (start_or_find(work, local, err) < 0)
        return -1;
    run_work_stands(work, "Running", "");
    return 0;
}

/* Hands over all that is there. 0, or -1 when it must stop. */
static int read_output(struct run_work *work, struct local *local, bool is_end)
{
    char path[4200];

    if (local->output < 0) {
        snprintf(path, sizeof(path), "%s/run.jsonl", local->files.logs);
        local->output = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    }
    for (;;) {
        char *room = run_lines_reserve(&local->lines, KIB(64));
        ssize_t n = room && local->output >= 0 ? read(local->output, room, KIB(64)) : 0;

        if (n <= 0)
            return run_lines_take(work, &local->lines, 0, is_end);
        if (run_lines_take(work, &local->lines, (size_t)n, false) < 0)
            return -1;
    }
}

/* What it said before its output began: why it would not. */
static void read_errors(struct run_work *work, const struct local *local)
{
    char path[4200];
    char text[512];
    FILE *file;
    size_t n;

    snprintf(path, sizeof(path), "%s/stderr.txt", local->files.logs);
    file = fopen(path, "re");
    if (!file)
        return;
    n = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
        n--;
    text[n] = '\0';
    if (n > 0 && json_utf8_prefix((struct str){text, n}) == n)
        run_work_stands(work, "Failed", text);
}

static void note_end(struct run_work *work, struct local *local)
{
    int status = 0;

    /* Only who started it hears how it ended. */
    if (local->pid > 0 && waitpid(local->pid, &status, WNOHANG) == local->pid && WIFEXITED(status))
        work->exit_code = WEXITSTATUS(status);
    if (!report_has_ended(work->report))
        read_errors(work, local);
}

static enum runner_state local_poll(struct run_work *work, struct err *err)
{
    struct local *local = work->own;
    bool alive = is_held(local->alive_path);

    (void)err;
    if (alive && local->kill_ms > 0 && clock_monotonic_ms() >= local->kill_ms) {
        log_warning("a run did not end in time and is killed", LOG_TEXT("run", work->id));
        kill(-local->pid, SIGKILL);
    }
    /* Whoever is not alive has said all that he will. */
    if (read_output(work, local, !alive) < 0)
        return RUNNER_RUNS;
    if (!alive) {
        note_end(work, local);
        return RUNNER_ENDED;
    }
    run_work_wait(work, POLL_MS);
    return RUNNER_RUNS;
}

/* The script passes it on to Terraform; a second signal would have Terraform leave without writing its state. While
 * anybody of its session lives, no other process has its id. */
static void local_cancel(struct run_work *work)
{
    struct local *local = work->own;

    local->kill_ms = clock_monotonic_ms() + work->worker.config->provision_grace * 1000;
    if (local->pid > 0 && is_held(local->alive_path) && kill(local->pid, SIGTERM) < 0)
        kill(-local->pid, SIGTERM);
}

static int local_cleanup(struct run_work *work, struct err *err)
{
    struct run_files files;
    char state[4200];

    if (run_files_name(work->worker.config, work->kept, work->run.cluster, work->run.id, &files, err) < 0)
        return -1;
    snprintf(state, sizeof(state), "%s/terraform.tfstate", files.state);
    if (!work->run.force && run_state_has_resources(state))
        return err_set(err, ERR_CONFLICT, "the state of the cluster still has resources: destroy it first");
    return run_files_delete(files.home, err);
}

static void local_release(struct run_work *work)
{
    struct local *local = work->own;

    if (local->output >= 0)
        close(local->output);
    run_lines_free(&local->lines);
}

const struct runner runner_local = {.start = local_start,
                                    .poll = local_poll,
                                    .cancel = local_cancel,
                                    .cleanup = local_cleanup,
                                    .release = local_release};
