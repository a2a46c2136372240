/*
 * Credentials as a JSON document: what containers' agents, the instance metadata service, commands
 * (credential_process) and IAM Identity Center answer with.
 */
#ifndef EKSGATE_AWS_DOCUMENT_H
#define EKSGATE_AWS_DOCUMENT_H

#include "aws/credentials.h"
#include "base/json.h"

enum document_kind {
    DOCUMENT_SERVER,  /* AccessKeyId, SecretAccessKey, Token, Expiration; AccountId may be there */
    DOCUMENT_PROCESS, /* Version 1, AccessKeyId, SecretAccessKey; SessionToken, Expiration, AccountId may be there */
    DOCUMENT_SSO,     /* roleCredentials with accessKeyId, secretAccessKey, sessionToken, expiration in ms */
    DOCUMENT_KIND__MAX
};

enum document_result { DOCUMENT_READ, DOCUMENT_BROKEN, DOCUMENT_INCOMPLETE };

/* *why is static text when the result is not DOCUMENT_READ. The caller wipes *out. */
enum document_result document_read(struct str text, enum document_kind kind, struct aws_credentials *out,
                                   const char **why);

/* cJSON_Delete() for a tree that holds secrets. */
void document_delete(cJSON *root);

#endif
