#include "agent/run_files.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "terraform/order.h"

#define STATE_MAX MIB(64)

const char *run_script_op(const struct run *run)
{
    static const char *const ops[] = {"provision", "upgrade", "scale", "update", "apply", "destroy", "unlock"};

    if (str_equal(run->op, STR("test")))
        return "test";
    if (str_equal(run->op, STR("drift")))
        return "drift";
    if (run->plan_only)
        return "plan";
    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
        if (str_equal(run->op, str_from(ops[i])))
            return ops[i];
    return "none";
}

static bool has_backend(const struct config *config)
{
    return config->provision_state && *config->provision_state;
}

/* The bucket and region were checked when the process began, and a cluster's name has nothing that quotes would have
 * to hide. Where AWS is at an address, a bucket is not a part of its name. */
static void write_backend(const struct config *config, struct str cluster, struct buf *out)
{
    struct str prefix = str_from(config->provision_state + strlen("s3://"));
    struct str bucket = str_cut(&prefix, '/');
    bool has_address = getenv("AWS_ENDPOINT_URL_S3") || getenv("AWS_ENDPOINT_URL");

    while (str_ends_with(prefix, STR("/")))
        prefix.len--;
    buf_printf(out, "bucket = \"%.*s\"\nkey = \"%.*s%sclusters/%.*s/terraform.tfstate\"\n", STR_FMT(bucket),
               STR_FMT(prefix), prefix.len > 0 ? "/" : "", STR_FMT(cluster));
    buf_printf(out, "region = \"%s\"\nencrypt = true\nuse_lockfile = true\n", config->provision_state_region);
    if (has_address)
        buf_printf(out, "use_path_style = true\n");
}

static int keep(struct arena *arena, struct buf *text, struct str *out, struct err *err)
{
    *out = (struct str){arena_strndup(arena, text->ptr, text->len), text->len};
    if (text->failed || !out->ptr)
        err_set(err, ERR_INTERNAL, "the order is too long for a run");
    buf_free(text);
    return out->ptr ? 0 : -1;
}

int run_texts_write(struct run_work *work, struct run_texts *out, struct err *err)
{
    const struct config *config = work->worker.config;
    const cJSON *allow = json_find(work->order, "allow_replace");
    struct buf text;
    struct json j;

    *out = (struct run_texts){.vars = STR("")};
    buf_init(&text, KIB(256));
    json_init(&j, &text);
    order_write_variables(&j, work->order, &work->images);
    if (keep(work->kept, &text, &out->vars, err) < 0)
        return -1;
    if (cJSON_IsArray(allow)) {
        buf_init(&text, KIB(64));
        json_init(&j, &text);
        json_value(&j, NULL, allow);
        if (keep(work->kept, &text, &out->allow, err) < 0)
            return -1;
    }
    if (!has_backend(config))
        return 0;
    buf_init(&text, KIB(4));
    write_backend(config, work->run.cluster, &text);
    return keep(work->kept, &text, &out->backend, err);
}

static bool is_over(const struct run *run)
{
    static const char *const goes_on[] = {"pending", "queued", "running"};

    for (size_t i = 0; i < sizeof(goes_on) / sizeof(goes_on[0]); i++)
        if (str_equal(run->status, str_from(goes_on[i])))
            return false;
    return true;
}

int run_ended_list(struct run_work *work, bool (*is_gone)(const void *arg, struct str run), const void *arg,
                   struct str *out, struct err *err)
{
    struct run *runs;
    struct buf text;
    size_t count;

    *out = STR("");
    if (!has_backend(work->worker.config))
        return 0;
    if (runs_list(work->worker.redis, work->kept, work->run.cluster, &runs, &count, err) < 0)
        return -1;
    buf_init(&text, RUNS_KEPT * (TERRAFORM_RUN_LEN + 2));
    for (size_t i = 0; i < count; i++)
        if (is_over(&runs[i]) && is_gone(arg, runs[i].id))
            buf_printf(&text, "%s%.*s", text.len > 0 ? "," : "", STR_FMT(runs[i].id));
    if (text.len == 0)
        return 0;
    return keep(work->kept, &text, out, err);
}

int run_files_name(const struct config *config, struct arena *arena, struct str cluster, struct str run,
                   struct run_files *out, struct err *err)
{
    char root[4096];

