#include "base/network.h"

#include <arpa/inet.h>
#include <string.h>

#define TEXT_MAX 64

struct address {
    unsigned char bytes[16];
    size_t len; /* 4 or 16 */
};

static int read_address(struct str text, struct address *out)
{
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    char copy[TEXT_MAX];

    if (text.len == 0 || text.len >= sizeof(copy) || memchr(text.ptr, '\0', text.len))
        return -1;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    if (inet_pton(AF_INET, copy, out->bytes) == 1) {
        out->len = 4;
        return 0;
    }
    if (inet_pton(AF_INET6, copy, out->bytes) != 1)
        return -1;
    out->len = 16;
    if (memcmp(out->bytes, mapped, sizeof(mapped)) == 0) {
        memmove(out->bytes, out->bytes + sizeof(mapped), 4);
        out->len = 4;
    }
    return 0;
}

/* "10.0.0.0/8", or an address, which is a network of one. */
static int read_network(struct str text, struct address *out, size_t *bits)
{
    struct str length = text;
    struct str address = str_cut(&length, '/');
    long number;

    if (read_address(address, out) < 0)
        return -1;
    *bits = out->len * 8;
    if (!length.ptr)
        return 0;
    if (str_to_long(length, 0, (long)*bits, &number) < 0)
        return -1;
    *bits = (size_t)number;
    return 0;
}

static bool lies_in(const struct address *address, const struct address *network, size_t bits)
{
    size_t whole = bits / 8;
    unsigned rest = (unsigned)(bits % 8);

    if (address->len != network->len || memcmp(address->bytes, network->bytes, whole) != 0)
        return false;
    return rest == 0 || (address->bytes[whole] ^ network->bytes[whole]) >> (8 - rest) == 0;
}

bool networks_contain(struct str list, struct str address)
{
    struct address asked;

    if (read_address(address, &asked) < 0)
        return false;
    while (list.ptr) {
        struct address network;
        size_t bits;

        if (read_network(str_trim(str_cut(&list, ',')), &network, &bits) == 0 && lies_in(&asked, &network, bits))
            return true;
    }
    return false;
}

struct str networks_find_wrong(struct str list)
{
    while (list.ptr) {
        struct str entry = str_trim(str_cut(&list, ','));
        struct address network;
        size_t bits;

        if (read_network(entry, &network, &bits) < 0)
            return entry;
    }
    return (struct str){NULL, 0};
}
