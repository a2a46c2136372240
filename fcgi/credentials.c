#include "fcgi/credentials.h"

#include "base/origin.h"

/* Two values may be read as the one by nginx and as the other here. */
static int take_authorization(struct request *request, struct str value, size_t *count)
{
    if ((*count)++ > 0)
        return err_set(&request->err, ERR_BAD_REQUEST, "the header Authorization is there more than once");
    request->shown.authorization = value;
    return 0;
}

int credentials_read(struct request *request)
{
    static const struct str authorization = STR("HTTP_AUTHORIZATION=");
    static const struct str cookie = STR("HTTP_COOKIE=");
    size_t count = 0;

    request->shown = (struct credentials){.authorization = STR(""),
                                          .cookie = STR(""),
                                          .tls = str_equal(request_param(request, "HTTPS"), STR("on")),
                                          .remote_address = str_from(request->remote_address)};
    for (char **param = request->params; *param; param++) {
        struct str text = str_from(*param);

        if (str_starts_with(text, authorization) &&
            take_authorization(request, str_skip(text, authorization.len), &count) < 0)
            return -1;
        /* A page elsewhere brings what it has been given itself. */
        if (request->page.len == 0 && str_starts_with(text, cookie) &&
            session_find(str_skip(text, cookie.len), request->shown.tls, &request->shown.cookie, &request->err) < 0)
            return -1;
    }
    return 0;
}

int credentials_check_page(struct request *request, enum role needed)
{
    bool changes = !(request->method & (METHOD_GET | METHOD_OPTIONS));
    struct str origin = request_param(request, "HTTP_ORIGIN");

    if (!*request->caller.session || needed == ROLE_NONE || (!changes && needed <= ROLE_VIEWER))
        return 0;
    if (changes && !origin_is_own(origin, request_param(request, "HTTP_HOST")))
        return err_set(&request->err, ERR_FORBIDDEN,
                       "with a cookie only a page of this site may ask for a change, and Origin must say so");
    return session_check_token(request->shown.cookie, request->shown.tls, request_param(request, "HTTP_X_EKSGATE_CSRF"),
                               &request->err);
}

int credentials_check_site(struct request *request)
{
    struct str origin = request_param(request, "HTTP_ORIGIN");
    bool is_own = (origin.len == 0 || origin_is_own(origin, request_param(request, "HTTP_HOST"))) &&
                  origin_fetch_is_own(request_param(request, "HTTP_SEC_FETCH_SITE"));

    if (is_own || request->page.len > 0)
        return 0;
    return err_set(&request->err, ERR_FORBIDDEN, "a page of another site may not ask here (Origin, Sec-Fetch-Site)");
}
