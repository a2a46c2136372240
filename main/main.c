/*
 * eksgate: one binary, its subcommands.
 */
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/config.h"
#include "handlers/routes.h"
#include "main/commands.h"

static int command_version(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    printf("eksgate %s\n", EKSGATE_VERSION);
    return 0;
}

static int command_routes(int argc, char **argv)
{
    const char *format = "markdown";

    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "--format") == 0 && i + 1 < argc)
            format = argv[i + 1];
    if (routes_print(str_from(format)) == 0)
        return 0;
    fprintf(stderr, "eksgate routes: --format is markdown or openapi, not %s\n", format);
    return 2;
}

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} commands[] = {
    {"serve", command_serve, "answer FastCGI requests from nginx"},
    {"tunnel", command_tunnel, "carry exec, attach, port-forward and other upgraded connections from nginx"},
    {"agent", command_agent, "watch jobs and deliver webhooks; of several agents one works at a time"},
    {"check", command_check,
     "print what is in force and from where, and check it [--nginx FILE: nginx's too] [--example]"},
    {"routes", command_routes, "print the API reference [--format markdown|openapi]"},
    {"token", command_token, "print a token for a cluster, as aws eks get-token does: --cluster-name NAME ..."},
    {"key", command_key, "API keys: create --role ROLE, list, revoke ID"},
    {"provision", command_provision, "what a provisioning run's script asks for: plan, heal, sweep, lock, unlock"},
    {"version", command_version, "print the version"},
};

static int usage(void)
{
    fprintf(stderr, "usage: eksgate COMMAND\n\n");
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        fprintf(stderr, "  %-9s %s\n", commands[i].name, commands[i].help);
    fprintf(stderr, "\nThe configuration is in the environment: eksgate check lists it.\n");
    return 2;
}

/* Memory that holds credentials must not reach a core file or another process of the same user. The leak
 * checker of a sanitizer build has to look into its own process, so only that one stays open. */
static void seal_process(void)
{
    const struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__
    prctl(PR_SET_DUMPABLE, 0);
#endif
}

static int read_settings(const char *command)
{
    struct err err;

    if (config_read_file(&err) == 0)
        return 0;
    for (size_t i = 0; i < err.cause_count; i++)
        fprintf(stderr, "eksgate %s: %s: %s\n", command, err.causes[i].field, err.causes[i].message);
    return -1;
}

int main(int argc, char **argv)
{
    seal_process();
    for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return read_settings(argv[1]) < 0 ? 1 : commands[i].run(argc - 2, argv + 2);
    return usage();
}
