/*
 * The token that "aws sso login" has left in ~/.aws/sso/cache, and its renewal:
 * https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html
 */
#ifndef EKSGATE_AWS_SSO_H
#define EKSGATE_AWS_SSO_H

#include "aws/client.h"
#include "base/json.h"

#define SSO_TOKEN_SIZE 4097

/* Where one user signs in, and as what. */
struct sso_account {
    struct str session; /* of the config file's [sso-session NAME]; empty in the older form, which is not renewed */
    struct str start_url;
    struct str region;
    struct str account_id;
    struct str role_name;
};

/* The access token; the caller wipes it. -1: ERR_CREDENTIALS_EXPIRED when somebody has to sign in again. */
int sso_token_find(struct aws_client *client, const struct sso_account *account, char token[SSO_TOKEN_SIZE],
                   struct err *err);

/* What a cached token's file says; for sso_token_find() and its tests. */
struct sso_token {
    char access_token[SSO_TOKEN_SIZE];
    int64_t expires_at;
    bool is_renewable; /* there is what a renewal needs, and the client's registration has not ended */
};

/* False when the document is not a token. */
bool sso_token_read(const cJSON *document, int64_t now, struct sso_token *out);

#endif
