#include "terraform/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "aws/call.h"
#include "aws/file.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/encode.h"

#define INFO_MAX KIB(64)
#define PATH_SIZE 4096

/* Where it is */

/* name = "value"; nothing of HCL beyond that is written there. */
static void take_setting(struct str line, struct lock_place *out)
{
    struct str value = line;
    struct str name = str_trim(str_cut(&value, '='));

    value = str_trim(value);
    if (value.len < 2 || value.ptr[0] != '"' || value.ptr[value.len - 1] != '"')
        return;
    value = (struct str){value.ptr + 1, value.len - 2};
    if (str_equal(name, STR("bucket")))
        str_copy(out->bucket, sizeof(out->bucket), value);
    else if (str_equal(name, STR("key")))
        str_copy(out->key, sizeof(out->key), value);
    else if (str_equal(name, STR("region")))
        str_copy(out->region, sizeof(out->region), value);
}

int lock_place_read(struct str settings, struct lock_place *out, struct err *err)
{
    *out = (struct lock_place){.folder = NULL};
    while (settings.ptr)
        take_setting(str_cut(&settings, '\n'), out);
    if (!out->bucket[0] || !out->key[0] || !out->region[0])
        return err_set(err, ERR_BAD_REQUEST, "the backend's settings have no bucket, key or region");
    return 0;
}

/* What it says */

static void take_text(const cJSON *root, const char *name, char *out, size_t size)
{
    str_copy(out, size, str_from(json_find_text(root, name)));
}

int lock_info_read(struct str text, struct report_lock *out)
{
    const char *why;
    cJSON *root = json_tree(text, 4, &why);

    *out = (struct report_lock){.id = ""};
    take_text(root, "ID", out->id, sizeof(out->id));
    take_text(root, "Who", out->who, sizeof(out->who));
    take_text(root, "Operation", out->operation, sizeof(out->operation));
    take_text(root, "Created", out->created, sizeof(out->created));
    take_text(root, "Path", out->path, sizeof(out->path));
    cJSON_Delete(root);
    return out->id[0] ? 0 : -1;
}

static int broken(struct err *err)
{
    return err_set(err, ERR_UPSTREAM_BROKEN, "there is a lock, but what it says can not be read");
}

/* On disk */

static void info_path(const struct lock_place *place, char out[PATH_SIZE])
{
    snprintf(out, PATH_SIZE, "%s/.terraform.tfstate.lock.info", place->folder);
}

static int find_on_disk(const struct lock_place *place, struct report_lock *out, struct err *err)
{
    char path[PATH_SIZE];
    struct buf text;
    int result = 0;

    info_path(place, path);
    buf_init(&text, INFO_MAX);
    if (aws_file_read(path, &text) < 0)
        result =
            errno == ENOENT ? 0 : err_set(err, ERR_INTERNAL, "%s can not be read: %s", path, strerrordesc_np(errno));
    else if (lock_info_read(buf_str(&text), out) < 0)
        result = broken(err);
    buf_free(&text);
    return result;
}

/* The file tells who took the lock; what holds it is the system's lock on the state, which ends with its process. */
static bool is_held(const struct lock_place *place)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char path[PATH_SIZE];
    bool held;
    int fd;

    snprintf(path, sizeof(path), "%s/terraform.tfstate", place->folder);
    fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return false;
    held = fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    close(fd);
    return held;
}

static int remove_on_disk(const struct lock_place *place, struct err *err)
{
    char path[PATH_SIZE];

    if (is_held(place))
        return err_set(err, ERR_CONFLICT, "the process that holds the lock is still there");
    info_path(place, path);
    if (unlink(path) == 0)
        return 0;
    return err_set(err, ERR_INTERNAL, "%s can not be deleted: %s", path, strerrordesc_np(errno));
}

/* In S3 */

/* "/bucket/key.tflock": the host is never made of a bucket's name. */
static const char *object_path(const struct lock_place *place, struct arena *arena)
{
    const char *copy = NULL;
    struct str rest = str_from(place->key);
    struct buf path;

    buf_init(&path, PATH_SIZE);
    buf_add_char(&path, '/');
    encode_percent(&path, str_from(place->bucket));
    while (rest.ptr) {
        buf_add_char(&path, '/');
        encode_percent(&path, str_cut(&rest, '/'));
    }
    buf_add_str(&path, STR(".tflock"));
    if (!path.failed)
        copy = arena_strndup(arena, path.ptr, path.len);
    buf_free(&path);
    return copy;
}

static int call_s3(const struct lock_place *place, struct account *account, struct aws_call call, struct str *body,
                   struct err *err)
{
    const char *path = object_path(place, account->client.arena);

