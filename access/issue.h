/*
 * Making keys: one door for the command line and the API.
 */
#ifndef EKSGATE_ACCESS_ISSUE_H
#define EKSGATE_ACCESS_ISSUE_H

#include "access/key.h"
#include "access/role.h"
#include "redis/api_keys.h"

#define KEY_DAYS_MAX 3650

/* NULL when that can be the name of a key, or a connection's id; else what it must be. */
const char *key_check_name(struct str name);
const char *key_check_connection(struct str id);

/* Fills and stores a record for a new key and gives its text, which exists nowhere else; the caller shows it once and
 * wipes it. record: role, connections and, if wanted, name and expires_at are set; created_by says who asked.
 * 0, or -1. */
int key_issue(struct redis_client *redis, struct api_key *record, char text[KEY_TEXT_LEN + 1], struct err *err);

/* Adds a connection to the record's list. 0, or -1 with a field error when it can not be one or there is no room. */
int key_bind(struct api_key *record, struct str connection, struct err *err);

#endif
