/* Where API calls go, for every partition, variant and override that botocore knows. */
#include <unistd.h>

#include "aws/endpoint.h"
#include "vectors.h"

static char folder[] = "/tmp/eksgate-vectors-XXXXXX";
static char config_path[64];

static void set_environment(const cJSON *variables, bool to_value)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, variables)
    {
        if (to_value)
            setenv(item->string, item->valuestring, 1);
        else
            unsetenv(item->string);
    }
}

static void write_config(const char *text)
{
    FILE *file = fopen(config_path, "w");

    if (!file)
        abort();
    fputs(text ? text : "", file);
    fclose(file);
}

static int find(const cJSON *vector, struct aws_endpoint *out, struct err *err)
{
    enum aws_service service = strcmp(json_find_text(vector, "service"), "sts") == 0 ? AWS_STS : AWS_EKS;
    struct str region = str_from(json_find_text(vector, "region"));
    char found[AWS_REGION_SIZE];

    err_clear(err);
    if (region.len == 0) {
        if (aws_region_default(service, NULL, found, err) < 0)
            return -1;
        region = str_from(found);
    }
    return aws_endpoint_find(service, region, NULL, out, err);
}

static bool run(const cJSON *vector)
{
    const cJSON *expect = json_find(vector, "expect");
    const char *want = json_find_text(expect, "url");
    struct aws_endpoint got;
    struct err err;
    char url[512];
    int result;

    write_config(json_find_text(vector, "config"));
    set_environment(json_find(vector, "env"), true);
    result = find(vector, &got, &err);
    set_environment(json_find(vector, "env"), false);
    if (!want)
        return result < 0 ? true : vector_differs(vector, "endpoint", STR("an error"), str_from(got.host));
    if (result < 0)
        return vector_differs(vector, "endpoint", str_from(want), str_from(err.message));
    snprintf(url, sizeof(url), "%s://%s%s%s", got.scheme, got.host, got.prefix,
             strcmp(json_find_text(vector, "service"), "eks") == 0 ? "/clusters"
             : got.prefix[0]                                       ? ""
                                                                   : "/");
    return vector_equal(vector, "url", want, str_from(url)) &&
           vector_equal(vector, "region", json_find_text(expect, "scope_region"), str_from(got.signing_region));
}

int main(int argc, char **argv)
{
    int result;

    if (!mkdtemp(folder))
        return 2;
    snprintf(config_path, sizeof(config_path), "%s/config", folder);
    setenv("AWS_CONFIG_FILE", config_path, 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
    result = vector_main(argc, argv, run);
    unlink(config_path);
    rmdir(folder);
    return result;
}
