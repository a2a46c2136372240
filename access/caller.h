/*
 * Who asks, and what he may do. Used by serve and by tunnel, so that both let in the same.
 *
 * What Redis says of a key is believed for CALLER_FRESH_MS, so a revoked key is dead at most that long afterwards in
 * every process. While Redis does not answer, keys that this process has seen go on until their record is
 * CALLER_LIFE_MS old, as clusters do; nobody is let in who was not before.
 */
#ifndef EKSGATE_ACCESS_CALLER_H
#define EKSGATE_ACCESS_CALLER_H

#include "access/key.h"
#include "access/role.h"
#include "access/session.h"
#include "base/config.h"
#include "redis/api_keys.h"

#define CALLER_FRESH_MS 3000
#define CALLER_LIFE_MS (15L * 60 * 1000)

struct caller {
    char id[KEY_ID_LEN + 1]; /* of the key; "" when nobody has to say who he is (EKSGATE_AUTH=off), or nobody did */
    char name[API_KEY_NAME_MAX + 1];
    enum role role;                             /* ROLE_NONE: a stranger */
    int64_t expires_at;                         /* 0: never */
    char session[SESSION_HASH_LEN + 1];         /* hash of his cookie; "" when he showed the key itself */
    char connections[API_KEY_CONNECTIONS_SIZE]; /* ids, one a line; "": all; last, nothing behind its end is written */
};

/* Makes him a stranger, whatever was there. */
void caller_clear(struct caller *caller);

/* What a request shows of who sends it. */
struct credentials {
    struct str authorization;  /* value of the one header Authorization (more than one is for the caller of this to
                                * refuse), or empty */
    struct str cookie;         /* value of the session's cookie; counts where there is no Authorization */
    bool tls;                  /* how it came */
    struct str remote_address; /* whose failures are counted */
};

/* What one process knows of keys, shared by its threads. */
struct caller_store;

struct caller_store *caller_store_new(const struct config *config); /* NULL without memory */
void caller_store_free(struct caller_store *store);

/* How often its callers may ask (access/limits.h). */
struct limits *caller_store_limits(struct caller_store *store);

/* With EKSGATE_AUTH=off everybody is "anonymous" with all rights. A session and its key are read from Redis each time:
 * it ends at once with either.
 * 0, or -1: ERR_UNAUTHORIZED, ERR_OVERLOADED (too many failures from there), ERR_STORE_UNAVAILABLE; out is a stranger
 * then. May wait for Redis; without one (NULL), who is not known well enough is ERR_INTERNAL, and nothing is counted.
 */
int caller_authenticate(struct caller_store *store, struct redis_client *redis, const struct credentials *shown,
                        struct caller *out, struct err *err);

/* Who was let in before with the key of that id ("" where nobody needs one), in the session of that hash ("" in none),
 * as he is now, straight from Redis: for what he began and what goes on without him showing it again. 0, or -1:
 * ERR_UNAUTHORIZED, ERR_STORE_UNAVAILABLE. */
int caller_resume(const struct caller_store *store, struct redis_client *redis, struct str key_id, struct str session,
                  struct caller *out, struct err *err);

/* Lets a browser in with a key from now on: a session, whose cookie's value goes to text, to be shown once and wiped.
 * shown: as for caller_authenticate(), which has let caller in by its authorization. 0, or -1 with err. */
int caller_sign_in(const struct config *config, struct redis_client *redis, const struct credentials *shown,
                   const struct caller *caller, char text[SESSION_TEXT_LEN + 1], struct err *err);

/* Who asks for metrics without a key from an address that EKSGATE_METRICS_ALLOW names: a viewer called "scraper". False
 * when he is not one. */
bool caller_is_scraper(const struct config *config, struct str remote_address, struct caller *out);

/* Beyond this machine only callers with a key are answered, and only over TLS, whatever nginx was told to listen on.
 * server_address: where nginx took the request (empty: a unix socket); tls: whether it came so. 0, or -1 with
 * ERR_FORBIDDEN. */
int caller_check_transport(const struct config *config, struct str server_address, bool tls, struct err *err);

/* True when the caller may know of that connection. */
bool caller_sees(const struct caller *caller, struct str cluster_id);

/* cluster_id: the decoded id that the request is about, or empty. A caller bound to connections is nobody's
 * administrator beyond them. 0, or -1 with ERR_UNAUTHORIZED (a stranger) or ERR_FORBIDDEN, which says what is missing.
 */
int caller_check(const struct caller *caller, enum role needed, struct str cluster_id, struct err *err);

#endif
