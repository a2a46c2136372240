/* The names of everything stored in Redis. redis/README.md is the table of types, lives and owners. */
#ifndef EKSGATE_REDIS_KEYS_H
#define EKSGATE_REDIS_KEYS_H

#define KEY_CONNECTION "eksgate:connection:"   /* + id: who connected which cluster and how */
#define KEY_DESCRIPTION "eksgate:description:" /* + id: what EKS said of it: endpoint, CA, version */
#define KEY_SEALED "eksgate:sealed:"           /* + id: keys that a user gave, sealed */
#define KEY_CONNECTIONS "eksgate:connections"  /* the ids */
#define KEY_GENERATION "eksgate:generation"    /* how often all processes were told to read them anew */

#define KEY_API_KEYS "eksgate:keys"          /* the ids of the API keys */
#define KEY_API_KEY "eksgate:key:"           /* + id: its hash, role and connections */
#define KEY_API_KEY_USED "eksgate:key_used:" /* + id: when it was last used */
#define KEY_SESSION "eksgate:session:"       /* + hash of a cookie: the API key that it stands for */

#define KEY_TEMPLATES "eksgate:templates" /* the names of the job templates */
#define KEY_TEMPLATE "eksgate:template:"  /* + name: its versions */

/* What eksgate agent keeps: docs/webhooks.md says what is guaranteed of it. */
#define KEY_AGENT_LEASE "eksgate:agent:lease"       /* who leads */
#define KEY_AGENT_BEAT "eksgate:agent:beat"         /* how often it was taken or renewed */
#define KEY_AGENT_CLUSTERS "eksgate:agent:clusters" /* the ids of the clusters that something is kept of */
#define KEY_JOB_WATCH "eksgate:job_watch:"          /* + cluster: where its watch goes on */
#define KEY_JOB_STATES "eksgate:job_states:"        /* + cluster: the state of each Job that was last seen */
#define KEY_JOB_LISTED "eksgate:job_listed:"        /* + cluster: the Jobs that a list in work has met */
#define KEY_JOB_HISTORY "eksgate:job_history:"      /* + cluster: finished Jobs by the time of their end */
#define KEY_JOB_BODIES "eksgate:job_bodies:"        /* + cluster: what is told of them */

#define KEY_WEBHOOKS "eksgate:webhooks"                /* all of them, without their secrets */
#define KEY_WEBHOOK_SECRETS "eksgate:webhook_secrets"  /* sealed */
#define KEY_WEBHOOK_DROPPED "eksgate:webhook_dropped"  /* how many deliveries had no room */
#define KEY_DELIVERY "eksgate:delivery:"               /* + id */
#define KEY_DELIVERIES_DUE "eksgate:deliveries_due"    /* the pending ones by the time of their next attempt */
#define KEY_DELIVERIES "eksgate:deliveries:"           /* + webhook: all of its, by age */
#define KEY_DELIVERIES_DONE "eksgate:deliveries_done:" /* + webhook: those that are delivered or dead, by age */
#define KEY_TURNS "eksgate:turns:"                     /* + cluster and quota: who is about to make a job under it */

/* Clusters that are made here: redis/runs.h. */
#define KEY_RUN_CLUSTERS "eksgate:provision:clusters" /* their names by the time of their last change */
#define KEY_RUN_CLUSTER "eksgate:provision:cluster:"  /* + name: what it is to be like, and is */
#define KEY_RUNS "eksgate:provision:runs:"            /* + name: its runs by age */
#define KEY_RUN "eksgate:provision:run:"              /* + id: one of them */
#define KEY_RUN_LOG "eksgate:provision:log:"          /* + id: what it printed */
#define KEY_RUN_QUEUE "eksgate:provision:queue"       /* those that wait, by age */
#define KEY_RUNS_RUNNING "eksgate:provision:running"  /* those that run */
#define KEY_RUN_KEY "eksgate:provision:key:"          /* + who asked with which Idempotency-Key: the run of then */

/* What clusters, nodes and pods used: docs/usage.md. Each is behind it a time in Unix seconds, a colon, and the
 * cluster. */
#define KEY_SAMPLES "eksgate:samples:"             /* one sample */
#define KEY_SAMPLES_LONG "eksgate:samples_long:"   /* the samples of a longer time, added up, without pods */
#define KEY_SAMPLES_NEW "eksgate:samples_new:"     /* + cluster: the sample that is being taken */
#define KEY_SAMPLES_STATE "eksgate:samples_state:" /* + cluster: what became of the last attempt */

#define KEY_BUCKET "eksgate:bucket:"      /* + group and API key: a rate limit */
#define KEY_ATTEMPTS "eksgate:attempts"   /* failed ones to get in */
#define KEY_OFFERS "eksgate:offers:"      /* + what and region: a list of AWS's */
#define KEY_LOG_LEVEL "eksgate:log_level" /* what is logged, for a while */
#define KEY_TICKET "eksgate:term:"        /* + SHA-256 of its text: what a terminal may be opened for */

#define TTL_DESCRIPTION_TEXT "86400" /* seconds */
#define TTL_OFFERS_TEXT "21600"
#define TTL_SEALED_SECONDS (12L * 3600)

/* A description older than this is asked for again; the old one serves while AWS does not answer. */
#define DESCRIPTION_FRESH_SECONDS 600

#define CONNECTIONS_MAX ((size_t)1000)
#define API_KEYS_MAX ((size_t)1000)
#define API_KEYS_MAX_TEXT "1000"
#define TEMPLATES_MAX ((size_t)500)
#define TEMPLATES_MAX_TEXT "500"
#define TEMPLATE_VERSIONS_MAX_TEXT "20" /* of one template that are kept */
#define WEBHOOKS_MAX ((size_t)50)
#define WEBHOOKS_MAX_TEXT "50"
#define DELIVERIES_MAX ((size_t)500) /* of one webhook */
#define DELIVERIES_MAX_TEXT "500"
#define RUNS_KEPT_TEXT "50" /* of one cluster that is made here */
#define RUN_CLUSTERS_MAX_TEXT "500"
#define RUN_LOG_LINES_TEXT "20000"
#define RUN_LOG_BYTES_TEXT "8388608" /* of one run; then the older half goes */
#define TTL_RUN_LOG_TEXT "2592000"   /* seconds */
#define TTL_RUN_KEY_TEXT "86400"
#define JOB_STATES_MAX_TEXT "20000" /* of one cluster */

#endif
