/*
 * The way of TLS connections to and from their sockets where much passes: OpenSSL takes two system calls to read a
 * record and one to send one, here one call moves many. The memory for that is the thread's; between calls a connection
 * holds on only to what its socket did not take.
 */
#ifndef EKSGATE_HTTP_TLS_BULK_H
#define EKSGATE_HTTP_TLS_BULK_H

#include <openssl/bio.h>
#include <stdbool.h>

#include "base/limits.h"

#define TLS_RECORD_MAX KIB(16) /* what one holds */

struct bulk_room; /* of one thread */

/* size: what is moved at once. NULL without memory. */
struct bulk_room *bulk_room_new(size_t size);
void bulk_room_free(struct bulk_room *room);

/* A connection's way; the socket and the room outlive it. NULL without memory. */
BIO *bulk_new(struct bulk_room *room, int fd);

/* From here to bulk_end_read() whoever reads gives out all that came before he stops: he has room for so many bytes.
 * Where that is little, each read goes to the socket by itself. */
void bulk_begin_read(BIO *bio, size_t room_for);
void bulk_stop_read(BIO *bio); /* the socket is not asked again */
void bulk_end_read(BIO *bio);

/* What is written from here on is gathered; false when there is no room for another record. */
void bulk_begin_write(BIO *bio);
bool bulk_takes_record(BIO *bio);

/* Sends what was gathered, or was left: 1, 0 when the socket takes no more for now and the rest is kept, or -1 with
 * errno. */
int bulk_flush(BIO *bio);

#endif
