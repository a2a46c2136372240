/*
 * Which token a kubeconfig's exec entry would make, were it run: the two programs that make EKS tokens are read as they
 * read their own arguments and environment. Whatever else would run a command is refused.
 * https://docs.aws.amazon.com/cli/latest/reference/eks/get-token.html
 * https://github.com/kubernetes-sigs/aws-iam-authenticator, cmd/aws-iam-authenticator/token.go
 */
#include <stdio.h>
#include <string.h>

#include "kube/kubeconfig.h"

#define ARGUMENTS_MAX 64
#define VALUE_MAX 4096

/* An option, or a variable of the environment. */
struct option {
    const char *name;
    enum { VALUE, FLAG, IGNORED_VALUE, REFUSED_VALUE, REFUSED_FLAG } kind;
    size_t offset; /* in struct kubeconfig_exec */
};

#define MEMBER(member) VALUE, offsetof(struct kubeconfig_exec, member)

static const struct option aws_options[] = {
    {"--cluster-name", MEMBER(cluster_name)},
    {"--cluster-id", MEMBER(cluster_name)},
    {"--region", MEMBER(region)},
    {"--profile", MEMBER(profile)},
    {"--role-arn", MEMBER(role_arn)},
    {"--output", IGNORED_VALUE},
    {"--color", IGNORED_VALUE},
    {"--cli-read-timeout", IGNORED_VALUE},
    {"--cli-connect-timeout", IGNORED_VALUE},
    {"--debug", FLAG},
    {"--no-cli-pager", FLAG},
    {"--no-paginate", FLAG},
    {"--endpoint-url", REFUSED_VALUE},
    {"--ca-bundle", REFUSED_VALUE},
    {"--query", REFUSED_VALUE},
    {"--no-verify-ssl", REFUSED_FLAG},
    {"--no-sign-request", REFUSED_FLAG},
    {NULL},
};

static const struct option authenticator_options[] = {
    {"--cluster-id", MEMBER(cluster_name)},
    {"-i", MEMBER(cluster_name)},
    {"--region", MEMBER(region)},
    {"--role", MEMBER(role_arn)},
    {"-r", MEMBER(role_arn)},
    {"--external-id", MEMBER(external_id)},
    {"-e", MEMBER(external_id)},
    {"--session-name", MEMBER(session_name)},
    {"-s", MEMBER(session_name)},
    {"--log-format", IGNORED_VALUE},
    {"-l", IGNORED_VALUE},
    {"--cache", FLAG},
    {"--forward-session-name", REFUSED_FLAG},
    {"--token-only", REFUSED_FLAG},
    {"-t", REFUSED_FLAG},
    {"--config", REFUSED_VALUE},
    {"-c", REFUSED_VALUE},
    {NULL},
};

/* Of the environment that the program would have had, all with AWS_ before them. */
static const struct option variables[] = {
    {"PROFILE", MEMBER(profile)},
    {"DEFAULT_PROFILE", MEMBER(profile)},
    {"REGION", MEMBER(region)},
    {"DEFAULT_REGION", MEMBER(region)},
    {"ACCESS_KEY_ID", MEMBER(access_key_id)},
    {"SECRET_ACCESS_KEY", MEMBER(secret_access_key)},
    {"SESSION_TOKEN", MEMBER(session_token)},
    {"STS_REGIONAL_ENDPOINTS", IGNORED_VALUE},
    {"SDK_LOAD_CONFIG", IGNORED_VALUE},
    {"PAGER", IGNORED_VALUE},
    {"DEFAULT_OUTPUT", IGNORED_VALUE},
    {"MAX_ATTEMPTS", IGNORED_VALUE},
    {"RETRY_MODE", IGNORED_VALUE},
    {NULL},
};

struct reader {
    struct arena *arena;
    struct kubeconfig_exec *out;
    struct err *err;
};

static const struct option *find(const struct option *options, struct str name)
{
    while (options->name && !str_equal(str_from(options->name), name))
        options++;
    return options->name ? options : NULL;
}

static const char **place(struct reader *r, const struct option *option)
{
    return (const char **)(void *)((char *)r->out + option->offset);
}

