/* AWS Security Token Service (query protocol, XML): https://docs.aws.amazon.com/STS/latest/APIReference/ */
#ifndef EKSGATE_AWS_STS_H
#define EKSGATE_AWS_STS_H

#include "aws/credentials.h"

struct aws_identity {
    const char *arn;
    const char *account;
    const char *user_id;
};

/* Who the credentials are, in the client's arena. AWS errors are ERR_AWS with their code and message. */
int aws_sts_caller_identity(struct aws_client *client, const struct aws_credentials *credentials, struct str region,
                            struct aws_identity *out, struct err *err);

/* The role of an assumed role's session, "arn:aws:iam::ACCOUNT:role/NAME", as access entries name it; any other ARN as
 * it is. A path of the role is not known any more. In the arena; NULL without memory. */
const char *aws_identity_principal(struct arena *arena, const char *arn);

/* A session of a role that is wished for; what is empty or 0 is not sent. */
struct sts_role {
    struct str arn;
    struct str session_name;
    struct str external_id;
    struct str mfa_serial;
    struct str mfa_code;
    struct str web_identity_token;
    long duration_seconds;
};

/* The session's credentials; source is not set, and the caller wipes *out. */
int aws_sts_assume_role(struct aws_client *client, const struct aws_credentials *credentials, struct str region,
                        const struct sts_role *role, struct aws_credentials *out, struct err *err);

/* The same for who shows a token of another identity provider; the call is not signed. */
int aws_sts_assume_role_with_web_identity(struct aws_client *client, struct str region, const struct sts_role *role,
                                          struct aws_credentials *out, struct err *err);

#endif
