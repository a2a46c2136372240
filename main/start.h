/*
 * What the commands that serve do before they serve.
 */
#ifndef EKSGATE_MAIN_START_H
#define EKSGATE_MAIN_START_H

#include "base/config.h"
#include "base/seal.h"

/* Reads and checks the environment, sets the log level, loads the sealing key. 0, or -1 after having said why. */
int start_configure(struct config *config, struct seal_key *seal);

/* Heaps that are given back early, so that a peak does not stay as a process's size; few, but enough that the threads
 * do not wait for each other. */
void start_bound_memory(void);

#endif
