#include "terraform/name.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/encode.h"

#define KEPT 40 /* of a name that is cut */
#define RUN_TIME_DIGITS 13
#define RUN_TIME_MAX 9999999999999

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
    return (c >= 'a' && c <= 'z') || is_digit(c);
}

const char *terraform_check_cluster(struct str name)
{
    bool good = name.len > 0 && is_lower(name.ptr[0]) && is_lower(name.ptr[name.len - 1]);

    if (name.len > TERRAFORM_CLUSTER_MAX)
        return "must be no more than 100 characters";
    for (size_t i = 0; good && i < name.len; i++)
        good = is_lower(name.ptr[i]) || name.ptr[i] == '-';
    return good ? NULL
                : "must be lower case letters, digits or '-', with a letter or digit at both ends (like 'prod-1')";
}

void terraform_cluster_hash(struct str cluster, char out[9])
{
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};

    EVP_Digest(cluster.ptr, cluster.len, digest, NULL, EVP_sha256(), NULL);
    encode_hex(digest, 4, out);
}

void terraform_cluster_label(struct str cluster, char out[TERRAFORM_JOB_MAX + 1])
{
    char hash[9];

    if (cluster.len <= TERRAFORM_JOB_MAX) {
        str_copy(out, TERRAFORM_JOB_MAX + 1, cluster);
        return;
    }
    terraform_cluster_hash(cluster, hash);
    snprintf(out, TERRAFORM_JOB_MAX + 1, "%.*s-%s", KEPT, cluster.ptr, hash);
}

int terraform_job_name(struct str op, struct str cluster, char out[TERRAFORM_JOB_MAX + 1])
{
    char hash[9];

    if (op.len == 0 || op.len + 1 + KEPT + 1 + sizeof(hash) - 1 > TERRAFORM_JOB_MAX)
        return -1;
    if (op.len + 1 + cluster.len <= TERRAFORM_JOB_MAX) {
        snprintf(out, TERRAFORM_JOB_MAX + 1, "%.*s-%.*s", STR_FMT(op), STR_FMT(cluster));
        return 0;
    }
    terraform_cluster_hash(cluster, hash);
    snprintf(out, TERRAFORM_JOB_MAX + 1, "%.*s-%.*s-%s", STR_FMT(op), KEPT, cluster.ptr, hash);
    return 0;
}

int terraform_run_new(int64_t now_ms, char out[TERRAFORM_RUN_LEN + 1])
{
    unsigned char random[2];
    char digits[5];

    if (now_ms < 0 || now_ms > RUN_TIME_MAX || getrandom(random, sizeof(random), 0) != sizeof(random))
        return -1;
    encode_hex(random, sizeof(random), digits);
    snprintf(out, TERRAFORM_RUN_LEN + 1, "r%013lld%s", (long long)now_ms, digits);
    return 0;
}

bool terraform_is_run(struct str run)
{
    if (run.len != TERRAFORM_RUN_LEN || run.ptr[0] != 'r')
        return false;
    for (size_t i = 1; i < run.len; i++)
        if (!is_digit(run.ptr[i]) && (i <= RUN_TIME_DIGITS || run.ptr[i] < 'a' || run.ptr[i] > 'f'))
            return false;
    return true;
}
