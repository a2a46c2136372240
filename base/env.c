#include "base/env.h"

#include <ctype.h>
#include <string.h>

static bool is_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];

        if (!isupper(c) && !islower(c) && c != '_' && (i == 0 || !isdigit(c)))
            return false;
    }
    return name.len > 0;
}

static bool has_control(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (iscntrl((unsigned char)s.ptr[i]) && s.ptr[i] != '\t')
            return true;
    return false;
}

static int unquote(struct str *value, const char **why)
{
    char quote = value->len > 0 ? value->ptr[0] : '\0';

    if (quote != '"' && quote != '\'')
        return 0;
    if (value->len < 2 || value->ptr[value->len - 1] != quote ||
        memchr(value->ptr + 1, quote, value->len - 2) != NULL) {
        *why = "a value that begins with a quote must end with the same one, and have it nowhere else";
        return -1;
    }
    *value = (struct str){value->ptr + 1, value->len - 2};
    return 0;
}

static int take_line(struct str line, struct env_setting *setting, const char **why)
{
    struct str value = line;

    setting->name = str_cut(&value, '=');
    setting->value = str_trim(value);
    if (!value.ptr || !is_name(setting->name)) {
        *why = "a line is NAME=value, without blanks before the \"=\"";
        return -1;
    }
    if (has_control(setting->value)) {
        *why = "a value has no control characters";
        return -1;
    }
    return unquote(&setting->value, why);
}

int env_next(struct str *rest, struct env_setting *setting, const char **why)
{
    while (rest->ptr) {
        struct str line = str_cut(rest, '\n');

        setting->line++;
        if (str_ends_with(line, STR("\r")))
            line.len--;
        line = str_trim(line);
        if (line.len > 0 && line.ptr[0] != '#')
            return take_line(line, setting, why) < 0 ? -1 : 1;
    }
    return 0;
}
