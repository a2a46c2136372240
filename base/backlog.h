/*
 * How many connections wait on a listening unix socket. Only the kernel's socket diagnosis knows.
 */
#ifndef EKSGATE_BASE_BACKLOG_H
#define EKSGATE_BASE_BACKLOG_H

/* 0 also where the kernel does not tell. */
long backlog_length(int listen_fd);

#endif