static int fault(struct reader *r, const char *field, const char *reason, const char *what)
{
    return err_field(r->err, field, reason, "%s", what);
}

static void set(struct reader *r, const struct option *option, const char *field, const char *value)
{
    if (strlen(value) > VALUE_MAX) {
        fault(r, field, CAUSE_TOO_LONG, "is too long");
        return;
    }
    *place(r, option) = arena_secret(r->arena, value, strlen(value));
    if (!*place(r, option))
        err_set(r->err, ERR_INTERNAL, "there is no memory for the kubeconfig");
}

/* Neither a path nor a suffix makes another program of it: it is not run. */
static struct str program_of(const char *command)
{
    const char *slash = strrchr(command, '/');
    struct str name;

    if (!slash)
        slash = strrchr(command, '\\');
    name = str_from(slash ? slash + 1 : command);
    if (str_ends_with(name, STR(".exe")))
        name.len -= 4;
    return name;
}

/* "-iNAME" and "-i=NAME" are "-i NAME" to the one program that has short options. */
static const struct option *find_argument(const struct option *options, struct str argument, struct str *value)
{
    const struct option *option;
    struct str rest = argument;
    struct str name = str_cut(&rest, '=');

    *value = rest;
    option = find(options, name);
    if (option || argument.len <= 2 || str_starts_with(argument, STR("--")))
        return option;
    *value = str_skip(argument, 2);
    return find(options, (struct str){argument.ptr, 2});
}

static void take_option(struct reader *r, const struct option *option, struct str value)
{
    char *text;

    if (option->kind == FLAG || option->kind == IGNORED_VALUE)
        return;
    if (option->kind != VALUE) {
        err_field(r->err, "user.exec.args", CAUSE_NOT_SUPPORTED, "%s is not done here", option->name);
        return;
    }
    text = arena_strndup(r->arena, value.ptr, value.len);
    if (text)
        set(r, option, "user.exec.args", text);
    else
        err_set(r->err, ERR_INTERNAL, "there is no memory for the kubeconfig");
}

static bool takes_value(const struct option *option)
{
    return option->kind == VALUE || option->kind == IGNORED_VALUE || option->kind == REFUSED_VALUE;
}

/* Reads all options and leaves the other words, of which the first two are the command. */
static int read_arguments(struct reader *r, const cJSON *args, const struct option *options, const char *words[2])
{
    const cJSON *arg;
    size_t count = 0;

    words[0] = words[1] = "";
    cJSON_ArrayForEach(arg, args)
    {
        const struct option *option;
        struct str value;

        if (!cJSON_IsString(arg) || cJSON_GetArraySize(args) > ARGUMENTS_MAX)
            return fault(r, "user.exec.args", CAUSE_TYPE, "must be a list of at most 64 texts");
        if (arg->valuestring[0] != '-') {
            if (count == 2)
                return err_field(r->err, "user.exec.args", CAUSE_INVALID, "\"%.64s\" is one word too many",
                                 arg->valuestring);
            words[count++] = arg->valuestring;
            continue;
        }
        option = find_argument(options, str_from(arg->valuestring), &value);
        if (!option)
            return err_field(r->err, "user.exec.args", CAUSE_NOT_SUPPORTED, "the option %.64s is not known here",
                             arg->valuestring);
        if (takes_value(option) && !value.ptr) {
            arg = arg->next;
            if (!cJSON_IsString(arg))
                return err_field(r->err, "user.exec.args", CAUSE_INVALID, "%s has no value", option->name);
            value = str_from(arg->valuestring);
        }
        take_option(r, option, value);
    }
    return 0;
}

static int take_variable(struct reader *r, const cJSON *variable)
{
    const char *name = json_find_text(variable, "name");
    const char *value = json_find_text(variable, "value");
    bool is_aws = name && strncmp(name, "AWS_", 4) == 0;
    const struct option *option = is_aws ? find(variables, str_from(name + 4)) : NULL;

    if (!name || !value)
        return fault(r, "user.exec.env", CAUSE_TYPE, "must be a list of objects with name and value");
    if (!option)
        return err_field(r->err, "user.exec.env", CAUSE_NOT_SUPPORTED, "%.64s is not known here", name);
    /* The older name of two counts only where the other is not there; an argument counts before both. */
    if (option->kind == VALUE && (**place(r, option) == '\0' || !strstr(name, "DEFAULT")))
        set(r, option, "user.exec.env", value);
    return 0;
}

