/*
 * The providers of the credential chain, each in a file of its own. A provider that is not configured is
 * passed over; one that is configured but broken ends the search: other credentials would be somebody else's.
 */
#ifndef EKSGATE_AWS_PROVIDER_H
#define EKSGATE_AWS_PROVIDER_H

#include "aws/credentials.h"
#include "aws/profile.h"

enum found { PROVIDER_FAILED = -1, PROVIDER_NONE, PROVIDER_FOUND };

/* One search through the chain, or through the providers of one profile. */
struct search {
    struct aws_client *client;
    const struct aws_auth *auth;
    const struct aws_files *files;
    const struct aws_profile *profile; /* NULL when neither file has it */
    struct str name;                   /* of the profile */
    bool profile_given;                /* by the caller or by another profile: the environment does not count */
    const struct search *outer;        /* whose source_profile this one is about */
    struct aws_credentials *out;
    struct err *err;
};

typedef enum found provider_find(const struct search *s);

provider_find provider_environment;
provider_find provider_assume_role;
provider_find provider_web_identity;
provider_find provider_sso;
provider_find provider_credentials_file;
provider_find provider_login;
provider_find provider_process;
provider_find provider_config_file;
provider_find provider_container;
provider_find provider_imds;

/* The keys of the environment, whatever profile_given says. */
provider_find environment_keys;

/* The keys of a profile, whichever of the two files has them. */
provider_find profile_keys;

/* Goes through the providers that are about one profile. */
provider_find chain_of_profile;

/* Goes through the whole chain. *is_lasting: they are worth keeping for other requests. */
enum found chain_find(struct aws_client *client, const struct aws_auth *auth, struct aws_credentials *out,
                      bool *is_lasting, struct err *err);

/* Reports a fault: of auth.profile where the caller named one, as missing credentials otherwise. */
enum found provider_refuse(const struct search *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Copies a value into out. -1 with a refusal when it is too long or has a NUL in it. */
int provider_copy(const struct search *s, struct str value, char *out, size_t size, const char *name);

/* The variable's value, or the empty view. */
struct str provider_env(const char *name);

/* The profile's option, or the empty view. */
struct str provider_option(const struct search *s, const char *key);

/* Where STS is asked: AWS_REGION, AWS_DEFAULT_REGION, the profile's region, the connection's, as far as it is in
 * the role's partition; else a region of that partition. */
void provider_sts_region(const struct search *s, struct str role_arn, char out[64]);

/* "eksgate-PID-TIME" */
void provider_session_name(char out[AWS_SESSION_NAME_SIZE]);

#endif
