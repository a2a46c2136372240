/*
 * Profiles of ~/.aws/config and ~/.aws/credentials (AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE). A file
 * that is absent is as good as empty; one that can not be read or parsed is an error.
 */
#ifndef EKSGATE_AWS_PROFILE_H
#define EKSGATE_AWS_PROFILE_H

#include <stdint.h>

#include "aws/ini.h"

#define AWS_WHY_SIZE 160

struct aws_files {
    struct ini config;
    struct ini credentials;
};

/* One profile, as sections of the loaded files; either may be NULL. */
struct aws_profile {
    const struct aws_files *files;
    const struct ini_section *in_config;
    const struct ini_section *in_credentials;
};

/* What tells one version of the two files from another; all zero where a file is absent. */
struct aws_files_state {
    int64_t inode[2];
    int64_t size[2];
    int64_t changed_ns[2];
};

void aws_files_look(struct aws_files_state *out);

/* For a loop, at the beginning of each turn: this thread looks at the files at most once in it. What was written before
 * a request was sent is seen by it, since the turn begins later. */
void aws_files_new_turn(void);

/* 0; or -1 with a sentence in why and nothing to free. */
int aws_files_load(struct aws_files *out, char why[AWS_WHY_SIZE]);
void aws_files_free(struct aws_files *files);

/* AWS_PROFILE, AWS_DEFAULT_PROFILE (which botocore looks at first), or "default". */
struct str aws_profile_name(void);

/* False when neither file has the profile. */
bool aws_profile_find(const struct aws_files *files, struct str name, struct aws_profile *out);

/* The option's value; the credentials file wins key by key. False when it is not set or empty. */
bool aws_profile_get(const struct aws_profile *profile, const char *key, struct str *value);

#endif
