/*
 * Browsers' sessions: an API key is shown once, for a cookie that no script can read. The shapes are kore-board's, of
 * its strategy "cookie" with a token; that it is a page of this site which asks for a change is checked as everywhere
 * (fcgi/credentials.h), here also for signing in and out, which need no role.
 */
#include "handlers/auth.h"

#include <openssl/crypto.h>

#include "fcgi/credentials.h"
#include "fcgi/response.h"
#include "handlers/handlers.h"
#include "redis/sessions.h"

/* clang-format off */
const struct field sign_in_fields[] = {
    {.name = "token", .type = FIELD_TEXT, .required = true, .min = 1, .max = 256, .help = "an API key", .example = "eksgate_5c3f0a81d2b4c6e8_..."},
    {.name = NULL},
};

static const struct field how_shape[] = {
    {.name = "strategy", .example = "cookie"},
    {.name = "schema", .type = FIELD_CHOICE, .choices = "|token", .help = "what POST wants: a token, which is an API key; or nothing", .example = "token"},
    {.name = "provider", .example = "static-token"},
    {.name = NULL},
};

static const struct field message_shape[] = {
    {.name = "message", .help = "always empty", .example = ""},
    {.name = NULL},
};

static const struct field signed_in_shape[] = {
    {.name = "message", .help = "always empty", .example = ""},
    {.name = "csrf", .nullable = true, .help = "to be sent as X-Eksgate-Csrf with whatever is more than a look; null where no key is wanted", .example = "5c3f0a81d2"},
    {.name = NULL},
};

static const struct field user_shape[] = {
    {.name = "username", .help = "name of the API key", .example = "ci"},
    {.name = "role", .type = FIELD_CHOICE, .choices = "viewer|editor|admin", .example = "editor"},
    {.name = NULL},
};

static const struct field who_shape[] = {
    {.name = "user", .type = FIELD_OBJECT, .children = user_shape},
    {.name = "csrf", .nullable = true, .help = "of the session; null without one", .example = "5c3f0a81d2"},
    {.name = "expires_at", .format = "date-time", .nullable = true, .help = "when the session, or the key, ends; null: never", .example = "2026-11-21T20:00:00Z"},
    {.name = NULL},
};

const struct answer sign_in_how_answers[] = {
    {200, "how to sign in", how_shape},
    {0},
};

const struct answer sign_in_answers[] = {
    {200, "signed in: the session is in Set-Cookie", signed_in_shape},
    {401, "this is no API key, or none that is known"},
    {403, "a page of another site asks, or one without TLS beyond loopback"},
    {429, "too many wrong keys came from this address, or the key signs in too often"},
    {503, "Redis is away"},
    {0},
};

const struct answer sign_out_answers[] = {
    {200, "signed out, whether there was a session or not", message_shape},
    {403, "a page of another site asks"},
    {503, "Redis is away"},
    {0},
};

const struct answer signed_in_answers[] = {
    {200, "the caller, by his key or his session", who_shape},
    {0},
};

/* clang-format on */

static bool is_open(const struct request *request)
{
    return str_equal(str_from(request->worker->config->auth), STR("off"));
}

int sign_in_how(struct request *request)
{
    bool open = is_open(request);
    struct buf body;
    struct json j;

    buf_init(&body, KIB(4));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_text(&j, "strategy", "cookie");
    json_text(&j, "schema", open ? "" : "token");
    json_text(&j, "provider", open ? "" : "static-token");
    json_object_close(&j);
    return response_json(request, 200, &body);
}

/* What check_role() sees to elsewhere: these routes are open to all. */
static int check_page(struct request *request)
{
    if (request->page.len > 0)
        return err_set(&request->err, ERR_FORBIDDEN, "a page of another site has no sessions here");
    if (credentials_check_site(request) < 0)
        return -1;
    return caller_check_transport(request->worker->config, request_param(request, "SERVER_ADDR"), request->shown.tls,
                                  &request->err);
}

