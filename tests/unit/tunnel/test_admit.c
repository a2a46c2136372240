/* What is decided from a request's head alone. */
#include "tests/unit/rows.h"

#include <stdio.h>
#include <string.h>

#include "tunnel/admit.h"
#include "tunnel/protocols.h"

static const struct config config = {.hosts = "localhost,gate.example", .auth = "keys"};
static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(MIB(4));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

#define START "GET /raw/x HTTP/1.1\r\nX-Eksgate-Peer: 10.0.0.9\r\n"
#define UPGRADE "Connection: Upgrade\r\nUpgrade: websocket\r\n"
#define HOST "Host: localhost:8080\r\n"

static int admit(const char *text, struct head_request *head, struct admission *out, struct err *err)
{
    *err = (struct err){.kind = ERR_NONE};
    assert_int_equal(head_parse_request(str_from(text), head, err), 0);
    return admit_head(arena, &config, head, out, err);
}

static void who_is_let_in(void **state)
{
    static const struct {
        int line;
        const char *text;
        enum err_kind kind;
    } rows[] = {
        {__LINE__, START HOST UPGRADE "\r\n", ERR_NONE},
        {__LINE__, START HOST "Connection: keep-alive, upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n", ERR_NONE},
        {__LINE__, START HOST "Connection: keep-alive\r\nUpgrade: websocket\r\n\r\n", ERR_BAD_REQUEST},
        {__LINE__, START HOST "Upgrade: websocket\r\n\r\n", ERR_BAD_REQUEST},
        {__LINE__, START HOST "Connection: Upgrade\r\n\r\n", ERR_BAD_REQUEST},
        {__LINE__, START HOST UPGRADE "Upgrade: SPDY/3.1\r\n\r\n", ERR_BAD_REQUEST},
        {__LINE__, START HOST "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n", ERR_BAD_REQUEST},
        {__LINE__, START HOST "Connection: Upgrade\r\nUpgrade: websocket, H2C\r\n\r\n", ERR_BAD_REQUEST},
        {__LINE__, START "Host: evil.example\r\n" UPGRADE "\r\n", ERR_MISDIRECTED},
        {__LINE__, "GET /raw/../x HTTP/1.1\r\n" HOST UPGRADE "\r\n", ERR_BAD_REQUEST},
        {__LINE__, "GET /raw/%2e%2E/x HTTP/1.1\r\n" HOST UPGRADE "\r\n", ERR_BAD_REQUEST},
        {__LINE__, "GET /raw/x%00 HTTP/1.1\r\n" HOST UPGRADE "\r\n", ERR_BAD_REQUEST},
        {__LINE__, "GET * HTTP/1.1\r\n" HOST UPGRADE "\r\n", ERR_BAD_REQUEST},
        /* which page asks */
        {__LINE__, START HOST UPGRADE "Origin: http://localhost:8080\r\n\r\n", ERR_NONE},
        {__LINE__, START HOST UPGRADE "Origin: https://LOCALHOST:8080\r\n\r\n", ERR_NONE},
        {__LINE__, START "Host: gate.example\r\n" UPGRADE "Origin: https://gate.example\r\n\r\n", ERR_NONE},
        {__LINE__, START "Host: gate.example\r\n" UPGRADE "Origin: https://gate.example:443\r\n\r\n", ERR_NONE},
        {__LINE__, START "Host: gate.example:80\r\n" UPGRADE "Origin: http://gate.example\r\n\r\n", ERR_NONE},
        {__LINE__, START "Host: gate.example\r\n" UPGRADE "Origin: https://gate.example:8443\r\n\r\n", ERR_FORBIDDEN},
        {__LINE__, START "Host: gate.example\r\n" UPGRADE "Origin: https://localhost\r\n\r\n", ERR_FORBIDDEN},
        {__LINE__, START HOST UPGRADE "Origin: http://evil.example\r\n\r\n", ERR_FORBIDDEN},
        {__LINE__, START HOST UPGRADE "Origin: http://localhost:8080.evil.example\r\n\r\n", ERR_FORBIDDEN},
        {__LINE__, START HOST UPGRADE "Origin: http://localhost\r\n\r\n", ERR_FORBIDDEN},
        {__LINE__, START HOST UPGRADE "Origin: null\r\n\r\n", ERR_FORBIDDEN},
        {__LINE__, START HOST UPGRADE "Origin:\r\n\r\n", ERR_FORBIDDEN},
        {__LINE__, START HOST UPGRADE "Origin: localhost:8080\r\n\r\n", ERR_FORBIDDEN},
        {__LINE__, START HOST UPGRADE "Origin: http://localhost:8080\r\nOrigin: http://localhost:8080\r\n\r\n",
         ERR_FORBIDDEN},
        {__LINE__, START HOST UPGRADE "Sec-Fetch-Site: cross-site\r\n\r\n", ERR_FORBIDDEN},
        {__LINE__, START HOST UPGRADE "Origin: http://localhost:8080\r\nSec-Fetch-Site: same-origin\r\n\r\n", ERR_NONE},
        /* who asks */
        {__LINE__, START HOST UPGRADE "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n", ERR_BAD_REQUEST},
        {__LINE__,
         START HOST UPGRADE "Authorization: Bearer a\r\nSec-WebSocket-Protocol: " PROTOCOL_BEARER "YQ, v4\r\n\r\n",
         ERR_BAD_REQUEST},
        /* beyond loopback */
        {__LINE__, START HOST UPGRADE "X-Eksgate-Server: 10.0.0.1\r\n\r\n", ERR_FORBIDDEN},
        {__LINE__, START HOST UPGRADE "X-Eksgate-Server: 10.0.0.1\r\nX-Eksgate-Https: on\r\n\r\n", ERR_NONE},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct head_request head;
        struct admission out;
        struct err err;
        int rc = admit(rows[i].text, &head, &out, &err);

        row_int(rows[i].line, err.kind, rows[i].kind);
        row_int(rows[i].line, rc, rows[i].kind == ERR_NONE ? 0 : -1);
    }
}

