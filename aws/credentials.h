/*
 * AWS credentials and where they come from: keys given for one connection, a named profile, or the default
 * chain, and roles that are assumed on top of any of them.
 *
 * What servers and commands hand out is kept for the whole process and renewed before it ends; keys in files are
 * read anew each time. All functions may be called from any thread.
 */
#ifndef EKSGATE_AWS_CREDENTIALS_H
#define EKSGATE_AWS_CREDENTIALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aws/client.h"

#define AWS_KEY_SIZE 129
#define AWS_TOKEN_SIZE 4097
#define AWS_ACCOUNT_SIZE 33
#define AWS_ROLE_ARN_SIZE 641 /* a path of 512 bytes and a name of 64 */
#define AWS_EXTERNAL_ID_SIZE 1225
#define AWS_SESSION_NAME_SIZE 65
#define AWS_ROLES_MAX 3

struct aws_credentials {
    char access_key_id[AWS_KEY_SIZE];
    char secret_access_key[AWS_KEY_SIZE];
    char account_id[AWS_ACCOUNT_SIZE];  /* "" when unknown */
    int64_t expires_at;                 /* Unix seconds, 0 when they do not expire */
    bool with_mfa;                      /* a code of a device was needed: nobody can renew them without another one */
    const char *source;                 /* "given", or the provider's name, as botocore calls it (static text) */
    char session_token[AWS_TOKEN_SIZE]; /* "" for long-term keys; last: nothing behind its end is ever written */
};

enum aws_auth_type { AWS_AUTH_DEFAULT, AWS_AUTH_PROFILE, AWS_AUTH_KEYS };

struct aws_role {
    char arn[AWS_ROLE_ARN_SIZE];
    char external_id[AWS_EXTERNAL_ID_SIZE]; /* "" for none */
};

/* How one connection authenticates: what POST /api/clusters/connect takes as "auth". What is zero is not used. */
struct aws_auth {
    enum aws_auth_type type;
    char profile[256];                        /* AWS_AUTH_PROFILE */
    char session_name[AWS_SESSION_NAME_SIZE]; /* of the roles; "" makes one */
    char region[64];             /* where STS is asked when nothing else says; "" for the partition's own */
    char mfa_code[7];            /* for a profile with mfa_serial; AWS takes each code once */
    struct aws_credentials keys; /* AWS_AUTH_KEYS */
    size_t role_count;
    struct aws_role roles[AWS_ROLES_MAX]; /* assumed one after the other, on top of the above */
};

/* Finds the credentials. err is ERR_NO_CREDENTIALS when there are none (the message names what is missing),
 * ERR_CREDENTIALS_EXPIRED when they are past their end, ERR_INVALID with the field at fault (auth.profile,
 * auth.role_arn, ...), ERR_AWS for a refusal of STS. The caller wipes *out with aws_credentials_wipe(). */
int aws_credentials_resolve(struct aws_client *client, const struct aws_auth *auth, struct aws_credentials *out,
                            struct err *err);

/* The profile that it names or comes from, or NULL: of what calls with its credentials are made with (aws/client.h). */
const char *aws_auth_profile(const struct aws_auth *auth);

/* The cluster refused them: what is kept for this auth is not used again if it is older than a minute. */
void aws_credentials_suspect(const struct aws_auth *auth);

/* Wipes all that is kept for the process. */
void aws_credentials_forget(void);

/* Makes them empty, whatever was there. */
void aws_credentials_clear(struct aws_credentials *credentials);

void aws_credentials_copy(struct aws_credentials *to, const struct aws_credentials *from);
void aws_credentials_wipe(struct aws_credentials *credentials);
void aws_auth_wipe(struct aws_auth *auth);

/* An empty one that is wiped when the arena is reset; NULL without memory. */
struct aws_auth *aws_auth_new(struct arena *arena);

/* Adds a role to be assumed after those that are there. 0, or -1 when there are AWS_ROLES_MAX already. */
int aws_auth_add_role(struct aws_auth *auth, struct str arn, const char *external_id);

#endif
