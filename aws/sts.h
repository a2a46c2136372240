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

#endif
