/*
 * Turns: who is about to do something that may be done a limited number of times, in the order in which they came. A
 * turn is taken under one name or several, at once in all of them, so that two can never wait for each other.
 * Who does not end his turn loses it.
 */
#ifndef EKSGATE_REDIS_TURNS_H
#define EKSGATE_REDIS_TURNS_H

#include "redis/client.h"

#define TURN_SECONDS 200 /* more than what is done in a turn may take */
#define TURN_NAMES_MAX 2
#define TURN_KEY_SIZE 512

struct turn {
    struct {
        char text[TURN_KEY_SIZE];
    } keys[TURN_NAMES_MAX];
    size_t count;
    char member[80];
};

/* Adds a name before the turn is taken; its text is cut when it is too long. */
void turn_name(struct turn *turn, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* member: nobody else's. 0, or -1 with err. */
int turn_take(struct redis_client *redis, struct turn *turn, const char *member, struct err *err);

/* How many came before it and have not ended, under each name. 0, or -1 with err; ERR_OVERLOADED when the turn is lost.
 */
int turn_count_ahead(struct redis_client *redis, const struct turn *turn, long ahead[TURN_NAMES_MAX], struct err *err);

void turn_end(struct redis_client *redis, const struct turn *turn);

#endif