    /* Another user has to get through, whatever the umask of this process is. */
    if ((mkdir(config->provision_dir, 0711) == 0 ? chmod(config->provision_dir, 0711) < 0 : errno != EEXIST) ||
        !realpath(config->provision_dir, root))
        return err_set(err, ERR_INTERNAL, "the folder %s can not be used: %s", config->provision_dir,
                       strerrordesc_np(errno));
    out->home = arena_printf(arena, "%s/%.*s", root, STR_FMT(cluster));
    out->state = arena_printf(arena, "%s/state", out->home ? out->home : "");
    out->logs = arena_printf(arena, "%s/logs/%.*s", out->home ? out->home : "", STR_FMT(run));
    out->vars = arena_printf(arena, "%s/vars.json", out->home ? out->home : "");
    out->backend = has_backend(config) ? arena_printf(arena, "%s/backend.tfbackend", out->home ? out->home : "") : NULL;
    return out->home && out->state && out->logs && out->vars && (out->backend || !has_backend(config))
               ? 0
               : err_set(err, ERR_INTERNAL, "there is no memory for the run");
}

static int make_folder(const char *path, uid_t owner, gid_t group, struct err *err)
{
    if ((mkdir(path, 0700) < 0 && errno != EEXIST) || (geteuid() != owner && chown(path, owner, group) < 0))
        return err_set(err, ERR_INTERNAL, "the folder %s can not be made: %s", path, strerrordesc_np(errno));
    return 0;
}

/* Whole, or not at all: a run that reads it meanwhile has the old one. */
static int write_file(const char *path, struct str text, uid_t owner, gid_t group, struct err *err)
{
    char draft[4200];
    int fd;
    bool good;

    if (text.len == 0) {
        unlink(path);
        return 0;
    }
    snprintf(draft, sizeof(draft), "%s.new", path);
    fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    good = fd >= 0 && write(fd, text.ptr, text.len) == (ssize_t)text.len &&
           (geteuid() == owner || fchown(fd, owner, group) == 0);
    if (fd >= 0 && close(fd) < 0)
        good = false;
    if (good && rename(draft, path) == 0)
        return 0;
    return err_set(err, ERR_INTERNAL, "the file %s can not be written: %s", path, strerrordesc_np(errno));
}

static int write_beside(const char *path, const char *home, const char *name, struct str text, uid_t owner, gid_t group,
                        struct err *err)
{
    char beside[4200];

    if (path)
        return write_file(path, text, owner, group, err);
    snprintf(beside, sizeof(beside), "%s/%s", home, name);
    return write_file(beside, text, owner, group, err);
}

int run_files_make(const struct run_files *files, const struct run_texts *texts, uid_t owner, gid_t group,
                   struct err *err)
{
    char all_logs[4200];

    snprintf(all_logs, sizeof(all_logs), "%s/logs", files->home);
    if (make_folder(files->home, owner, group, err) < 0 || make_folder(files->state, owner, group, err) < 0 ||
        make_folder(all_logs, owner, group, err) < 0 || make_folder(files->logs, owner, group, err) < 0)
        return -1;
    if (write_beside(files->vars, files->home, "vars.json", texts->vars, owner, group, err) < 0 ||
        write_beside(NULL, files->home, "allow.json", texts->allow, owner, group, err) < 0 ||
        write_beside(files->backend, files->home, "backend.tfbackend", texts->backend, owner, group, err) < 0)
        return -1;
    return 0;
}

static int delete_one(const char *path, const struct stat *st, int type, struct FTW *place)
{
    (void)st;
    (void)type;
    (void)place;
    return remove(path);
}

int run_files_delete(const char *path, struct err *err)
{
    if (nftw(path, delete_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) == 0 || errno == ENOENT)
        return 0;
    return err_set(err, ERR_INTERNAL, "the folder %s can not be deleted: %s", path, strerrordesc_np(errno));
}

bool run_state_has_resources(const char *path)
{
    FILE *file = fopen(path, "re");
    const char *why;
    struct buf text;
    char *room;
    cJSON *state;
    bool has = false;

    if (!file)
        return false;
    buf_init(&text, STATE_MAX);
    while (!feof(file) && !ferror(file) && (room = buf_reserve(&text, KIB(64))))
        text.len += fread(room, 1, KIB(64), file);
    fclose(file);
    state = json_tree(buf_str(&text), LIMIT_JSON_DEPTH, &why);
    has = cJSON_GetArraySize(json_find(state, "resources")) > 0;
    cJSON_Delete(state);
    buf_wipe(&text);
    return has;
}
