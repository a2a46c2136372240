/* Which endpoints may be talked to: those of EKS, and those that the operator names. */
#include "tests/unit/rows.h"

#include "cluster/endpoint.h"

enum verdict { REFUSED, EKS, NAMED };

static void endpoints(void **state)
{
    static const struct {
        int line;
        const char *endpoint;
        const char *allowed;
        enum verdict verdict;
    } rows[] = {
        {__LINE__, "https://ABC123.gr7.us-east-1.eks.amazonaws.com", NULL, EKS},
        {__LINE__, "https://abc123.yl4.us-east-1.eks.amazonaws.com:443", NULL, EKS},
        {__LINE__, "https://ABC.GR7.US-EAST-1.EKS.AMAZONAWS.COM", NULL, EKS},
        {__LINE__, "https://abc.sk1.cn-north-1.eks.amazonaws.com.cn", NULL, EKS},
        {__LINE__, "https://abc.eks-cluster.us-east-1.api.aws", NULL, EKS},
        {__LINE__, "https://abc.us-iso-east-1.eks.c2s.ic.gov", NULL, EKS},
        /* not https, not 443, more than a host */
        {__LINE__, "http://abc.us-east-1.eks.amazonaws.com", NULL, REFUSED},
        {__LINE__, "HTTPS://abc.us-east-1.eks.amazonaws.com", NULL, REFUSED},
        {__LINE__, "https://abc.us-east-1.eks.amazonaws.com:6443", NULL, REFUSED},
        {__LINE__, "https://abc.us-east-1.eks.amazonaws.com:", NULL, REFUSED},
        {__LINE__, "https://abc.us-east-1.eks.amazonaws.com:0443", NULL, REFUSED},
        {__LINE__, "https://abc.us-east-1.eks.amazonaws.com/", NULL, REFUSED},
        {__LINE__, "https://evil.com/.eks.amazonaws.com", NULL, REFUSED},
        {__LINE__, "https://evil.com?.eks.amazonaws.com", NULL, REFUSED},
        {__LINE__, "https://evil.com#.eks.amazonaws.com", NULL, REFUSED},
        {__LINE__, "https://evil.com\\.eks.amazonaws.com", NULL, REFUSED},
        {__LINE__, "https://evil.com%2f.eks.amazonaws.com", NULL, REFUSED},
        {__LINE__, "https://user@abc.us-east-1.eks.amazonaws.com", NULL, REFUSED},
        {__LINE__, "https://abc.eks.amazonaws.com@evil.com", NULL, REFUSED},
        {__LINE__, "https://a@b", NULL, REFUSED},
        {__LINE__, "https://evil.com:443.eks.amazonaws.com", NULL, REFUSED},
        {__LINE__, "https://abc .eks.amazonaws.com", NULL, REFUSED},
        {__LINE__, "https://abc\n.eks.amazonaws.com", NULL, REFUSED},
        {__LINE__, "https://\xc3\xa9.eks.amazonaws.com", NULL, REFUSED},
        /* names that only look like it */
        {__LINE__, "https://eks.amazonaws.com", NULL, REFUSED},
        {__LINE__, "https://.eks.amazonaws.com", NULL, REFUSED},
        {__LINE__, "https://abceks.amazonaws.com", NULL, REFUSED},
        {__LINE__, "https://abc.eks.amazonaws.com.evil.com", NULL, REFUSED},
        {__LINE__, "https://abc.eks.amazonaws.com.", NULL, REFUSED},
        {__LINE__, "https://eks.us-east-1.amazonaws.com", NULL, REFUSED},
        {__LINE__, "https://s3.amazonaws.com", NULL, REFUSED},
        /* addresses */
        {__LINE__, "https://169.254.169.254", NULL, REFUSED},
        {__LINE__, "https://127.0.0.1:443", NULL, REFUSED},
        {__LINE__, "https://[::1]", NULL, REFUSED},
        {__LINE__, "https://[::ffff:169.254.169.254]", NULL, REFUSED},
        {__LINE__, "https://[fd00:ec2::254]", NULL, REFUSED},
        {__LINE__, "https://localhost", NULL, REFUSED},
        {__LINE__, "https://10.0.0.1", NULL, REFUSED},
        {__LINE__, "https://2852039166", NULL, REFUSED},
        {__LINE__, "https://", NULL, REFUSED},
        {__LINE__, "https:", NULL, REFUSED},
        {__LINE__, "", NULL, REFUSED},
        {__LINE__, "abc.us-east-1.eks.amazonaws.com", NULL, REFUSED},
        {__LINE__, "file:///etc/passwd", NULL, REFUSED},
        /* what the operator names, whole */
        {__LINE__, "https://127.0.0.1:6443", "127.0.0.1:6443", NAMED},
        {__LINE__, "https://127.0.0.1:6443", "a:1, 127.0.0.1:6443 ,b:2", NAMED},
        {__LINE__, "https://[::1]:6443", "[::1]:6443", NAMED},
        {__LINE__, "https://Kube.test:6443", "kube.test:6443", NAMED},
        {__LINE__, "https://127.0.0.1:64430", "127.0.0.1:6443", REFUSED},
        {__LINE__, "https://127.0.0.1:644", "127.0.0.1:6443", REFUSED},
        {__LINE__, "https://127.0.0.1", "127.0.0.1:6443", REFUSED},
        {__LINE__, "https://127.0.0.1:6443/", "127.0.0.1:6443", REFUSED},
        {__LINE__, "https://x@127.0.0.1:6443", "127.0.0.1:6443", REFUSED},
        {__LINE__, "http://127.0.0.1:6443", "127.0.0.1:6443", REFUSED},
        {__LINE__, "https://evil.com", "", REFUSED},
        {__LINE__, "https://", "", REFUSED},
        {__LINE__, "https://", "a:1,,b:2", REFUSED},
        {__LINE__, "https://", "a:1,", REFUSED},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        bool named = false;
        struct err err = {0};
        int rc = endpoint_check(str_from(rows[i].endpoint), rows[i].allowed, &named, &err);

        row_true(rows[i].line, rows[i].endpoint, (rc == 0) == (rows[i].verdict != REFUSED));
        row_int(rows[i].line, rc == 0 && named, rows[i].verdict == NAMED);
        row_int(rows[i].line, err.kind, rc == 0 ? ERR_NONE : ERR_UPSTREAM_BROKEN);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(endpoints)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
