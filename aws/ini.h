/*
 * The files ~/.aws/config and ~/.aws/credentials, read as botocore reads them (Python's RawConfigParser in
 * strict mode): one fault refuses the whole file.
 *
 * "key = value" or "key: value", full-line comments with # or ;, lines indented deeper than their key
 * continue its value with a newline, no inline comments, keys lower-cased, [DEFAULT] lends its keys to every
 * section. A value that begins with a newline is a nested block of "key = value" lines.
 */
#ifndef EKSGATE_AWS_INI_H
#define EKSGATE_AWS_INI_H

#include "base/str.h"

#define INI_TEXT_MAX ((size_t)1024 * 1024)
#define INI_SECTIONS_MAX 1024
#define INI_OPTIONS_MAX 256 /* of one section */

enum ini_kind {
    INI_CREDENTIALS, /* a section's text is the profile's name */
    INI_CONFIG       /* "default", "profile NAME", "sso-session NAME", "services NAME"; nested blocks */
};

enum ini_role {
    INI_OTHER,
    INI_PROFILE,
    INI_SSO_SESSION,
    INI_SERVICES,
    INI_DROPPED /* "profile" with more or fewer words than one, or a broken quote */
};

struct ini_option {
    struct str key;
    struct str value;
};

struct ini_section {
    struct str header; /* between the brackets */
    enum ini_role role;
    struct str name; /* of the profile, session or services; the header for INI_OTHER */
    struct ini_option *options;
    size_t count;
};

struct ini {
    struct ini_section *sections;
    size_t count;
    struct ini_section defaults; /* [DEFAULT] */
    char *memory;                /* all keys, values and names */
    size_t memory_size;
};

/* 0; or -1 with why (static text) and the line's number, and nothing to free. */
int ini_parse(struct str text, enum ini_kind kind, struct ini *out, const char **why, size_t *line);

/* Overwrites all values: they may be secrets. */
void ini_free(struct ini *ini);

/* The section of that role and name; where there are several, the last one. NULL when there is none. */
const struct ini_section *ini_find(const struct ini *ini, enum ini_role role, struct str name);

/* The option's value, [DEFAULT]'s if the section has none; false when neither has it. */
bool ini_get(const struct ini *ini, const struct ini_section *section, const char *key, struct str *value);

/* Takes the next "key = value" line off a nested block. False at its end; a line without "=" gives a key
 * with a NULL value. */
bool ini_nested_next(struct str *block, struct ini_option *out);

#endif
