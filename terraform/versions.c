#include "terraform/versions.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "terraform/order_text.h"

#define DAY 86400 /* the last day of support is one with support */

/* clang-format off */
const struct version versions[] = {
    {"1.36", 1780358400, 1817164800, 1848787200}, /* 2026-06-02, 2027-08-02, 2028-08-02 */
    {"1.35", 1769472000, 1806105600, 1837728000}, /* 2026-01-27, 2027-03-27, 2028-03-27 */
    {"1.34", 1759363200, 1796169600, 1827705600}, /* 2025-10-02, 2026-12-02, 2027-12-02 */
    {"1.33", 1748476800, 1785283200, 1816819200}, /* 2025-05-29, 2026-07-29, 2027-07-29 */
    {"1.32", 1737590400, 1774224000, 1805760000}, /* 2025-01-23, 2026-03-23, 2027-03-23 */
    {"1.31", 1727308800, 1764115200, 1795651200}, /* 2024-09-26, 2025-11-26, 2026-11-26 */
};
/* clang-format on */

const size_t version_count = sizeof(versions) / sizeof(versions[0]);

const struct version *versions_find(const char *name)
{
    for (size_t i = 0; i < version_count; i++)
        if (strcmp(versions[i].name, name) == 0)
            return &versions[i];
    return NULL;
}

enum support version_support_at(int64_t standard_until, int64_t extended_until, int64_t now)
{
    if (standard_until == 0 && extended_until == 0)
        return SUPPORT_UNKNOWN;
    if (now < standard_until + DAY)
        return SUPPORT_STANDARD;
    return now < extended_until + DAY ? SUPPORT_EXTENDED : SUPPORT_ENDED;
}

enum support versions_support(const char *name)
{
    const struct version *v = versions_find(name);

    return v ? version_support_at(v->standard_until, v->extended_until, clock_now()) : SUPPORT_UNKNOWN;
}

bool versions_is_late(const char *name)
{
    enum support support = versions_support(name);

    return support == SUPPORT_EXTENDED || support == SUPPORT_ENDED;
}

const char *support_name(enum support support)
{
    static const char *const names[] = {
        [SUPPORT_UNKNOWN] = "unknown",
        [SUPPORT_STANDARD] = "standard",
        [SUPPORT_EXTENDED] = "extended",
        [SUPPORT_ENDED] = "unsupported",
    };

    return names[support];
}

long support_days_left(int64_t standard_until, int64_t extended_until, int64_t now)
{
    enum support support = version_support_at(standard_until, extended_until, now);
    int64_t until = support == SUPPORT_STANDARD ? standard_until : extended_until;

    return support == SUPPORT_STANDARD || support == SUPPORT_EXTENDED ? (long)((until + DAY - now) / DAY) : 0;
}

int version_minor(const char *version)
{
    struct str text = str_from(version);
    long minor;

    if (order_check_version(text) || str_to_long(str_skip(text, 2), 0, 99, &minor) < 0)
        return -1;
    return (int)minor;
}

/* "1.32, 1.33, 1.34" */
static void write_way(int from, int to, char *out, size_t size)
{
    size_t used = 0;

    *out = '\0';
    for (int minor = from + 1; minor <= to && used + 8 < size; minor++)
        used += (size_t)snprintf(out + used, size - used, "%s1.%d", used > 0 ? ", " : "", minor);
}

int version_check_upgrade(const char *from, const char *to, struct err *err)
{
    int old = version_minor(from);
    int new = version_minor(to);
    char way[96];

    if (new < 0)
        return err_field(err, "kubernetes_version", CAUSE_INVALID, "%s", order_check_version(str_from(to)));
    if (old < 0 || new == old + 1 || new == old)
        return 0;
    if (new < old)
        return err_field(err, "kubernetes_version", CAUSE_INVALID, "must not be older than what the cluster has: %s",
                         from);
    write_way(old, new, way, sizeof(way));
    return err_field(err, "kubernetes_version", CAUSE_INVALID,
                     "must be one minor version above %s: EKS goes one at a time, here %s", from, way);
}
