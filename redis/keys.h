/* The names of everything stored in Redis. redis/README.md is the table of types, lives and owners. */
#ifndef EKSGATE_REDIS_KEYS_H
#define EKSGATE_REDIS_KEYS_H

#define KEY_CONNECTION "eksgate:connection:"   /* + id: who connected which cluster and how */
#define KEY_DESCRIPTION "eksgate:description:" /* + id: what EKS said of it: endpoint, CA, version */
#define KEY_SEALED "eksgate:sealed:"           /* + id: keys that a user gave, sealed */
#define KEY_CONNECTIONS "eksgate:connections"  /* the ids */

#define KEY_API_KEYS "eksgate:keys"          /* the ids of the API keys */
#define KEY_API_KEY "eksgate:key:"           /* + id: its hash, role and connections */
#define KEY_API_KEY_USED "eksgate:key_used:" /* + id: when it was last used */

#define KEY_TEMPLATES "eksgate:templates" /* the names of the job templates */
#define KEY_TEMPLATE "eksgate:template:"  /* + name: its versions */

#define TTL_DESCRIPTION_TEXT "86400" /* seconds */
#define TTL_SEALED_SECONDS (12L * 3600)

/* A description older than this is asked for again; the old one serves while AWS does not answer. */
#define DESCRIPTION_FRESH_SECONDS 600

#define CONNECTIONS_MAX ((size_t)1000)
#define API_KEYS_MAX ((size_t)1000)
#define API_KEYS_MAX_TEXT "1000"
#define TEMPLATES_MAX ((size_t)500)
#define TEMPLATES_MAX_TEXT "500"
#define TEMPLATE_VERSIONS_MAX_TEXT "20" /* of one template that are kept */

#endif
