#include "aws/file.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECE 4096

static int read_all(int fd, struct buf *out)
{
    for (;;) {
        char piece[PIECE];
        ssize_t n = read(fd, piece, sizeof(piece));
        int failed = n > 0 ? buf_add(out, piece, (size_t)n) : 0;

        explicit_bzero(piece, sizeof(piece));
        if (failed < 0) {
            errno = EFBIG;
            return -1;
        }
        if (n == 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return -1;
    }
}

int aws_file_read(const char *path, struct buf *out)
{
    /* A FIFO that nobody writes to must not hold the worker. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int result;
    int saved;

    if (fd < 0)
        return -1;
    result = read_all(fd, out);
    saved = errno;
    close(fd);
    errno = saved;
    return result;
}

static const char *home(void)
{
    const char *value = getenv("HOME");
    struct passwd entry;
    struct passwd *found = NULL;
    static _Thread_local char text[1024];

    if (value && *value)
        return value;
    return getpwuid_r(getuid(), &entry, text, sizeof(text), &found) == 0 && found ? found->pw_dir : "";
}

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* The variable's name behind a "$", and how much text it takes; empty when there is none. */
static struct str variable_at(struct str text, size_t *used)
{
    struct str name = str_skip(text, 1);
    size_t n = 0;

    if (str_starts_with(name, STR("{"))) {
        name = str_skip(name, 1);
        while (n < name.len && name.ptr[n] != '}')
            n++;
        *used = n + 3;
        return n < name.len ? (struct str){name.ptr, n} : STR("");
    }
    while (n < name.len && is_name(name.ptr[n]))
        n++;
    *used = n + 1;
    return (struct str){name.ptr, n};
}

static const char *variable_value(struct str name)
{
    char text[128];

    if (name.len == 0 || name.len >= sizeof(text))
        return NULL;
    memcpy(text, name.ptr, name.len);
    text[name.len] = '\0';
    return getenv(text);
}

int aws_file_expand(struct str path, struct buf *out)
{
    if (path.len > 0 && path.ptr[0] == '~' && (path.len == 1 || path.ptr[1] == '/')) {
        buf_add_str(out, str_from(home()));
        path = str_skip(path, 1);
    }
    while (path.len > 0) {
        size_t used = 1;
        const char *value = path.ptr[0] == '$' ? variable_value(variable_at(path, &used)) : NULL;

        /* A variable that is not set stays as it is written. */
        buf_add_str(out, value ? str_from(value) : (struct str){path.ptr, 1});
        path = str_skip(path, value ? used : 1);
    }
    return out->failed ? -1 : 0;
}
