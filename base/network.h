/*
 * Lists of addresses and networks: "127.0.0.1, 10.0.0.0/8, fd00::/8".
 */
#ifndef EKSGATE_BASE_NETWORK_H
#define EKSGATE_BASE_NETWORK_H

#include "base/str.h"

/* Whether the address, IPv4 or IPv6 as text, lies in one of them. What is no address lies in none; an IPv4 address that
 * is written as IPv6 (::ffff:10.0.0.1) is the IPv4 one. */
bool networks_contain(struct str list, struct str address);

/* The first entry that is neither, or a view with a NULL pointer: all are right. */
struct str networks_find_wrong(struct str list);

#endif
