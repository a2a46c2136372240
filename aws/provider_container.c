/*
 * The agent of a container: ECS by AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, EKS Pod Identity by
 * AWS_CONTAINER_CREDENTIALS_FULL_URI. Its token's file is read at every call, as its content is replaced.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "aws/document.h"
#include "aws/file.h"
#include "aws/metadata.h"
#include "aws/provider.h"
#include "base/config.h"
#include "base/limits.h"

#define ATTEMPTS 3
#define TIMEOUT_MS 2000
#define ECS_HOST "169.254.170.2"

/* Tests stand in for the agent, on a loopback address only. */
static struct str ecs_host(void)
{
    struct str host = provider_env("EKSGATE_TEST_CONTAINER_HOST");

    return host.len > 0 && config_is_loopback(host) ? host : STR(ECS_HOST);
}

/* Plain HTTP would show the token to whoever is asked: only addresses that do not leave the machine. */
static bool is_agent(struct str authority)
{
    static const struct str hosts[] = {STR(ECS_HOST), STR("169.254.170.23"), STR("[fd00:ec2::23]")};

    if (config_is_loopback(authority))
        return true;
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        struct str rest = str_skip(authority, hosts[i].len);

        if (str_starts_with(authority, hosts[i]) && (rest.len == 0 || rest.ptr[0] == ':'))
            return true;
    }
    return false;
}

static bool is_allowed(struct str url)
{
    struct str rest = str_skip(url, strlen("http://"));
    struct str authority = str_cut(&rest, '/');

    for (size_t i = 0; i < url.len; i++)
        if (url.ptr[i] <= ' ' || url.ptr[i] >= 0x7f || url.ptr[i] == '@')
            return false;
    if (str_starts_with(url, STR("https://")))
        return true;
    return str_starts_with(url, STR("http://")) && is_agent(authority);
}

/* NULL with a refusal. */
static const char *find_url(const struct search *s)
{
    struct str relative = provider_env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    struct str full = provider_env("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    struct str host = ecs_host();
    const char *url = relative.len > 0
                          ? arena_printf(s->client->arena, "http://%.*s%.*s", STR_FMT(host), STR_FMT(relative))
                          : arena_strndup(s->client->arena, full.ptr, full.len);

    if (url && is_allowed(str_from(url)))
        return url;
    provider_refuse(s, "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or http to an agent on this machine");
    return NULL;
}

static int read_token(const struct search *s, struct buf *token)
{
    struct str path = provider_env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");

    if (path.len == 0)
        return buf_add_str(token, provider_env("AWS_CONTAINER_AUTHORIZATION_TOKEN"));
    if (aws_file_read(path.ptr, token) == 0)
        return 0;
    provider_refuse(s, "the file of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE can not be read: %s",
                    strerrordesc_np(errno));
    return -1;
}

/* The header with the agent's token in *header, NULL when there is none. */
static int find_authorization(const struct search *s, const char **header)
{
    struct buf token;
    int result;

    *header = NULL;
    buf_init(&token, KIB(32));
    result = read_token(s, &token);
    if (result == 0 && token.len > 0 && (memchr(token.ptr, '\r', token.len) || memchr(token.ptr, '\n', token.len))) {
        provider_refuse(s, "the token for the container's agent has a line end in it");
        result = -1;
    } else if (result == 0 && token.len > 0) {
        *header = metadata_header(s->client->arena, "Authorization", buf_str(&token));
        result = *header ? 0 : -1;
    }
    buf_wipe(&token);
    return result;
}

/* Worth another attempt: no answer, a status other than 200, no JSON. */
static bool ask(const struct search *s, const struct metadata_call *call, enum found *found)
{
    struct http_reply reply;
    enum document_result result;
    const char *why;

    *found = PROVIDER_FAILED;
    if (metadata_call(s->client, call, &reply) < 0) {
        provider_refuse(s, "the container's agent for credentials does not answer: %s", reply.detail);
        return true;
    }
    if (reply.head.status != 200) {
        provider_refuse(s, "the container's agent for credentials answered %d", reply.head.status);
        return true;
    }
    result = document_read(reply.body, DOCUMENT_SERVER, s->out, &why);
    if (result == DOCUMENT_READ)
        *found = PROVIDER_FOUND;
    else
        provider_refuse(s, "the answer of the container's agent for credentials can not be used: %s", why);
    return result == DOCUMENT_BROKEN;
}

enum found provider_container(const struct search *s)
{
    const struct timespec pause = {.tv_sec = 1};
    const char *headers[] = {"Accept: application/json", NULL, NULL};
    struct metadata_call call = {.method = "GET", .headers = headers, .timeout_ms = TIMEOUT_MS};
    enum found found = PROVIDER_FAILED;

    if (provider_env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").len == 0 &&
        provider_env("AWS_CONTAINER_CREDENTIALS_FULL_URI").len == 0)
        return PROVIDER_NONE;
    call.url = find_url(s);
    if (!call.url || find_authorization(s, &headers[1]) < 0)
        return PROVIDER_FAILED;
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
        err_clear(s->err);
        if (!ask(s, &call, &found))
            break;
        if (attempt < ATTEMPTS)
            nanosleep(&pause, NULL);
    }
    return found;
}
