/*
 * Every variable begins as zeros (-ftrivial-auto-var-init=zero), which for a large array in what each request goes
 * through costs more than what is done with it. One that is UNSET is written before it is read.
 */
#ifndef EKSGATE_BASE_UNSET_H
#define EKSGATE_BASE_UNSET_H

#define UNSET __attribute__((uninitialized))

#endif
