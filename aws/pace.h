/*
 * The pace of searches over many regions: AWS publishes no limits for EKS, and a few calls a second are what it is
 * known to bear.
 */
#ifndef EKSGATE_AWS_PACE_H
#define EKSGATE_AWS_PACE_H

/* Waits for the caller's turn: all threads of the process together get five a second, with some jitter. */
void aws_pace_wait(void);

#endif
