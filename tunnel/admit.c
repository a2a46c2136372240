#include "tunnel/admit.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/origin.h"
#include "kube/headers.h"
#include "kube/path.h"
#include "tunnel/protocols.h"

static struct str find(const struct head_request *head, struct str name)
{
    size_t count;

    return head_find(head->headers, head->header_count, name, &count);
}

struct str admit_request_id(const struct head_request *head)
{
    struct str id = find(head, STR("X-Request-Id"));

    for (size_t i = 0; i < id.len; i++)
        if (!isalnum((unsigned char)id.ptr[i]) && id.ptr[i] != '-')
            return STR("unknown");
    return id.len > 0 && id.len <= 64 ? id : STR("unknown");
}

static int check_upgrade(const struct head_request *head, struct admission *out, struct err *err)
{
    size_t count;
    bool asked = false;

    out->upgrade = head_find(head->headers, head->header_count, STR("Upgrade"), &count);
    for (size_t i = 0; i < head->header_count; i++)
        asked = asked || (str_equal_ignore_case(head->headers[i].name, STR("Connection")) &&
                          header_list_names(head->headers[i].value, STR("Upgrade")));
    if (!asked || count != 1 || out->upgrade.len == 0)
        return err_set(err, ERR_BAD_REQUEST, "an upgrade needs Connection: Upgrade and one header Upgrade");
    /* It would carry requests that nobody here has looked at. */
    if (header_list_names(out->upgrade, STR("h2c")))
        return err_set(err, ERR_BAD_REQUEST, "HTTP/2 is not tunnelled");
    return 0;
}

/* A browser lets any page open a WebSocket to us, and says which page it is. */
static int check_origin(const struct head_request *head, struct admission *out, struct err *err)
{
    size_t count;
    struct str origin = head_find(head->headers, head->header_count, STR("Origin"), &count);

    out->has_origin = count > 0;
    if (count > 1 || (count == 1 && !origin_is_own(origin, find(head, STR("Host")))) ||
        !origin_fetch_is_own(find(head, STR("Sec-Fetch-Site"))))
        return err_set(err, ERR_FORBIDDEN, "a page of another site may not ask here (Origin, Sec-Fetch-Site)");
    return 0;
}

static int join_bearer(struct arena *arena, struct str token, struct str *out, struct err *err)
{
    struct buf plain;

    *out = (struct str){NULL, 0};
    buf_init(&plain, LIMIT_HEADER_BYTES);
    if (buf_reserve(&plain, token.len + 8) && buf_printf(&plain, "Bearer ") == 0 && buf_add_str(&plain, token) == 0)
        *out = (struct str){arena_secret(arena, plain.ptr, plain.len), plain.len};
    buf_wipe(&plain);
    return out->ptr ? 0 : err_set(err, ERR_INTERNAL, "there is no memory for the request");
}

static int find_cookie(const struct head_request *head, struct credentials *shown, struct err *err)
{
    for (size_t i = 0; i < head->header_count; i++)
        if (str_equal_ignore_case(head->headers[i].name, STR("Cookie")) &&
            session_find(head->headers[i].value, shown->tls, &shown->cookie, err) < 0)
            return -1;
    return 0;
}

/* One way to say who one is: two could be two callers. */
static int find_caller(struct arena *arena, struct head_request *head, struct admission *out, struct err *err)
{
    struct protocols_shown among;
    size_t count;

    out->shown.authorization = head_find(head->headers, head->header_count, STR("Authorization"), &count);
    out->token = find(head, STR("X-Eksgate-Csrf"));
    if (protocols_take(arena, head->headers, &head->header_count, &among, err) < 0)
        return -1;
    if (count + (among.bearer.ptr != NULL) > 1)
        return err_set(err, ERR_BAD_REQUEST, "the request says more than once who sends it");
    if (among.token.ptr)
        out->token = among.token;
    if (find_cookie(head, &out->shown, err) < 0)
        return -1;
    return among.bearer.ptr ? join_bearer(arena, among.bearer, &out->shown.authorization, err) : 0;
}

int admit_page(const struct admission *admission, const struct caller *caller, struct err *err)
{
    if (!*caller->session)
        return 0;
    if (!admission->has_origin)
        return err_set(err, ERR_FORBIDDEN, "with a cookie an upgrade is for pages of this site: there is no Origin");
    return session_check_token(admission->shown.cookie, admission->shown.tls, admission->token, err);
}

int admit_head(struct arena *arena, const struct config *config, struct head_request *head, struct admission *out,
               struct err *err)
{
    struct str host = find(head, STR("Host"));

    *out = (struct admission){.shown = {.remote_address = find(head, STR("X-Eksgate-Peer")),
                                        .tls = str_equal(find(head, STR("X-Eksgate-Https")), STR("on"))}};
    if (path_check(head->path, err) < 0)
        return -1;
    if (!config_answers_for(config, host))
        return err_set(err, ERR_MISDIRECTED,
                       "this gateway does not answer for that Host; an operator may add it to EKSGATE_HOSTS");
    if (caller_check_transport(config, find(head, STR("X-Eksgate-Server")), out->shown.tls, err) < 0 ||
        check_origin(head, out, err) < 0 || check_upgrade(head, out, err) < 0)
        return -1;
    return find_caller(arena, head, out, err);
}