/* As the API server itself reads it. */
static void a_token_among_the_protocols(void **state)
{
    static const struct {
        int line;
        const char *offered[2];
        const char *authorization; /* NULL: refused */
        const char *left;
    } rows[] = {
        {__LINE__, {"v5.channel.k8s.io"}, "", "v5.channel.k8s.io"},
        {__LINE__, {PROTOCOL_BEARER "c2VjcmV0, v5.channel.k8s.io"}, "Bearer secret", "v5.channel.k8s.io"},
        {__LINE__, {"v5, " PROTOCOL_BEARER "c2VjcmV0 ,v4"}, "Bearer secret", "v5,v4"},
        {__LINE__, {PROTOCOL_BEARER "c2VjcmV0", "v4"}, "Bearer secret", "v4"},
        {__LINE__, {"v4", PROTOCOL_BEARER "Pz8_-w"}, "Bearer ???\xfb", "v4"},
        {__LINE__, {PROTOCOL_BEARER "c2VjcmV0"}, NULL, ""},
        {__LINE__, {PROTOCOL_BEARER "c2VjcmV0,v4," PROTOCOL_BEARER "c2VjcmV0"}, NULL, ""},
        {__LINE__, {PROTOCOL_BEARER "c2VjcmV0,v4", PROTOCOL_BEARER "c2VjcmV0"}, NULL, ""},
        {__LINE__, {PROTOCOL_BEARER ", v4"}, NULL, ""},
        {__LINE__, {PROTOCOL_BEARER "c2VjcmV0=, v4"}, NULL, ""},
        {__LINE__, {PROTOCOL_BEARER "c2V cmV0, v4"}, NULL, ""},
        {__LINE__, {PROTOCOL_BEARER "/+++, v4"}, NULL, ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[512];
        struct head_request head;
        struct admission out;
        struct err err;
        size_t count;
        int rc;

        snprintf(text, sizeof(text), START HOST UPGRADE "Sec-WebSocket-Protocol: %s\r\n%s%s%s\r\n", rows[i].offered[0],
                 rows[i].offered[1] ? "Sec-WebSocket-Protocol: " : "", rows[i].offered[1] ? rows[i].offered[1] : "",
                 rows[i].offered[1] ? "\r\n" : "");
        rc = admit(text, &head, &out, &err);
        row_int(rows[i].line, rc, rows[i].authorization ? 0 : -1);
        row_int(rows[i].line, err.kind, rows[i].authorization ? ERR_NONE : ERR_UNAUTHORIZED);
        if (rc < 0)
            continue;
        row_str(rows[i].line, out.shown.authorization, rows[i].authorization);
        row_str(rows[i].line, head_find(head.headers, head.header_count, STR("sec-websocket-protocol"), &count),
                rows[i].left);
        row_int(rows[i].line, count, 1);
    }
}

static void what_nginx_says(void **state)
{
    static const struct {
        int line;
        const char *header;
        const char *id;
    } rows[] = {
        {__LINE__, "X-Request-Id: 0123-abcDEF\r\n", "0123-abcDEF"},
        {__LINE__, "", "unknown"},
        {__LINE__, "X-Request-Id: a b\r\n", "unknown"},
        {__LINE__, "X-Request-Id: 01234567890123456789012345678901234567890123456789012345678901234\r\n", "unknown"},
    };
    struct head_request head;
    struct admission out;
    struct err err;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[512];

        snprintf(text, sizeof(text), START HOST UPGRADE "%s\r\n", rows[i].header);
        row_int(rows[i].line, admit(text, &head, &out, &err), 0);
        row_str(rows[i].line, admit_request_id(&head), rows[i].id);
        row_str(rows[i].line, out.shown.remote_address, "10.0.0.9");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_let_in),
        cmocka_unit_test(a_token_among_the_protocols),
        cmocka_unit_test(what_nginx_says),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
