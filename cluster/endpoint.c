#include "cluster/endpoint.h"

#include <string.h>

/* Suffixes by partition: https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html */
static const struct str suffixes[] = {
    STR(".eks.amazonaws.com"),
    STR(".eks.amazonaws.com.cn"),
    STR(".api.aws"),
    STR(".api.amazonwebservices.com.cn"),
    STR(".eks.c2s.ic.gov"),
    STR(".eks.sc2s.sgov.gov"),
    STR(".eks.cloud.adc-e.uk"),
    STR(".eks.csp.hci.ic.gov"),
    STR(".eks.amazonaws.eu"),
};

static bool is_named(struct str host_port, const char *allowed)
{
    struct str rest = str_from(allowed);

    while (host_port.len > 0 && rest.ptr)
        if (str_equal_ignore_case(str_trim(str_cut(&rest, ',')), host_port))
            return true;
    return false;
}

static bool is_host_name(struct str host)
{
    if (host.len == 0 || host.len > 253 || host.ptr[0] == '.' || host.ptr[0] == '-')
        return false;
    for (size_t i = 0; i < host.len; i++) {
        char c = host.ptr[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.'))
            return false;
    }
    return true;
}

static bool is_eks_name(struct str host_port)
{
    struct str port = host_port;
    struct str host = str_cut(&port, ':');

    if (!is_host_name(host) || (port.ptr && !str_equal(port, STR("443"))))
        return false;
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
        if (host.len > suffixes[i].len &&
            str_equal_ignore_case(str_skip(host, host.len - suffixes[i].len), suffixes[i]))
            return true;
    return false;
}

int endpoint_check(struct str endpoint, const char *allowed, bool *named, struct err *err)
{
    if (str_starts_with(endpoint, STR("https://"))) {
        struct str host_port = str_skip(endpoint, 8);

        *named = is_named(host_port, allowed);
        if (*named || is_eks_name(host_port))
            return 0;
    }
    return err_set(err, ERR_UPSTREAM_BROKEN,
                   "eksgate: the endpoint %.*s is not an EKS endpoint; an operator may allow its host:port by "
                   "EKSGATE_ALLOW_ENDPOINTS",
                   (int)(endpoint.len > 200 ? 200 : endpoint.len), endpoint.ptr);
}
