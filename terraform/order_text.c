#include "terraform/order_text.h"

#include <arpa/inet.h>
#include <string.h>

#include "aws/region.h"
#include "kube/name.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_small(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_alnum(char c)
{
    return is_digit(c) || is_small(c) || (c >= 'A' && c <= 'Z');
}

/* Nothing but letters, digits and these. */
static bool is_made_of(struct str text, const char *others)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_alnum(text.ptr[i]) && (text.ptr[i] == '\0' || !strchr(others, text.ptr[i])))
            return false;
    return true;
}

static bool is_number(struct str text, size_t most)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_digit(text.ptr[i]))
            return false;
    return text.len > 0 && text.len <= most;
}

static bool is_hex(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_digit(text.ptr[i]) && (text.ptr[i] < 'a' || text.ptr[i] > 'f'))
            return false;
    return true;
}

const char *order_check_version(struct str version)
{
    long minor;

    if (version.len != 4 || !str_starts_with(version, STR("1.")) || !is_number(str_skip(version, 2), 2) ||
        str_to_long(str_skip(version, 2), 25, 99, &minor) < 0)
        return "must be a minor version of Kubernetes like 1.33";
    return NULL;
}

/* "m5", "c7gn", "u-6tb1", "p6e-gb200", "mac2-m2pro" */
static bool is_family(struct str family)
{
    struct str first = str_cut(&family, '-');
    size_t parts = 0;

    if (first.len == 0 || first.len > 10 || !is_small(first.ptr[0]))
        return false;
    for (struct str part = first; part.len > 0 && part.len <= 10 && parts < 3; part = str_cut(&family, '-')) {
        for (size_t i = 0; i < part.len; i++)
            if (!is_small(part.ptr[i]) && !is_digit(part.ptr[i]))
                return false;
        parts++;
        if (!family.ptr)
            return true;
    }
    return false;
}

/* "1" to "999" before the given end. */
static bool is_count(struct str text, struct str end)
{
    if (text.len <= end.len || !str_ends_with(text, end))
        return false;
    text.len -= end.len;
    return is_number(text, 3) && text.ptr[0] != '0';
}

static bool is_size(struct str size)
{
    static const char *const words[] = {"nano", "micro", "small", "medium", "large", "xlarge", "metal"};
    static const struct str metal = {"metal-", 6};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (str_equal(size, str_from(words[i])))
            return true;
    if (str_starts_with(size, metal))
        return is_count(str_skip(size, metal.len), STR("xl"));
    return is_count(size, STR("xlarge"));
}

const char *order_check_instance_type(struct str type)
{
    struct str size = type;
    struct str family = str_cut(&size, '.');

    return size.ptr && is_family(family) && is_size(size) ? NULL : "must be an instance type of EC2 like m5.xlarge";
}

const char *order_check_region(struct str region)
{
    struct err err = {0};

    for (size_t i = 0; i < region.len; i++)
        if (!is_small(region.ptr[i]) && !is_digit(region.ptr[i]) && region.ptr[i] != '-')
            return "must be a region like ap-south-1";
    return aws_region_check(region, &err) < 0 ? "must be a region like ap-south-1" : NULL;
}

/* https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html; what: "role/" or "user/". */
static bool is_iam_arn(struct str arn, struct str what)
{
    struct str rest = arn;
    struct str parts[5];

    for (size_t i = 0; i < 5; i++)
        parts[i] = rest.ptr ? str_cut(&rest, ':') : STR("");
    return str_equal(parts[0], STR("arn")) && str_starts_with(parts[1], STR("aws")) && is_made_of(parts[1], "-") &&
           str_equal(parts[2], STR("iam")) && parts[3].len == 0 && is_number(parts[4], 12) && parts[4].len == 12 &&
           rest.ptr && str_starts_with(rest, what) && rest.len > what.len && is_made_of(rest, "/_+=,.@-");
}

const char *order_check_role_arn(struct str arn)
{
    return is_iam_arn(arn, STR("role/")) ? NULL
                                         : "must be the ARN of an IAM role, like arn:aws:iam::123456789012:role/NAME";
}

const char *order_check_principal_arn(struct str arn)
{
    return is_iam_arn(arn, STR("role/")) || is_iam_arn(arn, STR("user/"))
               ? NULL
               : "must be the ARN of an IAM role or user, like arn:aws:iam::123456789012:role/NAME";
}

/* https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html, ExternalId */
const char *order_check_external_id(struct str id)
{
    return is_made_of(id, "_+=,.@:/-") ? NULL : "must be letters, digits and _ + = , . @ : / -";
}

const char *order_check_role_name(struct str name)
{
    return name.len > 0 && name.len <= 64 && is_made_of(name, "_+=,.@-")
               ? NULL
               : "must be the name of an IAM role without path: 1 to 64 letters, digits and _ + = , . @ -";
}

static bool is_id(struct str id, struct str prefix)
{
    struct str digits = str_skip(id, prefix.len);

    return str_starts_with(id, prefix) && (digits.len == 8 || digits.len == 17) && is_hex(digits);
}

