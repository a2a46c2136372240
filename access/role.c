#include "access/role.h"

static const char *const names[] = {
    [ROLE_NONE] = "none",         [ROLE_VIEWER] = "viewer",
    [ROLE_EDITOR] = "editor",     [ROLE_ADMIN] = "admin",
    [ROLE_BY_VERB] = "by method", [ROLE_SCRAPER] = "viewer, or an address of EKSGATE_METRICS_ALLOW",
};

const char *role_name(enum role role)
{
    return names[role];
}

int role_parse(struct str name, enum role *out)
{
    for (int role = ROLE_VIEWER; role <= ROLE_ADMIN; role++) {
        if (str_equal(name, str_from(names[role]))) {
            *out = (enum role)role;
            return 0;
        }
    }
    return -1;
}
