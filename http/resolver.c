#include "http/resolver.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/thread.h"

#define STACK_SIZE KIB(256)

struct question {
    struct question *next;
    struct resolver *resolver;
    struct dial dial;
    enum http_reach reach;
    resolver_done *done;
    void *arg;
    enum http_result result;
    char detail[256];
};

/* Held by its owner and by each question on its way. */
struct resolver {
    pthread_mutex_t lock;
    struct loop *loop; /* NULL: nobody waits any more */
    struct question *answered;
    atomic_bool any;
    unsigned holds;
};

struct resolver *resolver_new(struct loop *loop)
{
    struct resolver *resolver = calloc(1, sizeof(*resolver));

    if (!resolver)
        return NULL;
    pthread_mutex_init(&resolver->lock, NULL);
    resolver->loop = loop;
    resolver->holds = 1;
    return resolver;
}

static void forget_answers(struct resolver *resolver)
{
    while (resolver->answered) {
        struct question *next = resolver->answered->next;

        free(resolver->answered);
        resolver->answered = next;
    }
}

/* With the lock held, which is given back. */
static void release(struct resolver *resolver)
{
    bool is_last = --resolver->holds == 0;

    pthread_mutex_unlock(&resolver->lock);
    if (!is_last)
        return;
    forget_answers(resolver);
    pthread_mutex_destroy(&resolver->lock);
    free(resolver);
}

void resolver_free(struct resolver *resolver)
{
    if (!resolver)
        return;
    pthread_mutex_lock(&resolver->lock);
    resolver->loop = NULL;
    release(resolver);
}

static void *ask(void *arg)
{
    struct question *question = arg;
    struct resolver *resolver = question->resolver;

    question->result = dial_resolve(&question->dial, DIAL_NAMES, question->reach, question->detail);
    pthread_mutex_lock(&resolver->lock);
    question->next = resolver->answered;
    resolver->answered = question;
    atomic_store(&resolver->any, true);
    if (resolver->loop)
        loop_wake(resolver->loop);
    release(resolver);
    return NULL;
}

int resolver_ask(struct resolver *resolver, const struct dial *dial, enum http_reach reach, resolver_done *done,
                 void *arg)
{
    struct question *question = calloc(1, sizeof(*question));

    if (!question)
        return -1;
    question->resolver = resolver;
    question->dial = *dial;
    question->reach = reach;
    question->done = done;
    question->arg = arg;
    pthread_mutex_lock(&resolver->lock);
    resolver->holds++;
    pthread_mutex_unlock(&resolver->lock);
    if (thread_start(NULL, STACK_SIZE, ask, question) == 0)
        return 0;
    pthread_mutex_lock(&resolver->lock);
    release(resolver);
    free(question);
    return -1;
}

void resolver_run(struct resolver *resolver)
{
    struct question *first;

    if (!atomic_load(&resolver->any))
        return;
    pthread_mutex_lock(&resolver->lock);
    first = resolver->answered;
    resolver->answered = NULL;
    atomic_store(&resolver->any, false);
    pthread_mutex_unlock(&resolver->lock);
    while (first) {
        struct question *next = first->next;

        first->done(first->arg, first->result, &first->dial, first->detail);
        free(first);
        first = next;
    }
}
