/*
 * Terraform's lock on a state, as it lies there: an object beside the state in S3 (use_lockfile), or a file beside it
 * on disk. terraform itself tells of a lock only when it runs into it. That in S3 outlives who took it and was killed,
 * so a run takes it by itself, in its own name, for as long as it works: then whose it was can be told.
 */
#ifndef EKSGATE_TERRAFORM_LOCK_H
#define EKSGATE_TERRAFORM_LOCK_H

#include "terraform/account.h"
#include "terraform/report.h"

struct lock_place {
    const char *folder; /* of the state on disk; NULL: it is in S3 */
    char bucket[64];
    char key[1024];
    char region[AWS_REGION_SIZE];
};

/* The settings of an S3 backend: lines of name = "value". 0, or -1 with err when bucket, key or region is missing. */
int lock_place_read(struct str settings, struct lock_place *out, struct err *err);

/* What the lock says of itself: {"ID","Operation","Who","Created","Path"}. -1: it is none. */
int lock_info_read(struct str text, struct report_lock *out);

/* Who holds it: out->id is "" when nobody does. account may be NULL for a state on disk. 0, or -1 with err. */
int lock_find(const struct lock_place *place, struct account *account, struct report_lock *out, struct err *err);

/* Takes it away when it is still the one with this id: ERR_NOT_FOUND when there is none, ERR_CONFLICT when it is
 * another's, or when on disk a process holds it that is still there. */
int lock_remove(const struct lock_place *place, struct account *account, struct str id, struct err *err);

struct lock_claim {
    struct str id; /* of the run: that of its lock, too */
    const char *operation;
    struct str ended; /* ids of runs that are known to be over, with commas between: what they left is taken over */
};

/* Takes the lock on a state in S3, which is there once only, or has it already. met: the other lock that lay there, its
 * id is "" when there was none; with 0 it was one of the ended, and is gone. ERR_CONFLICT when it is somebody else's.
 */
int lock_hold(const struct lock_place *place, struct account *account, const struct lock_claim *claim,
              struct report_lock *met, struct err *err);

#endif
