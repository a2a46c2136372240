/*
 * What EKS answered a moment ago, kept for the whole process, so that many pages of a UI, or many clusters on one,
 * cost AWS one call. Of several threads that ask for the same, one does and the others wait for its answer.
 */
#ifndef EKSGATE_AWS_EKS_CACHE_H
#define EKSGATE_AWS_EKS_CACHE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define EKS_CACHE_KEY_SIZE 32

struct eks_question {
    unsigned char key[EKS_CACHE_KEY_SIZE]; /* digest of who asks, where and what */
    uint64_t about;                        /* answers about the same thing are dropped together */
    int fresh_seconds;                     /* 0: only what another thread is being told right now */
};

/* Asks EKS: appends the answer's text. */
typedef int eks_ask(void *arg, struct buf *out, struct err *err);

/* Appends the answer, kept or new. While EKS throttles, one that is up to 15 minutes old does, unless fresh_seconds is
 * 0. Returns 0, or -1 with err. */
int eks_cache_answer(const struct eks_question *question, eks_ask *ask, void *arg, struct buf *out, struct err *err);

/* Something has been changed: what was said about it before does not hold any more. */
void eks_cache_drop(uint64_t about);

void eks_cache_forget(void);

#endif
