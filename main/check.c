/*
 * eksgate check: what is in force, and what would go wrong with it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/config.h"
#include "base/limits.h"
#include "main/commands.h"

/* What nginx.conf says of where it listens. */
struct nginx_facts {
    unsigned open_listens; /* beyond loopback */
    unsigned plain_open_listens;
};

static bool has_word(struct str text, struct str word)
{
    while (text.ptr)
        if (str_equal(str_cut(&text, ' '), word))
            return true;
    return false;
}

static void take_directive(struct nginx_facts *facts, struct str name, struct str value)
{
    struct str address = value;

    address = str_cut(&address, ' ');
    if (!str_equal(name, STR("listen")) || str_starts_with(address, STR("unix:")) || config_is_loopback(address))
        return;
    facts->open_listens++;
    if (!has_word(value, STR("ssl")))
        facts->plain_open_listens++;
}

/* One directive may share its line with others, as in "server { listen 80; }". */
static void take_line(struct nginx_facts *facts, struct str line)
{
    struct str rest = line;

    rest = str_cut(&rest, '#');
    while (rest.ptr) {
        struct str directive = str_cut(&rest, ';');
        struct str name;

        while (str_contains(directive, '{'))
            str_cut(&directive, '{');
        directive = str_trim(directive);
        name = str_cut(&directive, ' ');
        if (directive.ptr)
            take_directive(facts, name, str_trim(directive));
    }
}

static int read_nginx(const char *path, struct nginx_facts *facts)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t size = 0;
    ssize_t n;

    if (!file)
        return -1;
    *facts = (struct nginx_facts){.open_listens = 0};
    while ((n = getline(&line, &size, file)) >= 0) {
        while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
            n--;
        take_line(facts, (struct str){line, (size_t)n});
    }
    free(line);
    fclose(file);
    return 0;
}

static int check_nginx(const struct config *config, const char *path, struct err *err)
{
    struct nginx_facts facts;

    if (read_nginx(path, &facts) < 0)
        return err_field(err, "--nginx", CAUSE_INVALID, "%s can not be read", path);
    if (facts.open_listens > 0 && strcmp(config->auth, "off") == 0)
        err_field(err, "listen", CAUSE_INVALID, "EKSGATE_AUTH=off allows loopback addresses only");
    else if (facts.plain_open_listens > 0)
        err_field(err, "listen", CAUSE_INVALID, "an address that is not loopback must be served with ssl");
    return err->kind == ERR_NONE ? 0 : -1;
}

static const char *shown_value(const struct config_variable *v)
{
    if (config_source(v) == CONFIG_DEFAULT)
        return v->fallback ? v->fallback : "-";
    return v->kind == CONFIG_SECRET ? "(set, not shown)" : getenv(v->name);
}

static void print_variables(void)
{
    static const char *const sources[] = {
        [CONFIG_DEFAULT] = "(default)", [CONFIG_ENVIRONMENT] = "(environment)", [CONFIG_FILE] = "(file)"};

    for (size_t i = 0; i < config_variable_count; i++) {
        const struct config_variable *v = &config_variables[i];

        printf("%-40s %-34s %s\n", v->name, shown_value(v), sources[config_source(v)]);
    }
}

/* .env.example, which tests/rules.sh holds against this. */
static int print_example(void)
{
    printf("# Every variable that eksgate reads, each with its default; printed by `eksgate check --example`.\n"
           "# Copy it, remove the # before what you change, and name the copy: EKSGATE_ENV_FILE=.env, docker run\n"
           "# --env-file .env, or systemd's EnvironmentFile=. Keep the copy to yourself when it holds secrets.\n");
    for (size_t i = 0; i < config_variable_count; i++) {
        const struct config_variable *v = &config_variables[i];

        printf("\n# %s", v->help);
        if (v->kind == CONFIG_NUMBER)
            printf(" (%ld to %ld)", v->min, v->max);
        printf("\n#%s=%s\n", v->name, v->fallback ? v->fallback : "");
    }
    return 0;
}

static int print_findings(const struct err *err)
{
    for (size_t i = 0; i < err->cause_count; i++)
        fprintf(stderr, "eksgate check: %s: %s\n", err->causes[i].field, err->causes[i].message);
    return 1;
}

int command_check(int argc, char **argv)
{
    const char *nginx = NULL;
    struct config config;
    struct err err;

    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "--example") == 0)
            return print_example();
        else if (strcmp(argv[i], "--nginx") == 0 && i + 1 < argc)
            nginx = argv[i + 1];
    if (config_load(&config, &err) < 0)
        return print_findings(&err);
    print_variables();
    config_check(&config, &err);
    if (nginx)
        check_nginx(&config, nginx, &err);
    if (err.kind != ERR_NONE)
        return print_findings(&err);
    printf("\neksgate check: no findings\n");
    return 0;
}
