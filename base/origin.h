/*
 * Whose page a request comes from. A browser lets every page send requests here, with whatever this machine's address
 * or its user's keys allow, and says which page it was; other clients say nothing.
 */
#ifndef EKSGATE_BASE_ORIGIN_H
#define EKSGATE_BASE_ORIGIN_H

#include <stdbool.h>

#include "base/str.h"

/* True when the header Origin names the site that the header Host names, port and all (RFC 6454). "null" is none. */
bool origin_is_own(struct str origin, struct str host);

/* True when a list "https://a.example, https://b.example:8443" has exactly this origin. */
bool origin_is_listed(struct str origin, struct str list);

/* True for what a browser may send as Origin, and none but "null": a scheme, a name in lower case, no port that goes
 * without saying. *host is then name and port. */
bool origin_parse(struct str origin, bool *is_https, struct str *host);

/* False when the header Sec-Fetch-Site says that another site's page asks, be it a neighbour on this machine.
 * https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header */
bool origin_fetch_is_own(struct str fetch_site);

#endif