static int read_environment(struct reader *r, const cJSON *env)
{
    const cJSON *variable;

    if (env && !cJSON_IsNull(env) && !cJSON_IsArray(env))
        return fault(r, "user.exec.env", CAUSE_TYPE, "must be a list");
    cJSON_ArrayForEach(variable, env)
    {
        if (take_variable(r, variable) < 0)
            return -1;
    }
    if (!*r->out->access_key_id != !*r->out->secret_access_key)
        return fault(r, "user.exec.env", CAUSE_REQUIRED, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY go together");
    return 0;
}

/* ID.gr7.REGION.eks.amazonaws.com, or ID.REGION.api.aws: what stands before the service's own name. */
static const char *region_of_server(struct reader *r, const char *server)
{
    struct str host = str_from(server);
    struct str before = STR("");

    if (str_starts_with(host, STR("https://")))
        host = str_skip(host, 8);
    host = str_cut(&host, ':');
    while (host.ptr) {
        struct str label = str_cut(&host, '.');

        if (before.len > 0 && (str_equal(label, STR("eks")) || str_equal(label, STR("api"))))
            return arena_strndup(r->arena, before.ptr, before.len);
        before = label;
    }
    return "";
}

static int complete(struct reader *r, const char *server)
{
    struct kubeconfig_exec *out = r->out;

    if (*out->profile && *out->access_key_id)
        return fault(r, "user.exec.env", CAUSE_INVALID, "gives keys and a profile: one of them must go");
    if (*out->role_arn && (strncmp(out->role_arn, "arn:aws", 7) != 0 || !strstr(out->role_arn, ":role/")))
        return fault(r, "user.exec.args", CAUSE_INVALID, "the role must be like arn:aws:iam::123456789012:role/NAME");
    if (*out->cluster_name == '\0')
        return fault(r, "user.exec.args", CAUSE_REQUIRED, "no cluster is named");
    if (*out->region == '\0')
        out->region = region_of_server(r, server ? server : "");
    if (!out->region)
        return err_set(r->err, ERR_INTERNAL, "there is no memory for the kubeconfig");
    if (*out->region == '\0')
        return fault(r, "user.exec.args", CAUSE_REQUIRED,
                     "no region is named: add --region, or AWS_REGION to its environment");
    return r->err->kind == ERR_NONE ? 0 : -1;
}

int kubeconfig_exec_read(struct kubeconfig_exec *out, struct arena *arena, const cJSON *exec, const char *server,
                         struct err *err)
{
    struct reader reader = {.arena = arena, .out = out, .err = err};
    const char *command = json_find_text(exec, "command");
    struct str program = program_of(command ? command : "");
    bool is_aws = str_equal(program, STR("aws"));
    const char *words[2];
    bool is_right;

    *out = (struct kubeconfig_exec){"", "", "", "", "", "", "", "", ""};
    if (!is_aws && !str_equal(program, STR("aws-iam-authenticator")) &&
        !str_equal(program, STR("heptio-authenticator-aws")))
        return err_field(
            err, "user.exec.command", CAUSE_NOT_SUPPORTED,
            "\"%.80s\" is not run: only aws eks get-token and aws-iam-authenticator, whose tokens are made "
            "here",
            command ? command : "");
    if (read_environment(&reader, cJSON_GetObjectItemCaseSensitive(exec, "env")) < 0 ||
        read_arguments(&reader, cJSON_GetObjectItemCaseSensitive(exec, "args"),
                       is_aws ? aws_options : authenticator_options, words) < 0)
        return -1;
    is_right = is_aws ? strcmp(words[0], "eks") == 0 && strcmp(words[1], "get-token") == 0
                      : strcmp(words[0], "token") == 0 && *words[1] == '\0';
    if (!is_right)
        return err_field(err, "user.exec.args", CAUSE_NOT_SUPPORTED, "only %s is done here",
                         is_aws ? "eks get-token" : "token");
    return complete(&reader, server);
}
