/*
 * AWS credentials and where they come from: keys given for one connection, a named profile, or the default
 * chain (environment, then profile files; the other providers of the chain are refused by name until they
 * are there, never skipped).
 */
#ifndef EKSGATE_AWS_CREDENTIALS_H
#define EKSGATE_AWS_CREDENTIALS_H

#include <stdint.h>

#include "aws/client.h"

#define AWS_KEY_SIZE 129
#define AWS_TOKEN_SIZE 4097

struct aws_credentials {
    char access_key_id[AWS_KEY_SIZE];
    char secret_access_key[AWS_KEY_SIZE];
    char session_token[AWS_TOKEN_SIZE]; /* "" for long-term keys */
    int64_t expires_at;                 /* Unix seconds, 0 when they do not expire */
    const char *source;                 /* "given", "environment", "profile" (static text) */
};

enum aws_auth_type { AWS_AUTH_DEFAULT, AWS_AUTH_PROFILE, AWS_AUTH_KEYS };

/* How one connection authenticates: what POST /api/clusters/connect takes as "auth". */
struct aws_auth {
    enum aws_auth_type type;
    char profile[256];           /* AWS_AUTH_PROFILE */
    struct aws_credentials keys; /* AWS_AUTH_KEYS */
};

/* Finds the credentials. err is ERR_NO_CREDENTIALS when there are none (the message names what is missing),
 * ERR_CREDENTIALS_EXPIRED when they are past their end, ERR_INVALID with field auth.profile for an unknown
 * or broken profile. The caller wipes *out with aws_credentials_wipe(). */
int aws_credentials_resolve(struct aws_client *client, const struct aws_auth *auth, struct aws_credentials *out,
                            struct err *err);

void aws_credentials_wipe(struct aws_credentials *credentials);
void aws_auth_wipe(struct aws_auth *auth);

#endif