    call.service = AWS_S3;
    call.path = str_from(path);
    if (!path)
        return err_set(err, ERR_BAD_REQUEST, "the state's key is too long");
    return aws_call(&account->client, &account->credentials, str_from(account->region), &call, body, err);
}

static int remove_in_s3(const struct lock_place *place, struct account *account, struct err *err)
{
    const struct aws_call call = {.method = "DELETE", .operation = "s3:DeleteObject"};
    struct str body;

    return call_s3(place, account, call, &body, err);
}

static int find_in_s3(const struct lock_place *place, struct account *account, struct report_lock *out, struct err *err)
{
    struct str body;

    if (call_s3(place, account, (struct aws_call){.method = "GET", .operation = "s3:GetObject"}, &body, err) == 0)
        return lock_info_read(body, out) < 0 ? broken(err) : 0;
    if (!account_is_absent(err))
        return -1;
    err_clear(err);
    return 0;
}

int lock_find(const struct lock_place *place, struct account *account, struct report_lock *out, struct err *err)
{
    *out = (struct report_lock){.id = ""};
    return place->folder ? find_on_disk(place, out, err) : find_in_s3(place, account, out, err);
}

int lock_remove(const struct lock_place *place, struct account *account, struct str id, struct err *err)
{
    struct report_lock lock;

    if (lock_find(place, account, &lock, err) < 0)
        return -1;
    if (!lock.id[0])
        return err_set(err, ERR_NOT_FOUND, "there is no lock");
    if (!str_equal(id, str_from(lock.id)))
        return err_set(err, ERR_CONFLICT, "the lock is another one now: %s, of %s", lock.id, lock.who);
    return place->folder ? remove_on_disk(place, err) : remove_in_s3(place, account, err);
}

/* Taken */

/* As terraform would write it, so that whoever runs that by hand is told who is at work. */
static void write_info(const struct lock_place *place, const struct lock_claim *claim, struct buf *out)
{
    char created[CLOCK_TEXT_SIZE];
    char host[256] = "";
    char text[1200];
    struct json j;

    gethostname(host, sizeof(host) - 1);
    json_init(&j, out);
    json_object_open(&j, NULL);
    json_str(&j, "ID", claim->id);
    json_text(&j, "Operation", claim->operation);
    json_text(&j, "Info", "a run of eksgate, which has this id");
    snprintf(text, sizeof(text), "eksgate@%s", host);
    json_text(&j, "Who", text);
    json_text(&j, "Version", EKSGATE_VERSION);
    json_text(&j, "Created", clock_format(clock_now(), created));
    snprintf(text, sizeof(text), "%s/%s", place->bucket, place->key);
    json_text(&j, "Path", text);
    json_object_close(&j);
}

/* 0, or -1: ERR_CONFLICT when there is one. */
static int put_in_s3(const struct lock_place *place, struct account *account, const struct lock_claim *claim,
                     struct err *err)
{
    struct aws_call call = {.method = "PUT",
                            .operation = "s3:PutObject",
                            .content_type = "application/json",
                            .header = "If-None-Match: *",
                            .encrypts = true};
    struct str ignored;
    struct buf info;
    int result;

    buf_init(&info, INFO_MAX);
    write_info(place, claim, &info);
    call.body = buf_str(&info);
    result = call_s3(place, account, call, &ignored, err);
    buf_free(&info);
    if (result == 0 || err->kind != ERR_AWS ||
        (strcmp(err->aws_code, "PreconditionFailed") != 0 && strcmp(err->aws_code, "ConditionalRequestConflict") != 0))
        return result;
    err_clear(err);
    return err_set(err, ERR_CONFLICT, "the state is locked");
}

static bool is_listed(struct str list, struct str id)
{
    while (list.len > 0)
        if (str_equal(str_cut(&list, ','), id))
            return true;
    return false;
}

int lock_hold(const struct lock_place *place, struct account *account, const struct lock_claim *claim,
              struct report_lock *met, struct err *err)
{
    struct err missed = {0};

    *met = (struct report_lock){.id = ""};
    if (put_in_s3(place, account, claim, err) == 0)
        return 0;
    if (err->kind != ERR_CONFLICT || find_in_s3(place, account, met, &missed) < 0)
        return -1;
    /* Taken, and the answer was lost. */
    if (str_equal(claim->id, str_from(met->id))) {
        met->id[0] = '\0';
        err_clear(err);
        return 0;
    }
    if (!met->id[0] || !is_listed(claim->ended, str_from(met->id)))
        return -1;
    err_clear(err);
    return remove_in_s3(place, account, err) < 0 ? -1 : put_in_s3(place, account, claim, err);
}
