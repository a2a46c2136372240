#include "aws/profile.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "aws/file.h"

static const struct {
    const char *variable;
    const char *fallback;
    const char *title; /* errors do not tell paths of this machine */
} files_table[] = {
    [INI_CREDENTIALS] = {"AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", "AWS credentials file"},
    [INI_CONFIG] = {"AWS_CONFIG_FILE", "~/.aws/config", "AWS config file"},
};

static int find_path(enum ini_kind kind, struct buf *path)
{
    const char *named = getenv(files_table[kind].variable);

    return aws_file_expand(str_from(named && *named ? named : files_table[kind].fallback), path);
}

static int read_text(enum ini_kind kind, struct buf *text, char why[AWS_WHY_SIZE])
{
    struct buf path;
    int result = -1;

    buf_init(&path, PATH_MAX);
    if (find_path(kind, &path) == 0)
        result = aws_file_read(path.ptr ? path.ptr : "", text);
    buf_free(&path);
    if (result == 0 || errno == ENOENT || errno == ENOTDIR)
        return 0;
    snprintf(why, AWS_WHY_SIZE, "the %s can not be read: %s", files_table[kind].title, strerrordesc_np(errno));
    return -1;
}

/* Of this thread's turn. */
static _Thread_local struct {
    bool counts_turns;
    bool is_known;
    struct aws_files_state state;
} turn;

void aws_files_new_turn(void)
{
    turn.counts_turns = true;
    turn.is_known = false;
}

static void look(struct aws_files_state *out)
{
    memset(out, 0, sizeof(*out));
    for (int kind = INI_CREDENTIALS; kind <= INI_CONFIG; kind++) {
        struct stat file;
        struct buf path;

        buf_init(&path, PATH_MAX);
        if (find_path((enum ini_kind)kind, &path) == 0 && path.ptr && stat(path.ptr, &file) == 0) {
            out->inode[kind] = (int64_t)file.st_ino;
            out->size[kind] = (int64_t)file.st_size;
            out->changed_ns[kind] = (int64_t)file.st_mtim.tv_sec * 1000000000 + file.st_mtim.tv_nsec;
        }
        buf_free(&path);
    }
}

void aws_files_look(struct aws_files_state *out)
{
    if (!turn.is_known)
        look(&turn.state);
    turn.is_known = turn.counts_turns;
    *out = turn.state;
}

static int load_one(enum ini_kind kind, struct ini *out, char why[AWS_WHY_SIZE])
{
    struct buf text;
    const char *fault;
    size_t line;
    int result = -1;

    buf_init(&text, INI_TEXT_MAX);
    if (read_text(kind, &text, why) == 0) {
        result = ini_parse(buf_str(&text), kind, out, &fault, &line);
        if (result < 0)
            snprintf(why, AWS_WHY_SIZE, "line %zu of the %s can not be understood: %s", line, files_table[kind].title,
                     fault);
    }
    buf_wipe(&text);
    return result;
}

int aws_files_load(struct aws_files *out, char why[AWS_WHY_SIZE])
{
    memset(out, 0, sizeof(*out));
    if (load_one(INI_CONFIG, &out->config, why) < 0)
        return -1;
    if (load_one(INI_CREDENTIALS, &out->credentials, why) < 0) {
        ini_free(&out->config);
        return -1;
    }
    return 0;
}

void aws_files_free(struct aws_files *files)
{
    ini_free(&files->config);
    ini_free(&files->credentials);
}

struct str aws_profile_name(void)
{
    struct str name = str_from(getenv("AWS_PROFILE"));

    if (name.len == 0)
        name = str_from(getenv("AWS_DEFAULT_PROFILE"));
    return name.len > 0 ? name : STR("default");
}

bool aws_profile_find(const struct aws_files *files, struct str name, struct aws_profile *out)
{
    out->files = files;
    out->in_config = ini_find(&files->config, INI_PROFILE, name);
    out->in_credentials = ini_find(&files->credentials, INI_PROFILE, name);
    return out->in_config || out->in_credentials;
}

bool aws_profile_get(const struct aws_profile *profile, const char *key, struct str *value)
{
    const struct aws_files *files = profile->files;

    if (profile->in_credentials && ini_get(&files->credentials, profile->in_credentials, key, value))
        return value->len > 0;
    if (profile->in_config && ini_get(&files->config, profile->in_config, key, value))
        return value->len > 0;
    return false;
}
