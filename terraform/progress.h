/*
 * How far a run of terraform is: the resources that its plan changes, each weighed by the time that AWS usually takes
 * for it. Pure: it is told what happened and what time it is.
 */
#ifndef EKSGATE_TERRAFORM_PROGRESS_H
#define EKSGATE_TERRAFORM_PROGRESS_H

#include "base/json.h"

#define PROGRESS_RESOURCES_MAX 1024 /* more are not counted */
#define PROGRESS_ADDRESS_MAX 512    /* bytes; a longer address is not counted */

/* They combine: a replaced resource is deleted and created, and counts twice. */
enum progress_action { PROGRESS_CREATE = 1, PROGRESS_UPDATE = 2, PROGRESS_DELETE = 4 };

struct progress_resource {
    const char *address;
    unsigned kind;      /* row of the table of expected times */
    unsigned planned;   /* actions */
    unsigned done;      /* actions */
    unsigned running;   /* one action, or 0 */
    int64_t started_at; /* of what runs; Unix seconds */
};

struct progress {
    struct arena *arena;
    struct progress_resource *resources; /* NULL until there are some */
    size_t count;
    int percent; /* highest so far */
};

void progress_init(struct progress *p, struct arena *arena);

/* "create", "update", "delete" or "replace", as terraform says; 0 for what changes nothing. */
unsigned progress_actions(struct str word);

/* What is unknown to the plan is added when it starts. */
void progress_plan(struct progress *p, struct str address, struct str type, unsigned actions);
void progress_start(struct progress *p, struct str address, struct str type, unsigned action, int64_t now);
void progress_complete(struct progress *p, struct str address, struct str type, unsigned action);
void progress_failed(struct progress *p, struct str address);

/* Of what was planned nothing holds; the percent does. */
void progress_forget(struct progress *p);

unsigned progress_total(const struct progress *p);
unsigned progress_done(const struct progress *p);

/* 0 to 99, by weight, never less than it was; what runs counts with the part of its expected time that has passed. */
int progress_percent(struct progress *p, int64_t now);

/* Seconds until the end, or -1 where nothing is planned: the longest of each kind one after the other, for resources of
 * one kind are made side by side. */
int64_t progress_eta(const struct progress *p, int64_t now);

/* An array of {address, action, elapsed_s, expected_s} of what runs. */
void progress_write_current(const struct progress *p, int64_t now, struct json *j, const char *key);

#endif