const char *order_check_vpc(struct str id)
{
    return is_id(id, STR("vpc-")) ? NULL : "must be the id of a VPC, like vpc-bd9c86d5";
}

const char *order_check_subnet(struct str id)
{
    return is_id(id, STR("subnet-")) ? NULL : "must be the id of a subnet, like subnet-310c7c7d";
}

/* The address and the bits of a network whose other bits are zero. The size of the address, 4 or 16; 0: it is none. */
static size_t read_network(struct str cidr, unsigned char address[16], long *bits)
{
    struct str rest = cidr;
    struct str text = str_cut(&rest, '/');
    char copy[INET6_ADDRSTRLEN + 1];
    size_t size;

    if (!rest.ptr || text.len == 0 || text.len >= sizeof(copy) || !is_made_of(text, ".:") || !is_number(rest, 3) ||
        (rest.len > 1 && rest.ptr[0] == '0'))
        return 0;
    str_copy(copy, sizeof(copy), text);
    size = inet_pton(AF_INET, copy, address) == 1 ? 4 : inet_pton(AF_INET6, copy, address) == 1 ? 16 : 0;
    if (size == 0 || str_to_long(rest, 0, (long)size * 8, bits) < 0)
        return 0;
    for (size_t i = (size_t)*bits; i < size * 8; i++)
        if (address[i / 8] >> (7 - i % 8) & 1)
            return 0;
    return size;
}

/* RFC 1918, and RFC 6598, which AWS allows too. */
static bool is_private(const unsigned char a[16])
{
    return a[0] == 10 || (a[0] == 172 && a[1] >= 16 && a[1] < 32) || (a[0] == 192 && a[1] == 168) ||
           (a[0] == 100 && a[1] >= 64 && a[1] < 128);
}

const char *order_check_vpc_cidr(struct str cidr)
{
    unsigned char address[16] = {0};
    long bits = 0;

    if (read_network(cidr, address, &bits) != 4 || !is_private(address) || bits < 16 || bits > 24)
        return "must be a private IPv4 network from /16 to /24, like 10.60.0.0/16";
    return NULL;
}

const char *order_check_public_cidr(struct str cidr)
{
    unsigned char address[16] = {0};
    long bits = 0;

    return read_network(cidr, address, &bits) != 0
               ? NULL
               : "must be a network without bits behind its mask, like 203.0.113.0/24";
}

const char *order_check_environment(struct str name)
{
    return name.len > 0 && name.len <= 63 && is_alnum(name.ptr[0]) && is_made_of(name, "_.-")
               ? NULL
               : "must be 1 to 63 letters, digits and . _ -, beginning with a letter or digit";
}

const char *order_check_addon(struct str name)
{
    bool is_good = name.len > 0 && name.len <= 63 && is_small(name.ptr[0]) && name.ptr[name.len - 1] != '-';

    for (size_t i = 0; is_good && i < name.len; i++)
        is_good = is_small(name.ptr[i]) || is_digit(name.ptr[i]) || name.ptr[i] == '-' || name.ptr[i] == '_';
    return is_good ? NULL : "must be the name of an EKS add-on, like vpc-cni";
}

const char *order_check_addon_version(struct str version)
{
    if (version.len == 0)
        return NULL;
    return version.len <= 63 && version.len > 1 && version.ptr[0] == 'v' && is_digit(version.ptr[1]) &&
                   is_made_of(version, ".-")
               ? NULL
               : "must be a version of the add-on like v1.19.2-eksbuild.1, or empty for EKS's default";
}

const char *order_check_account(struct str account)
{
    struct str name = account;
    struct str namespace = str_cut(&name, '/');

    return name.ptr && !name_check_label(namespace) && name.len <= NAME_SUBDOMAIN_MAX && !name_check_subdomain(name)
               ? NULL
               : "keys must be NAMESPACE/SERVICEACCOUNT";
}

/* What every service takes: https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html */
#define TAG_OTHERS " _.:/=+-@"

const char *order_check_tag_key(struct str key)
{
    static const char *const reserved[] = {"aws:", "eksgate/", "kubernetes.io/", "k8s.io/"};

    if (key.len == 0 || key.len > 128 || !is_made_of(key, TAG_OTHERS))
        return "keys must be 1 to 128 letters, digits, blanks and _ . : / = + - @";
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
        if (key.len >= strlen(reserved[i]) &&
            str_equal_ignore_case((struct str){key.ptr, strlen(reserved[i])}, str_from(reserved[i])))
            return "keys must not begin with aws:, eksgate/, kubernetes.io/ or k8s.io/";
    return NULL;
}

const char *order_check_tag_value(struct str value)
{
    return value.len <= 256 && is_made_of(value, TAG_OTHERS)
               ? NULL
               : "values must be up to 256 letters, digits, blanks and _ . : / = + - @";
}

const char *order_check_address(struct str address)
{
    return address.len > 0 && address.len <= 256 && is_small(address.ptr[0]) && str_contains(address, '.') &&
                   is_made_of(address, "_.-[]\"")
               ? NULL
               : "must be the address of a resource, as the plan has it";
}