/* value: NULL lets the browser forget it. */
static int set_cookie(struct request *request, const char *value)
{
    bool tls = request->shown.tls;
    char *text = arena_printf(request->arena, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s", session_cookie_name(tls),
                              value ? value : "", tls ? "; Secure" : "", value ? "" : "; Max-Age=0");

    if (!text)
        return err_set(&request->err, ERR_INTERNAL, "there is no memory for the cookie");
    response_header(request, "Set-Cookie", str_from(text));
    OPENSSL_cleanse(text, str_from(text).len);
    return 0;
}

static int answer(struct request *request, const char *session)
{
    char token[SESSION_TOKEN_LEN + 1];
    struct buf body;
    struct json j;
    int rc;

    buf_init(&body, KIB(4));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_text(&j, "message", "");
    if (session) {
        session_token(str_from(session), request->shown.tls, token);
        json_text(&j, "csrf", token);
    } else {
        json_null(&j, "csrf");
    }
    json_object_close(&j);
    buf_add_char(&body, '\n');
    rc = body.failed ? -1 : response_write(request, body.ptr, body.len);
    buf_wipe(&body);
    return rc < 0 ? err_set(&request->err, ERR_CLIENT_GONE, "the client is gone") : 0;
}

static int forget(struct request *request)
{
    char hash[SESSION_HASH_LEN + 1];

    if (request->shown.cookie.len == 0)
        return 0;
    session_hash(request->shown.cookie, request->shown.tls, hash);
    return session_delete(request->worker->redis, str_from(hash), &request->err);
}

/* The key counts as one shown in the header: wrong ones are counted together. */
static int enter(struct request *request, char text[SESSION_TEXT_LEN + 1])
{
    const char *token = json_find_text(request->json, "token");
    struct redis_client *redis = request->worker->redis;
    struct credentials shown = request->shown;
    struct caller caller;
    struct buf header;
    int rc = -1;

    buf_init(&header, KIB(1));
    if (buf_printf(&header, "Bearer %s", token) < 0) {
        err_set(&request->err, ERR_INTERNAL, "there is no memory for the key");
        goto out;
    }
    shown.authorization = buf_str(&header);
    if (caller_authenticate(request->callers, redis, &shown, &caller, &request->err) < 0 ||
        limits_take(caller_store_limits(request->callers), redis, METRICS_WRITES, caller.id, &request->limit,
                    &request->err) < 0 ||
        forget(request) < 0)
        goto out;
    rc = caller_sign_in(request->worker->config, redis, &shown, &caller, text, &request->err);
    request->caller = caller; /* for the log */
out:
    buf_wipe(&header);
    return rc;
}

int sign_in(struct request *request)
{
    char text[SESSION_TEXT_LEN + 1];
    int rc = -1;

    if (check_page(request) < 0)
        return -1;
    if (is_open(request)) {
        response_begin_json(request, 200);
        return answer(request, NULL);
    }
    if (enter(request, text) < 0)
        goto out;
    response_begin_json(request, 200);
    rc = set_cookie(request, text) < 0 ? -1 : answer(request, text);
out:
    OPENSSL_cleanse(text, sizeof(text));
    return rc;
}

/* By GET, as kore-board's pages do it, too: what another page could win by it is that somebody signs in again. */
int sign_out(struct request *request)
{
    static const struct str said = STR("{\"message\":\"\"}\n");

    if (check_page(request) < 0 || forget(request) < 0)
        return -1;
    response_begin_json(request, 200);
    if (set_cookie(request, NULL) < 0)
        return -1;
    return response_write(request, said.ptr, said.len) < 0
               ? err_set(&request->err, ERR_CLIENT_GONE, "the client is gone")
               : 0;
}

int signed_in_show(struct request *request)
{
    const struct caller *caller = &request->caller;
    char token[SESSION_TOKEN_LEN + 1];
    struct buf body;
    struct json j;

    buf_init(&body, KIB(4));
    json_init(&j, &body);
    json_object_open(&j, NULL);
    json_object_open(&j, "user");
    json_text(&j, "username", caller->name);
    json_text(&j, "role", role_name(caller->role));
    json_object_close(&j);
    if (*caller->session)
        session_token(request->shown.cookie, request->shown.tls, token);
    json_text(&j, "csrf", *caller->session ? token : NULL);
    json_time(&j, "expires_at", caller->expires_at);
    json_object_close(&j);
    return response_json(request, 200, &body);
}
