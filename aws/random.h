/* Chance, to spread out what many processes would do at the same moment; not for secrets. */
#ifndef EKSGATE_AWS_RANDOM_H
#define EKSGATE_AWS_RANDOM_H

/* 0 to n - 1. */
unsigned aws_random_below(unsigned n);

#endif
