#include "aws/ini.h"

#include <stdlib.h>
#include <string.h>

struct parser {
    struct ini *ini;
    enum ini_kind kind;
    struct ini_section *section; /* NULL before the first header */
    struct ini_option *option;   /* that an indented line continues, or NULL */
    size_t indent;
    size_t used; /* of ini->memory */
    size_t line;
    const char *why;
};

static int fail(struct parser *p, const char *why)
{
    p->why = why;
    return -1;
}

/* As Python's str.strip() for ASCII. */
static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f);
}

static struct str strip_end(struct str s)
{
    while (s.len > 0 && is_space(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

static struct str strip(struct str s)
{
    while (s.len > 0 && is_space(s.ptr[0]))
        s = str_skip(s, 1);
    return strip_end(s);
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

/* Memory: one block as large as the text is enough, because every piece kept is shorter than its line. */

static char *keep(struct parser *p, struct str s)
{
    char *at = p->ini->memory + p->used;

    if (s.len > 0)
        memcpy(at, s.ptr, s.len);
    p->used += s.len;
    return at;
}

static struct str keep_str(struct parser *p, struct str s)
{
    return (struct str){keep(p, s), s.len};
}

static struct str keep_lower(struct parser *p, struct str s)
{
    char *at = keep(p, s);

    for (size_t i = 0; i < s.len; i++)
        at[i] = lower(at[i]);
    return (struct str){at, s.len};
}

/* The value being read is always the last thing kept, so it grows in place. */
static void append_line(struct parser *p, struct str text)
{
    p->ini->memory[p->used++] = '\n';
    keep(p, text);
    p->option->value.len += 1 + text.len;
}

static void end_option(struct parser *p)
{
    if (p->option)
        p->option->value = strip_end(p->option->value);
    p->option = NULL;
}

/* Section headers */

/* Reads one shell word (POSIX quoting) into *word, unquoted, in memory of out. 1, 0 at the end, -1 for a
 * broken quote. */
static int shell_word(struct str *text, char *out, size_t *len)
{
    char quote = '\0';

    *len = 0;
    while (text->len > 0 && is_space(text->ptr[0]))
        *text = str_skip(*text, 1);
    if (text->len == 0)
        return 0;
    for (; text->len > 0; *text = str_skip(*text, 1)) {
        char c = text->ptr[0];

        if (!quote && is_space(c))
            break;
        if (c == '\\' && quote != '\'') {
            if (text->len < 2)
                return -1;
            /* Within double quotes a backslash escapes only itself and the quote. */
            if (quote && text->ptr[1] != '"' && text->ptr[1] != '\\')
                out[(*len)++] = c;
            *text = str_skip(*text, 1);
            out[(*len)++] = text->ptr[0];
        } else if (quote && c == quote) {
            quote = '\0';
        } else if (!quote && (c == '"' || c == '\'')) {
            quote = c;
        } else {
            out[(*len)++] = c;
        }
    }
    return quote ? -1 : 1;
}

/* The second of exactly two words. */
static bool second_word(struct parser *p, struct str header, struct str *name)
{
    char *out = p->ini->memory + p->used;
    size_t len;
    size_t rest;

    for (int word = 0; word < 2; word++)
        if (shell_word(&header, out, &len) != 1)
            return false;
    *name = (struct str){out, len};
    p->used += len;
    return shell_word(&header, out + len, &rest) == 0;
}

static void classify(struct parser *p, struct ini_section *section)
{
    static const struct {
        struct str prefix;
        enum ini_role role;
    } kinds[] = {{STR("profile"), INI_PROFILE}, {STR("sso-session"), INI_SSO_SESSION}, {STR("services"), INI_SERVICES}};

    section->name = section->header;
    section->role = p->kind == INI_CREDENTIALS || str_equal(section->header, STR("default")) ? INI_PROFILE : INI_OTHER;
    for (size_t i = 0; p->kind == INI_CONFIG && i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (str_starts_with(section->header, kinds[i].prefix))
            section->role = second_word(p, section->header, &section->name) ? kinds[i].role : INI_DROPPED;
}

static struct ini_section *find_header(struct ini *ini, struct str header)
{
    for (size_t i = 0; i < ini->count; i++)
        if (str_equal(ini->sections[i].header, header))
            return &ini->sections[i];
    return NULL;
}

static int begin_section(struct parser *p, struct str header)
{
    struct ini *ini = p->ini;
    struct ini_section *section;

    end_option(p);
    if (str_equal(header, STR("DEFAULT"))) {
        p->section = &ini->defaults;
        return 0;
    }
    if (find_header(ini, header))
        return fail(p, "the section is there already");
    if (ini->count == INI_SECTIONS_MAX)
        return fail(p, "there are too many sections");
    section = realloc(ini->sections, (ini->count + 1) * sizeof(*section));
    if (!section)
        return fail(p, "there is no memory");
    ini->sections = section;
    section += ini->count++;
    *section = (struct ini_section){.header = keep_str(p, header)};
    classify(p, section);
    p->section = section;
    return 0;
}

/* The text up to the line's last "]"; what follows it is ignored. */
static bool is_header(struct str line, struct str *header)
{
    size_t end = line.len;

    if (line.len == 0 || line.ptr[0] != '[')
        return false;
    while (end > 0 && line.ptr[end - 1] != ']')
        end--;
    if (end < 3)
        return false;
    *header = (struct str){line.ptr + 1, end - 2};
    return true;
}

/* Options */

static int add_option(struct parser *p, struct str key, struct str value)
{
    struct ini_section *s = p->section;
    struct ini_option *options;
    struct ini_option option;

    if (s->count == INI_OPTIONS_MAX)
        return fail(p, "the section has too many keys");
    options = realloc(s->options, (s->count + 1) * sizeof(*options));
    if (!options)
        return fail(p, "there is no memory");
    s->options = options;
    option.key = keep_lower(p, key);
    option.value = keep_str(p, value);
    for (size_t i = 0; i < s->count; i++)
        if (str_equal(s->options[i].key, option.key))
            return fail(p, "the key is there already");
    p->option = &s->options[s->count++];
    *p->option = option;
    return 0;
}

static int read_option(struct parser *p, struct str line)
{
    size_t n = 0;
    struct str key;

    end_option(p);
    while (n < line.len && line.ptr[n] != '=' && line.ptr[n] != ':')
        n++;
    if (n == line.len)
        return fail(p, "there is no \"=\" in it");
    key = strip_end((struct str){line.ptr, n});
    if (key.len == 0)
        return fail(p, "the key is empty");
    return add_option(p, key, strip(str_skip(line, n + 1)));
}

/* Lines */

static size_t indent_of(struct str line)
{
    size_t n = 0;

    while (n < line.len && is_space(line.ptr[n]))
        n++;
    return n;
}

static int read_line(struct parser *p, struct str line)
{
    struct str text = strip(line);
    struct str header;

    if (text.len == 0) {
        if (p->option)
            append_line(p, text);
        return 0;
    }
    if (text.ptr[0] == '#' || text.ptr[0] == ';')
        return 0;
    if (p->option && indent_of(line) > p->indent) {
        append_line(p, text);
        return 0;
    }
    p->indent = indent_of(line);
    if (is_header(text, &header))
        return begin_section(p, header);
    if (!p->section)
        return fail(p, "it stands before the first section");
    return read_option(p, text);
}

/* Lines end with \n, \r\n or \r. */
static struct str next_line(struct str *rest)
{
    struct str line = *rest;
    size_t n = 0;

    while (n < rest->len && rest->ptr[n] != '\n' && rest->ptr[n] != '\r')
        n++;
    line.len = n;
    if (n + 1 < rest->len && rest->ptr[n] == '\r' && rest->ptr[n + 1] == '\n')
        n++;
    *rest = n < rest->len ? str_skip(*rest, n + 1) : (struct str){rest->ptr + n, 0};
    return line;
}

static int read_lines(struct parser *p, struct str text)
{
    while (text.len > 0) {
        p->line++;
        if (read_line(p, next_line(&text)) < 0)
            return -1;
    }
    end_option(p);
    return 0;
}

static int check_nested(struct parser *p)
{
    for (size_t i = 0; i < p->ini->count; i++) {
        for (size_t k = 0; k < p->ini->sections[i].count; k++) {
            struct str block = p->ini->sections[i].options[k].value;
            struct ini_option nested;

            if (block.len == 0 || block.ptr[0] != '\n')
                continue;
            while (ini_nested_next(&block, &nested))
                if (!nested.value.ptr)
                    return fail(p, "a nested line of it has no \"=\"");
        }
    }
    return 0;
}

int ini_parse(struct str text, enum ini_kind kind, struct ini *out, const char **why, size_t *line)
{
    struct parser p = {.ini = out, .kind = kind, .why = ""};
    int result = -1;

    *out = (struct ini){.memory_size = 2 * text.len + 2};
    if (text.len > INI_TEXT_MAX)
        fail(&p, "the file is too large");
    else if (!(out->memory = calloc(1, out->memory_size)))
        fail(&p, "there is no memory");
    else if (read_lines(&p, text) == 0 && (kind == INI_CREDENTIALS || check_nested(&p) == 0))
        result = 0;
    *why = p.why;
    *line = p.line;
    if (result < 0)
        ini_free(out);
    return result;
}

void ini_free(struct ini *ini)
{
    if (ini->memory)
        explicit_bzero(ini->memory, ini->memory_size);
    free(ini->memory);
    for (size_t i = 0; i < ini->count; i++)
        free(ini->sections[i].options);
    free(ini->sections);
    free(ini->defaults.options);
    *ini = (struct ini){0};
}

const struct ini_section *ini_find(const struct ini *ini, enum ini_role role, struct str name)
{
    for (size_t i = ini->count; i > 0; i--)
        if (ini->sections[i - 1].role == role && str_equal(ini->sections[i - 1].name, name))
            return &ini->sections[i - 1];
    return NULL;
}

static bool find_option(const struct ini_section *section, const char *key, struct str *value)
{
    for (size_t i = 0; i < section->count; i++) {
        if (str_equal(section->options[i].key, str_from(key))) {
            *value = section->options[i].value;
            return true;
        }
    }
    return false;
}

bool ini_get(const struct ini *ini, const struct ini_section *section, const char *key, struct str *value)
{
    return find_option(section, key, value) || find_option(&ini->defaults, key, value);
}

bool ini_nested_next(struct str *block, struct ini_option *out)
{
    while (block->len > 0) {
        struct str rest = strip(str_cut(block, '\n'));

        if (rest.len == 0)
            continue;
        out->key = strip(str_cut(&rest, '='));
        out->value = rest.ptr ? strip(rest) : (struct str){NULL, 0};
        return true;
    }
    return false;
}
