#include "aws/sts.h"

#include "aws/answer.h"
#include "aws/call.h"

int aws_sts_caller_identity(struct aws_client *client, const struct aws_credentials *credentials, struct str region,
                            struct aws_identity *out, struct err *err)
{
    const struct aws_call call = {.service = AWS_STS,
                                  .operation = "sts:GetCallerIdentity",
                                  .method = "POST",
                                  .path = STR("/"),
                                  .body = STR("Action=GetCallerIdentity&Version=2011-06-15"),
                                  .content_type = "application/x-www-form-urlencoded; charset=utf-8"};
    struct str body;

    if (aws_call(client, credentials, region, &call, &body, err) < 0)
        return -1;
    if (aws_answer_identity(client->arena, body, out, err) == 0)
        return 0;
    /* An answer that breaks off is seen now and then; asking once more is what the SDKs do. */
    if (aws_call(client, credentials, region, &call, &body, err) < 0)
        return -1;
    return aws_answer_identity(client->arena, body, out, err);
}
